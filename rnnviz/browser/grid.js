// The (t, k) grid: one cell a term, sums in the margins, the gradient in the corner; read in four ways, by its share first.

import { draw, htmlLabel, make, neighbour, plainLabel, shade } from "./dom.js";
import { written } from "./numbers.js";

export function drawGrid(parameter, reading) {
  const grid = parameter.grid;
  const frame = make("div", { class: "grid-frame" });
  frame.append(make("div", { class: "grid-title", "data-q": grid.corner }, [...htmlLabel(grid.title), `${grid.whose}, term by term`]));
  const table = make("table", { class: `grid reading-${reading.mode}`, role: "grid", "aria-label": "terms of the gradient: loss step by source step" });
  table.append(make("caption", {}, [make("span", {}, grid.across), make("span", {}, "rows: loss step t")]));
  table.append(gridHead(grid), gridBody(parameter, reading), gridFoot(parameter, reading));
  frame.append(table);
  return frame;
}

// How the numbers of a cell are read: its share of the gradient, its length, the sum of its entries, or one entry.
export function readingOf(grid, mode, entry, lookup) {
  const value = {
    norm: (record) => record.norm,
    sum: (record) => record.sum,
    entry: (record) => record.values[record.rows.indexOf(entry[0])]?.[record.columns.indexOf(entry[1])],
    share: (record) => record.share,
  }[mode];
  const cells = grid.cells.flat().filter((cell) => cell.q).map((cell) => value(lookup(cell.q)));
  const largest = Math.max(0, ...cells.filter((one) => typeof one === "number").map(Math.abs));
  return { mode, value, largest, lookup, entry, digits: grid.columns.length > 6 ? 2 : 3 };
}

// What a cell is, for who does not see it; the number that is seen, or that it is not there yet, follows.
function spokenReading(reading, record) {
  const name = { norm: "length", sum: "sum of its entries", entry: `entry ${reading.entry?.join(", ")}`, share: "share" }[reading.mode];
  return spoken(`${plainLabel(record.label)}, ${name} `);
}

function spoken(words) {
  return make("span", { class: "spoken" }, words);
}

function gridHead(grid) {
  const heads = withGaps(grid.columns, (_, j) => make("th", { scope: "col" }, grid.column_names[j]), () => make("th", {}, "⋯"));
  return make("thead", {}, make("tr", {}, [make("th", { class: "corner", scope: "col" }, "t \\ k"), ...heads, make("th", { scope: "col" }, "Σ row")]));
}

function gridBody(parameter, reading) {
  const grid = parameter.grid;
  const body = make("tbody");
  grid.rows.forEach((t, i) => {
    if (i && t - grid.rows[i - 1] > 1) body.append(make("tr", {}, make("th", {}, "⋮")));
    const line = make("tr", { style: `--row:${i}` }, make("th", { scope: "row" }, grid.row_names[i]));
    const cell = (_, j) => gridCell(parameter, grid.cells[i][j], reading);
    withGaps(grid.columns, cell, () => make("td", { class: "gap" }, "")).forEach((part) => line.append(part));
    line.append(marginCell(grid.row_sums[i], reading));
    body.append(line);
  });
  return body;
}

function gridFoot(parameter, reading) {
  const grid = parameter.grid;
  const line = make("tr", {}, make("th", { scope: "row" }, "Σ"));
  const sum = (_, j) => marginCell(grid.column_sums[j], reading);
  withGaps(grid.columns, sum, () => make("td", { class: "gap" }, "")).forEach((part) => line.append(part));
  line.append(marginCell(grid.corner, reading, "total", reading.mode === "share" ? "" : grid.factor));
  return make("tfoot", {}, line);
}

function withGaps(steps, one, gap) {
  const parts = [];
  steps.forEach((step, j) => {
    if (j && typeof step === "number" && step - steps[j - 1] > 1) parts.push(gap());
    parts.push(one(step, j));
  });
  return parts;
}

function gridCell(parameter, cell, reading) {
  if (cell.state === "future") return make("td", { class: "future", "aria-label": "no path: the source step lies after the loss" });
  if (cell.state === "none") return make("td", { class: "none", "aria-label": "no loss at this step" }, "·");
  const record = reading.lookup(cell.q);
  const box = make("td", {
    class: `cell ${cell.state}`, "data-q": cell.q, "data-goto": cell.frame, tabindex: -1, role: "gridcell",
  }, spokenReading(reading, record));
  const value = reading.value(record);
  if (reading.mode === "sum" || reading.mode === "entry") box.append(plate(value, reading));
  else box.drawThumb = () => box.prepend(thumbnail(record, parameter.grid.largest));
  box.append(make("span", { class: "number" }, written(value, reading.mode, reading.digits)), make("span", { class: "not-yet" }, "not yet"));
  if (cell.state === "cut") box.append(spoken(", cut"));
  return box;
}

// One signed number as a plate on the colour scale.
function plate(value, reading) {
  const tone = shade(typeof value === "number" ? value : 0, reading.largest);
  return make("span", { class: `plate ${tone.class.split(" ")[0]}`, style: tone.style, "aria-hidden": "true" });
}

function signedBar(value, largest) {
  const width = largest > 0 && typeof value === "number" ? (50 * Math.abs(value)) / largest : 0;
  return make("span", { class: `bar-of ${value < 0 ? "minus" : "plus"}`, style: `--width:${width.toFixed(1)}%` });
}

function thumbnail(record, largest) {
  const [rows, columns] = [record.values.length, record.values[0].length];
  const picture = draw("svg", { viewBox: `0 0 ${columns} ${rows}`, preserveAspectRatio: "none", class: "thumb", "aria-hidden": "true" });
  record.values.forEach((row, i) => row.forEach((value, j) => {
    picture.append(draw("rect", { x: j, y: i, width: 1, height: 1, ...shade(value, largest) }));
  }));
  return picture;
}

// The corner is the sum of its margin; where the loss is a mean over time, that part of it.
function marginCell(id, reading, kind = "margin", factor = "") {
  if (!id) return make("td", { class: "margin", "aria-label": "no loss at this step" }, "");
  const record = reading.lookup(id);
  return make("td", { class: kind, "data-q": id, tabindex: -1, role: "gridcell" }, [
    spokenReading(reading, record), factor ? make("span", { class: "factor" }, `${factor} Σ = `) : "",
    make("span", { class: "number" }, written(reading.value(record), reading.mode, reading.digits)), make("span", { class: "not-yet" }, "–"),
  ]);
}

// The share of each lag t − k: what pulls along the gradient to the right, what pulls against it to the left.
export function drawLags(grid, lookup) {
  const records = grid.lags.map((id) => [id, lookup(id)]);
  const reach = Math.max(1e-300, ...records.flatMap(([, one]) => [one.along ?? Math.max(one.share, 0), -(one.against ?? Math.min(one.share, 0))]));
  const box = make("div", { class: "lags", role: "group", "aria-label": `Share of the ${grid.whole} by lag t − k` }, make("div", { class: "part-title" }, `Share of the ${grid.whole} by lag t − k`));
  for (const [id, record] of records) box.append(lagLine(id, record, reach, grid.whole));
  return box;
}

function lagLine(id, record, reach, whole) {
  const along = record.along ?? Math.max(record.share, 0);
  const against = record.against ?? Math.min(record.share, 0);
  const text = `${plainLabel(record.label)}: ${written(record.share, "share")} of the ${whole}`;
  return make("div", { class: "lag", "data-q": id, role: "img", "aria-label": text }, [
    make("span", { class: "lag-name" }, id.slice(4)),
    make("span", { class: "lag-track" }, [signedBar(against, reach), signedBar(along, reach)]),
    make("span", { class: "number" }, written(record.share, "share")), make("span", { class: "not-yet" }, "not yet"),
  ]);
}

// What belongs together without being the same: a lag and its terms.
export function relatedOf(part) {
  const related = {};
  for (const id of part.grid.lags) {
    const members = part.quantities[id].parts;
    related[id] = new Set(members);
    for (const member of members) related[member] = new Set([id]);
  }
  return related;
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
