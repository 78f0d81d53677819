// How a number is written.

export const minus = (text) => text.replace(/-/g, "−");

export function significant(value, places) {
  if (typeof value !== "number") return String(value);
  const size = Math.abs(value), isFar = value !== 0 && (size >= 1e5 || size < 1e-4);
  return minus(isFar ? value.toExponential(Math.max(0, places - 3)).replace("e+", "e") : Number(value.toPrecision(places)).toString());
}

// Six digits, also of a number that is written with its exponent.
export function sixDigits(value) {
  if (!Number.isFinite(value)) return "not finite";
  const size = Math.abs(value), isFar = value !== 0 && (size >= 1e6 || size < 1e-4);
  return minus(isFar ? value.toExponential(5).replace(/\.?0+e/, "e").replace("+", "") : Number(value.toPrecision(6)).toString());
}

export function written(value, mode, digits = 3) {
  if (value === undefined || value === null) return "–";
  return mode === "share" ? percentage(value) : significant(value, digits);
}

// A share as numbers.percent of the story writes it.
function percentage(share) {
  const value = 100 * share, size = Math.abs(value);
  if (size < 0.001) return size ? "≈ 0 %" : "0 %";
  if (value >= 99.5 && value < 100 - 1e-9) return value < 99.95 ? `${value.toFixed(1)} %` : "> 99.9 %";
  const text = size >= 10 && size < 10000 ? value.toFixed(0) : significant(value, size < 10 ? 2 : 4);
  return `${minus(text)} %`;
}
