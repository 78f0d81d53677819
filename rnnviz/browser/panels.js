// The small charts of the training studio. Their data come packed; every one follows the same epoch.

import { Bitmap, floats, linePath, nearestPlace, scaled } from "./chart.js";
import { button, draw, fill, htmlLabel, make } from "./dom.js";
import { significant } from "./numbers.js";

export const unpack = ({ shape, data, wide }) => ({ shape, values: floats(data, wide) });

// How much of a chart's height a name takes.
const NAME = 0.13;

const PAINTED = ["--positive", "--negative", "--loss-line", "--chain-line", "--output-line"];

// The colours of the theme that are painted as pixels, as three numbers each: asked for together, in one look.
export function palette(root) {
  const probes = PAINTED.map((name) => make("i", { style: `color: var(${name}); display: none` }));
  root.append(...probes);
  const found = probes.map((probe) => getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number));
  probes.forEach((probe) => probe.remove());
  return Object.fromEntries(PAINTED.map((name, place) => [name, found[place]]));
}

const across = (place, kind) => draw("line", { class: kind, x1: 0, x2: 1000, y1: 100 - 100 * place, y2: 100 - 100 * place });
const rules = (axis) => (axis?.ticks || []).map(([place]) => across(place, "rule"));
const tickNames = (axis) => (axis?.ticks || []).map(([place, text]) => make("span", { class: "tick", style: `bottom:${(100 * place).toFixed(1)}%`, "aria-hidden": "true" }, text));
const words = (...texts) => texts.map((text) => make("span", {}, text));
const swatch = (style, colour, children) => make("span", { class: `entry ${style}`, style: `--line: var(${colour})` }, children);
// Round numbers from 0 to the last, of which that is always one and none stands close to it.
export function roundPlaces(last, about) {
  const rough = last / about, power = 10 ** Math.floor(Math.log10(rough || 1)), step = Math.max(1, power * [1, 2, 5, 10].find((one) => one * power >= rough));
  return [...Array.from({ length: Math.ceil(last / step) }, (_, n) => n * step).filter((one) => one === 0 || last - one > step / 2), last];
}

const reading = (value) => (Number.isFinite(value) ? significant(value, 3) : Number.isNaN(value) ? "–" : "∞");
const line = (kind, colour, d) => draw("path", { class: `line ${kind}`, d, style: `stroke: var(${colour})` });

// Shares of the width and of the height as a path; what lies beyond the axis is cut at its edge.
function pathOf(xs, ys) {
  const cut = (y) => (Number.isFinite(y) ? Math.min(1.02, Math.max(-0.02, y)) : NaN);
  return linePath(Array.from(xs, (x, n) => [1000 * x, 100 - 100 * cut(ys[n])]));
}

// What all panels are: a title, a legend with live numbers, a plot, its scale and its cursor.
class Panel {
  constructor(data, studio) {
    const { id, title, words, axis } = data;
    Object.assign(this, { data, studio, last: studio.last });
    this.reading = make("span", { class: "reading" });
    this.plot = make("div", { class: "plot" });
    this.ground = draw("svg", { viewBox: "0 0 1000 100", preserveAspectRatio: "none", "aria-hidden": "true" }, rules(axis));
    const name = button({ class: "name", "aria-expanded": "false" }, title, () => studio.open(this));
    const caption = make("figcaption", { title: words }, [name, this.reading]);
    const under = make("div", { class: "under", "aria-hidden": "true" }, this.under());
    this.figure = make("figure", { class: `panel panel-${id}`, "data-panel": id, "aria-label": `${title}. ${words}` }, [caption, this.plot, under]);
    this.body();
    this.cursor = make("div", { class: "cursor" });
    this.plot.append(...tickNames(axis), this.cursor);
    this.listen();
  }

  // The ends and, where there is room, round numbers between them.
  under() {
    const between = roundPlaces(this.last, 5).slice(1, -1).map((epoch) => make("span", { class: "between", style: `left:${(100 * epoch / this.last).toFixed(2)}%` }, String(epoch)));
    return [...words("0"), ...between, make("span", { class: "unit" }, "epoch"), ...words(String(this.last))];
  }

  get isSmall() {
    return this.figure.matches(".four > :not(.opened)");
  }

  listen() {
    const epoch = (event) => {
      const box = this.plot.getBoundingClientRect();
      return this.last * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    };
    this.plot.addEventListener("pointermove", (event) => {
      this.pointed = 1 - (event.clientY - this.plot.getBoundingClientRect().top) / this.plot.clientHeight;
      this.studio.peek(epoch(event));
    });
    this.plot.addEventListener("pointerleave", () => (this.pointed = null, this.studio.leave()));
    this.plot.addEventListener("click", (event) => (this.isSmall ? this.studio.open(this) : this.studio.pin(epoch(event))));
  }

  at(epoch) {
    this.cursor.style.left = `${(100 * epoch / this.last).toFixed(2)}%`;
    this.read(epoch);
  }

  repaint() {}
}

export class LinesPanel extends Panel {
  body() {
    const { series, axis, limit, marks } = this.data;
    if (marks) this.ground.append(draw("path", { class: "marks", d: [...unpack(marks).values].map((epoch) => `M${1000 * epoch / this.last} 0v5`).join("") }));
    if (limit) this.ground.append(across(scaled(axis, limit), "limit"));
    this.lines = series.map(({ xs: packedXs, ys: packedYs, style, colour, label, name }) => {
      const xs = unpack(packedXs).values, ys = unpack(packedYs).values, value = make("b", {});
      const path = pathOf(Array.from(xs, (x) => x / this.last), Array.from(ys, (y) => scaled(axis, y)));
      this.ground.append(line(style, colour, path));
      this.reading.append(swatch(style, colour, [...(label ? htmlLabel(label) : [name]), " ", value]));
      return { xs, ys, value, name: make("span", { class: "end", "aria-hidden": "true", style: `--line: var(${colour})` }, label ? htmlLabel(label) : name) };
    });
    this.now = make("b", { class: "now", "aria-hidden": "true", style: `--line: var(${series[0].colour})` }, this.here = make("span"));
    this.plot.append(this.ground, ...this.ends(axis), this.now);
  }

  // Each curve is named where it ends; names that would meet are moved apart.
  ends(axis) {
    const at = ({ ys }) => scaled(axis, ys[ys.findLastIndex(Number.isFinite)]) || 0;
    const ends = this.lines.filter(({ xs }) => xs.at(-1) > 0.8 * this.last).map((one) => ({ ...one, y: Math.min(1, Math.max(0, at(one))) })).sort((one, other) => one.y - other.y);
    ends.forEach((one, n) => (one.y = Math.max(one.y, n ? ends[n - 1].y + NAME : 0)));
    for (let n = ends.length - 1, most = 1; n >= 0; n -= 1, most = ends[n + 1].y - NAME) ends[n].y = Math.min(ends[n].y, most);
    return ends.map(({ name, y }) => (name.style.bottom = `${(100 * y).toFixed(1)}%`, name));
  }

  read(epoch) {
    for (const { xs, ys, value } of this.lines) value.textContent = reading(ys[nearestPlace(xs, epoch)]);
    const [{ xs, ys, value }] = this.lines, height = scaled(this.data.axis, ys[nearestPlace(xs, epoch)]);
    this.here.textContent = value.textContent;
    this.now.dataset.side = epoch < 0.85 * this.last ? "right" : height > 0.7 ? "left" : "above"; // a curve that ends low has come from above
    this.now.style.cssText += `left: ${(100 * epoch / this.last).toFixed(2)}%; bottom: ${(100 * height).toFixed(2)}%`;
    this.now.hidden = !Number.isFinite(height);
  }
}

export class MapPanel extends Panel {
  body() {
    this.xs = unpack(this.data.xs).values;
    this.map = unpack(this.data.values);
    const rows = this.map.shape[1], side = (bottom, text) => make("span", { class: "tick", style: `bottom:${bottom}` }, text);
    this.bitmap = new Bitmap(Math.min(400, this.last + 1), rows);
    this.plot.append(this.bitmap.element, side("0", `${this.data.side} 0`));
    if (rows > 1) this.plot.append(side("100%", String(rows - 1)));
  }

  repaint() {
    const [, rows] = this.map.shape, { width } = this.bitmap.image, tone = this.studio.palette[`--${this.data.role}-line`];
    for (let x = 0; x < width; x++) {
      const column = nearestPlace(this.xs, this.last * x / Math.max(1, width - 1));
      for (let row = 0; row < rows; row++) {
        this.bitmap.set((rows - 1 - row) * width + x, tone, scaled(this.data.axis, this.map.values[column * rows + row]));
      }
    }
    this.bitmap.show();
  }

  read(epoch) {
    const [, rows] = this.map.shape, column = nearestPlace(this.xs, epoch);
    const row = Math.min(rows - 1, Math.max(0, Math.floor((this.pointed ?? 1) * rows)));
    this.reading.replaceChildren(`${this.data.side} ${row}: `, make("b", {}, reading(this.map.values[column * rows + row])));
  }
}

// The course of every entry of the parameter that is open; the one that moved most is drawn strong.
export class EntriesPanel extends Panel {
  body() {
    this.plot.append(this.ground);
  }

  open({ before, axis, label }) {
    const [count, rows, columns] = before.shape, size = rows * columns, xs = this.studio.epochs.map((epoch) => epoch / this.last);
    const values = (entry) => Array.from({ length: count }, (_, frame) => before.values[frame * size + entry]);
    const travel = Array.from({ length: size }, (_, entry) => Math.abs(before.values[(count - 1) * size + entry] - before.values[entry]));
    const most = travel.indexOf(Math.max(...travel)), drawn = [...travel.keys()].sort((one, other) => travel[other] - travel[one]).slice(0, 64).reverse();
    this.values = values(most);
    this.name = [...htmlLabel(label), `[${Math.floor(most / columns)}, ${most % columns}] `];
    const path = (entry) => pathOf(xs, values(entry).map((value) => scaled(axis, value)));
    this.ground.replaceChildren(...rules(axis), ...drawn.map((entry) => line(entry === most ? "" : "faint", "--parameter-line", path(entry))));
    this.plot.querySelectorAll(".tick").forEach((tick) => tick.remove());
    this.plot.append(...tickNames(axis));
  }

  read() {
    this.reading.replaceChildren(...this.name, make("b", {}, reading(this.values[this.studio.index])));
  }
}

// What stands at the epoch that is shown, without an axis of epochs of its own; it comes from the forward pass.
class MomentPanel extends Panel {
  listen() {
    this.figure.dataset.from = "forward";
  }

  at() {
    this.read();
  }
}

// What the network says: now, with its start values, at its best, and what it should say.
export class OutputsPanel extends MomentPanel {
  under() {
    const { side, target } = this.data, places = target.shape[0];
    return words(`${side} 0`, places > 1 ? String(places - 1) : "");
  }

  body() {
    this.predicted = unpack(this.data.predicted);
    this.target = unpack(this.data.target);
    if (this.data.kind === "bars") this.classes();
    else this.curves();
  }

  curves() {
    const [places, outputs] = this.target.shape, xs = Array.from({ length: places }, (_, place) => (places > 1 ? place / (places - 1) : 0.5));
    const lines = (name, colour, style) => {
      this.reading.append(swatch(style, colour, name));
      const paths = Array.from({ length: outputs }, () => line(style, colour));
      this.ground.append(...paths);
      return paths;
    };
    this.set = (paths, values, from) => paths.forEach((path, output) => {
      const d = pathOf(xs, xs.map((_, place) => scaled(this.data.axis, values[from + place * outputs + output])));
      path.setAttribute("d", places > 1 ? d : d.replace(/^M([\d.]+) (.*)$/, "M300 $2L700 $2"));
    });
    this.set(lines("target", "--ink", "thick faint"), this.target.values, 0);
    this.set(lines("start", "--muted", "dot"), this.predicted.values, 0);
    this.set(lines("best", "--parameter-line", "dash"), this.predicted.values, this.data.best * places * outputs);
    this.now = lines("now", "--output-line", "");
    this.plot.append(this.ground);
  }

  classes() {
    const [places, classes] = this.target.shape, frame = (place) => {
      const row = this.highest(this.target.values, place * classes);
      return make("i", { style: `left:${100 * place / places}%; top:${100 * row / classes}%; width:${100 / places}%; height:${100 / classes}%` });
    };
    this.bitmaps = ["start", "now", "best"].map((name) => {
      const bitmap = new Bitmap(places, classes), frames = make("div", { class: "frames" }, Array.from({ length: places }, (_, place) => frame(place)));
      this.plot.append(make("div", { class: "said" }, [make("span", { class: "tick-name" }, name), make("div", { class: "cells" }, [bitmap.element, frames])]));
      return bitmap;
    });
    this.plot.classList.add("three");
  }

  // Which class has the largest value from a place on.
  highest(values, from) {
    const row = values.subarray(from, from + this.target.shape[1]);
    return row.indexOf(Math.max(...row));
  }

  repaint() {
    if (!this.bitmaps) return;
    this.tone = this.studio.palette["--output-line"];
    this.fill(this.bitmaps[0], 0);
    this.fill(this.bitmaps[2], this.data.best);
    this.read();
  }

  fill(bitmap, frame) {
    const [places, classes] = this.target.shape;
    for (let place = 0; place < places; place++) for (let one = 0; one < classes; one++) {
      bitmap.set(one * places + place, this.tone, this.predicted.values[(frame * places + place) * classes + one]);
    }
    bitmap.show();
  }

  read() {
    const frame = this.studio.index, [places, outputs] = this.target.shape, { right: own, asked } = this.data;
    if (!this.bitmaps) return this.set(this.now, this.predicted.values, frame * places * outputs);
    if (this.tone) this.fill(this.bitmaps[1], frame);
    const isRight = (_, place) => this.highest(this.target.values, place * outputs) === this.highest(this.predicted.values, (frame * places + place) * outputs);
    // Of means over the batch the sequences' own answers are counted, not those of the means.
    const text = own ? `${own[frame]} of ${asked}` : `${Array.from({ length: places }, isRight).filter(Boolean).length} of ${places}`;
    return this.reading.replaceChildren("right: ", make("b", {}, text));
  }
}

const CLASS_COLOURS = ["--forward-line", "--chain-line", "--parameter-line", "--output-line", "--loss-line", "--ink"];

// The path of the hidden states along their two main directions. Without classes the colour tells the time: later steps are darker.
export class StatesPanel extends MomentPanel {
  under() {
    return words("first direction");
  }

  body() {
    const { classes } = this.data;
    this.points = unpack(this.data.points);
    const [, steps, sequences] = this.points.shape;
    const picture = draw("svg", { viewBox: "-104 -104 208 208", "aria-hidden": "true" }, draw("path", { class: "rule", d: "M-100 0H100M0 -100V100" }));
    const dot = (_, t) => draw("circle", { r: 2.6, style: `fill: var(--chain-line); opacity: ${(0.15 + 0.85 * (t + 1) / steps).toFixed(2)}` });
    this.paths = Array.from({ length: sequences }, (_, one) => {
      const colour = classes ? CLASS_COLOURS[classes[one] % CLASS_COLOURS.length] : "--forward-line";
      const path = line(classes ? "" : "faint", colour), ring = draw("circle", { r: 4, class: "ring", style: `stroke: var(${colour})` });
      const dots = Array.from({ length: classes ? 0 : steps }, dot);
      picture.append(path, ...dots, ring);
      return { path, ring, dots };
    });
    this.plot.append(picture);
    this.plot.classList.add("square");
  }

  read() {
    const [, steps, sequences] = this.points.shape, frame = this.studio.index, place = (value) => 200 * scaled(this.data.scale, value) - 100;
    this.paths.forEach(({ path, ring, dots }, one) => {
      const spots = Array.from({ length: steps }, (_, t) => {
        const at = ((frame * steps + t) * sequences + one) * 2;
        return [place(this.points.values[at]), -place(this.points.values[at + 1])].map((one) => Math.max(-103, Math.min(103, one)).toFixed(1));
      });
      path.setAttribute("d", "M" + spots.map((spot) => spot.join(" ")).join("L"));
      [...dots, ring].forEach((mark, n) => {
        const [cx, cy] = mark === ring ? spots.at(-1) : spots[n];
        fill(mark, { cx, cy });
      });
    });
  }
}
