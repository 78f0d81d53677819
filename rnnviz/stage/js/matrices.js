// Small matrices with their numbers on one signed colour scale, symmetric about zero.

function drawMatrices(items, lookup, opener) {
  const strip = make("div", { class: "factors" });
  items.forEach((item) => {
    if (item.op) strip.append(make("span", { class: "op", "aria-hidden": "true" }, item.op));
    if (item.opener) strip.append(opener());
    else strip.append(drawItem(item, lookup));
  });
  return strip;
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
  const values = item.diagonal ? diagonal(record) : item.transpose ? transposed(record) : record;
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
  };
}

function diagonal(record) {
  const row = record.values[0];
  return { shape: [record.shape[1], record.shape[1]], rows: record.columns, columns: record.columns, values: row.map((value, i) => row.map((_, j) => (i === j ? value : 0))) };
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
      line.append(make("td", shade(values.values[i][j], largest), significant(values.values[i][j], 3)));
    });
    body.append(line);
  });
  table.append(body);
  return table;
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

function shade(value, largest) {
  const strength = largest > 0 && typeof value === "number" ? Math.abs(value) / largest : 0;
  const tone = value < 0 ? "negative" : "positive";
  return { style: `--strength:${(100 * strength).toFixed(1)}%`, class: strength > 0.87 ? `${tone} strong` : tone };
}
