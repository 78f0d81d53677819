// A node of a composed screen: its symbol and its numbers as squares on one signed colour scale, a probability as a bar.

import { draw, shade, svgLabel } from "./dom.js";
import { entryNames } from "./matrices.js";
import { significant } from "./numbers.js";

const GAP = 3, LETTER = 6.3, WIDEST = 46;

export function drawContents(node, record, box, scales, lookup) {
  const symbol = (more, ...after) => draw("text", { class: "symbol", y: 5, ...more }, [...svgLabel(record.label), ...after]), first = padding(box) - box.width / 2;
  if (!record.values) return [symbol({})];
  if (node.row === "L") return [symbol({ class: "symbol start", x: first, y: 4 }), drawLoss(record, box, scales.L)];
  if (scales.is_batch) return [symbol({ class: "symbol start", x: first }), draw("text", { class: "value end", x: -first, y: 4 }, record.shape.join(" × "))];
  if (box.isStart && !record.values.flat().some(Boolean)) return box.width < 60 ? [symbol({ class: "symbol small", y: -3 }), draw("text", { class: "number", y: 14 }, "= 0")] : [symbol({}, draw("tspan", { dy: -4 }, " = 0"))];
  if (record.alone) return [symbol({ class: "symbol start", x: first }), draw("g", { class: "value" }, (node.target ? drawGuess : drawWord)(record, first + labelWidth(record.label) + 6, -first, node.target && lookup(node.target).text))];
  const cells = cellsOf(record), isStacked = box.height >= 44 && (box.isStart || box.width < 100), wide = isStacked ? 0 : labelWidth(record.label) + 6, room = box.width - 2 * padding(box) - wide, apart = room < 60 ? 1 : GAP;
  const each = Math.max(2, Math.min(WIDEST, (room - apart * (cells.length - 1)) / cells.length)), long = cells.length * (each + apart) - apart, left = (wide - long) / 2;
  const height = isStacked ? Math.min(26, box.height - 26) : Math.min(48, box.height - 10), y = isStacked ? box.height / 2 - height - 4 : -height / 2;
  if (box.isStart && !isStacked && long > room) return [symbol({})];
  const targets = node.target && lookup(node.target).values?.flat(), scale = { limit: scales[node.row], kind: node.row === "Y_hat" ? scales.outputs : "numbers" };
  const isTold = cells.every((cell) => !cell || fitted(cell.value, each - 2) !== null); // a number in every square, or in none
  const squares = cells.map((cell, place) => drawSquare(cell, isTold, { x: left + place * (each + apart), y, width: each, height }, place, scale, targets?.[place]));
  return [symbol(isStacked ? { class: "symbol small", y: y - 7 } : { class: "symbol start", x: left - wide }), draw("g", { class: "value" }, record.time && left + long < -first - 40 ? [...squares, draw("text", { class: "number end", x: -first, y: 4 }, record.time)] : squares)];
}

// What is read, as the task calls it.
const drawWord = ({ text }, from, to) => [draw("text", { class: "word", x: (from + to) / 2, y: 5 }, cut(text, to - from))];

// The likeliest class with its probability, and beside it, where there is room, the target.
function drawGuess({ text: name, part }, from, to, target) {
  const wide = target && to - from > 130 ? (to - from) * 0.58 : to - from, box = { x: from, y: -13, width: wide, height: 26 }, isRight = name === target;
  const said = wide < 60 ? cut(name, wide) : `${cut(name, wide - 40)} ${significant(part, 2)}`; // where there is no room for a number, the bar says it
  const guess = draw("g", { class: `square bar-square${isRight ? " wanted" : ""}`, "data-place": 0 }, [
    draw("rect", { ...box, rx: 4 }), ...bar(box, part), draw("text", { class: "number", x: from + wide / 2, y: 2 }, said),
  ]);
  return wide < to - from ? [guess, draw("text", { class: "number end", x: to, y: 4 }, isRight ? "right" : `target ${cut(target, to - from - wide - 48)}`)] : [guess];
}

// What has no room ends after a word, if one fits.
export function cut(text, width) {
  const most = Math.max(1, Math.floor(width / LETTER)), letters = [...text], word = letters.slice(0, most).lastIndexOf(" ");
  return letters.length <= most ? text : `${letters.slice(0, word > 0 ? word : Math.max(1, most - 1)).join("")}…`;
}

const padding = ({ width, isStart }) => (isStart || width < 150 ? 6 : 10);
export const labelWidth = (label) => 2 + label.reduce((sum, [text, place]) => sum + text.replace(/\u0302/g, "").length * (place ? 6.5 : 10.5), 0);

// The drawn entries in a row; null where a long row is folded.
function cellsOf(record) {
  const names = entryNames(record)?.flat(), places = record.columns.length > 1 ? record.columns : record.rows;
  return record.values.flat().flatMap((value, n) => [...(n && places[n] - places[n - 1] > 1 ? [null] : []), { value, name: names?.[n] }]);
}

function drawSquare(cell, isTold, box, place, { limit, kind }, target) {
  const middle = box.x + box.width / 2;
  if (!cell) return draw("text", { class: "number", x: middle, y: 4 + box.y + box.height / 2 }, box.width < 8 ? "" : "⋯");
  const { value, name } = cell, isBar = kind !== "numbers" && typeof value === "number", tone = isBar ? { class: "bar-square" } : value === 0 ? { class: "zero" } : shade(value, limit);
  const isTarget = kind === "classes" && target > 0.5, low = isBar ? 4 : 0;
  const text = isTold ? fitted(value, box.width - 2) : null, canChange = name && text !== null, given = canChange ? { "data-edit": name, "data-value": value } : {};
  return draw("g", { ...tone, class: `square ${tone.class}${isTarget ? " wanted" : ""}${text === null ? " blank" : ""}`, "data-place": place, ...given }, [
    draw("rect", { ...box, rx: 4 }),
    ...(isBar ? bar(box, value, kind === "each" ? target : undefined) : []),
    ...(text === null ? [] : [draw("text", { class: "number", x: middle, y: 4.5 - low + box.y + box.height / 2 }, text)]),
    ...(canChange ? [draw("path", { class: "editable", d: `M${middle - 11},${box.y + box.height / 2 + 8}h22` })] : []),
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

function drawLoss(record, { width, height }, limit) {
  const value = record.values.flat()[0], part = typeof value === "number" && limit > 0 ? Math.min(1, value / limit) : 0, x = 10 - width / 2;
  return draw("g", { class: "value" }, [
    draw("text", { class: "number end", x: width < 100 ? width / 2 - 4 : -x, y: 4 }, significant(value, width < 100 ? 2 : 3)),
    draw("rect", { class: "loss-bar", x, y: height / 2 - 6, width: -2 * x * part, height: 2.5, rx: 1 }),
  ]);
}

// The number with as many digits as there is room for; none where not one fits, or where one would make a 1 of less.
function fitted(value, width) {
  const wide = (text) => LETTER * (text.length - (text.includes(".") ? 0.5 : 0)), tries = [significant(value, 2), significant(value, 1)];
  if (Math.abs(value) < 1 && Math.abs(Number(tries[1].replace("−", "-"))) === 1) tries[1] = tries[0];
  return tries.find((text) => wide(text) <= width) ?? (wide(tries[1]) <= width + GAP + 2 ? tries[1] : null);
}
