// The grid of many terms: a triangle of coloured cells, and in its empty corner the term of the frame with the colours' limits.

import { htmlLabel, make } from "./dom.js";
import { written } from "./numbers.js";

export const isTriangle = ({ rows }) => rows.length > 4;

// How large an entry of a field is on a screen of this width, and a cell of the triangle beside a network of this height.
export function measureFields(formula, { quantities }, width) {
  const low = innerHeight <= 760, side = Math.max(...["W1", "Wh1", "W2"].flatMap((name) => quantities[name].shape));
  formula.style.setProperty("--side", side);
  formula.style.setProperty("--most", low ? "66px" : "106px");
  formula.style.setProperty("--dot", `${Math.min(9, (low ? 66 : 106) / side, (width - 460) / (6 * side)).toFixed(2)}px`);
}

export function triangleCell({ rows, columns }, width, height) {
  return Math.max(11, Math.min((height - (innerHeight <= 760 ? 84 : 158)) / rows.length, (0.3 * width - 90) / columns.length, 32) - 2).toFixed(1);
}

export function drawCorner({ grid }, frame, { mode, value, largest, lookup }) {
  const cell = grid.cells.flat().find((one) => one.frame === frame.id), limit = written(largest, mode), minus = limit.startsWith("−") ? limit : `−${limit}`;
  const term = cell && [make("span", { class: "corner-name" }, htmlLabel(lookup(cell.q).label)), make("strong", {}, written(value(lookup(cell.q)), mode))];
  const scale = make("span", { class: "scale", role: "img", "aria-label": `colours from ${minus} to ${limit}` }, [make("span", { class: "ramp" }), ...[minus, "0", limit].map((one) => make("span", {}, one))]);
  return make("div", { class: "grid-corner" }, [...(term || []), ...(largest > 0 ? [scale] : [])]);
}

// Of the term of the frame, its row's and its column's number are marked.
export function markTerm(table, frame) {
  const cell = table.querySelector(`[data-goto="${frame.id}"]`), marked = cell ? [cell.parentElement.cells[0], table.tHead.rows[0].cells[cell.cellIndex]] : [];
  for (const one of table.querySelectorAll("th")) one.classList.toggle("of-term", marked.includes(one));
}
