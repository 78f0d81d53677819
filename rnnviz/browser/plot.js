// A chart of lines and maps: drawn in one SVG, read under the pointer, played where a line has updates.
// What it draws is worked out in figures/light.py.

import { Bitmap, floats, linePath, share } from "./chart.js";
import { draw, make, svgLabel } from "./dom.js";
import { between, levelLines } from "./level_lines.js";
import { sixDigits } from "./numbers.js";
import { row, strip } from "./tip.js";
import { walked } from "./walk.js";

const DASHES = { dash: "9 6", dot: "2 4", dashdot: "9 4 2 4" };
const FAR = 1e5;
const watched = new WeakMap();

// Plotly's short markup: of a title only sub- and superscripts are read, the rest is text.
function written(values, text) {
  const parts = text.split(/(<su[bp]>.*?<\/su[bp]>)/).map((part) => [strip(part), /^<(su[bp])>/.exec(part)?.[1]]);
  return draw("text", values, svgLabel(parts, "0.75em"));
}

const numbers = (packed) => floats(packed.bdata, packed.dtype !== "f4");

const anyId = () => `part${Math.random().toString(36).slice(2)}`;

// What cuts at a box, and the group that is cut.
function clipped(box) {
  const id = anyId();
  return [draw("clipPath", { id }, draw("rect", box)), draw("g", { "clip-path": `url(#${id})` })];
}

class Plot {
  constructor(data, width) {
    const { layout } = data;
    this.layout = layout;
    this.axes = data.axes;
    this.box = { left: layout.margin.l, top: layout.margin.t, width: Math.max(40, width - layout.margin.l - layout.margin.r), height: layout.height - layout.margin.t - layout.margin.b };
    this.size = { width, height: layout.height };
    this.traces = data.data.map((trace) => ({ ...trace, x: numbers(trace.x), y: numbers(trace.y) }));
    this.maps = this.traces.filter((trace) => trace.z).map((trace) => ({ ...trace, z: numbers(trace.z), customdata: trace.customdata && numbers(trace.customdata) }));
    this.traces = this.traces.filter((trace) => !trace.z).map((trace) => ({ ...trace, updates: trace.updates && numbers(trace.updates) }));
    this.svg = draw("svg", { class: "rnnviz-plot", width, height: layout.height, viewBox: `0 0 ${width} ${layout.height}`, "font-family": layout.font.family, "font-size": 12 });
    this.frame();
    const { x, y, width: wide, height: high } = this.corners(), [clip, inside] = clipped({ x, y: y - 3, width: wide + 3, height: high + 6 });
    this.svg.append(clip, inside);
    if (layout.ground) inside.append(draw("rect", { ...this.corners(), fill: layout.ground }));
    for (const map of this.maps) if (map.opacity !== 0) map.levels ? this.contours(inside, map) : this.map(inside, map);
    this.traces.forEach((trace, place) => this.trace(inside, trace, this.traces[place - 1]));
    for (const shape of layout.shapes) inside.append(draw("line", { x1: this.x(shape.x0), x2: this.x(shape.x1), y1: this.box.top, y2: this.box.top + this.box.height, stroke: shape.line.color, "stroke-width": 1.5, "stroke-dasharray": DASHES[shape.line.dash] }));
  }

  corners() {
    const { left, top, width, height } = this.box;
    return { x: left, y: top, width, height };
  }

  place(name, value) {
    return this.share(name, this.axes[name].log ? Math.log10(value) : value);
  }

  // Of a logarithmic axis the ends and ticks are exponents of ten.
  share(name, exponent) {
    return share(...this.axes[name].range, exponent);
  }

  x(value) {
    return this.box.left + this.box.width * this.place("x", value);
  }

  y(value) {
    return this.box.top + this.box.height * (1 - this.place("y", value));
  }

  frame() {
    const { left, top, width, height } = this.box, ink = this.layout.muted, quiet = this.layout.quiet;
    for (const [place, text] of this.axes.y.ticks) {
      const y = top + height * (1 - this.share("y", place));
      if (this.axes.y.grid) this.svg.append(draw("line", { x1: left, x2: left + width, y1: y, y2: y, stroke: quiet }));
      this.svg.append(written({ x: left - 6, y: y + 4, "text-anchor": "end", fill: ink }, text));
    }
    const roomy = Math.max(1, Math.ceil((this.axes.x.ticks.length * 34) / width));
    this.axes.x.ticks.forEach(([place, text], n) => {
      const x = left + width * this.share("x", place);
      if (this.axes.x.grid) this.svg.append(draw("line", { x1: x, x2: x, y1: top, y2: top + height, stroke: quiet }));
      if (n % roomy === 0) this.svg.append(written({ x, y: top + height + 17, "text-anchor": "middle", fill: ink }, text));
    });
    this.svg.append(written({ x: left + width / 2, y: top + height + 38, "text-anchor": "middle", fill: ink }, this.axes.x.title));
    this.svg.append(written({ x: 0, y: 0, transform: `translate(14 ${top + height / 2}) rotate(-90)`, "text-anchor": "middle", fill: ink }, this.axes.y.title));
  }

  trace(inside, trace, before) {
    const mode = trace.mode || "lines", group = draw("g", { opacity: trace.opacity });
    if (trace.fill === "tonexty" && before) group.append(draw("path", { d: this.band(trace, before), fill: trace.fillcolor }));
    if (mode.includes("lines") && trace.line?.width !== 0) {
      trace.drawn = draw("path", { d: this.path(trace), fill: "none", stroke: trace.line.color, "stroke-width": trace.line.width ?? 2, "stroke-dasharray": DASHES[trace.line.dash], "stroke-linejoin": "round" });
      group.append(trace.drawn);
    }
    if (trace.marker?.arrow) this.head(group, trace);
    else if (mode.includes("markers")) trace.marks = Array.from(trace.x, (x, n) => {
      const place = this.y(trace.y[n]);
      return Number.isFinite(place) ? group.appendChild(mark(trace.marker, this.x(x), place)) : null;
    });
    for (const [n, text] of (trace.labels || []).entries()) group.append(draw("text", { x: this.x(trace.x[n]), y: this.y(trace.y[n]) - 10, "text-anchor": "middle", fill: this.layout.font.color, stroke: trace.marker.color, "stroke-width": 3, "paint-order": "stroke" }, text));
    inside.append(group);
  }

  // The head of an arrow, at the last of its points and in the direction from the one before.
  head(group, { x, y, marker }) {
    const last = x.length - 1, [from, to] = [last - 1, last].map((n) => [this.x(x[n]), this.y(y[n])]);
    const turn = (Math.atan2(to[1] - from[1], to[0] - from[0]) * 180) / Math.PI, long = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const size = Math.min(marker.arrow, Math.max(5, long));
    if (!Number.isFinite(turn) || long < 0.5) return;
    group.append(draw("path", { d: `M0 0L${-size} ${-size / 2}L${-0.8 * size} 0L${-size} ${size / 2}Z`, transform: `translate(${to[0].toFixed(2)} ${to[1].toFixed(2)}) rotate(${turn.toFixed(2)})`, fill: marker.color, stroke: marker.edge.color, "stroke-width": marker.edge.width, "stroke-linejoin": "round" }));
  }

  // A map is painted cell by cell on a small canvas and laid under the axes as one picture.
  map(inside, { x, y, z, span, stops, opacity, scale, scaled }, smooth = false) {
    const picture = new Bitmap(x.length, y.length), colours = stops.map(([place, colour]) => [place, rgb(colour)]);
    z.forEach((value, n) => Number.isFinite(value) && picture.set(n, shade(colours, span[1] > span[0] ? share(...span, value) : 0.5), 1));
    const halfX = x.length > 1 ? (x[1] - x[0]) / 2 : 0.5, halfY = y.length > 1 ? (y[1] - y[0]) / 2 : 0.5;
    const left = this.x(x[0] - halfX), right = this.x(x[x.length - 1] + halfX), first = this.y(y[0] - halfY), last = this.y(y[y.length - 1] + halfY);
    const turned = last < first ? `translate(0 ${first + last}) scale(1 -1)` : null;
    inside.append(draw("image", { href: picture.address, x: left, y: Math.min(first, last), width: right - left, height: Math.abs(last - first), transform: turned, preserveAspectRatio: "none", style: `image-rendering: ${smooth ? "auto" : "pixelated"}`, opacity }));
    if (scale.length) this.scale(span, stops, scale, scaled);
  }

  // Colours that flow into each other, and the lines of equal value over them, both up to the border.
  contours(inside, map) {
    const [clip, group] = clipped(this.corners());
    this.map(group, map, true);
    const place = ([column, row]) => `${this.x(between(map.x, column)).toFixed(1)} ${this.y(between(map.y, row)).toFixed(1)}`;
    const d = levelLines(map).map(([from, to]) => `M${place(from)}L${place(to)}`).join("");
    group.append(draw("path", { d, fill: "none", stroke: map.line.color, "stroke-width": map.line.width }));
    inside.append(clip, group);
  }

  scale(span, stops, ticks, title) {
    const room = title ? 22 : 0, top = this.box.top + room, height = this.box.height - room, left = this.box.left + this.box.width + 14, id = anyId();
    const gradient = draw("linearGradient", { id, x1: 0, y1: 1, x2: 0, y2: 0 }, stops.map(([place, colour]) => draw("stop", { offset: place, "stop-color": colour })));
    this.svg.append(gradient, draw("rect", { x: left, y: top, width: 10, height, fill: `url(#${id})` }));
    if (title) this.svg.append(written({ x: left, y: this.box.top + 10, fill: this.layout.muted }, title));
    for (const [value, text] of ticks) this.svg.append(written({ x: left + 14, y: top + height * (1 - share(...span, value)) + 4, fill: this.layout.muted, "font-size": 11 }, text));
  }

  // What stands in the cell under the pointer, in the words of the topmost map that has one there.
  cell(left, top) {
    for (const map of [...this.maps].reverse()) {
      const nearest = (values, at, to) => values.reduce((best, value, n) => (Math.abs(to(value) - at) < Math.abs(to(values[best]) - at) ? n : best), 0);
      const column = nearest(map.x, left, (value) => this.x(value)), row = nearest(map.y, top, (value) => this.y(value)), n = row * map.x.length + column;
      if (!map.words || !(map.picked || Number.isFinite(map.z[n]))) continue;
      const known = { x: map.x[column], y: map.y[row], z: map.z[n], customdata: map.customdata && map.customdata[n] };
      return { text: map.words.replace(/<[^>]*>/g, "").replace(/%\{(\w+)(:[^}]*)?\}/g, (_, name) => sixDigits(known[name])), x: known.x, y: known.y };
    }
    return null;
  }

  // A place far beyond the chart is brought nearer on its way to the middle: a line to it keeps its direction.
  within(x, y) {
    const middle = [this.box.left + this.box.width / 2, this.box.top + this.box.height / 2], away = Math.max(Math.abs(x - middle[0]), Math.abs(y - middle[1]));
    return away > FAR ? [x, y].map((place, n) => middle[n] + (place - middle[n]) * (FAR / away)) : [x, y];
  }

  path(trace, count = trace.x.length) {
    return linePath(Array.from(trace.x.slice(0, count), (x, n) => this.within(this.x(x), this.y(trace.y[n]))));
  }

  // The area between two traces, in pieces where one of them has no number.
  band(lower, upper) {
    let found = "", open = [];
    const close = () => {
      if (open.length > 1) found += "M" + open.map(([x, high]) => `${x} ${high}`).join("L") + "L" + open.reverse().map(([x, , low]) => `${x} ${low}`).join("L") + "Z";
      open = [];
    };
    lower.x.forEach((x, n) => {
      const spot = [this.x(x), this.y(upper.y[n]), this.y(lower.y[n])];
      if (spot.every(Number.isFinite)) open.push(spot.map((value) => value.toFixed(2)));
      else close();
    });
    close();
    return found;
  }

  // Of points with a name of their own the nearest one, if the pointer is near it.
  named(left, top, near = 30) {
    let best = near, found = null;
    for (const trace of this.traces) (trace.text || []).forEach((text, n) => {
      if (!text || n >= (trace.shown ?? Infinity)) return;
      const away = Math.hypot(this.x(trace.x[n]) - left, this.y(trace.y[n]) - top);
      if (away < best) { best = away; found = { text, x: trace.x[n], y: trace.y[n] }; }
    });
    return found;
  }

  // The values at the abscissa nearest to the pointer: of each trace the one nearest to it in height.
  at(left, top) {
    let best = Infinity, at = null;
    const told = this.traces.filter((trace) => trace.hoverinfo !== "skip");
    for (const trace of told) trace.x.forEach((x, n) => {
      const away = Math.abs(this.x(x) - left);
      if (away < best && Number.isFinite(trace.y[n])) { best = away; at = x; }
    });
    const rows = told.map((trace) => {
      let nearest = null;
      trace.x.forEach((x, n) => {
        if (x !== at || !Number.isFinite(trace.y[n])) return;
        if (nearest === null || Math.abs(this.y(trace.y[n]) - top) < Math.abs(this.y(nearest) - top)) nearest = trace.y[n];
      });
      return [trace, nearest];
    });
    return at === null ? null : { at, rows: rows.filter(([, value]) => value !== null) };
  }
}

function rgb(colour) {
  return [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
}

function shade(colours, share) {
  const place = Math.min(1, Math.max(0, share)), next = Math.max(1, colours.findIndex(([stop]) => stop >= place));
  const [low, from] = colours[next - 1], [high, to] = colours[next], part = high > low ? (place - low) / (high - low) : 0;
  return from.map((value, n) => Math.round(value + part * (to[n] - value)));
}

const SHAPES = {
  diamond: (r) => `M0 ${-1.3 * r}L${1.3 * r} 0L0 ${1.3 * r}L${-1.3 * r} 0Z`,
  square: (r) => `M${-r} ${-r}H${r}V${r}H${-r}Z`,
  "triangle-up": (r) => `M0 ${-1.2 * r}L${1.1 * r} ${0.8 * r}H${-1.1 * r}Z`,
  x: (r) => `M${-r} ${-r}L${r} ${r}M${-r} ${r}L${r} ${-r}`,
};

function mark({ symbol, size, color, opacity, edge }, x, y) {
  const radius = (size ?? 6) / 2, open = symbol === "circle-open";
  if (!SHAPES[symbol]) return draw("circle", { cx: x, cy: y, r: radius, opacity, fill: open ? "none" : color, stroke: open ? color : edge?.color, "stroke-width": open ? 2.5 : edge?.width });
  const cross = symbol === "x";
  return draw("path", { d: SHAPES[symbol](radius), transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})`, opacity, fill: cross ? "none" : color, stroke: cross ? color : null, "stroke-width": cross ? 2.5 : null });
}

function listen(holder, plot, tip) {
  const line = draw("line", { y1: plot.box.top, y2: plot.box.top + plot.box.height, stroke: plot.layout.font.color, "stroke-opacity": 0.35, visibility: "hidden" });
  plot.svg.append(line);
  const hide = () => {
    tip.hidden = true;
    line.setAttribute("visibility", "hidden");
  };
  plot.svg.addEventListener("pointermove", (event) => {
    const corner = plot.svg.getBoundingClientRect(), left = event.clientX - corner.left, top = event.clientY - corner.top;
    const points = plot.traces.some((trace) => trace.text), maps = plot.maps.length > 0;
    const point = (points && plot.named(left, top, maps ? 12 : 30)) || (maps ? plot.cell(left, top) : null), found = points || maps ? null : plot.at(left, top);
    if (!point && !found) return hide();
    const x = plot.x(point ? point.x : found.at);
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    line.setAttribute("visibility", point ? "hidden" : "visible");
    if (point && maps) tip.replaceChildren(row(point.text));
    else if (point) tip.replaceChildren(row(point.text), row(sixDigits(point.x), strip(plot.axes.x.title)), row(sixDigits(point.y), strip(plot.axes.y.title)));
    else tip.replaceChildren(row(`${strip(plot.axes.x.title)} ${sixDigits(found.at)}`), ...found.rows.map(([trace, value]) => row(sixDigits(value), strip(trace.name || ""), trace.line?.color || trace.marker?.color)));
    tip.hidden = false;
    tip.style.left = x > plot.size.width / 2 ? "" : `${x + 14}px`;
    tip.style.right = x > plot.size.width / 2 ? `${plot.size.width - x + 14}px` : "";
    tip.style.top = `${Math.max(0, Math.min(top - 20, plot.size.height - 24 * (point ? 2 : found.rows.length) - 40))}px`;
  });
  plot.svg.addEventListener("pointerleave", hide);
}

function show(holder, state, place) {
  const { plot: data, tell } = state, width = Math.floor(holder.clientWidth);
  state.width = holder.clientWidth;
  if (width < 20) return;
  const { font, hover } = data.layout, plot = new Plot(data, width);
  const tip = make("div", { class: "rnnviz-plot-tip", hidden: "", style: `background: ${hover.ground}; color: ${font.color}; border-color: ${hover.edge}` });
  listen(holder, plot, tip);
  hearPicks(holder, plot, tell);
  holder.replaceChildren(plot.svg, tip);
  state.walk = walked(holder, plot, state.walk, place);
}

function hold(parentElement) {
  const holder = make("div", { class: "rnnviz-plot-holder", role: "img" });
  parentElement.append(holder);
  const watch = new ResizeObserver(() => {
    const state = watched.get(holder);
    if (state && holder.clientWidth !== state.width) show(holder, state, state.walk?.place);
  });
  watch.observe(holder);
  return holder;
}

// A place of the map that is clicked is told to the page.
function hearPicks(holder, plot, tell) {
  if (!plot.maps.some((map) => map.picked)) return;
  plot.svg.style.cursor = "crosshair";
  plot.svg.addEventListener("click", (event) => {
    const corner = plot.svg.getBoundingClientRect(), { left, top, width, height } = plot.box;
    const x = event.clientX - corner.left, y = event.clientY - corner.top;
    if (x < left || x > left + width || y < top || y > top + height) return;
    const cell = plot.cell(x, y);
    tell("pick", [cell.x, cell.y]);
  });
}

export default function ({ parentElement, data, setTriggerValue }) {
  const { alt, plot } = JSON.parse(new TextDecoder().decode(data));
  const holder = parentElement.querySelector(".rnnviz-plot-holder") || hold(parentElement);
  holder.style.height = `${plot.layout.height}px`;
  holder.setAttribute("aria-label", alt);
  const { walk } = watched.get(holder) || {}, state = { plot, walk, tell: setTriggerValue };
  walk?.stop();
  watched.set(holder, state);
  show(holder, state);
}
