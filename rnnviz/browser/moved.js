// The network of the studio: how far each weight has moved since the start, as the width and the colour of its edge.

import { draw, fill, htmlLabel, make, svgLabel } from "./dom.js";
import { significant } from "./numbers.js";

const WIDE = 460, HIGH = 250, TOP = 26, MOST = 160, THICKEST = 10;
const ENDS = { Wh1: ["past", "state"], W1: ["input", "state"], W2: ["state", "output"] };

export class MovedNetwork {
  constructor({ parts, moved, length }) {
    const [inputs] = parts.W1.shape, [units, outputs] = parts.W2.shape;
    this.parts = Object.entries(ENDS).map(([name, ends]) => ({ ...parts[name], ends }));
    const middle = TOP + (HIGH - TOP) * Math.min(0.8, Math.max(0.3, units / (units + inputs)));
    this.columns = { past: column(40, TOP, middle - 12, units), input: column(40, middle + 12, HIGH, inputs), state: column(220, TOP, HIGH, units), output: column(400, TOP, HIGH, outputs) };
    this.limit = Math.max(...Array.from({ length }, (_, place) => Math.max(...this.parts.map((part) => this.changes(part, place).reduce((most, one) => Math.max(most, Math.abs(one)), 0)))));
    const count = this.parts.reduce((sum, { shape }) => sum + shape[0] * shape[1], 0);
    this.edges = Array.from({ length: Math.min(MOST, count) }, () => draw("path", { fill: "none" }));
    const nodes = Object.values(this.columns).flatMap(({ x, ys, r }) => ys.map((y) => draw("circle", { class: "unit", cx: x, cy: y, r })));
    const names = moved.names.map(([kind, label]) => this.named(kind, label));
    const svg = draw("svg", { viewBox: `0 0 ${WIDE} ${HIGH + 14}`, "aria-hidden": "true" }, [...this.edges, ...nodes, ...names]);
    this.reading = make("span", { class: "reading" });
    const scale = make("div", { class: "scale", "aria-hidden": "true" }, [-this.limit, 0, this.limit].map((end) => make("span", {}, significant(end, 2))));
    const caption = make("figcaption", {}, [make("span", { class: "name" }, moved.title), this.reading]);
    this.figure = make("figure", { class: "moved", "data-part": "network", "aria-label": moved.words }, [caption, svg, scale]);
  }

  named(kind, label) {
    const { x, ys, r } = this.columns[kind];
    return draw("text", { x, y: Math.max(12, ys[0] - r - 6), "text-anchor": "middle" }, svgLabel(label));
  }

  changes({ before, shape }, place) {
    const size = shape[0] * shape[1];
    return before.values.subarray(place * size, (place + 1) * size).map((value, entry) => value - before.values[entry]);
  }

  show(place) {
    const found = this.parts.flatMap((part) => Array.from(this.changes(part, place), (value, entry) => ({ part, value, entry })));
    found.sort((one, other) => Math.abs(other.value) - Math.abs(one.value));
    this.edges.forEach((edge, n) => this.draw(edge, found[n]));
    const { part, value, entry } = found[0], columns = part.shape[1];
    this.reading.hidden = value === 0;
    this.reading.replaceChildren("farthest ", ...htmlLabel(part.label), `[${Math.floor(entry / columns)}, ${entry % columns}] `, make("b", {}, significant(value, 3)));
  }

  draw(edge, { part: { ends, shape }, value, entry }) {
    const [from, to] = ends.map((name) => this.columns[name]), y1 = from.ys[Math.floor(entry / shape[1])], y2 = to.ys[entry % shape[1] % to.ys.length], middle = (from.x + to.x) / 2;
    const strength = this.limit > 0 ? Math.abs(value) / this.limit : 0, colour = value === 0 ? "--exact-zero" : value < 0 ? "--negative" : "--positive";
    fill(edge, { d: `M${from.x + from.r} ${y1}C${middle} ${y1} ${middle} ${y2} ${to.x - to.r} ${y2}`, "stroke-width": (1 + (THICKEST - 1) * strength).toFixed(2), "data-moved": value, style: `stroke: var(${colour}); opacity: ${value === 0 && this.edges.length === MOST ? 0 : (0.35 + 0.5 * strength).toFixed(2)}` });
  }
}

// The places of so many units between two heights, and how large one is drawn.
function column(x, top, bottom, count) {
  const step = (bottom - top) / count;
  return { x, ys: Array.from({ length: count }, (_, n) => top + step * (n + 0.5)), r: Math.min(13, 0.38 * step) };
}
