// Small matrices with their numbers on one signed colour scale, symmetric about zero.

import { htmlLabel, make, plainLabel, shade, signed } from "./dom.js";
import { diagonalField, drawField, turnedField } from "./fields.js";
import { significant } from "./numbers.js";

// A matrix of many entries is drawn as a field of colours where `asFields` says so of its id, else by some of its numbers.
export function drawMatrices(items, lookup, opener, asFields = () => false) {
  const kinds = (item) => (item.tensor ? drawTensor : item.outer ? drawOuter : drawMatrix);
  const drawn = items.map((item) => {
    const sign = [item.op, item.factor && `${item.factor} ×`].filter(Boolean).join(" ");
    return signed(sign, item.opener ? opener() : kinds(item)(item, lookup, asFields));
  });
  return make("div", { class: "factors" }, grouped(drawn, (place) => items[place].begins));
}

// Several equations of one frame: each keeps together, and a narrow window puts one below the other.
export function grouped(elements, begins) {
  const groups = [];
  elements.forEach((element, place) => (begins(place) || !groups.length ? groups.push([element]) : groups.at(-1).push(element)));
  return groups.length > 1 ? groups.map((group) => make("span", { class: "one" }, group)) : elements;
}

// The 3-tensor as what it is: one slice for each hidden unit, with a single column that is not 0.
function drawTensor({ q }, lookup) {
  const slices = lookup(q).slices.map((slice) => figure("parameter", { "aria-label": `slice of hidden unit ${slice.unit}` }, slice, `h = ${slice.unit}`));
  return make("span", { class: "outer tensor role-parameter", "data-q": q }, slices);
}

// An immediate derivative is an outer product: its two vectors stand in one block under one id.
function drawOuter({ q, outer, note }, lookup, asFields) {
  const block = make("span", { class: "outer", "data-q": q }, outer.flatMap((part, place) => [
    ...(place ? [make("span", { class: "op", "aria-hidden": "true" }, outer.find(({ op }) => op)?.op || "⊗")] : []), drawMatrix(part, lookup, asFields),
  ]));
  if (note) block.append(make("span", { class: "op" }, note));
  return block;
}

function drawMatrix({ q, role, diagonal, transpose, note }, lookup, asFields) {
  const found = lookup(q), record = asFields(q) ? found : { ...found, field: null }, named = { ...record, names: entryNames(record) };
  const values = diagonal ? onDiagonal(record) : transpose ? transposed(named) : named;
  const name = [diagonal ? "diag " : "", ...htmlLabel(record.label), ...(transpose ? [make("sup", {}, "T")] : []), ...(note ? [` ${note}`] : [])];
  return figure(role || record.role, { "data-q": q, "aria-label": `${plainLabel(record.label)}, ${shapeOf(values)}` }, values, name);
}

const shapeOf = ({ shape }) => `${shape[0]} × ${shape[1]}`;

function figure(role, attributes, values, name) {
  const caption = make("figcaption", {}, [make("span", { class: "name" }, name), make("span", { class: "shape" }, shapeOf(values))]);
  const cells = values.field ? make("div", { class: "cells" }, drawField(values.field, values.shape, { style: `--rows:${values.shape[0]};--columns:${values.shape[1]}` })) : drawCells(values);
  return make("figure", { class: `matrix role-${role}`, ...attributes }, [cells, caption]);
}

// The name of each drawn entry in the link, such as Wh1.0.1; none where the record cannot be edited.
export function entryNames({ edit, rows, columns }) {
  return edit && rows.map((row) => columns.map((column) => {
    const [last, ...first] = { rc: [column, row], cr: [row, column], c: [column], r: [row] }[edit.axes];
    return [edit.variable, ...edit.prefix, ...first, last + edit.begins].join(".");
  }));
}

function transposed({ shape, rows, columns, values, names, field }) {
  const turned = (table) => table && columns.map((_, j) => rows.map((_, i) => table[i][j]));
  return { shape: [shape[1], shape[0]], rows: columns, columns: rows, values: turned(values), names: turned(names), field: field && turnedField(field, shape) };
}

function onDiagonal({ shape, rows, columns, values, field }) {
  const row = shape[1] === 1 ? values.flat() : values[0], places = shape[1] === 1 ? rows : columns, size = Math.max(...shape);
  return { shape: [size, size], rows: places, columns: places, values: row.map((value, i) => row.map((_, j) => (i === j ? value : 0))), field: field && diagonalField(field) };
}

function drawCells({ rows, columns, values, names }) {
  const largest = Math.max(0, ...values.flat().filter((value) => typeof value === "number").map(Math.abs));
  const isFolded = (places, n) => n > 0 && places[n] - places[n - 1] > 1, gap = (sign) => make("td", { class: "gap" }, sign);
  const withGaps = columns.flatMap((_, j) => (isFolded(columns, j) ? [null, j] : [j]));
  const body = make("tbody");
  rows.forEach((_, i) => {
    if (isFolded(rows, i)) body.append(make("tr", { class: "gap" }, withGaps.map(() => gap("⋮"))));
    body.append(make("tr", {}, withGaps.map((j) => (j === null ? gap("⋯") : numberCell(values[i][j], largest, names?.[i][j], i || j ? -1 : 0)))));
  });
  return make("table", {}, body);
}

function numberCell(value, largest, name, tabindex) {
  const text = significant(value, 3);
  const edit = name && { "data-edit": name, "data-value": value, tabindex, "aria-label": `${name.replace(/\./g, " ")}, ${text}, editable`, title: "Click or press Enter to change this number; drag it sideways." };
  return make("td", { ...shade(value, largest), ...edit }, text);
}
