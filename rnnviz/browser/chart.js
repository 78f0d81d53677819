// What every chart is drawn with: packed numbers, places on an axis, lines, pictures, words. Pages and studio use the same.

import { make } from "./dom.js";

export function floats(text, isWide) {
  const { buffer } = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return isWide ? new Float64Array(buffer) : new Float32Array(buffer);
}

// Where a value stands between two ends. Of halves, as the whole span may be no float.
export const share = (low, high, value) => (value / 2 - low / 2) / (high / 2 - low / 2 || 1);

// A line of what is told of a chart: a dot of a colour, a name and a number.
export const row = (value, name, colour = "transparent") => make("div", {}, [...(name ? [make("i", { style: `background: ${colour}` }), `${name} `] : []), make("b", {}, value)]);

export const strip = (text) => text.replace(/<\/?su[bp]>/g, "");

export const scaled = (axis, value) => share(placed(axis, axis.low), placed(axis, axis.high), placed(axis, value));

// With a bend half of the axis is linear, up to the bend, and the rest logarithmic, on both sides of zero.
function placed(axis, value) {
  if (!axis.bend) return !axis.log ? value : value > 0 ? Math.log(value) : NaN;
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
