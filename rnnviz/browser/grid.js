// The (t, k) grid: one cell a term, sums in the margins, the gradient in the corner; read in four ways, by its share first.

import { draw, htmlLabel, make, neighbour, plainLabel, shade } from "./dom.js";
import { written } from "./numbers.js";

const head = (text) => make("th", { scope: "col" }, text);
const spoken = (words) => make("span", { class: "spoken" }, words);

export function drawGrid(parameter, reading) {
  const { grid } = parameter, { rows, columns } = grid;
  const withGaps = (one, gap) => columns.flatMap((step, j) => [...(j && typeof step === "number" && step - columns[j - 1] > 1 ? [gap()] : []), one(j)]);
  const cells = (one) => withGaps(one, () => make("td", { class: "gap" }, ""));
  const names = withGaps((j) => head(grid.column_names[j]), () => make("th", {}, "⋯"));
  const body = make("tbody");
  rows.forEach((t, i) => {
    if (i && t - rows[i - 1] > 1) body.append(make("tr", {}, make("th", {}, "⋮")));
    const line = cells((j) => gridCell(grid.cells[i][j], grid.largest, reading));
    body.append(make("tr", { style: `--row:${i}` }, [make("th", { scope: "row" }, grid.row_names[i]), ...line, marginCell(grid.row_sums[i], reading)]));
  });
  // The corner is the sum of its margin; where the loss is a mean over time, that part of it.
  const corner = marginCell(grid.corner, reading, "total", reading.mode === "share" ? "" : grid.factor);
  const foot = make("tr", {}, [make("th", { scope: "row" }, "Σ"), ...cells((j) => marginCell(grid.column_sums[j], reading)), corner]);
  const table = make("table", { class: `grid reading-${reading.mode}${reading.isTriangle ? " triangle" : ""}`, role: "grid", "aria-label": "terms of the gradient: loss step by source step" }, [
    make("caption", {}, [make("span", {}, grid.across), make("span", {}, "rows: loss step t")]),
    make("thead", {}, make("tr", {}, [make("th", { class: "corner", scope: "col" }, "t \\ k"), ...names, head("Σ row")])),
    body, make("tfoot", {}, foot),
  ]);
  const title = make("div", { class: "grid-title", "data-q": grid.corner }, [...htmlLabel(grid.title), `${grid.whose}, term by term`]);
  return make("div", { class: "grid-frame" }, [title, table]);
}

// How the numbers of a cell are read: its share of the gradient, its length, the sum of its entries, or one entry.
export function readingOf(grid, mode, entry, lookup) {
  const place = (record) => record.values[record.rows.indexOf(entry[0])]?.[record.columns.indexOf(entry[1])];
  const value = mode === "entry" ? place : (record) => record[mode];
  const cells = grid.cells.flat().filter((cell) => cell.q).map((cell) => value(lookup(cell.q)));
  const largest = Math.max(0, ...cells.filter((one) => typeof one === "number").map(Math.abs));
  return { mode, value, largest, lookup, entry, digits: grid.columns.length > 6 ? 2 : 3 };
}

// What a cell is, for who does not see it; the number that is seen, or that it is not there yet, follows.
function spokenReading(reading, record) {
  const name = { norm: "length", sum: "sum of its entries", entry: `entry ${reading.entry?.join(", ")}`, share: "share" }[reading.mode];
  return spoken(`${plainLabel(record.label)}, ${name} `);
}

const numbers = (text, pending) => [make("span", { class: "number" }, text), make("span", { class: "not-yet" }, pending)];

function gridCell(cell, largest, reading) {
  if (cell.state === "future") return make("td", { class: "future", "aria-label": "no path: the source step lies after the loss" });
  if (cell.state === "none") return make("td", { class: "none", "aria-label": "no loss at this step" }, "·");
  const record = reading.lookup(cell.q), value = reading.value(record), attributes = { class: `cell ${cell.state}`, "data-q": cell.q, "data-goto": cell.frame, tabindex: -1, role: "gridcell" };
  const box = make("td", attributes, spokenReading(reading, record));
  if (reading.isTriangle || ["sum", "entry"].includes(reading.mode)) {
    const tone = shade(value, reading.largest);
    box.append(make("span", { class: `plate ${tone.class.split(" ")[0]}`, style: tone.style, "aria-hidden": "true" }));
  } else box.drawThumb = () => box.prepend(thumbnail(record, largest));
  box.append(...numbers(written(value, reading.mode, reading.digits), "not yet"));
  if (cell.state === "cut") box.append(spoken(", cut"));
  return box;
}

export function thumbnail({ values }, largest) {
  const pixels = values.flatMap((row, y) => row.map((value, x) => draw("rect", { x, y, width: 1, height: 1, ...shade(value, largest) })));
  return draw("svg", { viewBox: `0 0 ${values[0].length} ${values.length}`, preserveAspectRatio: "none", class: "thumb", "aria-hidden": "true" }, pixels);
}

function marginCell(id, reading, kind = "margin", factor = "") {
  if (!id) return make("td", { class: "margin", "aria-label": "no loss at this step" }, "");
  const record = reading.lookup(id), text = written(reading.value(record), reading.mode, reading.digits);
  return make("td", { class: kind, "data-q": id, tabindex: -1, role: "gridcell" }, [
    spokenReading(reading, record), factor ? make("span", { class: "factor" }, `${factor} Σ = `) : "", ...numbers(text, "–"),
  ]);
}

// The share of each lag t − k: what pulls along the gradient to the right, what pulls against it to the left.
export function drawLags(grid, lookup) {
  const title = `Share of the ${grid.whole} by lag t − k`, records = grid.lags.map((id) => {
    const record = lookup(id), { label, share } = record;
    return { id, label, share, along: record.along ?? Math.max(share, 0), against: record.against ?? Math.min(share, 0) };
  });
  const reach = Math.max(1e-300, ...records.flatMap(({ along, against }) => [along, -against]));
  const bar = (value) => {
    const width = reach > 0 && typeof value === "number" ? (50 * Math.abs(value)) / reach : 0;
    return make("span", { class: `bar-of ${value < 0 ? "minus" : "plus"}`, style: `--width:${width.toFixed(1)}%` });
  };
  const lines = records.map(({ id, label, share, along, against }) => {
    const text = written(share, "share"), said = `${plainLabel(label)}: ${text} of the ${grid.whole}`;
    const track = make("span", { class: "lag-track" }, [bar(against), bar(along)]);
    return make("div", { class: "lag", "data-q": id, role: "img", "aria-label": said }, [make("span", { class: "lag-name" }, id.slice(4)), track, ...numbers(text, "not yet")]);
  });
  return make("div", { class: "lags", role: "group", "aria-label": title }, [make("div", { class: "part-title" }, title), ...lines]);
}

// What belongs together without being the same: a lag and its terms.
export function relatedOf({ grid, quantities }) {
  const lags = grid.lags.map((id) => [id, quantities[id].parts]);
  return Object.fromEntries(lags.flatMap(([id, members]) => [[id, new Set(members)], ...members.map((member) => [member, new Set([id])])]));
}

// Arrow keys walk the grid while a cell has the focus; Enter opens the term under it.
export function walkGrid(event, goTo) {
  const cell = event.target.closest(".grid [data-q]");
  if (!cell) return false;
  if (event.key === "Enter") return cell.dataset.goto ? (goTo(cell.dataset.goto), true) : false;
  const next = neighbour(cell, event.key, "[data-q]");
  next?.focus();
  return next !== undefined;
}
