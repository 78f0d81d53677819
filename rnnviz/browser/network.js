// The unrolled network: columns are steps; rows are L above Ŷ above H above X.

import { draw, plainLabel, svgLabel } from "./dom.js";
import { significant } from "./numbers.js";

const COLUMN = 160;
const NODE = { width: 126, height: 46 };
const START = { x: 54, width: 104 }; // H_init, with room for three numbers
const ROW = { L: 26, Y_hat: 110, H: 210, X: 314 };
const HEIGHT = 340;
const LEFT = 150;

export function drawNetwork(scene, parameter, lookup) {
  const place = placeNodes(scene);
  const width = LEFT + scene.columns * COLUMN - 8;
  const svg = draw("svg", {
    viewBox: `0 0 ${width} ${HEIGHT}`, class: "network", role: "group",
    "aria-label": `network unrolled over ${scene.T} ${scene.T === 1 ? "step" : "steps"}`, style: `--natural:${width}px`,
  });
  svg.append(arrowHeads());
  for (const edge of scene.edges) svg.append(drawEdge(lookup, edge, place));
  for (const edge of parameter.edges) svg.append(drawImmediate(lookup, edge, place));
  for (const node of scene.nodes) svg.append(drawNode(lookup, node, place));
  for (const gap of scene.gaps) svg.append(drawGap(gap));
  return svg;
}

function placeNodes(scene) {
  const places = {};
  for (const node of scene.nodes) {
    places[node.q] = { x: LEFT + node.column * COLUMN + NODE.width / 2 - 8, y: ROW[node.row] };
  }
  if (places.H_init) places.H_init.x = START.x;
  return places;
}

function arrowHeads() {
  const roles = ["forward", "loss", "output", "chain", "parameter", "quiet"];
  return draw("defs", {}, roles.map((role) => draw("marker", {
    id: `head-${role}`, viewBox: "0 0 8 8", refX: 6.5, refY: 4, markerWidth: 8, markerHeight: 8,
    markerUnits: "userSpaceOnUse", orient: "auto-start-reverse", class: `head role-${role}`,
  }, draw("path", { d: "M0,0.8 L7,4 L0,7.2 z" }))));
}

// What stands for a quantity, of the colour of its role unless told another.
function quantity(kind, id, record, more, children) {
  return draw("g", { class: `${kind} role-${record.role}`, "data-q": id, role: "img", "aria-label": `${plainLabel(record.label)}, ${record.words}`, ...more }, children);
}

// A broad stroke that the pointer meets, and the line that is seen.
function strokes(d, head) {
  return [draw("path", { class: "grip", d }), draw("path", { class: "line", d, "marker-end": `url(#head-${head})` })];
}

function drawNode(lookup, node, places) {
  const { x, y } = places[node.q], record = lookup(node.q);
  const width = node.q === "H_init" ? START.width : NODE.width;
  return quantity("node", node.q, record, { "data-row": node.row, tabindex: 0, transform: `translate(${x},${y})` }, [
    draw("rect", { x: -width / 2, y: -NODE.height / 2, width, height: NODE.height, rx: 9 }),
    draw("text", { class: "symbol", y: -3 }, svgLabel(record.label)),
    draw("text", { class: "value", y: 15 }, nodeText(record)),
  ]);
}

function nodeText(record) {
  if (!record.values) return "";
  if (Math.min(...record.shape) > 1) return `${record.shape[0]} × ${record.shape[1]}`;
  const row = record.shape[1] === 1 ? record.values.map(([value]) => value) : record.values[0];
  const length = Math.max(...record.shape);
  const few = row.slice(0, 3).map((value) => significant(value, row.length > 2 ? 2 : 3)).join(", ");
  return length > 3 ? `${row.slice(0, 2).map((value) => significant(value, 2)).join(", ")}, … (${length})` : few;
}

// An edge runs from border to border; the way back runs beside the way forward, never over it.
function drawEdge(lookup, edge, places) {
  if (edge.kind === "bias") return drawBias(lookup, edge, places[edge.node]);
  const from = places[edge.from];
  const to = places[edge.to];
  const back = edge.kind === "backward";
  const shift = back ? 12 : 0;
  const sideways = Math.abs(from.y - to.y) < 1;
  const line = sideways ? horizontal(from, to, shift) : vertical(from, to, shift);
  const record = lookup(edge.q);
  const group = quantity(`edge ${edge.kind}`, edge.q, record, {}, strokes(line.d, back ? record.role : "quiet"));
  if (edge.label !== false) {
    const long = sideways && !back && plainLabel(record.label).length > 5;
    group.append(draw("text", { class: `tag ${line.anchor}${long ? " tight" : ""}`, x: line.x, y: line.y - (long ? 18 : 0) }, svgLabel(record.label)));
  }
  return group;
}

// A bias enters a node without a step behind it: a small mark beside the edge that it is added to.
function drawBias(lookup, edge, place) {
  const record = lookup(edge.q);
  const hidden = place.y === ROW.H;
  const spot = { x: place.x + (hidden ? 8 : -8), y: place.y + NODE.height / 2 + (hidden ? 44 : 42) };
  const tag = draw("text", { class: `tag ${hidden ? "start" : "end"}`, ...spot }, [draw("tspan", {}, "+ "), ...svgLabel(record.label)]);
  return quantity("edge forward bias", edge.q, record, { "aria-label": record.words }, tag);
}

function horizontal(from, to, shift) {
  const right = to.x > from.x;
  const half = (place) => (place.x === START.x ? START.width / 2 : NODE.width / 2);
  const start = from.x + (right ? half(from) : -half(from));
  const end = to.x + (right ? -half(to) : half(to));
  const y = from.y + shift;
  return { d: `M${start},${y} L${end},${y}`, x: (start + end) / 2, y: shift ? y + 26 : y - 9, anchor: "middle" };
}

function vertical(from, to, shift) {
  const up = to.y < from.y;
  const start = from.y + (up ? -NODE.height / 2 : NODE.height / 2);
  const end = to.y + (up ? NODE.height / 2 : -NODE.height / 2);
  const x = from.x + shift;
  const right = shift || from.y === ROW.X;
  const place = { x: right ? x + 8 : x - 8, y: (start + end) / 2 + (shift ? 4 : -2) };
  return { d: `M${x},${start} L${x},${end}`, ...place, anchor: right ? "start" : "end" };
}

// The step at which the parameter's copy is reached: an arrow into a chip that carries the parameter's name.
function drawImmediate(lookup, edge, places) {
  const from = places[edge.from];
  const chip = { x: from.x - 66, y: from.y + 54 };
  const record = lookup(edge.q);
  const target = lookup(edge.parameter);
  const d = `M${from.x - 24},${from.y + NODE.height / 2} C${from.x - 26},${chip.y} ${chip.x + 50},${chip.y} ${chip.x + 33},${chip.y}`;
  const wide = plainLabel(target.label).length > 5 ? 20 : 0;
  const box = draw("g", { class: "chip role-parameter", transform: `translate(${chip.x},${chip.y})` }, [
    draw("rect", { x: -30 - wide, y: -15, width: 60 + wide, height: 30, rx: 8 }),
    draw("text", { class: `symbol${wide ? " tight" : ""}`, x: -wide / 2, y: 5 }, svgLabel(target.label)),
  ]);
  return quantity("", edge.q, record, { class: "edge backward immediate role-parameter" }, [...strokes(d, "parameter"), box]);
}

function drawGap(gap) {
  const x = LEFT + gap.column * COLUMN + NODE.width / 2 - 8;
  return draw("g", { class: "gap" }, [
    draw("text", { x, y: ROW.H - 34 }, "⋯"),
    draw("text", { x, y: ROW.H - 14, class: "value" }, gap.text),
  ]);
}

// In a wide network the lit part is brought into view inside the stage; the page itself never scrolls.
export function bringIntoView(box, still) {
  if (box.scrollWidth <= box.clientWidth + 2) return;
  const lit = [...box.querySelectorAll(".node[data-lit]")];
  if (!lit.length) return;
  const middles = lit.map((node) => node.getBoundingClientRect()).map(({ left, right }) => (left + right) / 2);
  const middle = (Math.min(...middles) + Math.max(...middles)) / 2 - box.getBoundingClientRect().left;
  box.scrollTo({ left: box.scrollLeft + middle - box.clientWidth / 2, behavior: still ? "auto" : "smooth" });
}
