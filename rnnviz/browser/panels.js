// The small charts of the training studio. Their data come packed; every one follows the same epoch.

import { across, Bitmap, floats, linePath, nearestPlace, ruled, rules, scaled, tickNames } from "./chart.js";
import { clear, draw, htmlLabel, make } from "./dom.js";
import { significant } from "./numbers.js";

export function unpack({ shape, data, wide }) {
  return { shape, values: floats(data, wide) };
}

const PAINTED = ["--positive", "--negative", "--loss-line", "--chain-line", "--output-line"];

// The colours of the theme that are painted as pixels, as three numbers each: asked for together, in one look.
export function palette(root) {
  const probes = PAINTED.map((name) => make("i", { style: `color: var(${name}); display: none` }));
  root.append(...probes);
  const found = probes.map((probe) => getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number));
  probes.forEach((probe) => probe.remove());
  return Object.fromEntries(PAINTED.map((name, place) => [name, found[place]]));
}

// Shares of the width and of the height as a path; what lies beyond the axis is cut at its edge.
function pathOf(xs, ys) {
  const cut = (y) => (Number.isFinite(y) ? Math.min(1.02, Math.max(-0.02, y)) : NaN);
  return linePath(Array.from(xs, (x, n) => [1000 * x, 100 - 100 * cut(ys[n])]));
}

function reading(value) {
  return Number.isFinite(value) ? significant(value, 3) : Number.isNaN(value) ? "–" : "∞";
}

// What all panels are: a title, a legend with live numbers, a plot, its scale and its cursor.
class Panel {
  constructor(data, studio) {
    this.data = data;
    this.studio = studio;
    this.last = studio.last;
    this.reading = make("span", { class: "reading" });
    this.plot = make("div", { class: "plot" });
    this.figure = make("figure", { class: `panel panel-${data.id}`, "data-panel": data.id, "aria-label": `${data.title}. ${data.words}` }, [
      make("figcaption", { title: data.words }, [make("span", { class: "name" }, data.title), this.reading]), this.plot, this.under(),
    ]);
    this.body();
    this.plot.append(...tickNames(data.axis));
    this.cursor = make("div", { class: "cursor" });
    this.plot.append(this.cursor);
    this.listen();
  }

  under() {
    return make("div", { class: "under", "aria-hidden": "true" }, [make("span", {}, "0"), make("span", {}, "epoch"), make("span", {}, String(this.last))]);
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
    this.plot.addEventListener("click", (event) => this.studio.pin(epoch(event)));
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
    const picture = ruled(axis);
    if (marks) picture.append(draw("path", { class: "marks", d: [...unpack(marks).values].map((epoch) => `M${1000 * epoch / this.last} 0v5`).join("") }));
    if (limit) picture.append(across(scaled(axis, limit), "limit"));
    this.lines = series.map((one) => {
      const xs = unpack(one.xs).values, ys = unpack(one.ys).values;
      const path = pathOf(Array.from(xs, (x) => x / this.last), Array.from(ys, (y) => scaled(axis, y)));
      picture.append(draw("path", { class: `line ${one.style}`, d: path, style: `stroke: var(${one.colour})` }));
      const value = make("b", {});
      this.reading.append(make("span", { class: `entry ${one.style}`, style: `--line: var(${one.colour})` }, [...(one.label ? htmlLabel(one.label) : [one.name]), " ", value]));
      return { xs, ys, value };
    });
    this.plot.append(picture);
  }

  read(epoch) {
    for (const line of this.lines) line.value.textContent = reading(line.ys[nearestPlace(line.xs, epoch)]);
  }
}

export class MapPanel extends Panel {
  body() {
    this.xs = unpack(this.data.xs).values;
    this.map = unpack(this.data.values);
    this.bitmap = new Bitmap(Math.min(400, this.last + 1), this.map.shape[1]);
    this.plot.append(this.bitmap.element, make("span", { class: "tick", style: "bottom:0" }, `${this.data.side} 0`));
    if (this.map.shape[1] > 1) this.plot.append(make("span", { class: "tick", style: "bottom:100%" }, String(this.map.shape[1] - 1)));
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
    const pointed = this.pointed === null || this.pointed === undefined ? null : Math.min(rows - 1, Math.max(0, Math.floor(this.pointed * rows)));
    const row = pointed === null ? rows - 1 : pointed;
    clear(this.reading).append(`${this.data.side} ${row}: `, make("b", {}, reading(this.map.values[column * rows + row])));
  }
}

// The course of every entry of the parameter that is open; the one that moved most is drawn strong.
export class EntriesPanel extends Panel {
  body() {
    this.picture = ruled();
    this.plot.append(this.picture);
  }

  open(part) {
    const [count, rows, columns] = part.before.shape, size = rows * columns, { axis } = part, xs = this.studio.epochs.map((epoch) => epoch / this.last);
    const values = (entry) => Array.from({ length: count }, (_, frame) => part.before.values[frame * size + entry]);
    const travel = Array.from({ length: size }, (_, entry) => Math.abs(part.before.values[(count - 1) * size + entry] - part.before.values[entry]));
    this.most = travel.indexOf(Math.max(...travel));
    this.values = values(this.most);
    this.name = `[${Math.floor(this.most / columns)}, ${this.most % columns}]`;
    this.label = part.label;
    const drawn = [...travel.keys()].sort((one, other) => travel[other] - travel[one]).slice(0, 64).reverse();
    clear(this.picture).append(...rules(axis));
    for (const entry of drawn) this.picture.append(draw("path", { class: entry === this.most ? "line" : "line faint", style: "stroke: var(--parameter-line)", d: pathOf(xs, values(entry).map((value) => scaled(axis, value))) }));
    this.plot.querySelectorAll(".tick").forEach((tick) => tick.remove());
    this.plot.append(...tickNames(axis));
  }

  read() {
    clear(this.reading).append(...htmlLabel(this.label), `${this.name} `, make("b", {}, reading(this.values[this.studio.index])));
  }
}

// What stands at the epoch that is shown, without an axis of epochs of its own.
class MomentPanel extends Panel {
  listen() {}

  at() {
    this.read();
  }
}

// What the network says: now, with its start values, at its best, and what it should say.
export class OutputsPanel extends MomentPanel {
  under() {
    return make("div", { class: "under", "aria-hidden": "true" }, [make("span", {}, `${this.data.side} 0`), make("span", {}, this.data.target.shape[0] > 1 ? String(this.data.target.shape[0] - 1) : "")]);
  }

  body() {
    this.predicted = unpack(this.data.predicted);
    this.target = unpack(this.data.target);
    this.losses = unpack(this.data.losses);
    this.figure.dataset.from = "forward";
    if (this.data.kind === "bars") this.classes();
    else this.curves();
  }

  curves() {
    const picture = ruled(this.data.axis);
    const [places, outputs] = this.target.shape;
    const line = (name, colour, style) => Array.from({ length: outputs }, (_, output) => {
      const path = draw("path", { class: `line ${style}`, style: `stroke: var(${colour})` });
      picture.append(path);
      if (!output) this.reading.append(make("span", { class: `entry ${style}`, style: `--line: var(${colour})` }, name));
      return path;
    });
    const xs = Array.from({ length: places }, (_, place) => (places > 1 ? place / (places - 1) : 0.5));
    this.set = (paths, values, from) => paths.forEach((path, output) => path.setAttribute("d", this.dots(pathOf(xs, xs.map((_, place) => scaled(this.data.axis, values[from + place * outputs + output]))), places)));
    this.set(line("target", "--ink", "thick faint"), this.target.values, 0);
    this.set(line("start", "--muted", "dot"), this.predicted.values, 0);
    this.set(line("best", "--parameter-line", "dash"), this.predicted.values, this.data.best * places * outputs);
    this.now = line("now", "--output-line", "");
    this.plot.append(picture);
  }

  dots(path, places) {
    return places > 1 ? path : path.replace(/^M([\d.]+) (.*)$/, "M300 $2L700 $2");
  }

  classes() {
    this.tables = ["start", "now", "best"].map((name) => {
      const bitmap = new Bitmap(this.target.shape[0], this.target.shape[1]);
      const [places, classes] = this.target.shape, frames = make("div", { class: "frames" });
      for (let place = 0; place < places; place++) {
        const wanted = Array.from({ length: classes }, (_, one) => this.target.values[place * classes + one]);
        const row = wanted.indexOf(Math.max(...wanted));
        frames.append(make("i", { style: `left:${100 * place / places}%; top:${100 * row / classes}%; width:${100 / places}%; height:${100 / classes}%` }));
      }
      return { bitmap, name, box: make("div", { class: "said" }, [make("span", { class: "tick-name" }, name), make("div", { class: "cells" }, [bitmap.element, frames])]) };
    });
    this.plot.classList.add("three");
    this.plot.append(...this.tables.map((one) => one.box));
  }

  repaint() {
    if (!this.tables) return;
    this.tone = this.studio.palette["--output-line"];
    this.fill(this.tables[0].bitmap, 0);
    this.fill(this.tables[2].bitmap, this.data.best);
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
    const frame = this.studio.index, [places, outputs] = this.target.shape;
    if (this.tables) {
      if (this.tone) this.fill(this.tables[1].bitmap, frame);
      // Of means over the batch the sequences' own answers are counted, not those of the means.
      const own = this.data.right;
      clear(this.reading).append("right: ", make("b", {}, own ? `${own[frame]} of ${this.data.asked}` : `${this.right(frame)} of ${places}`));
    } else this.set(this.now, this.predicted.values, frame * places * outputs);
  }

  right(frame) {
    const [places, classes] = this.target.shape;
    const top = (values, from) => { let best = 0; for (let one = 1; one < classes; one++) if (values[from + one] > values[from + best]) best = one; return best; };
    let count = 0;
    for (let place = 0; place < places; place++) count += top(this.target.values, place * classes) === top(this.predicted.values, (frame * places + place) * classes) ? 1 : 0;
    return count;
  }
}

const CLASS_COLOURS = ["--forward-line", "--chain-line", "--parameter-line", "--output-line", "--loss-line", "--ink"];

// The path of the hidden states along their two main directions.
export class StatesPanel extends MomentPanel {
  under() {
    return make("div", { class: "under", "aria-hidden": "true" }, make("span", {}, "first direction"));
  }

  body() {
    this.points = unpack(this.data.points);
    this.figure.dataset.from = "forward";
    const [, , sequences] = this.points.shape;
    const picture = draw("svg", { viewBox: "-104 -104 208 208", "aria-hidden": "true" });
    picture.append(draw("path", { class: "rule", d: "M-100 0H100M0 -100V100" }));
    this.paths = Array.from({ length: sequences }, (_, one) => {
      const colour = this.data.classes ? CLASS_COLOURS[this.data.classes[one] % CLASS_COLOURS.length] : "--forward-line";
      const path = draw("path", { class: this.data.classes ? "line" : "line faint", style: `stroke: var(${colour})` }), ring = draw("circle", { r: 4, class: "ring", style: `stroke: var(${colour})` });
      picture.append(path);
      const dots = this.data.classes ? [] : Array.from({ length: this.points.shape[1] }, (_, t) => this.dot(picture, t));
      picture.append(ring);
      return { path, ring, dots };
    });
    this.plot.append(picture);
    this.plot.classList.add("square");
  }

  // Without classes the colour tells the time: later steps are darker.
  dot(picture, t) {
    const mark = draw("circle", { r: 2.6, style: `fill: var(--chain-line); opacity: ${(0.15 + 0.85 * (t + 1) / this.points.shape[1]).toFixed(2)}` });
    picture.append(mark);
    return mark;
  }

  read() {
    const [, steps, sequences] = this.points.shape, frame = this.studio.index, place = (value) => 200 * scaled(this.data.scale, value) - 100;
    this.paths.forEach(({ path, ring, dots }, one) => {
      const spots = Array.from({ length: steps }, (_, t) => {
        const at = ((frame * steps + t) * sequences + one) * 2;
        return [place(this.points.values[at]), -place(this.points.values[at + 1])].map((one) => Math.max(-103, Math.min(103, one)).toFixed(1));
      });
      path.setAttribute("d", "M" + spots.map((spot) => spot.join(" ")).join("L"));
      dots.forEach((mark, t) => (mark.setAttribute("cx", spots[t][0]), mark.setAttribute("cy", spots[t][1])));
      ring.setAttribute("cx", spots[steps - 1][0]);
      ring.setAttribute("cy", spots[steps - 1][1]);
    });
  }
}
