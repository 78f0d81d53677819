// A gated cell: its memory as a road of its own over the state, and the lanes of a state that goes on by two ways.

import { draw } from "./dom.js";

const LANE = 11;

// How far apart from the middle the two ways run where both go from state to state.
export const laneOf = (cell) => (cell && !cell.memory ? LANE : 0);

// What a step hands on, in one box.
export function memoryBoxes(g, { nodes, cell }, places) {
  const steps = cell?.memory ? nodes.filter(({ row, column }) => row === "H" && column >= 0) : [];
  return steps.map(({ q }) => {
    const { x, y, half, width } = places[q], top = g.row.C - half - 4;
    return draw("rect", { class: "step-box", x: x - width / 2 - 4, y: top, width: width + 8, height: y + half + 4 - top, rx: 12 });
  });
}
