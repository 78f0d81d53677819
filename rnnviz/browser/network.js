// The unrolled network: columns are steps; rows are L above Ŷ above H above X.

import { drawOpened, isInside, laneOf, stepBoxes, zoneOf } from "./cell.js";
import { draw, plainLabel, quantity, strokes, svgLabel } from "./dom.js";
import { significant } from "./numbers.js";
import { isPhone, phoneNetwork, rowsOf } from "./panes.js";
import { drawContents, labelWidth } from "./squares.js";

const NATURAL = {
  column: 160, height: 340, left: 142, node: { width: 126, height: 46 }, row: { L: 26, Y_hat: 110, H: 210, X: 314 },
  start: { x: 54, width: 104 }, // H_init, with room for three numbers
  aside: 0, lane: 0, open: -1,
};
const WITH_MEMORY = { ...NATURAL, height: 372, row: { L: 26, Y_hat: 110, C: 190, H: 242, X: 346 }, aside: 30 };

// A network that fills a box, in the box's own pixels: its nodes stand apart as far as there is room, and their text keeps its size.
function filling({ columns, cell }, { width, height }, isBias, open) {
  if (open >= 0) return opening({ columns, cell }, { width, height }, open);
  const before = width > 800 ? 196 : 164, tall = Math.min(72, Math.max(30, (cell?.memory ? 0.115 : 0.14) * height)), node = { width: Math.min(230, Math.max(110, (width - before - 4) / columns - 60)), height: tall };
  const right = Math.max(4, (isBias ? 168 : 88) - node.width / 2, cell?.memory ? 62 : 0); // the name of a factor stands to the right of the last column, that of a bias behind its chip
  const column = columns > 1 ? Math.min((width - before - right - node.width) / (columns - 1), node.width + 200) : node.width;
  const margin = Math.max(0, (width - before - right - node.width - (columns - 1) * column) / 2), low = Math.min(38, tall), { row, gap } = rowsOf(height, tall, low, cell?.memory);
  const start = { x: 60 + margin, width: 118, height: cell?.memory ? tall : Math.max(tall, Math.min(56, 0.2 * height)) };
  return { column, height, width, left: before + margin, node, row, start, gap, low, aside: cell?.memory ? 44 : 0, lane: laneOf(cell), open };
}

// A network of which one step is opened, its gates to the left of its state.
function opening({ columns, cell }, { width, height }, open) {
  const { zone, inner: most } = zoneOf(cell, open), left = 132, right = 38, tall = Math.min(48, Math.max(32, 0.09 * height));
  const node = { width: Math.min(170, Math.max(84, (width - left - right - zone) / columns - 50)), height: tall }, low = 30, rows = cell.memory ? 4 : 3;
  const inner = most(height - 6 - low - rows * tall - 3 * 30), { row, gap } = rowsOf(height, tall, low, cell.memory, inner);
  const column = columns > 1 ? Math.min(node.width + 110, (width - left - right - zone - node.width) / (columns - 1)) : node.width;
  const margin = Math.max(0, (width - left - right - zone - node.width - (columns - 1) * column) / 2), start = { x: 48 + margin, width: 88, height: cell.memory ? tall : 48 };
  return { column, height, width, left: left + margin, node, row, start, gap, low, aside: cell.memory ? 26 : 0, lane: laneOf(cell), open, zone, inner };
}

export function drawNetwork(scene, parameter, lookup, box = null, open = -1) {
  const g = box ? (isPhone(scene.columns, box) ? phoneNetwork : filling)(scene, box, parameter.edges.some((edge) => edge.parameter[0] === "b"), open) : scene.cell?.memory ? WITH_MEMORY : NATURAL;
  const middle = ({ column }) => g.left + column * g.column + g.node.width / 2 + (g.open >= 0 && column >= g.open ? g.zone : 0);
  const width = g.width || g.left + scene.columns * g.column;
  const aside = ({ row, column }) => (row === "C" && column >= 0 ? g.aside : 0);
  const places = Object.fromEntries(scene.nodes.map((node) => [node.q, { x: node.column < 0 ? g.start.x : middle(node) - aside(node) / 2, y: g.row[node.row], half: (node.row === "L" && g.low ? g.low : g.node.height) / 2, width: node.column < 0 ? g.start.width : g.node.width - aside(node) }]));
  const attributes = { viewBox: `0 0 ${width} ${g.height}`, class: `network${box ? " filled" : ""}${g.gap < 22 ? " tight" : ""}${g.isNarrow ? " narrow" : ""}`, role: "group", "aria-label": `network unrolled over ${scene.T} ${scene.T === 1 ? "step" : "steps"}`, style: `--natural:${width}px` };
  const gapTexts = (gap) => [draw("text", { x: middle(gap), y: g.row.H - 34 }, "⋯"), draw("text", { x: middle(gap), y: g.row.H - 14, class: "value" }, gap.text)];
  return draw("svg", attributes, [
    arrowHeads(),
    ...stepBoxes(g, scene, places),
    ...scene.edges.filter((edge) => !isInside(g, edge)).map((edge) => drawEdge(g, lookup, edge, places)),
    ...parameter.edges.map((edge) => (g.gap ? drawOnEdge : drawImmediate)(g, lookup, edge, places)),
    ...scene.nodes.map((node) => (g.gap ? drawFilled(g, lookup, node, places[node.q], scene.scales) : drawNode(g, lookup, node, places[node.q]))),
    ...drawOpened(g, scene, lookup, places),
    ...scene.gaps.map((gap) => draw("g", { class: "gap" }, gapTexts(gap))),
  ]);
}

export function arrowHeads() {
  return draw("defs", {}, ["forward", "loss", "output", "chain", "parameter", "quiet"].map((role) => draw("marker", {
    id: `head-${role}`, viewBox: "0 0 8 8", refX: 6.5, refY: 4, markerWidth: 8, markerHeight: 8,
    markerUnits: "userSpaceOnUse", orient: "auto-start-reverse", class: `head role-${role}`,
  }, draw("path", { d: "M0,0.8 L7,4 L0,7.2 z" }))));
}

function drawNode(g, lookup, node, { x, y, width }) {
  const record = lookup(node.q), { height } = g.node;
  return quantity("node", node.q, record, { "data-row": node.row, tabindex: 0, transform: `translate(${x},${y})` }, [
    draw("rect", { x: -width / 2, y: -height / 2, width, height, rx: 9 }),
    draw("text", { class: "symbol", y: -3 }, svgLabel(record.label)),
    draw("text", { class: "value", y: 15 }, nodeText(record)),
  ]);
}

// On a composed screen the symbol stands beside the numbers, each in a square.
function drawFilled(g, lookup, node, { x, y, half, width }, scales) {
  const isStart = node.column < 0, height = isStart ? g.start.height : 2 * half, record = lookup(node.q);
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
  const line = (sideways ? horizontal : vertical)(g, from, to, back ? 12 : 0, edge.road);
  const tag = draw("text", { class: `tag ${line.anchor}${long ? " tight" : ""}`, x: line.x, y: line.y - (long ? 18 : 0) }, [...(g.lane ? [] : SAME()), ...svgLabel(record.label)]);
  return quantity(`edge ${edge.kind}`, edge.q, record, { "data-at": edge.at, "data-road": edge.road }, [...strokes(line.d, back ? record.role : "quiet"), ...(edge.label === false || (back && sideways && g.open >= 0) ? [] : [tag])]);
}

// A bias enters a node without a step behind it: a small mark beside the edge that it is added to.
function drawBias(g, lookup, edge, place) {
  const record = lookup(edge.q), hidden = place.y === g.row.H, bottom = place.y + g.node.height / 2;
  const isUnder = hidden && g.isNarrow && g.node.width < 100 && !g.aside, behind = isUnder ? 8 : 18 + 0.8 * labelWidth(lookup("W1").label);
  const spot = g.gap ? { x: place.x + (hidden ? behind : besideMemory(g) - 27), y: bottom + g.gap / 2 - 2 + (isUnder ? 15 : hidden ? 0 : -raised(g)) } : { x: place.x + (hidden ? 8 : -8), y: bottom + (hidden ? 44 : 42) };
  const tag = draw("text", { class: `tag ${hidden ? "start" : "end"}`, ...spot }, [draw("tspan", {}, "+ "), ...svgLabel(record.label)]);
  return quantity("edge forward bias", edge.q, record, { "aria-label": record.words, "data-at": edge.at }, tag);
}

// Where nodes stand close, the name of an edge between them stands below them.
const under = (g) => (g.gap && g.column - g.node.width < 76 ? g.node.height / 2 + 16 : 26);

function horizontal(g, from, to, shift, road) {
  const way = to.x > from.x ? 1 : -1, lane = g.lane * (road === "gates" ? 1 : road ? -1 : 0), y = from.y + (g.gap ? lane : shift), isLow = road === "gates";
  const start = from.x + (way * from.width) / 2, end = to.x - (way * to.width) / 2;
  return { d: `M${start},${y} L${end},${y}`, x: (start + end) / 2, y: shift || isLow ? y + under(g) + (isLow && shift && !g.isNarrow ? 15 : 0) : y - (g.gap ? 21 : 9), anchor: "middle" };
}

// Over the name of what leads the state straight on stand those of the weights that read it, but not under a broad node.
const raised = (g) => (g.gap && g.lane ? (g.node.width < 116 ? 14 : Math.min(14, Math.max(0, g.gap / 2 - 14))) : 0);

// Where what reads the state passes the memory.
const besideMemory = (g) => (g.aside ? (g.node.width - g.aside) / 2 : 0);

function vertical(g, from, to, shift) {
  const reads = ![from.y, to.y].some((y) => y === g.row.X || y === g.row.L); // past the memory, which is not read
  const way = to.y < from.y ? -1 : 1, x = from.x + (g.gap ? 0 : shift) + (reads ? besideMemory(g) : 0), isRight = shift ? !g.isNarrow : from.y === g.row.X, aside = shift ? 18 : g.gap && !isRight ? 58 : 8;
  const start = from.y + way * from.half, end = to.y - way * to.half;
  return { d: `M${x},${start} L${x},${end}`, x: isRight ? x + (g.gap && shift ? 20 : 8) : x - aside, y: (start + end) / 2 + (shift ? 4 : -2) - (reads && !shift ? raised(g) : 0) - (reads && g.aside ? (g.row.H - g.row.C) / 2 : 0), anchor: isRight ? "start" : "end" };
}

// On a composed screen the chip lies on the edge of its copy, behind what is left of it for the ribbon.
function spotOf(g, parameter, { x, y }, isFirst) {
  const { width, height } = g.node, sideways = /^(Wh1|U.)$/.test(parameter), tall = sideways ? 26 : Math.min(26, Math.max(8, g.gap - 10)), isBias = parameter[0] === "b", isLow = isBias && y === g.row.H, aside = g.aside && /^[Wb]2$/.test(parameter) ? -60 : isBias ? 60 : 0, left = /^W[^h2]$/.test(parameter) || aside < 0;
  const gap = isFirst ? g.left - g.start.x - g.start.width / 2 : g.column - width, edge = sideways ? x - width / 2 : y + height / 2;
  const half = sideways && gap < 64 ? 20 : 23, chip = sideways ? { x: edge - gap + half + (gap < 64 ? 2 : 7), y: y + g.lane } : { x: x + aside, y: edge + g.gap - tall / 2 - 2 };
  const d = sideways ? `M${edge},${chip.y} L${chip.x + half},${chip.y}` : `M${chip.x},${edge} L${chip.x},${chip.y - tall / 2}`;
  return { chip, d, tall, half, tag: sideways ? { class: `tag ${g.isNarrow ? "start" : "middle"}`, x: g.isNarrow ? edge - gap : edge - gap / 2, y: y + Math.max(30, under(g)) + g.lane } : { class: `tag ${left || isLow ? "end" : "start"}`, x: isLow ? x - 8 : chip.x + (left ? -30 : 30), y: edge + g.gap / 2 + 4 } };
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
