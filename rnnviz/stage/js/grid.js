// The (t, k) grid: one cell a term, sums in the margins, the gradient in the corner.

function drawGrid(parameter) {
  const grid = parameter.grid;
  const frame = make("div", { class: "grid-frame" });
  frame.append(make("div", { class: "grid-title", "data-q": grid.corner }, [...htmlLabel(grid.title), ", term by term"]));
  const table = make("table", { class: "grid", role: "grid", "aria-label": "terms of the gradient: loss step by source step" });
  table.append(make("caption", {}, [make("span", {}, grid.across), make("span", {}, "rows: loss step t")]));
  table.append(gridHead(grid), gridBody(parameter), gridFoot(parameter));
  frame.append(table);
  return frame;
}

function gridHead(grid) {
  const heads = withGaps(grid.columns, (k) => make("th", { scope: "col" }, String(k)), () => make("th", {}, "⋯"));
  return make("thead", {}, make("tr", {}, [make("td", { class: "corner" }, "t \\ k"), ...heads, make("th", { scope: "col" }, "Σ row")]));
}

function gridBody(parameter) {
  const grid = parameter.grid;
  const body = make("tbody");
  grid.rows.forEach((t, i) => {
    if (i && t - grid.rows[i - 1] > 1) body.append(make("tr", {}, make("th", {}, "⋮")));
    const line = make("tr", {}, make("th", { scope: "row" }, String(t)));
    const cell = (_, j) => gridCell(parameter, grid.cells[i][j]);
    withGaps(grid.columns, cell, () => make("td", { class: "gap" }, "")).forEach((part) => line.append(part));
    line.append(marginCell(parameter, grid.row_sums[i]));
    body.append(line);
  });
  return body;
}

function gridFoot(parameter) {
  const grid = parameter.grid;
  const line = make("tr", {}, make("th", { scope: "row" }, "Σ"));
  const sum = (_, j) => marginCell(parameter, grid.column_sums[j]);
  withGaps(grid.columns, sum, () => make("td", { class: "gap" }, "")).forEach((part) => line.append(part));
  line.append(marginCell(parameter, grid.corner, "total"));
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

function gridCell(parameter, cell) {
  if (cell.state === "future") return make("td", { class: "future", "aria-label": "no path: the source step lies after the loss" });
  if (cell.state === "none") return make("td", { class: "none", "aria-label": "no loss at this step" }, "·");
  const record = parameter.quantities[cell.q];
  const box = make("td", {
    class: `cell ${cell.state}`, "data-q": cell.q, "data-goto": cell.frame, tabindex: -1, role: "gridcell",
    "aria-label": `${plainLabel(record.label)}, norm ${significant(record.norm, 3)}${cell.state === "cut" ? ", cut" : ""}`,
  });
  box.append(thumbnail(record, parameter.grid.largest), make("span", { class: "number" }, significant(record.norm, 3)));
  box.append(make("span", { class: "not-yet" }, "not yet"));
  return box;
}

function thumbnail(record, largest) {
  const [rows, columns] = [record.values.length, record.values[0].length];
  const picture = draw("svg", { viewBox: `0 0 ${columns} ${rows}`, preserveAspectRatio: "none", class: "thumb", "aria-hidden": "true" });
  record.values.forEach((row, i) => row.forEach((value, j) => {
    picture.append(draw("rect", { x: j, y: i, width: 1, height: 1, ...shade(value, largest) }));
  }));
  return picture;
}

function marginCell(parameter, id, kind = "margin") {
  if (!id) return make("td", { class: "margin", "aria-label": "no loss at this step" }, "");
  const record = parameter.quantities[id];
  const label = `${plainLabel(record.label)}, norm ${significant(record.norm, 3)}`;
  return make("td", { class: kind, "data-q": id, tabindex: -1, role: "gridcell", "aria-label": label }, [
    make("span", { class: "number" }, significant(record.norm, 3)), make("span", { class: "not-yet" }, "–"),
  ]);
}

// Arrow keys walk the grid while a cell has the focus; Enter opens the term under it.
function walkGrid(event, goTo) {
  const cell = event.target.closest(".grid [data-q]");
  if (!cell) return false;
  if (event.key === "Enter") return cell.dataset.goto ? (goTo(cell.dataset.goto), true) : false;
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  if (!step) return false;
  const lines = [...cell.closest("table").rows].map((row) => [...row.cells]);
  let i = lines.findIndex((row) => row.includes(cell));
  let j = lines[i].indexOf(cell);
  for (;;) {
    i += step[0];
    j += step[1];
    const next = lines[i] && lines[i][j];
    if (!next) return true;
    if (next.dataset.q) return next.focus(), true;
  }
}
