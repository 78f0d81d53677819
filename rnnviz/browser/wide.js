// A wide network: a column a step, its state a strip of colours; the steps that a frame uses stand large, the others narrow.

import { laneOf } from "./cell.js";
import { draw, fill, plainLabel, quantity, strokes, svgLabel } from "./dom.js";
import { drawField } from "./fields.js";
import { arrowHeads } from "./network.js";
import { significant } from "./numbers.js";
import { cut } from "./squares.js";

const LEFT = 108, CHIP = 60; // for the rows' names and the state before; for the parameter's chip beside the first large step

// Where columns and rows stand: large columns are twice as wide as narrow ones.
function layout({ columns, strips, cell: cellOf }, { width, height }, { id, phase }) {
  const [first, last] = strips.large[id] || [0, -1], some = last - first + 1, ahead = some && phase === 4 ? CHIP : 0;
  const isLarge = (place) => place >= first && place <= last, unit = (width - LEFT - 12 - ahead) / (some < columns ? columns + some : columns);
  const slot = (place) => (isLarge(place) && some < columns ? 2 * unit : unit);
  let right = LEFT;
  const at = Array.from({ length: columns }, (_, place) => {
    right += slot(place) + (place === first ? ahead : 0);
    const wide = slot(place);
    return { x: right - wide / 2, room: 0.94 * wide, width: isLarge(place) || !some ? Math.min(60, 0.54 * wide) : Math.min(36, 0.64 * wide), isLarge: isLarge(place) || !some, isEnd: phase === 4 && (place === first || place === last) };
  });
  const scale = Math.min(1, Math.max(0.5, (height - 80) / 350)), cell = Math.max(24, 32 * scale), bars = 28 * scale;
  const Y = bars + 6, Y_hat = Y + cell + 24 * scale, H = Y_hat + cell + 12 + 30 * scale, X = height - cell - 20, row = { L: [0, bars], Y: [Y, cell], Y_hat: [Y_hat, cell], H: [H, X - 22 * scale - H], X: [X, cell] };
  if (cellOf?.memory) { // it has the upper half of the state's room
    const half = (row.H[1] - 10) / 2;
    Object.assign(row, { C: [H, half], H: [H + half + 10, half] });
  }
  return { lane: laneOf(cellOf), at: (column) => (column < 0 ? { x: LEFT - 18, width: 12 } : at[column]), row, height, width };
}

export function drawWideNetwork(scene, parameter, lookup, box, frame) {
  const g = layout(scene, box, frame), place = ({ row, column }) => ({ ...g.at(column), row, top: g.row[row][0], tall: g.row[row][1] });
  const places = Object.fromEntries(scene.nodes.map((node) => [node.q, place(node)])), middle = (row) => g.row[row][0] + g.row[row][1] / 2;
  const targets = Object.fromEntries(scene.nodes.flatMap(({ target, column }) => (target ? [[column, target]] : []))), Y = g.row.Y;
  const names = Object.entries({ ...scene.strips.rows, t: "step t" }).map(([row, name]) => draw("text", { class: "start", x: 0, y: (row === "t" ? g.height - 10 : middle(row)) + 4 }, name));
  const numbers = scene.strips.steps.map(({ column, name }) => draw("text", { x: g.at(column).x, y: g.height - 6, class: g.at(column).isEnd ? "end-step" : null }, name));
  const low = middle("H") + 16, scale = [drawField("abcdefghijklmnopqrstuvwxy", [1, 25], { x: 0, y: low, width: 66, height: 6 }), ...scene.strips.limits.map((limit, place) => draw("text", { x: 66 * place, y: low + 20, class: place ? "end" : "start" }, limit))];
  const gaps = scene.gaps.map(({ column, text }) => draw("g", { class: "gap" }, text.split(" ").map((word, line) => draw("text", { class: "value", x: g.at(column).x, y: middle("H") + 18 + 16 * line }, word))));
  const target = ({ q, column }) => drawCell(lookup, targets[column], inside(places[q], Y), (...more) => quantity("target", ...more));
  const drawNode = (one) => (one.row === "L" ? drawLoss(lookup, one.q, places[one.q], target(one)) : (one.row === "H" || one.row === "C" ? drawState : drawCell)(lookup, one.q, places[one.q]));
  return draw("svg", { viewBox: `0 0 ${g.width} ${g.height}`, class: "network filled", role: "group", "aria-label": `network unrolled over ${scene.T} ${scene.T === 1 ? "step" : "steps"}` }, [
    arrowHeads(), ...names, ...numbers, ...scale, ...gaps,
    ...scene.edges.map((edge) => drawEdge(g, lookup, edge, places)),
    ...parameter.edges.map((edge) => drawImmediate(g, lookup, edge, places)),
    ...scene.nodes.map(drawNode),
  ]);
}

const node = (lookup, q, { row, x, top }, children) => quantity("node", q, lookup(q), { "data-row": row, tabindex: 0, transform: `translate(${x},${top})` }, children);

const inside = (place, [top, tall]) => ({ ...place, top: top - place.top, tall, row: "Y", x: 0 });

const frameOf = ({ width, tall }) => draw("rect", { x: -width / 2, y: 0, width, height: tall, rx: 5 });

const bar = (kind, x, y, width, height) => draw("path", { class: kind, d: `M${x},${y}h${width}v${height}h${-width}z` });

// What a large cell says stands to its left, where there is room.
const aside = ({ width, room }, y, text) => (room / 0.94 - width < 34 ? "" : draw("text", { class: "aside", x: -width / 2 - 5, y }, text));

// The loss as a bar, as part of the largest, over the target from which it comes.
function drawLoss(lookup, q, place, target) {
  const { part, values } = lookup(q), { width, tall } = place, high = Math.max(1, tall * part);
  return node(lookup, q, place, [bar("grip", -width / 2, 0, width, tall), bar("bar", -width / 2, tall - high, width, high), aside(place, tall - 3, significant(values[0][0], 3)), target]);
}

// A state's squares are made once.
const strips = new WeakMap();

function drawState(lookup, q, place) {
  const record = lookup(q), { strip } = record, { width, tall } = place, box = { x: 3 - width / 2, y: 3, width: Math.max(1, width - 6), height: Math.max(1, tall - 6) };
  if (!strips.has(record)) strips.set(record, drawField(strip, [strip.length, 1], { class: "field strip" }));
  return node(lookup, q, place, [frameOf(place), fill(strips.get(record).cloneNode(true), box)]);
}

// A letter, a word or a number of the task; without one the entries as squares. Under a guess, its probability.
function drawCell(lookup, q, place, group = null) {
  const { text, strip, part, said } = lookup(q), { tall, row, isLarge } = place, size = isLarge && tall > 26 ? 16 : 14, two = text.split(" ");
  const taken = (points, words) => points * (0.54 * [...words].length - 0.14 * words.replace(/[^fijlrst]/g, "").length) + 2;
  const width = taken(12, text) > place.width ? Math.min(60, Math.max(place.width, place.room)) : place.width, box = { ...place, width };
  const fits = (points, words) => taken(points, words) <= width, points = [size, 12].find((one) => fits(one, text)) ?? 12;
  const lines = fits(points, text) ? [text] : two.length === 2 && two.every((word) => fits(12, word)) ? [`${two[0]} `, two[1]] : [cut(text, width - 2)];
  const letter = () => draw("text", { class: "letter", style: `font-size:${points}px`, y: tall / 2 + 0.35 * points - 5.5 * (lines.length - 1) }, lines.map((line, place) => draw("tspan", { x: 0, dy: 11 * place }, line)));
  const squares = () => drawField(strip, [1, strip.length], { x: 3 - width / 2, y: tall / 2 - 5, width: width - 6, height: 10 });
  const under = row === "Y_hat" && part > 0 ? [bar("track", -width / 2, tall + 4, width, 4), bar("bar", -width / 2, tall + 4, width * part, 4)] : [];
  const beside = row === "Y_hat" && said ? [aside(box, tall / 2 + 4, said)] : [], children = [frameOf(box), (text ? letter : squares)(), ...under, ...beside];
  return group ? group(q, { ...lookup(q), role: "loss" }, { transform: `translate(0,${place.top})` }, children) : node(lookup, q, place, children);
}

// An edge runs from border to border; what goes back runs where the way forward lies.
function drawEdge(g, lookup, edge, places) {
  const record = lookup(edge.q), back = edge.kind === "backward";
  if (edge.kind === "bias") {
    const { x, top, tall } = places[edge.node];
    return quantity("edge forward bias", edge.q, record, { "data-at": edge.at, "aria-label": record.words }, draw("circle", { class: "dot", cx: x, cy: top + tall + 14, r: 3 }));
  }
  return quantity(`edge ${edge.kind}`, edge.q, record, { "data-at": edge.at, "data-road": edge.road }, strokes(between(g, places[edge.from], places[edge.to], edge.road), back ? record.role : "quiet"));
}

const bottom = (g, { row, top, tall }) => (row === "L" ? g.row.Y[0] + g.row.Y[1] : top + tall + (row === "Y_hat" ? 9 : 0));

function between(g, from, to, road) {
  const way = to.x > from.x ? 1 : -1, y = from.top + from.tall / 2 + g.lane * (road === "gates" ? 1 : road ? -1 : 0);
  if (from.row === to.row) return `M${from.x + way * from.width / 2},${y} L${to.x - way * to.width / 2},${y}`;
  return from.top > to.top ? `M${from.x},${from.top} L${to.x},${bottom(g, to)}` : `M${from.x},${bottom(g, from)} L${to.x},${to.top}`;
}

// The step at which the parameter's copy is reached: beside the state where it is used.
function drawImmediate(g, lookup, edge, places) {
  const { x, width, top, tall, row } = places[edge.from], target = lookup(edge.parameter), wide = plainLabel(target.label).length > 5 ? 20 : 0;
  const y = top + (row === "Y_hat" || /^(Wh1|U.)$/.test(edge.parameter) ? tall / 2 + g.lane : tall - 14), left = x - width / 2 - (row === "Y_hat" ? 92 : 58);
  const chip = draw("g", { class: "chip role-parameter", transform: `translate(${left},${y})` }, [
    draw("rect", { x: -wide, y: -13, width: 44 + wide, height: 26, rx: 13 }),
    draw("text", { class: `symbol${wide ? " tight" : ""}`, x: 22 - wide / 2, y: 5 }, svgLabel(target.label)),
  ]);
  return quantity("", edge.q, lookup(edge.q), { class: "edge backward immediate role-parameter" }, [...strokes(`M${x - width / 2},${y} L${left + 45},${y}`, "parameter"), chip]);
}

// Over each edge between states the length of the product that has come so far.
export function drawLengths(network, ribbon, running, lookup) {
  network.querySelectorAll(".so-far").forEach((one) => one.remove());
  const places = (running?.places || []).filter(({ split, when }) => !split && (!when || when.includes("whole")));
  (ribbon?.edges || []).slice(2, -1).forEach(({ q, start, roads }, place) => {
    const [x1, y, x2] = network.querySelector(`.edge.backward[data-q="${CSS.escape(q)}"] .line`).getAttribute("d").match(/-?[\d.]+/g).map(Number), at = places[place + 2];
    if (at) network.append(draw("text", { class: "so-far", "data-q": at.q, x: (x1 + x2) / 2, y: y - Math.max(start, roads ? 24 : 0) / 2 - 6 }, significant(lookup(at.q).norm, 2)));
  });
}
