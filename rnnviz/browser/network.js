// The unrolled network: columns are steps; rows are L above Ŷ above H above X.

import { draw, plainLabel, svgLabel } from "./dom.js";
import { significant } from "./numbers.js";

const COLUMN = 160, HEIGHT = 340, LEFT = 150;
const NODE = { width: 126, height: 46 };
const START = { x: 54, width: 104 }; // H_init, with room for three numbers
const ROW = { L: 26, Y_hat: 110, H: 210, X: 314 };

export function drawNetwork(scene, parameter, lookup) {
  const width = LEFT + scene.columns * COLUMN - 8, middle = ({ column }) => LEFT + column * COLUMN + NODE.width / 2 - 8;
  const places = Object.fromEntries(scene.nodes.map((node) => [node.q, { x: node.q === "H_init" ? START.x : middle(node), y: ROW[node.row] }]));
  const attributes = { viewBox: `0 0 ${width} ${HEIGHT}`, class: "network", role: "group", "aria-label": `network unrolled over ${scene.T} ${scene.T === 1 ? "step" : "steps"}`, style: `--natural:${width}px` };
  const heads = ["forward", "loss", "output", "chain", "parameter", "quiet"].map((role) => draw("marker", {
    id: `head-${role}`, viewBox: "0 0 8 8", refX: 6.5, refY: 4, markerWidth: 8, markerHeight: 8,
    markerUnits: "userSpaceOnUse", orient: "auto-start-reverse", class: `head role-${role}`,
  }, draw("path", { d: "M0,0.8 L7,4 L0,7.2 z" })));
  const gapTexts = (gap) => [draw("text", { x: middle(gap), y: ROW.H - 34 }, "⋯"), draw("text", { x: middle(gap), y: ROW.H - 14, class: "value" }, gap.text)];
  return draw("svg", attributes, [
    draw("defs", {}, heads),
    ...scene.edges.map((edge) => drawEdge(lookup, edge, places)),
    ...parameter.edges.map((edge) => drawImmediate(lookup, edge, places)),
    ...scene.nodes.map((node) => drawNode(lookup, node, places[node.q])),
    ...scene.gaps.map((gap) => draw("g", { class: "gap" }, gapTexts(gap))),
  ]);
}

// What stands for a quantity, of the colour of its role unless told another.
function quantity(kind, id, record, more, children) {
  return draw("g", { class: `${kind} role-${record.role}`, "data-q": id, role: "img", "aria-label": `${plainLabel(record.label)}, ${record.words}`, ...more }, children);
}

// A broad stroke that the pointer meets, and the line that is seen.
const strokes = (d, head) => [draw("path", { class: "grip", d }), draw("path", { class: "line", d, "marker-end": `url(#head-${head})` })];

function drawNode(lookup, node, { x, y }) {
  const record = lookup(node.q), width = node.q === "H_init" ? START.width : NODE.width;
  return quantity("node", node.q, record, { "data-row": node.row, tabindex: 0, transform: `translate(${x},${y})` }, [
    draw("rect", { x: -width / 2, y: -NODE.height / 2, width, height: NODE.height, rx: 9 }),
    draw("text", { class: "symbol", y: -3 }, svgLabel(record.label)),
    draw("text", { class: "value", y: 15 }, nodeText(record)),
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
function drawEdge(lookup, edge, places) {
  if (edge.kind === "bias") return drawBias(lookup, edge, places[edge.node]);
  const from = places[edge.from], to = places[edge.to], record = lookup(edge.q);
  const back = edge.kind === "backward", sideways = Math.abs(from.y - to.y) < 1, long = sideways && !back && plainLabel(record.label).length > 5;
  const line = (sideways ? horizontal : vertical)(from, to, back ? 12 : 0);
  const tag = draw("text", { class: `tag ${line.anchor}${long ? " tight" : ""}`, x: line.x, y: line.y - (long ? 18 : 0) }, svgLabel(record.label));
  return quantity(`edge ${edge.kind}`, edge.q, record, {}, [...strokes(line.d, back ? record.role : "quiet"), ...(edge.label === false ? [] : [tag])]);
}

// A bias enters a node without a step behind it: a small mark beside the edge that it is added to.
function drawBias(lookup, edge, place) {
  const record = lookup(edge.q), hidden = place.y === ROW.H;
  const spot = { x: place.x + (hidden ? 8 : -8), y: place.y + NODE.height / 2 + (hidden ? 44 : 42) };
  const tag = draw("text", { class: `tag ${hidden ? "start" : "end"}`, ...spot }, [draw("tspan", {}, "+ "), ...svgLabel(record.label)]);
  return quantity("edge forward bias", edge.q, record, { "aria-label": record.words }, tag);
}

function horizontal(from, to, shift) {
  const way = to.x > from.x ? 1 : -1, y = from.y + shift, half = (place) => (place.x === START.x ? START.width : NODE.width) / 2;
  const start = from.x + way * half(from), end = to.x - way * half(to);
  return { d: `M${start},${y} L${end},${y}`, x: (start + end) / 2, y: shift ? y + 26 : y - 9, anchor: "middle" };
}

function vertical(from, to, shift) {
  const way = to.y < from.y ? -1 : 1, x = from.x + shift, isRight = shift || from.y === ROW.X;
  const start = from.y + way * NODE.height / 2, end = to.y - way * NODE.height / 2;
  return { d: `M${x},${start} L${x},${end}`, x: isRight ? x + 8 : x - 8, y: (start + end) / 2 + (shift ? 4 : -2), anchor: isRight ? "start" : "end" };
}

// The step at which the parameter's copy is reached: an arrow into a chip that carries the parameter's name.
function drawImmediate(lookup, edge, places) {
  const from = places[edge.from], chip = { x: from.x - 66, y: from.y + 54 }, target = lookup(edge.parameter), wide = plainLabel(target.label).length > 5 ? 20 : 0;
  const d = `M${from.x - 24},${from.y + NODE.height / 2} C${from.x - 26},${chip.y} ${chip.x + 50},${chip.y} ${chip.x + 33},${chip.y}`;
  const box = draw("g", { class: "chip role-parameter", transform: `translate(${chip.x},${chip.y})` }, [
    draw("rect", { x: -30 - wide, y: -15, width: 60 + wide, height: 30, rx: 8 }),
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
