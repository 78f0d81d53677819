// The unrolled network: columns are steps; rows are L above Ŷ above H above X.

import { draw, plainLabel, svgLabel } from "./dom.js";
import { significant } from "./numbers.js";

const NATURAL = {
  column: 160, height: 340, left: 142, node: { width: 126, height: 46 }, row: { L: 26, Y_hat: 110, H: 210, X: 314 },
  start: { x: 54, width: 104 }, // H_init, with room for three numbers
};

// A network that fills a box, in the box's own pixels: its nodes stand apart as far as there is room, and their text keeps its size.
function filling(columns, { width, height }) {
  const node = { width: Math.min(200, Math.max(110, (width - 172) / columns - 60)), height: Math.min(50, Math.max(30, 0.135 * height)) };
  const beside = Math.max(4, 88 - node.width / 2); // the name of a factor stands to the right of the last column
  const column = columns > 1 ? Math.min((width - 172 - beside - node.width) / (columns - 1), node.width + 200) : node.width;
  const margin = Math.max(0, (width - 172 - beside - node.width - (columns - 1) * column) / 2), step = (height - 6 - node.height) / 3;
  const row = Object.fromEntries(["L", "Y_hat", "H", "X"].map((name, place) => [name, 3 + node.height / 2 + place * step]));
  return { column, height, width, left: 172 + margin, node, row, start: { x: 54 + margin, width: 104 }, gap: step - node.height };
}

export function drawNetwork(scene, parameter, lookup, box = null) {
  const g = box ? filling(scene.columns, box) : NATURAL, middle = ({ column }) => g.left + column * g.column + g.node.width / 2;
  const width = g.width || g.left + scene.columns * g.column;
  const places = Object.fromEntries(scene.nodes.map((node) => [node.q, { x: node.q === "H_init" ? g.start.x : middle(node), y: g.row[node.row] }]));
  const attributes = { viewBox: `0 0 ${width} ${g.height}`, class: "network", role: "group", "aria-label": `network unrolled over ${scene.T} ${scene.T === 1 ? "step" : "steps"}`, style: `--natural:${width}px` };
  const heads = ["forward", "loss", "output", "chain", "parameter", "quiet"].map((role) => draw("marker", {
    id: `head-${role}`, viewBox: "0 0 8 8", refX: 6.5, refY: 4, markerWidth: 8, markerHeight: 8,
    markerUnits: "userSpaceOnUse", orient: "auto-start-reverse", class: `head role-${role}`,
  }, draw("path", { d: "M0,0.8 L7,4 L0,7.2 z" })));
  const gapTexts = (gap) => [draw("text", { x: middle(gap), y: g.row.H - 34 }, "⋯"), draw("text", { x: middle(gap), y: g.row.H - 14, class: "value" }, gap.text)];
  return draw("svg", attributes, [
    draw("defs", {}, heads),
    ...scene.edges.map((edge) => drawEdge(g, lookup, edge, places)),
    ...parameter.edges.map((edge) => drawImmediate(g, lookup, edge, places)),
    ...scene.nodes.map((node) => drawNode(g, lookup, node, places[node.q])),
    ...scene.gaps.map((gap) => draw("g", { class: "gap" }, gapTexts(gap))),
  ]);
}

// What stands for a quantity, of the colour of its role unless told another.
function quantity(kind, id, record, more, children) {
  return draw("g", { class: `${kind} role-${record.role}`, "data-q": id, role: "img", "aria-label": `${plainLabel(record.label)}, ${record.words}`, ...more }, children);
}

// A broad stroke that the pointer meets, and the line that is seen.
const strokes = (d, head) => [draw("path", { class: "grip", d }), draw("path", { class: "line", d, "marker-end": `url(#head-${head})` })];

// In a low node the numbers stand beside the symbol.
function drawNode(g, lookup, node, { x, y }) {
  const record = lookup(node.q), isStart = node.q === "H_init", { height } = g.node, width = isStart ? g.start.width : g.node.width;
  const isFlat = height < 42 && !isStart, side = width / 2 - 10, [symbol, value] = isFlat ? [{ x: -side, y: 5 }, { x: side, y: 4 }] : [{ y: -3 }, { y: Math.min(15, height / 2 - 4) }];
  return quantity("node", node.q, record, { "data-row": node.row, tabindex: 0, transform: `translate(${x},${y})` }, [
    draw("rect", { x: -width / 2, y: -height / 2, width, height, rx: 9 }),
    draw("text", { class: `symbol${isFlat ? " start" : ""}`, ...symbol }, svgLabel(record.label)),
    draw("text", { class: `value${isFlat ? " end" : ""}`, ...value }, nodeText(record)),
  ]);
}

function nodeText(record) {
  if (!record.values) return "";
  if (Math.min(...record.shape) > 1) return `${record.shape[0]} × ${record.shape[1]}`;
  const row = record.values.flat(), length = Math.max(...record.shape);
  const first = (count, digits) => row.slice(0, count).map((value) => significant(value, digits)).join(", ");
  return length > 3 ? `${first(2, 2)}, … (${length})` : first(3, row.length > 2 ? 2 : 3);
}

// An edge runs from border to border; the way back runs beside the way forward, never over it.
function drawEdge(g, lookup, edge, places) {
  if (edge.kind === "bias") return drawBias(g, lookup, edge, places[edge.node]);
  const from = places[edge.from], to = places[edge.to], record = lookup(edge.q);
  const back = edge.kind === "backward", sideways = Math.abs(from.y - to.y) < 1, long = sideways && !back && plainLabel(record.label).length > 5;
  const line = (sideways ? horizontal : vertical)(g, from, to, back ? 12 : 0);
  const tag = draw("text", { class: `tag ${line.anchor}${long ? " tight" : ""}`, x: line.x, y: line.y - (long ? 18 : 0) }, svgLabel(record.label));
  return quantity(`edge ${edge.kind}`, edge.q, record, {}, [...strokes(line.d, back ? record.role : "quiet"), ...(edge.label === false ? [] : [tag])]);
}

// A bias enters a node without a step behind it: a small mark beside the edge that it is added to.
function drawBias(g, lookup, edge, place) {
  const record = lookup(edge.q), hidden = place.y === g.row.H, bottom = place.y + g.node.height / 2;
  const spot = g.gap ? { x: place.x + (hidden ? 32 : -8), y: bottom + g.gap / 2 - 2 } : { x: place.x + (hidden ? 8 : -8), y: bottom + (hidden ? 44 : 42) };
  const tag = draw("text", { class: `tag ${hidden ? "start" : "end"}`, ...spot }, [draw("tspan", {}, "+ "), ...svgLabel(record.label)]);
  return quantity("edge forward bias", edge.q, record, { "aria-label": record.words }, tag);
}

function horizontal(g, from, to, shift) {
  const way = to.x > from.x ? 1 : -1, y = from.y + shift, half = (place) => (place.x === g.start.x ? g.start.width : g.node.width) / 2;
  const start = from.x + way * half(from), end = to.x - way * half(to);
  return { d: `M${start},${y} L${end},${y}`, x: (start + end) / 2, y: shift ? y + 26 : y - (g.gap ? 21 : 9), anchor: "middle" };
}

function vertical(g, from, to, shift) {
  const way = to.y < from.y ? -1 : 1, x = from.x + shift, isRight = shift || from.y === g.row.X, aside = g.gap && !isRight ? 38 : 8;
  const start = from.y + way * g.node.height / 2, end = to.y - way * g.node.height / 2;
  return { d: `M${x},${start} L${x},${end}`, x: isRight ? x + 8 : x - aside, y: (start + end) / 2 + (shift ? 4 : -2), anchor: isRight ? "start" : "end" };
}

// The step at which the parameter's copy is reached: an arrow into a chip that carries the parameter's name.
function drawImmediate(g, lookup, edge, places) {
  const from = places[edge.from], { width, height } = g.node, onEdge = g.gap && edge.parameter === "Wh1" && g.column - width > 64, tall = Math.min(30, (g.gap || 99) - 4);
  const chip = onEdge ? { x: from.x - width / 2 - 40, y: from.y } : { x: from.x - 66, y: from.y + (g.gap ? (height + g.gap) / 2 : 54) }, target = lookup(edge.parameter), wide = plainLabel(target.label).length > 5 ? 20 : 0;
  const d = onEdge ? `M${from.x - width / 2},${from.y} L${chip.x + 32},${from.y}` : `M${from.x - 24},${from.y + height / 2} C${from.x - 26},${chip.y} ${chip.x + 50},${chip.y} ${chip.x + 33},${chip.y}`;
  const box = draw("g", { class: "chip role-parameter", transform: `translate(${chip.x},${chip.y})` }, [
    draw("rect", { x: -30 - wide, y: -tall / 2, width: 60 + wide, height: tall, rx: 8 }),
    draw("text", { class: `symbol${wide ? " tight" : ""}`, x: -wide / 2, y: 5 }, svgLabel(target.label)),
  ]);
  return quantity("", edge.q, lookup(edge.q), { class: "edge backward immediate role-parameter" }, [...strokes(d, "parameter"), box]);
}

// In a wide network the lit part is brought into view inside the stage; the page itself never scrolls.
export function bringIntoView(box, still) {
  const lit = box.scrollWidth <= box.clientWidth + 2 ? [] : [...box.querySelectorAll(".node[data-lit]")];
  if (!lit.length) return;
  const middles = lit.map((node) => node.getBoundingClientRect()).map(({ left, right }) => (left + right) / 2);
  const middle = (Math.min(...middles) + Math.max(...middles)) / 2 - box.getBoundingClientRect().left;
  box.scrollTo({ left: box.scrollLeft + middle - box.clientWidth / 2, behavior: still ? "auto" : "smooth" });
}
