// What every chart is drawn with: packed numbers, places on an axis, lines, rules, pictures. Pages and studio use the same.

import { draw, make } from "./dom.js";

export function floats(text, isWide) {
  const { buffer } = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return isWide ? new Float64Array(buffer) : new Float32Array(buffer);
}

// Where a value stands between two ends. Of halves, as the whole span may be no float.
export function share(low, high, value) {
  return (value / 2 - low / 2) / (high / 2 - low / 2 || 1);
}

export function scaled(axis, value) {
  return share(placed(axis, axis.low), placed(axis, axis.high), placed(axis, value));
}

function placed(axis, value) {
  if (axis.bend) return bent(axis, value);
  if (!axis.log) return value;
  return value > 0 ? Math.log(value) : NaN;
}

// On both sides of zero half of it is linear, up to the bend, and the rest logarithmic.
function bent(axis, value) {
  const size = Math.min(Math.abs(value) / axis.bend, 8e307), widest = Math.max(-axis.low, axis.high) / axis.bend;
  return Math.sign(value) * (size <= 1 ? size : 1 + Math.log(size) / Math.log(widest));
}

export function nearestPlace(sorted, value) {
  let low = 0, high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low > 0 && value - sorted[low - 1] <= sorted[low] - value ? low - 1 : low;
}

// A line through all spots; it breaks where one is not finite, and one without a neighbour is seen as a short dash.
export function linePath(spots) {
  let path = "", pen = "M";
  const isDrawn = (spot) => spot !== undefined && spot.every(Number.isFinite);
  spots.forEach((spot, place) => {
    if (!isDrawn(spot)) return void (pen = "M");
    path += `${pen}${spot[0].toFixed(2)} ${spot[1].toFixed(2)}${pen === "M" && !isDrawn(spots[place + 1]) ? "m-4 0h8" : ""}`;
    pen = "L";
  });
  return path;
}

// The pixels of a picture. A canvas in the page would be a layer of its own, which the browser puts together anew with every frame.
export class Bitmap {
  constructor(width, height, style = "") {
    this.canvas = make("canvas", { width, height });
    this.brush = this.canvas.getContext("2d", { willReadFrequently: true });
    this.image = this.brush.createImageData(width, height);
    this.element = make("img", { alt: "", style, decoding: "sync", draggable: "false" });
  }

  set(place, [red, green, blue], strength) {
    this.image.data.set([red, green, blue, 255 * Math.min(1, Math.max(0, strength || 0))], 4 * place);
  }

  get address() {
    this.brush.putImageData(this.image, 0, 0);
    return this.canvas.toDataURL();
  }

  show() {
    this.element.src = this.address;
  }
}

// The ground of a small chart that is as wide as its place: a rule for each tick of its axis.
export function ruled(axis) {
  return draw("svg", { viewBox: "0 0 1000 100", preserveAspectRatio: "none", "aria-hidden": "true" }, rules(axis));
}

export function rules(axis) {
  return (axis?.ticks || []).map(([place]) => across(place, "rule"));
}

export function across(place, kind) {
  return draw("line", { class: kind, x1: 0, x2: 1000, y1: 100 - 100 * place, y2: 100 - 100 * place });
}

export function tickNames(axis) {
  return (axis?.ticks || []).map(([place, text]) => make("span", { class: "tick", style: `bottom:${(100 * place).toFixed(1)}%`, "aria-hidden": "true" }, text));
}
