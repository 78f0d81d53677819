// A gated cell: its memory as a road of its own over the state, the lanes of a state that goes on by two ways, and a step opened.

import { draw, quantity, shade, strokes, svgLabel } from "./dom.js";
import { significant } from "./numbers.js";

const LANE = 11, WIDE = 38, EACH = 66, ASIDE = 34, DOT = 8;

// How far apart from the middle the two ways run where both go from state to state.
export const laneOf = (cell) => (cell && !cell.memory ? LANE : 0);

// What the opened step takes: a zone beside its state, as wide as its gates, and the height between the upper road and the lower.
export function zoneOf(cell, open) {
  return open < 0 ? { zone: 0, inner: () => 0 } : { zone: cell.gates.length * EACH + ASIDE, inner: (room) => Math.min(170, Math.max(44, room)) };
}

// What a step hands on, in one box, and the opened one with its gates.
export function stepBoxes(g, { nodes, cell }, places) {
  const steps = cell ? nodes.filter(({ row, column }) => row === "H" && column >= 0 && (cell.memory || column === g.open)) : [];
  return steps.map(({ q, column }) => {
    const { x, y, half, width } = places[q], isOpen = column === g.open, left = x - width / 2 - 4 - (isOpen ? g.zone : 0);
    const top = (cell.memory ? g.row.C : y) - half - 4, bottom = y + half + 4 + (isOpen ? (cell.memory ? 14 : g.inner) : 0);
    return draw("rect", { class: `step-box${isOpen ? " open" : ""}`, x: left, y: top, width: x + width / 2 + 4 - left, height: bottom - top, rx: 12 });
  });
}

// The edges that the opened step draws itself, between its gates.
export const isInside = (g, { at, q, kind }) => kind !== "backward" && at === g.open && ["W1", "Wh1", "b1"].includes(q);

// The gates of a step between the road on which its memory, or its state, goes on and the bus on which they read.
export function drawOpened(g, { cell, nodes, scales }, lookup, places) {
  if (g.open < 0) return [];
  const t = g.open, find = (row, column) => places[nodes.find((one) => one.row === row && one.column === column).q], [H, X, before] = [find("H", t), find("X", t), find("H", t - 1)];
  const left = H.x - H.width / 2 - g.zone, up = cell.memory ? g.row.C : H.y - g.lane, bus = cell.memory ? H.y : H.y + H.half + g.inner - 12, low = cell.memory ? H.y + H.half + 10 : bus + DOT; // what comes from below turns under the state
  const order = cell.memory ? ["f", "i", "c", "o"] : ["z", "r", "c"], x = Object.fromEntries(order.map((gate, place) => [gate, left + 30 + EACH * place]));
  const roof = up + (cell.memory ? 34 : H.half + 30), floor = bus - 16, end = x[order.at(-1)], middle = (roof + floor) / 2;
  const wire = (...spots) => draw("path", { class: "wire", d: `M${spots.map((spot) => spot.join(",")).join("L")}` });
  const node = (sign, left, top) => draw("g", { class: "op-node", transform: `translate(${left},${top})` }, [draw("circle", { r: 8 }), draw("text", { y: 4 }, sign)]);
  const gates = order.map((gate) => drawGate(lookup(`${gate}_${t}`), `${gate}_${t}`, { x: x[gate], y: middle, height: Math.max(0, floor - roof), bus, low }, scales.is_batch));
  const reads = order.flatMap((gate) => [[`U${gate}`, -5, bus], [`W${gate}`, 5, low]].map(([q, aside, from]) => quantity("edge forward", q, lookup(q), { "data-at": t }, strokes(`M${x[gate] + aside},${from} L${x[gate] + aside},${floor}`, "quiet"))));
  const entering = [
    quantity("edge forward", "Wh1", lookup("Wh1"), { "data-at": t }, draw("path", { class: "line", d: `M${before.x + before.width / 2},${before.y + g.lane} L${left - 12},${before.y + g.lane} L${left - 12},${bus} L${end - 5},${bus}` })),
    quantity("edge forward", "W1", lookup("W1"), { "data-at": t }, draw("path", { class: "line", d: `M${X.x},${X.y - X.half} L${X.x},${low} L${x[order[0]] + 5},${low}` })),
  ];
  return [...entering, ...reads, ...(cell.memory ? memoryWires : stateWires)({ x, up, roof, bus, middle, H, left, wire, node, symbol: lookup(cell.memory ? `tanhC_${t}` : `1-z_${t}`).label, isAfter: cell.after }), ...gates];
}

// f times the memory, and i times the candidate, on the upper road; o times its tanh goes down to the state.
function memoryWires({ x, up, roof, middle, H, wire, node, symbol }) {
  const between = (x.i + x.c) / 2, down = H.x - H.width / 2 - 22;
  return [
    wire([x.f, roof], [x.f, up]), wire([x.i + WIDE / 2, middle], [x.c - WIDE / 2, middle]), wire([between, middle], [between, up]),
    wire([x.o + WIDE / 2, middle], [down, middle]), wire([down, up], [down, H.y], [H.x - H.width / 2, H.y]),
    node("∘", x.f, up), node("+", between, up), node("∘", between, middle), node("∘", down, middle),
    draw("text", { class: "tag end", x: down - 5, y: up + 19 }, svgLabel(symbol)),
  ];
}

// z times the old state, and what z leaves times the candidate, on the road of the state; r meets what the candidate reads.
function stateWires({ x, up, roof, bus, middle, wire, node, symbol, isAfter }) {
  const under = roof - 14, reset = isAfter ? [x.c - 5, bus - 8] : [(x.r + x.c) / 2 - 5, bus];
  return [
    wire([x.z, roof], [x.z, up]), wire([x.z, under], [x.c, under]), wire([x.c, roof], [x.c, up]),
    wire([x.r + WIDE / 2, middle], [isAfter ? (x.r + x.c) / 2 : reset[0], middle], [isAfter ? (x.r + x.c) / 2 : reset[0], reset[1]], reset),
    node("∘", x.z, up), node("+", x.c, up), node("∘", x.c, under), node("∘", ...reset),
    draw("text", { class: "tag middle", x: (x.z + x.c) / 2, y: under - 4 }, svgLabel(symbol)),
  ];
}

// A gate as a column of squares, a number in each where there is room; over several samples its size alone.
function drawGate(record, q, { x, y, height, bus, low }, isBatch) {
  const values = isBatch ? [] : record.values.flat(), side = height / Math.max(1, values.length), isTold = side >= 13;
  const squares = values.map((value, place) => {
    const { style, class: tone } = value === 0 ? { class: "zero" } : shade(value, 1), top = -height / 2 + place * side;
    return draw("g", { class: `square ${tone}${isTold ? "" : " blank"}`, style, "data-place": place }, [
      draw("rect", { x: 1 - WIDE / 2, y: top + 1, width: WIDE - 2, height: Math.max(1, side - 2), rx: 3 }),
      ...(isTold ? [draw("text", { class: "number", x: 0, y: top + side / 2 + 4 }, significant(value, 2))] : []),
    ]);
  });
  const said = isBatch ? [draw("text", { class: "value", y: 4 }, record.shape.join("×"))] : [draw("g", { class: "value" }, squares)];
  return quantity("node gate", q, record, { "data-row": "gate", "data-bus": bus, "data-low": low, tabindex: 0, transform: `translate(${x},${y})` }, [
    draw("rect", { x: -WIDE / 2, y: -height / 2, width: WIDE, height, rx: 5 }), ...said,
    draw("text", { class: "symbol small start", x: WIDE / 2 + 2, y: Math.min(10 - height / 2, height / 2 - 4) }, svgLabel(record.label)),
  ]);
}

// The corners past which something runs from node to node: from the bus up to a gate, or from a gate up to the road.
export function corners(from, to, { start, end }) {
  const [bus, low] = [end.dataset.bus, end.dataset.low].map(Number);
  if (end.dataset.row === "gate") return start.dataset.row === "X" ? [{ x: from.x, y: low }, { x: to.x + 5, y: low }] : [{ x: to.x - 5, y: bus }];
  return start.dataset.row === "gate" ? [{ x: from.x, y: to.y }] : [];
}
