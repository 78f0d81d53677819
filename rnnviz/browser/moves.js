// How each frame of the stage arises from the one before, on its own quantities; times in milliseconds at speed 1.

import { corners } from "./cell.js";
import { draw, make, shade, svgLabel } from "./dom.js";
import { thumbnail } from "./grid.js";
import { numberIn } from "./motion.js";

const EDGE = 240, TURN = 200, CONDENSE = 200, FLIGHT = 350, COUNT = 300, SQUARE = 12;
const UNLIT = { fill: "var(--page)", strokeWidth: "1.4px" }, GONE = { fill: "var(--page)", stroke: "var(--quiet)", strokeDasharray: "4 4" };

// Sets in motion how the frame that a stage shows comes about, and tells how long it is shown; null for who wants stillness.
export function move(stage) {
  if (stage.still()) return null;
  stage.fit();
  stage.fit(); // what is measured moves what is fitted: else the network would be drawn anew in the middle of it
  const frame = stage.frame(), [act] = frame.id.split("-");
  const moves = { start: appear, forward: carry, output: carry, loss: grow, term: back, paths: part, sum: gather, update: land }[act] || light;
  return stage.motion.start((motion) => moves(motion, stage, frame), stage.way, stage.speed);
}

const network = (stage) => stage.graph.querySelector(".network");
const inNetwork = (stage, q, kind = "") => [...network(stage).querySelectorAll(`${kind}[data-q="${q}"]`)];
const nodeOf = (stage, q) => inNetwork(stage, q, ".node")[0];
const filled = (node) => [...node.querySelectorAll(node.querySelector(".square") ? ".square" : ".value")];

// The same weights at every step: each step's copy in its turn.
function appear(motion, stage) {
  network(stage).querySelectorAll(".edge.forward .tag").forEach((tag, place, { length }) => motion.fade(tag, (300 * place) / length, 300));
}

// What enters a layer runs along its edges, in the colours of the products; where it arrives it fills in, unit by unit.
function carry(motion, stage, { pulses }) {
  const arrive = 450, node = nodeOf(stage, pulses[0].to);
  const largest = Math.max(...pulses.flatMap(({ values }) => values.flat()).map((value) => Math.abs(value) || 0));
  if (!node) return;
  for (const pulse of pulses) run(motion, stage, pulse, largest, arrive);
  fillIn(motion, node, arrive, 450);
}

function run(motion, stage, pulse, largest, length) {
  const [start, end] = [pulse.from, pulse.to].map((q) => nodeOf(stage, q)), [from, to] = [start, end].map(placeOf);
  if (!from || !to) return;
  const isSideways = Math.abs(from.x - to.x) > Math.abs(from.y - to.y), wide = SQUARE + 2;
  const squares = pulse.values.flatMap((row, y) => row.map((value, x) => draw("rect", { x: x * wide, y: y * wide, width: SQUARE, height: SQUARE, rx: 2, ...shade(value, largest) })));
  const width = pulse.values[0].length * wide + 6, height = pulse.values.length * wide + 6;
  const side = pulse.q[0] === "W" && pulse.q !== "W2" ? -1 : 1, spotOf = isSideways ? { y: height / 2 + 14 } : { x: side * (width / 2 + 6), y: 4 }; // where no weight's name stands
  const label = draw("text", { class: `tag ${isSideways ? "" : side < 0 ? "end" : "start"}`, ...spotOf }, svgLabel(pulse.label));
  const body = draw("g", { class: "pulse role-forward", "aria-hidden": "true" }, [
    draw("rect", { class: "capsule", x: -width / 2, y: -height / 2, width, height, rx: Math.min(width, height) / 2 }),
    draw("g", { transform: `translate(${4 - width / 2},${4 - height / 2})` }, squares), label,
  ]);
  const turns = corners(from, to, { start, end }); // straight, or along the edges of an opened step
  const [sx, sy] = [Math.sign(Math.round(to.x - from.x)), Math.sign(Math.round(to.y - from.y))];
  const spot = (place, way) => `translate(${place.x + way * sx * (isSideways ? place.width / 2 : 0)}px, ${place.y + way * sy * (isSideways ? 0 : place.height / 2)}px)`;
  const keys = [{ transform: `${spot(from, 1)} scale(0.4)` }, { transform: `${spot(from, 1)} scale(1)`, offset: 0.15 }, ...turns.map(({ x, y }, place) => ({ transform: `translate(${x}px, ${y}px) scale(1)`, offset: 0.15 + (0.75 * (place + 1)) / (turns.length + 1) })), { transform: `${spot(to, -1)} scale(1)`, offset: 0.9 }, { transform: `${spot(to, -1)} scale(0.2)`, opacity: 0 }];
  motion.move(motion.guest(network(stage), body), keys, 0, length + 60, "linear");
}

function placeOf(node) {
  if (!node) return null;
  const rect = node.querySelector("rect"), [x, y] = node.getAttribute("transform").match(/-?[\d.]+/g).map(Number);
  return { x, y, width: Number(rect.getAttribute("width")), height: Number(rect.getAttribute("height")) };
}

function fillIn(motion, node, at, length) {
  motion.move(node.querySelector("rect"), [GONE, {}], at, length / 2);
  const parts = filled(node), each = length / Math.max(1, parts.length);
  parts.forEach((part, place) => motion.move(part, { clipPath: part.matches(".value") ? ["inset(0 100% 0 0)", "inset(0)"] : ["inset(100% 0 0 0)", "inset(0)"] }, at + place * each, each));
}

// The loss rises as a bar from the prediction; the total lights its parts one after the other.
function grow(motion, stage, { id, lit }) {
  const losses = lit.filter((q) => /^L_\d+$/.test(q)).map((q) => nodeOf(stage, q)).filter(Boolean);
  if (id === "loss") return losses.forEach((node, place) => motion.move(node.querySelector("rect"), [UNLIT, {}], (350 * place) / losses.length, 150));
  const [node] = losses, [, t] = id.split("-"), from = placeOf(nodeOf(stage, `Y_hat_${t}`)), to = placeOf(node);
  if (!from || !to) return undefined;
  const sizes = Object.entries(stage.scene.quantities).filter(([q]) => /^L_\d+$/.test(q)).map(([, record]) => record.norm || 0);
  const width = 2 + (22 * (stage.lookup(`L_${t}`).norm || 0)) / Math.max(...sizes, 1e-300), top = to.y + to.height / 2;
  const bar = motion.guest(network(stage), draw("rect", { class: "rising", x: to.x - width / 2, y: top, width, height: from.y - from.height / 2 - top }));
  motion.move(bar, [{ transform: "scaleY(0)" }, { transform: "none", opacity: 1, offset: 0.75 }, { transform: "none", opacity: 0 }], 0, 500);
  motion.move(node.querySelector("rect"), [GONE, {}], 0, 300);
  motion.move(node.querySelector(".loss-bar"), { transform: ["scaleX(0)", "none"], transformOrigin: ["left", "left"], transformBox: ["fill-box", "fill-box"] }, 0, 450);
  return motion.count(node.querySelector(".value"), 0, 450);
}

// The way back, edge by edge; what the last term has drawn already stays.
function back(motion, stage, frame) {
  const edges = pathOf(stage, frame), known = pathOf(stage, stage.frames[stage.index - 1]), term = frame.id.replaceAll("-", "_"), record = stage.part.quantities[term];
  if (!edges.length || !record) return light(motion, stage, frame);
  const shared = edges.findIndex((q, place) => q !== known[place]);
  edges.slice(shared).forEach((q, place) => drawEdge(motion, stage, q, place * EDGE));
  chips(motion, stage, edges, shared);
  const end = (edges.length - shared) * EDGE;
  condense(motion, stage, term, edges, end);
  return record.norm === 0 ? "quick" : undefined;
}

const pathOf = (stage, frame) => (/^(term|paths)-/.test(frame?.id) ? frame.lit.filter((q) => inNetwork(stage, q, ".edge.backward").length) : []);

const HIDDEN = { left: "inset(-60px -60px -60px 100%)", right: "inset(-60px 100% -60px -60px)", up: "inset(100% -60px -60px -60px)", down: "inset(-60px -60px 100% -60px)" };

function drawEdge(motion, stage, q, at) {
  for (const edge of inNetwork(stage, q, ".edge.backward")) uncover(motion, edge, at);
  const ends = stage.scene.edges.filter((one) => one.q === q && one.kind === "backward").map(({ to }) => nodeOf(stage, to));
  for (const end of new Set(ends.filter(Boolean))) motion.move(end.querySelector("rect"), [UNLIT, {}], at + EDGE, EDGE);
}

// From its beginning to its end.
function uncover(motion, edge, at) {
  const d = edge.querySelector(".line").getAttribute("d").match(/-?[\d.]+/g).map(Number);
  const [dx, dy] = [d.at(-2) - d[0], d.at(-1) - d[1]], way = Math.abs(dx) > Math.abs(dy) ? (dx < 0 ? "left" : "right") : dy < 0 ? "up" : "down";
  motion.move(edge, { clipPath: [HIDDEN[way], "inset(-60px)"] }, at, EDGE, "linear");
}

// A term by its two roads: first what goes straight, then what goes through the gates, each into its matrix.
function part(motion, stage, frame) {
  const hops = pathOf(stage, frame).filter((q) => inNetwork(stage, q, "[data-road]").length);
  ["direct", "gates"].forEach((road, turn) => {
    hops.forEach((q, place) => inNetwork(stage, q, `[data-road="${road}"]`).forEach((edge) => uncover(motion, edge, (turn * hops.length + place) * EDGE)));
    for (const chip of stage.formula.querySelectorAll(`:is(.token, .matrix)[data-q^="${road}_"]`)) motion.fade(chip, (turn + 1) * hops.length * EDGE - TURN / 2, TURN);
  });
}

// Each factor's symbol and matrix turn up as its edge is complete, and the length so far takes its new value.
function chips(motion, stage, edges, shared) {
  const stations = [...stage.formula.querySelectorAll(".station")], isLine = stage.formula.hasAttribute("data-lengths");
  edges.forEach((q, place) => {
    if (place < shared) return;
    const at = (place - shared + 1) * EDGE - TURN / 2;
    for (const chip of stage.formula.querySelectorAll(`:is(.token, .matrix, .outer)[data-q="${q}"]`)) motion.move(chip, { transform: ["perspective(400px) rotateX(-90deg)", "perspective(400px) rotateX(0)"], opacity: [0, 1], transformOrigin: ["bottom", "bottom"] }, at, TURN);
    const station = stations.find((one) => one.dataset.q === q) || stations[place], share = (one) => parseFloat(one?.querySelector(".column")?.style.getPropertyValue("--share")) || 0;
    const own = share(station), from = own > 0 ? share(stations[place - 1]) / own : 0;
    motion.move(station?.querySelector(".column"), isLine ? { transform: [`scaleX(${from})`, "none"], transformOrigin: ["left", "left"] } : { transform: [`scaleY(${from})`, "none"], transformOrigin: ["bottom", "bottom"] }, at, TURN);
    if (station) motion.fade(station.querySelector(".number"), at, TURN);
  });
}

// At the weight the path condenses into the term's matrix, which flies to its cell; then the row's total counts up.
function condense(motion, stage, term, edges, at) {
  const cell = stage.side.place.querySelector(`.cell[data-q="${term}"]`), [last] = inNetwork(stage, edges.at(-1), ".edge.backward"), land = at + CONDENSE + FLIGHT;
  for (const q of edges) for (const part of inNetwork(stage, q, ".edge.backward")) motion.move(part, { opacity: [1, 0.35, 1] }, at, CONDENSE + FLIGHT);
  motion.move(stage.formula.querySelector(`:is(.matrix, .outer)[data-q="${term}"]`), { opacity: [0, 1] }, at, CONDENSE);
  if (!cell) return;
  fly(motion, stage, cell, last.querySelector(".chip") || last, cell, at, CONDENSE + FLIGHT);
  for (const part of cell.querySelectorAll(".thumb, .plate, .number")) motion.move(part, { opacity: [0, 1] }, land - 60, 60);
  motion.count(cell.querySelector(".number"), land, COUNT);
  const margin = cell.closest("tr").querySelector(".margin:not([data-pending]) .number"), own = numberIn(cell.querySelector(".number").textContent);
  if (margin) motion.count(margin, land, COUNT, stage.frame().new.some((q) => q === margin.parentElement.dataset.q) ? numberIn(margin.textContent) - own || 0 : numberIn(margin.textContent));
}

// A copy of a cell's picture goes from one place to another, over everything, on an arc.
function fly(motion, stage, cell, start, goal, at, length, picture = cell.querySelector(".thumb, .plate")?.cloneNode(true)) {
  const [from, to, root] = [start, goal, stage.root].map((one) => one.getBoundingClientRect()), zoom = stage.root.offsetWidth / root.width;
  if (!picture || !from.width || !to.width) return;
  const size = cell ? Math.min(44, to.width, to.height) : 32, middle = (box) => [(box.left + box.width / 2 - root.left) * zoom, (box.top + box.height / 2 - root.top) * zoom];
  const [x, y] = middle(from), [u, v] = middle(to), spot = (left, top, scale) => `translate(${left - size / 2}px, ${top - size / 2}px) scale(${scale})`;
  const guest = motion.guest(stage.root, make("div", { class: "guest", style: `width:${size}px; height:${size}px`, "aria-hidden": "true" }, picture));
  const lift = 0.12 * Math.abs(u - x) + 12;
  motion.move(guest, [
    { transform: spot(x, y, 0.3), opacity: 0 }, { transform: spot(x, y, 1), opacity: 1, offset: 0.35 },
    { transform: spot((x + u) / 2, Math.min(y, v, (y + v) / 2) - lift, 1), opacity: 1, offset: 0.7 }, { transform: spot(u, v, 1), opacity: 1 },
  ], at, length, "linear");
  motion.move(guest, { visibility: ["visible", "hidden"] }, at + length, 1);
}

// The cells slide together into the sum, and the shares count up to the whole.
function gather(motion, stage) {
  const grid = stage.side.place, cells = [...grid.querySelectorAll(".cell.live")], total = grid.querySelector(".total"), step = Math.min(80, 800 / Math.max(1, cells.length));
  cells.forEach((cell, place) => fly(motion, stage, cell, cell, total, place * step, FLIGHT));
  const end = cells.length * step + FLIGHT - step, copies = inNetwork(stage, stage.name, ".edge.forward");
  for (const number of grid.querySelectorAll("tfoot .number")) motion.count(number, number.closest(".total") ? end - COUNT : 0, COUNT);
  copies.forEach((copy, place) => beat(motion, copy, (place * end) / copies.length, end / copies.length + 120));
}

const beat = (motion, edge, at, length) => motion.move(edge.querySelector(".tag"), { transform: ["none", "scale(1.5)", "none"], transformOrigin: ["center", "center"], transformBox: ["fill-box", "fill-box"] }, at, length);

// The step lands on every copy of the weight at once; the old values go over into the new ones, and the loss rolls on.
function land(motion, stage) {
  const { name } = stage, record = stage.lookup(`${name}_step`), figure = (q) => stage.matrices.querySelector(`.matrix[data-q="${q}"]`), start = figure(`${name}_step`);
  const largest = Math.max(...(record.values || []).flat().map((value) => Math.abs(value) || 0));
  for (const copy of inNetwork(stage, name, ".edge.forward")) {
    if (start && record.values) fly(motion, stage, null, start, copy.querySelector(".tag"), 0, 500, thumbnail(record, largest));
    beat(motion, copy, 450, 350);
  }
  const [old, now] = [name, `${name}_new`].map((q) => [...(figure(q)?.querySelectorAll("td:not(.gap)") || [])]);
  now.forEach((cell, place) => {
    if (!old[place]) return;
    motion.move(cell, { backgroundColor: [getComputedStyle(old[place]).backgroundColor, getComputedStyle(cell).backgroundColor] }, 300, 500);
    motion.count(cell, 300, 500, numberIn(old[place].textContent));
  });
  const [, was] = LOSSES.exec(stage.sentence.textContent) || [];
  if (was) motion.count(stage.sentence, 300, 500, numberIn(was), NEW_LOSS);
}

const LOSSES = /from (\d[\d.]*) to \d[\d.]*(?![\de])/, NEW_LOSS = /(?<=from \d[\d.]* to )\d+(\.\d+)?/;

// Any other frame: what has become lit lights up, and its edges draw.
function light(motion, stage, frame) {
  const before = new Set(stage.frames[stage.index - 1]?.lit || []), fresh = frame.lit.filter((q) => !before.has(q));
  for (const q of fresh.length ? fresh : frame.lit) {
    for (const part of inNetwork(stage, q)) {
      if (part.matches(".edge.backward")) drawEdge(motion, stage, q, 0);
      else if (part.matches(".edge")) beat(motion, part, 0, 500);
      else motion.move(part.querySelector("rect"), [UNLIT, {}], 0, 500);
    }
  }
}
