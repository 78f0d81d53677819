// A field: every entry of a matrix as a small square on one signed scale, a path for each of its colours.

import { draw, make, shade } from "./dom.js";

const ZERO = "m".charCodeAt(0), LEVELS = 12;

export function drawField(letters, [rows, columns], attributes) {
  const squares = {};
  [...letters].forEach((letter, place) => (squares[letter] ||= []).push(`M${place % columns},${Math.floor(place / columns)}h1v1h-1z`));
  const paths = Object.entries(squares).map(([letter, all]) => draw("path", { d: all.join(""), ...tone(letter) }));
  return draw("svg", { viewBox: `0 0 ${columns} ${rows}`, preserveAspectRatio: "none", class: "field", "aria-hidden": "true", ...attributes }, paths);
}

function tone(letter) {
  const level = letter.charCodeAt(0) - ZERO;
  return letter === "?" ? { class: "unknown" } : level ? shade(level, LEVELS) : { class: "zero" };
}

// The letters of a matrix that is written turned, or of a vector that stands on a diagonal.
export const turnedField = (letters, [rows, columns]) => Array.from({ length: columns }, (_, j) => Array.from({ length: rows }, (_, i) => letters[i * columns + j]).join("")).join("");

export const diagonalField = (letters) => [...letters].map((letter, place) => "m".repeat(place) + letter + "m".repeat(letters.length - place - 1)).join("");

// Some of several matrices, one behind the other.
export const stack = (records) => make("span", { class: "stack", "aria-hidden": "true" }, records.filter((one) => one.field).slice(0, 3).map((one) => drawField(one.field, one.shape)));
