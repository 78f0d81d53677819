// The unrolled network: columns are steps; rows are L above Ŷ above H above X.

import { draw, plainLabel, svgLabel } from "./dom.js";
import { significant } from "./numbers.js";
import { isPhone, phoneNetwork } from "./panes.js";
import { drawContents } from "./squares.js";

const NATURAL = {
  column: 160, height: 340, left: 142, node: { width: 126, height: 46 }, row: { L: 26, Y_hat: 110, H: 210, X: 314 },
  start: { x: 54, width: 104 }, // H_init, with room for three numbers
};

// A network that fills a box, in the box's own pixels: its nodes stand apart as far as there is room, and their text keeps its size.
function filling(columns, { width, height }, isBias) {
  const before = width > 800 ? 196 : 164, node = { width: Math.min(230, Math.max(110, (width - before - 4) / columns - 60)), height: Math.min(72, Math.max(30, 0.14 * height)) };
  const right = Math.max(4, (isBias ? 168 : 88) - node.width / 2); // the name of a factor stands to the right of the last column, that of a bias behind its chip
  const column = columns > 1 ? Math.min((width - before - right - node.width) / (columns - 1), node.width + 200) : node.width;
  const margin = Math.max(0, (width - before - right - node.width - (columns - 1) * column) / 2), low = Math.min(38, node.height), gap = (height - 6 - low - 3 * node.height) / 3;
  const row = Object.fromEntries(["L", "Y_hat", "H", "X"].map((name, place) => [name, place ? 3 + low + place * gap + (place - 0.5) * node.height : 3 + low / 2]));
  const start = { x: 60 + margin, width: 118, height: Math.max(node.height, Math.min(56, 0.2 * height)) };
  return { column, height, width, left: before + margin, node, row, start, gap, low };
}

export function drawNetwork(scene, parameter, lookup, box = null) {
  const g = box ? (isPhone(scene.columns, box) ? phoneNetwork : filling)(scene.columns, box, parameter.edges.some((edge) => edge.parameter[0] === "b")) : NATURAL, middle = ({ column }) => g.left + column * g.column + g.node.width / 2;
  const width = g.width || g.left + scene.columns * g.column;
  const places = Object.fromEntries(scene.nodes.map((node) => [node.q, { x: node.q === "H_init" ? g.start.x : middle(node), y: g.row[node.row], half: (node.row === "L" && g.low ? g.low : g.node.height) / 2 }]));
  const attributes = { viewBox: `0 0 ${width} ${g.height}`, class: `network${box ? " filled" : ""}${g.gap < 22 ? " tight" : ""}${g.isNarrow ? " narrow" : ""}`, role: "group", "aria-label": `network unrolled over ${scene.T} ${scene.T === 1 ? "step" : "steps"}`, style: `--natural:${width}px` };
  const gapTexts = (gap) => [draw("text", { x: middle(gap), y: g.row.H - 34 }, "⋯"), draw("text", { x: middle(gap), y: g.row.H - 14, class: "value" }, gap.text)];
  return draw("svg", attributes, [
    arrowHeads(),
    ...scene.edges.map((edge) => drawEdge(g, lookup, edge, places)),
    ...parameter.edges.map((edge) => (g.gap ? drawOnEdge : drawImmediate)(g, lookup, edge, places)),
    ...scene.nodes.map((node) => (g.gap ? drawFilled(g, lookup, node, places[node.q], scene.scales) : drawNode(g, lookup, node, places[node.q]))),
    ...scene.gaps.map((gap) => draw("g", { class: "gap" }, gapTexts(gap))),
  ]);
}

export function arrowHeads() {
  return draw("defs", {}, ["forward", "loss", "output", "chain", "parameter", "quiet"].map((role) => draw("marker", {
    id: `head-${role}`, viewBox: "0 0 8 8", refX: 6.5, refY: 4, markerWidth: 8, markerHeight: 8,
    markerUnits: "userSpaceOnUse", orient: "auto-start-reverse", class: `head role-${role}`,
  }, draw("path", { d: "M0,0.8 L7,4 L0,7.2 z" }))));
}

// What stands for a quantity, of the colour of its role unless told another.
export function quantity(kind, id, record, more, children) {
  return draw("g", { class: `${kind} role-${record.role}`, "data-q": id, role: "img", "aria-label": `${plainLabel(record.label)}, ${record.words}`, ...more }, children);
}

// A broad stroke that the pointer meets, and the line that is seen.
export const strokes = (d, head) => [draw("path", { class: "grip", d }), draw("path", { class: "line", d, "marker-end": `url(#head-${head})` })];

function drawNode(g, lookup, node, { x, y }) {
  const record = lookup(node.q), { height } = g.node, width = node.q === "H_init" ? g.start.width : g.node.width;
  return quantity("node", node.q, record, { "data-row": node.row, tabindex: 0, transform: `translate(${x},${y})` }, [
    draw("rect", { x: -width / 2, y: -height / 2, width, height, rx: 9 }),
    draw("text", { class: "symbol", y: -3 }, svgLabel(record.label)),
    draw("text", { class: "value", y: 15 }, nodeText(record)),
  ]);
}

// On a composed screen the symbol stands beside the numbers, each in a square.
function drawFilled(g, lookup, node, { x, y, half }, scales) {
  const isStart = node.q === "H_init", { width } = isStart ? g.start : g.node, height = isStart ? g.start.height : 2 * half, record = lookup(node.q);
  const box = { width: node.row === "L" ? Math.min(width, Math.max(110, 0.63 * width)) : width, height, isStart };
  return quantity("node", node.q, record, { "data-row": node.row, tabindex: 0, transform: `translate(${x},${y})` }, [
    draw("rect", { x: -box.width / 2, y: -height / 2, width: box.width, height, rx: 9 }), ...drawContents(node, record, box, scales, lookup),
  ]);
}

function nodeText(record) {
  if (!record.values) return "";
  if (Math.min(...record.shape) > 1) return `${record.shape[0]} × ${record.shape[1]}`;
  const row = record.values.flat(), length = Math.max(...record.shape);
  const first = (count, digits) => row.slice(0, count).map((value) => significant(value, digits)).join(", ");
  return length > 3 ? `${first(2, 2)}, … (${length})` : first(3, row.length > 2 ? 2 : 3);
}

// What stands before the name of a copy that a frame does not use.
const SAME = () => [draw("tspan", { class: "same" }, "= ")];

// An edge runs from border to border; the way back runs beside the way forward, never over it.
function drawEdge(g, lookup, edge, places) {
  if (edge.kind === "bias") return drawBias(g, lookup, edge, places[edge.node]);
  const from = places[edge.from], to = places[edge.to], record = lookup(edge.q);
  const back = edge.kind === "backward", sideways = Math.abs(from.y - to.y) < 1, long = sideways && !back && plainLabel(record.label).length > 5;
  const line = (sideways ? horizontal : vertical)(g, from, to, back ? 12 : 0);
  const tag = draw("text", { class: `tag ${line.anchor}${long ? " tight" : ""}`, x: line.x, y: line.y - (long ? 18 : 0) }, [...SAME(), ...svgLabel(record.label)]);
  return quantity(`edge ${edge.kind}`, edge.q, record, { "data-at": edge.at }, [...strokes(line.d, back ? record.role : "quiet"), ...(edge.label === false ? [] : [tag])]);
}

// A bias enters a node without a step behind it: a small mark beside the edge that it is added to.
function drawBias(g, lookup, edge, place) {
  const record = lookup(edge.q), hidden = place.y === g.row.H, bottom = place.y + g.node.height / 2;
  const spot = g.gap ? { x: place.x + (hidden ? (g.isNarrow ? 8 : 42) : -27), y: bottom + g.gap / 2 - 2 + (hidden && g.isNarrow ? 15 : 0) } : { x: place.x + (hidden ? 8 : -8), y: bottom + (hidden ? 44 : 42) };
  const tag = draw("text", { class: `tag ${hidden ? "start" : "end"}`, ...spot }, [draw("tspan", {}, "+ "), ...svgLabel(record.label)]);
  return quantity("edge forward bias", edge.q, record, { "aria-label": record.words, "data-at": edge.at }, tag);
}

// Where nodes stand close, the name of an edge between them stands below them.
const under = (g) => (g.gap && g.column - g.node.width < 76 ? g.node.height / 2 + 16 : 26);

function horizontal(g, from, to, shift) {
  const way = to.x > from.x ? 1 : -1, y = from.y + (g.gap ? 0 : shift), half = (place) => (place.x === g.start.x ? g.start.width : g.node.width) / 2;
  const start = from.x + way * half(from), end = to.x - way * half(to);
  return { d: `M${start},${y} L${end},${y}`, x: (start + end) / 2, y: shift ? y + under(g) : y - (g.gap ? 21 : 9), anchor: "middle" };
}

function vertical(g, from, to, shift) {
  const way = to.y < from.y ? -1 : 1, x = from.x + (g.gap ? 0 : shift), isRight = shift ? !g.isNarrow : from.y === g.row.X, aside = shift ? 18 : g.gap && !isRight ? 58 : 8;
  const start = from.y + way * from.half, end = to.y - way * to.half;
  return { d: `M${x},${start} L${x},${end}`, x: isRight ? x + (g.gap && shift ? 20 : 8) : x - aside, y: (start + end) / 2 + (shift ? 4 : -2), anchor: isRight ? "start" : "end" };
}

// On a composed screen the chip lies on the edge of its copy, behind what is left of it for the ribbon.
function spotOf(g, parameter, { x, y }, isFirst) {
  const { width, height } = g.node, sideways = parameter === "Wh1", tall = sideways ? 26 : Math.min(26, Math.max(8, g.gap - 10)), aside = parameter[0] === "b" ? 60 : 0, left = parameter === "W1";
  const gap = isFirst ? g.left - g.start.x - g.start.width / 2 : g.column - width, edge = sideways ? x - width / 2 : y + height / 2;
  const half = sideways && gap < 64 ? 20 : 23, chip = sideways ? { x: edge - gap + half + (gap < 64 ? 2 : 7), y } : { x: x + aside, y: edge + g.gap - tall / 2 - 2 };
  const d = sideways ? `M${edge},${y} L${chip.x + half},${y}` : `M${chip.x},${edge} L${chip.x},${chip.y - tall / 2}`;
  return { chip, d, tall, half, tag: sideways ? { class: `tag ${g.isNarrow ? "start" : "middle"}`, x: g.isNarrow ? edge - gap : edge - gap / 2, y: y + Math.max(30, under(g)) } : { class: `tag ${left ? "end" : "start"}`, x: chip.x + (left ? -30 : 30), y: edge + g.gap / 2 + 4 } };
}

function drawOnEdge(g, lookup, edge, places) {
  const { chip, d, tall, half, tag } = spotOf(g, edge.parameter, places[edge.from], edge.at === 0), target = lookup(edge.parameter), record = lookup(edge.q), long = plainLabel(target.label).length > 5;
  const box = draw("g", { class: "chip role-parameter", transform: `translate(${chip.x},${chip.y})` }, [
    draw("rect", { x: -half, y: -tall / 2, width: 2 * half, height: tall, rx: tall / 2 }),
    draw("text", { class: `symbol${long ? " tight" : ""}`, y: 5 }, svgLabel(target.label)),
  ]);
  return quantity("", edge.q, record, { class: "edge backward immediate role-parameter" }, [...strokes(d, "parameter"), box, draw("text", tag, svgLabel(record.label))]);
}

// The step at which the parameter's copy is reached: an arrow into a chip that carries the parameter's name.
function drawImmediate(g, lookup, edge, places) {
  const from = places[edge.from], spot = { x: from.x - 66, y: from.y + 54 }, target = lookup(edge.parameter), wide = plainLabel(target.label).length > 5 ? 20 : 0;
  const d = `M${from.x - 24},${from.y + g.node.height / 2} C${from.x - 26},${spot.y} ${spot.x + 50},${spot.y} ${spot.x + 33},${spot.y}`;
  const box = draw("g", { class: "chip role-parameter", transform: `translate(${spot.x},${spot.y})` }, [
    draw("rect", { x: -30 - wide, y: -15, width: 60 + wide, height: 30, rx: 8 }),
    draw("text", { class: `symbol${wide ? " tight" : ""}`, x: -wide / 2, y: 5 }, svgLabel(target.label)),
  ]);
  return quantity("", edge.q, lookup(edge.q), { class: "edge backward immediate role-parameter" }, [...strokes(d, "parameter"), box]);
}

// In a wide network the lit part is brought into view inside the stage; the page itself never scrolls. It is measured just before
// the frame is painted: in the middle of a change that would lay the page out once more.
export function bringIntoView(stage) {
  cancelAnimationFrame(stage.following);
  stage.following = requestAnimationFrame(() => scrollToLit(stage.graph, stage.still()));
}

function scrollToLit(box, still) {
  const lit = box.scrollWidth <= box.clientWidth + 2 ? [] : [...box.querySelectorAll(".node[data-lit]")];
  if (!lit.length) return;
  const middles = lit.map((node) => node.getBoundingClientRect()).map(({ left, right }) => (left + right) / 2);
  const middle = (Math.min(...middles) + Math.max(...middles)) / 2 - box.getBoundingClientRect().left;
  box.scrollTo({ left: box.scrollLeft + middle - box.clientWidth / 2, behavior: still ? "auto" : "smooth" });
}
