// A node of a composed screen: its symbol and its numbers as squares on one signed colour scale, a probability as a bar.

import { draw, shade, svgLabel } from "./dom.js";
import { entryNames } from "./matrices.js";
import { significant } from "./numbers.js";

const GAP = 3, PAD = 10, LETTER = 6.3, NARROWEST = 30, WIDEST = 46;

export function drawContents(node, record, box, scales, lookup) {
  const symbol = { class: "symbol start", y: 5 }, wide = labelWidth(record.label), room = box.width - 2 * PAD - wide - 6;
  if (!record.values) return [draw("text", { ...symbol, class: "symbol" }, svgLabel(record.label))];
  if (node.row === "L") return drawLoss(record, box, scales.L, symbol);
  const isMany = Math.min(...record.shape) > 1, above = box.isStart && !isMany, cells = isMany ? [] : cellsOf(record);
  if (box.isStart && cells.every((cell) => cell && cell.value === 0)) return [draw("text", { class: "symbol", y: 5 }, [...svgLabel(record.label), draw("tspan", { dy: isMany ? 0 : -4 }, isMany ? "" : " = 0")])];
  const across = above ? box.width - 12 : room, each = Math.min(WIDEST, (across - GAP * (cells.length - 1)) / cells.length), long = cells.length * (each + GAP) - GAP;
  if (isMany) return [draw("text", { ...symbol, x: PAD - box.width / 2 }, svgLabel(record.label)), draw("text", { class: "value end", x: box.width / 2 - PAD, y: 4 }, record.shape.join(" × "))];
  const left = above ? -long / 2 : (wide + 6 - long) / 2, height = above ? Math.min(26, box.height - 26) : Math.min(48, box.height - 10);
  const frame = (place) => ({ x: left + place * (each + GAP), y: above ? box.height / 2 - height - 4 : -height / 2, width: each, height });
  const targets = node.target && lookup(node.target).values?.flat(), scale = { limit: scales[node.row], kind: node.row === "Y_hat" ? scales.outputs : "numbers" };
  return [
    draw("text", above ? { class: "symbol small", y: 12 - box.height / 2 } : { ...symbol, x: left - wide - 6 }, svgLabel(record.label)),
    draw("g", { class: "value" }, cells.map((cell, place) => drawSquare(cell, frame(place), place, scale, targets?.[place]))),
  ];
}

const labelWidth = (label) => 2 + label.reduce((sum, [text, place]) => sum + text.replace(/\u0302/g, "").length * (place ? 6.5 : 10.5), 0);

// The drawn entries in a row; null where a long row is folded.
function cellsOf(record) {
  const names = entryNames(record)?.flat(), places = record.columns.length > 1 ? record.columns : record.rows;
  return record.values.flat().flatMap((value, n) => [...(n && places[n] - places[n - 1] > 1 ? [null] : []), { value, name: names?.[n] }]);
}

function drawSquare(cell, box, place, { limit, kind }, target) {
  const middle = box.x + box.width / 2;
  if (!cell) return draw("text", { class: "number", x: middle, y: 4 }, "⋯");
  const { value, name } = cell, isBar = kind !== "numbers" && typeof value === "number", tone = isBar ? { class: "bar-square" } : value === 0 ? { class: "zero" } : shade(value, limit);
  const isTarget = kind === "classes" && target > 0.5, low = isBar ? 4 : 0;
  const given = name ? { "data-edit": name, "data-value": value, tabindex: -1, role: "button" } : {};
  const text = box.width < NARROWEST ? null : fitted(value, box.width - 2);
  return draw("g", { ...tone, class: `square ${tone.class}${isTarget ? " wanted" : ""}`, "data-place": place, ...given }, [
    draw("rect", { ...box, rx: 4 }),
    ...(isBar ? bar(box, value, kind === "each" ? target : undefined) : []),
    ...(text === null ? [] : [draw("text", { class: "number", x: middle, y: 4.5 - low + box.y + box.height / 2 }, text)]),
    ...(text !== null && name ? [draw("path", { class: "editable", d: `M${middle - 11},${box.y + box.height / 2 + 8}h22` })] : []),
  ]);
}

// A probability as a part of its track; where each output has a target of its own, a stroke stands at it.
function bar({ x, y, width, height }, value, target) {
  const track = { x: x + 2, y: y + height - 6, width: width - 4, height: 4, rx: 2 }, part = Math.min(1, Math.max(0, value));
  return [
    draw("rect", { class: "track", ...track }),
    draw("rect", { class: "filled", ...track, width: track.width * part }),
    ...(typeof target === "number" && target >= 0 && target <= 1 ? [draw("rect", { class: "aim", x: track.x + target * track.width - 1, y: track.y - 2, width: 2, height: 8 })] : []),
  ];
}

function drawLoss(record, { width, height }, limit, symbol) {
  const value = record.values.flat()[0], part = typeof value === "number" && limit > 0 ? Math.min(1, value / limit) : 0, x = PAD - width / 2;
  return [
    draw("text", { ...symbol, x, y: 4 }, svgLabel(record.label)),
    draw("g", { class: "value" }, [
      draw("text", { class: "number end", x: width / 2 - PAD, y: 4 }, significant(value, 3)),
      draw("rect", { class: "loss-bar", x, y: height / 2 - 6, width: (width - 2 * PAD) * part, height: 2.5, rx: 1 }),
    ]),
  ];
}

// The number with as many digits as there is room for.
function fitted(value, width) {
  const tries = [significant(value, 2), significant(value, 1)];
  return tries.find((text) => LETTER * (text.length - (text.includes(".") ? 0.5 : 0)) <= width) ?? tries[1];
}
