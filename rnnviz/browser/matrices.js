// Small matrices with their numbers on one signed colour scale, symmetric about zero.

import { htmlLabel, make, plainLabel, shade, signed } from "./dom.js";
import { entryNames } from "./editing.js";
import { significant } from "./numbers.js";

export function drawMatrices(items, lookup, opener) {
  const drawnItems = items.map((item) => {
    const sign = [item.op, item.factor && `${item.factor} ×`].filter(Boolean).join(" ");
    return signed(sign, item.opener ? opener() : drawItem(item, lookup));
  });
  return make("div", { class: "factors" }, grouped(drawnItems, (place) => items[place].begins));
}

// Several equations of one frame: each keeps together, and a narrow window puts one below the other.
export function grouped(elements, begins) {
  const groups = [];
  elements.forEach((element, place) => (begins(place) || !groups.length ? groups.push([element]) : groups[groups.length - 1].push(element)));
  return groups.length > 1 ? groups.map((group) => make("span", { class: "one" }, group)) : elements;
}

function drawItem(item, lookup) {
  if (item.tensor) return drawTensor(item, lookup);
  return item.outer ? drawOuter(item, lookup) : drawMatrix(item, lookup);
}

// The 3-tensor as what it is: one slice for each hidden unit, with a single column that is not 0.
function drawTensor(item, lookup) {
  const record = lookup(item.q);
  const block = make("span", { class: "outer tensor role-parameter", "data-q": item.q });
  record.slices.forEach((slice) => {
    block.append(make("figure", { class: "matrix role-parameter", "aria-label": `slice of hidden unit ${slice.unit}` }, [
      drawCells(slice), make("figcaption", {}, [make("span", { class: "name" }, `h = ${slice.unit}`), make("span", { class: "shape" }, `${slice.shape[0]} × ${slice.shape[1]}`)]),
    ]));
  });
  return block;
}

// An immediate derivative is an outer product: its two vectors stand in one block under one id.
function drawOuter(item, lookup) {
  const block = make("span", { class: "outer", "data-q": item.q });
  item.outer.forEach((part, place) => {
    if (place) block.append(make("span", { class: "op", "aria-hidden": "true" }, "⊗"));
    block.append(drawMatrix(part, lookup));
  });
  if (item.note) block.append(make("span", { class: "op" }, item.note));
  return block;
}

function drawMatrix(item, lookup) {
  const record = lookup(item.q);
  const named = { ...record, names: item.diagonal ? null : entryNames(record) };
  const values = item.diagonal ? diagonal(record) : item.transpose ? transposed(named) : named;
  const shape = `${values.shape[0]} × ${values.shape[1]}`;
  const block = make("figure", {
    class: `matrix role-${item.role || record.role}`, "data-q": item.q,
    "aria-label": `${plainLabel(record.label)}, ${shape}`,
  });
  block.append(drawCells(values));
  const name = make("span", { class: "name" }, [item.diagonal ? "diag " : "", ...htmlLabel(record.label)]);
  if (item.transpose) name.append(make("sup", {}, "T"));
  if (item.note) name.append(document.createTextNode(` ${item.note}`));
  block.append(make("figcaption", {}, [name, make("span", { class: "shape" }, shape)]));
  return block;
}

function transposed(record) {
  return {
    shape: [record.shape[1], record.shape[0]], rows: record.columns, columns: record.rows,
    values: record.columns.map((_, j) => record.rows.map((_, i) => record.values[i][j])),
    names: record.names && record.columns.map((_, j) => record.rows.map((_, i) => record.names[i][j])),
  };
}

function diagonal(record) {
  const row = record.shape[1] === 1 ? record.values.map(([value]) => value) : record.values[0];
  const places = record.shape[1] === 1 ? record.rows : record.columns;
  const size = Math.max(...record.shape);
  return { shape: [size, size], rows: places, columns: places, values: row.map((value, i) => row.map((_, j) => (i === j ? value : 0))) };
}

function drawCells(values) {
  const largest = largestOf(values.values);
  const table = make("table", {});
  const body = make("tbody");
  values.rows.forEach((row, i) => {
    if (i && row - values.rows[i - 1] > 1) body.append(gapRow(values.columns));
    const line = make("tr");
    values.columns.forEach((column, j) => {
      if (j && column - values.columns[j - 1] > 1) line.append(make("td", { class: "gap" }, "⋯"));
      line.append(numberCell(values, i, j, largest));
    });
    body.append(line);
  });
  table.append(body);
  return table;
}

function numberCell(values, i, j, largest) {
  const value = values.values[i][j];
  const name = values.names && values.names[i][j];
  const edit = name ? { "data-edit": name, "data-value": value, tabindex: i || j ? -1 : 0, "aria-label": `${name.replace(/\./g, " ")}, ${significant(value, 3)}, editable`, title: "Click or press Enter to change this number; drag it sideways." } : {};
  return make("td", { ...shade(value, largest), ...edit }, significant(value, 3));
}

function gapRow(columns) {
  const gaps = columns.filter((column, j) => j && column - columns[j - 1] > 1).length;
  return make("tr", { class: "gap" }, columns.concat(Array(gaps).fill(0)).map(() => make("td", { class: "gap" }, "⋮")));
}

function largestOf(rows) {
  let largest = 0;
  for (const row of rows) for (const value of row) if (typeof value === "number") largest = Math.max(largest, Math.abs(value));
  return largest;
}
