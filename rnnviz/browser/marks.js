// A chart, drawn in one SVG: the marks of charts/marks.py on a pair of axes.

import { Bitmap, floats, linePath, share, strip } from "./chart.js";
import { draw, svgLabel } from "./dom.js";
import { sixDigits } from "./numbers.js";

const DASHES = { dash: "9 6", dot: "2 4", dashdot: "9 4 2 4" };
export const FAR = 1e5;
const LINE = 14, NAME = 16, BOLD = 6.8, WIDE = 560, NARROW = 22, LETTER = 6.6, GAP_FROM = 8;

// Lines of text, of which only sub- and superscripts are read as markup.
function written({ y, ...values }, text) {
  return text.split("\n").map((line, n) => {
    const parts = line.split(/(<su[bp]>.*?<\/su[bp]>)/).map((part) => [strip(part), /^<(su[bp])>/.exec(part)?.[1]]);
    return draw("text", { ...values, y: y + LINE * n }, svgLabel(parts, "0.75em"));
  });
}

// Packed numbers of a mark, and of what belongs to it.
const unpacked = (mark) => Object.fromEntries(Object.entries(mark).map(([name, value]) => [name, value?.data !== undefined ? floats(value.data, value.wide) : value]));

const anyId = () => `part${Math.random().toString(36).slice(2)}`;

// What cuts at a box, and the group that is cut.
function clipped(box) {
  const id = anyId();
  return [draw("clipPath", { id }, draw("rect", box)), draw("g", { "clip-path": `url(#${id})` })];
}

export class Chart {
  constructor(data, width, height = data.height) {
    const { margin } = data, named = width < WIDE ? [] : data.named;
    if (named.length) margin.right = Math.max(...data.marks.map(({ name }) => 14 + BOLD * strip(name || "").length));
    Object.assign(this, { axes: data.axes, colours: data.colours, size: { width, height } });
    this.box = { x: margin.left, y: margin.top, width: Math.max(40, width - margin.left - margin.right), height: height - margin.top - margin.bottom };
    this.marks = data.marks.map(unpacked);
    this.maps = this.marks.filter((mark) => mark.kind === "map");
    this.svg = draw("svg", { class: "rnnviz-plot", width, height, viewBox: `0 0 ${width} ${height}`, "font-family": data.font, "font-size": 12 });
    this.frame(margin.bottom);
    const { x, y, width: wide, height: high } = this.box, [clip, inside] = clipped({ x, y: y - 3, width: wide + 3, height: high + 6 });
    this.svg.append(clip, inside);
    if (data.ground) inside.append(draw("rect", { ...this.box, fill: data.ground }));
    for (const mark of this.marks) this[mark.kind](inside.appendChild(draw("g", { opacity: mark.opacity })), mark);
    this.nameEnds(named);
  }

  // Each curve is named where it leaves the chart; names that would meet are moved apart.
  nameEnds(colours) {
    const { x: left, y: top, width, height } = this.box, isSeen = ([x, y]) => Number.isFinite(x + y) && x <= left + width + 1 && y >= top - 3 && y <= top + height + 3;
    const ends = colours.map((fill, n) => {
      const { kind, name, x, y } = this.marks[n], end = kind === "line" && name && Array.from(x, (value, at) => [this.x(value), this.y(y[at])]).findLast(isSeen);
      return end && { name, fill, x: end[0], y: end[1] };
    }).filter(Boolean).sort((one, other) => one.y - other.y);
    ends.forEach((one, n) => (one.y = Math.max(one.y, n ? ends[n - 1].y + NAME : top + 6)));
    for (let n = ends.length - 1, most = top + height; n >= 0; n -= 1, most = ends[n + 1].y - NAME) ends[n].y = Math.min(ends[n].y, most);
    for (const { name, ...end } of ends) this.svg.append(...written({ ...end, x: end.x + 8, y: end.y + 4, class: "end", "font-weight": 600, "font-size": 13, stroke: this.colours.page, "stroke-width": 4, "paint-order": "stroke" }, name));
  }

  // Of a logarithmic axis the ends and ticks are exponents of ten.
  x(value) {
    const { log, range } = this.axes.x;
    return this.box.x + this.box.width * share(...range, log ? Math.log10(value) : value);
  }

  y(value) {
    const { log, range } = this.axes.y;
    return this.box.y + this.box.height * (1 - share(...range, log ? Math.log10(value) : value));
  }

  frame(bottom) {
    const { x: left, y: top, width, height } = this.box, { muted: fill, quiet: stroke } = this.colours, { x: across, y: up } = this.axes;
    for (const [place, text] of up.ticks) {
      const y = top + height * (1 - share(...up.range, place));
      if (up.grid) this.svg.append(draw("line", { x1: left, x2: left + width, y1: y, y2: y, stroke }));
      this.svg.append(...written({ x: left - 6, y: y + 4, "text-anchor": "end", fill }, text));
    }
    const wide = Math.max(NARROW, 10 + LETTER * Math.max(...across.ticks.map(([, text]) => Math.max(...strip(text).split("\n").map((line) => line.length))))), each = Math.max(1, Math.ceil((across.ticks.length * wide) / (width + wide)));
    across.ticks.forEach(([place, text], n) => {
      const x = left + width * share(...across.range, place);
      if (across.grid) this.svg.append(draw("line", { x1: x, x2: x, y1: top, y2: top + height, stroke }));
      if (n % each === 0) this.svg.append(...written({ x, y: top + height + 17, "text-anchor": "middle", fill }, text));
    });
    this.svg.append(...written({ x: left + width / 2, y: top + height + bottom - 8, "text-anchor": "middle", fill }, across.title));
    this.svg.append(...written({ x: 0, y: 0, transform: `translate(14 ${top + height / 2}) rotate(-90)`, "text-anchor": "middle", fill }, up.title));
  }

  rule(group, { x, colour }) {
    const { y: top, height } = this.box;
    group.append(draw("line", { x1: this.x(x), x2: this.x(x), y1: top, y2: top + height, stroke: colour, "stroke-width": 1.5, "stroke-dasharray": DASHES.dot }));
  }

  line(group, mark) {
    const { colour, width, dash, halo, dots } = mark, d = this.path(mark);
    mark.paths = [...(halo ? [[halo, width + 3]] : []), [colour, width, DASHES[dash]]].map(([stroke, wide, dashes]) =>
      group.appendChild(draw("path", { d, fill: "none", stroke, "stroke-width": wide, "stroke-dasharray": dashes, "stroke-linejoin": "round" })));
    if (mark.arrow) this.head(group, mark);
    if (dots) mark.points = this.points(group, mark, { sign: "circle", size: dots, colour, edge: mark.edge });
  }

  dots(group, mark) {
    mark.points = this.points(group, mark, mark);
    mark.labels.forEach((text, n) => group.append(draw("text", { x: this.x(mark.x[n]), y: this.y(mark.y[n]) - 10, "text-anchor": "middle", fill: this.colours.ink, stroke: mark.colour, "stroke-width": 3, "paint-order": "stroke" }, text)));
  }

  points(group, { x, y }, look) {
    return Array.from(x, (value, n) => {
      const place = this.y(y[n]);
      return Number.isFinite(place) ? group.appendChild(sign(look, this.x(value), place)) : null;
    });
  }

  // The head of an arrow, at the last of its points and in the direction from the one before.
  head(group, { x, y, arrow, colour, edge }) {
    const last = x.length - 1, [from, to] = [last - 1, last].map((n) => [this.x(x[n]), this.y(y[n])]);
    const angle = (Math.atan2(to[1] - from[1], to[0] - from[0]) * 180) / Math.PI, long = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const size = Math.min(arrow, Math.max(5, long));
    if (!Number.isFinite(angle) || long < 0.5) return;
    group.append(draw("path", { d: `M0 0L${-size} ${-size / 2}L${-0.8 * size} 0L${-size} ${size / 2}Z`, transform: `translate(${to[0].toFixed(2)} ${to[1].toFixed(2)}) rotate(${angle.toFixed(2)})`, fill: colour, stroke: edge, "stroke-width": 1, "stroke-linejoin": "round" }));
  }

  // The area between two lines, in pieces where one of them has no number.
  band(group, { x, low, high, colour }) {
    let d = "", open = [];
    const close = () => {
      if (open.length > 1) d += "M" + open.map(([left, top]) => `${left} ${top}`).join("L") + "L" + open.reverse().map(([left, , bottom]) => `${left} ${bottom}`).join("L") + "Z";
      open = [];
    };
    x.forEach((value, n) => {
      const spot = [this.x(value), this.y(high[n]), this.y(low[n])];
      if (spot.every(Number.isFinite)) open.push(spot.map((one) => one.toFixed(2)));
      else close();
    });
    close();
    group.append(draw("path", { d, fill: colour }));
  }

  bar(group, { x, y, base, width, colour }) {
    const { y: top, height } = this.box, cut = (value) => Math.min(top + height + 9, Math.max(top - 9, this.y(value)));
    x.forEach((value, n) => {
      const [left, right] = [value - width / 2, value + width / 2].map((end) => this.x(end)), [from, to] = [base[n], base[n] + y[n]].map(cut);
      if (Number.isFinite(from + to)) group.append(draw("rect", { class: "bar", x: left, y: Math.min(from, to), width: right - left, height: Math.abs(to - from), fill: colour }));
    });
  }

  // A map is painted cell by cell on a small canvas and laid under the axes as one picture.
  map(group, { x, y, z, scale, opacity }, smooth = false) {
    if (!opacity && !smooth) return;
    const picture = new Bitmap(x.length, y.length), colours = scale.stops.map(([place, colour]) => [place, [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16))]), { span } = scale;
    z.forEach((value, n) => Number.isFinite(value) && picture.set(n, shade(colours, span[1] > span[0] ? share(...span, value) : 0.5), 1));
    const halfX = x.length > 1 ? (x[1] - x[0]) / 2 : 0.5, halfY = y.length > 1 ? (y[1] - y[0]) / 2 : 0.5;
    const left = this.x(x[0] - halfX), right = this.x(x[x.length - 1] + halfX), first = this.y(y[0] - halfY), last = this.y(y[y.length - 1] + halfY);
    const flipped = last < first ? `translate(0 ${first + last}) scale(1 -1)` : null, top = Math.min(first, last), height = Math.abs(last - first);
    group.append(draw("image", { href: picture.address, x: left, y: top, width: right - left, height, transform: flipped, preserveAspectRatio: "none", style: `image-rendering: ${smooth ? "auto" : "pixelated"}` }));
    const wide = (right - left) / x.length, high = height / y.length;
    if (!smooth && Math.min(wide, high) >= GAP_FROM) {
      const columns = Array.from(x, (_, n) => `M${left + wide * n} ${top}v${height}`), rows = Array.from(y, (_, n) => `M${left} ${top + high * n}h${right - left}`);
      group.append(draw("path", { d: [...columns, ...rows].join(""), fill: "none", stroke: this.colours.page }));
    }
    if (scale.ticks.length) this.scale(scale);
  }

  // Colours that flow into each other, and the lines of equal value over them, both up to the border.
  contour(group, mark) {
    const [clip, inside] = clipped(this.box);
    this.map(inside, mark, true);
    const place = ([column, row]) => `${this.x(between(mark.x, column)).toFixed(1)} ${this.y(between(mark.y, row)).toFixed(1)}`;
    const d = levelLines(mark).map(([from, to]) => `M${place(from)}L${place(to)}`).join("");
    inside.append(draw("path", { d, fill: "none", stroke: mark.colour, "stroke-width": 0.6 }));
    group.append(clip, inside);
  }

  scale({ span, stops, ticks, title }) {
    const room = title ? 22 : 0, top = this.box.y + room, height = this.box.height - room, left = this.box.x + this.box.width + 14, id = anyId(), fill = this.colours.muted;
    const gradient = draw("linearGradient", { id, x1: 0, y1: 1, x2: 0, y2: 0 }, stops.map(([place, colour]) => draw("stop", { offset: place, "stop-color": colour })));
    this.svg.append(gradient, draw("rect", { x: left, y: top, width: 10, height, fill: `url(#${id})` }));
    if (title) this.svg.append(...written({ x: left, y: this.box.y + 10, fill }, title));
    for (const [value, text] of ticks) this.svg.append(...written({ x: left + 14, y: top + height * (1 - share(...span, value)) + 4, fill, "font-size": 11 }, text));
  }

  // A place far beyond the chart is brought nearer on its way to the middle: a line to it keeps its direction.
  within(x, y) {
    const middle = [this.box.x + this.box.width / 2, this.box.y + this.box.height / 2], away = Math.max(Math.abs(x - middle[0]), Math.abs(y - middle[1]));
    return away > FAR ? [x, y].map((place, n) => middle[n] + (place - middle[n]) * (FAR / away)) : [x, y];
  }

  path({ x, y }, count = x.length) {
    return linePath(Array.from(x.slice(0, count), (value, n) => this.within(this.x(value), this.y(y[n]))));
  }

  // What stands in the cell under the pointer, in the words of the topmost map that has one there.
  cell(left, top) {
    const nearest = (values, at, to) => values.reduce((best, value, n) => (Math.abs(to(value) - at) < Math.abs(to(values[best]) - at) ? n : best), 0);
    const called = (axis, value) => axis.names[value]?.replace("\n", " ") ?? sixDigits(value);
    for (const map of [...this.maps].reverse()) {
      const column = nearest(map.x, left, (value) => this.x(value)), row = nearest(map.y, top, (value) => this.y(value)), n = row * map.x.length + column;
      if (!map.picked && !Number.isFinite(map.z[n])) continue;
      const x = map.x[column], y = map.y[row], known = { x: called(this.axes.x, x), y: called(this.axes.y, y), z: sixDigits(map.z[n]), value: sixDigits(map.values?.[n]) };
      return { text: map.words.replace(/\{(\w+)\}/g, (_, name) => known[name]), x, y };
    }
    return null;
  }

  // What is under the pointer and has words of its own: of points and bars the nearest one, if it is near, else the cell.
  told(left, top) {
    let best = this.maps.length ? 12 : 30, found = null;
    for (const { kind, words, x, y, shown, width } of this.marks) if (kind !== "map") (words || []).forEach((text, n) => {
      if (!text || n >= (shown ?? Infinity)) return;
      const across = this.x(x[n]) - left, away = kind === "bar" ? Math.abs(across) - (this.x(x[n] + width / 2) - this.x(x[n])) : Math.hypot(across, this.y(y[n]) - top);
      if (away < best) { best = away; found = { text, x: x[n], y: y[n], whole: kind === "bar" }; }
    });
    return found || this.cell(left, top);
  }

  // The values at the abscissa nearest to the pointer: of each mark the one nearest to it in height.
  at(left, top) {
    const told = this.marks.filter((mark) => mark.name && !mark.silent);
    const nearest = (values, away) => values.reduce((best, value) => (best === null || away(value) < away(best) ? value : best), null);
    const seen = (mark, at) => [...mark.x.keys()].filter((n) => Number.isFinite(this.x(mark.x[n]) + mark.y[n]) && (at === undefined || mark.x[n] === at));
    const at = nearest(told.flatMap((mark) => seen(mark).map((n) => mark.x[n])), (value) => Math.abs(this.x(value) - left));
    const rows = told.map((mark) => [mark, nearest(seen(mark, at).map((n) => mark.y[n]), (value) => Math.abs(this.y(value) - top))]);
    return at === null ? null : { at, rows: rows.filter(([, value]) => value !== null) };
  }
}

function shade(colours, at) {
  const place = Math.min(1, Math.max(0, at)), next = Math.max(1, colours.findIndex(([stop]) => stop >= place));
  const [low, from] = colours[next - 1], [high, to] = colours[next], part = high > low ? (place - low) / (high - low) : 0;
  return from.map((value, n) => Math.round(value + part * (to[n] - value)));
}

const SHAPES = {
  diamond: (r) => `M0 ${-1.3 * r}L${1.3 * r} 0L0 ${1.3 * r}L${-1.3 * r} 0Z`,
  square: (r) => `M${-r} ${-r}H${r}V${r}H${-r}Z`,
  "triangle-up": (r) => `M0 ${-1.2 * r}L${1.1 * r} ${0.8 * r}H${-1.1 * r}Z`,
  x: (r) => `M${-r} ${-r}L${r} ${r}M${-r} ${r}L${r} ${-r}`,
};

function sign({ sign: name, size, colour, edge }, x, y) {
  const [shape, open] = name.split("-open"), hollow = open !== undefined || shape === "x";
  const look = { fill: hollow ? "none" : colour, stroke: hollow ? colour : edge || null, "stroke-width": hollow ? 2.5 : edge ? Math.min(2, size / 6) : null };
  if (shape === "circle") return draw("circle", { cx: x, cy: y, r: size / 2, ...look });
  return draw("path", { d: SHAPES[shape](size / 2), transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})`, ...look });
}

// Lines of equal value through the cells of a grid, as pairs of places in columns and rows.
function levelLines({ x, y, z, levels }) {
  const found = [], columns = x.length;
  for (let row = 0; row + 1 < y.length; row += 1) for (let column = 0; column + 1 < columns; column += 1) {
    const first = row * columns + column;
    const corners = [z[first], z[first + 1], z[first + columns + 1], z[first + columns]];
    if (!corners.every(Number.isFinite)) continue;
    const low = Math.min(...corners), high = Math.max(...corners);
    for (const level of levels) if (low < level && level <= high) found.push(...through(corners, level, column, row));
  }
  return found;
}

// One line through a cell, or two where it is a saddle: its middle says which corners belong together.
function through(corners, level, column, row) {
  const [a, b, c, d] = corners, share = (from, to) => (level - from) / (to - from), crossed = (from, to) => from < level !== to < level;
  const sides = [];
  if (crossed(a, b)) sides.push([column + share(a, b), row]);
  if (crossed(b, c)) sides.push([column + 1, row + share(b, c)]);
  if (crossed(d, c)) sides.push([column + share(d, c), row + 1]);
  if (crossed(a, d)) sides.push([column, row + share(a, d)]);
  if (sides.length === 2) return [sides];
  const apart = (a + b + c + d) / 4 < level === a < level;
  return apart ? [[sides[0], sides[1]], [sides[2], sides[3]]] : [[sides[0], sides[3]], [sides[1], sides[2]]];
}

function between(values, place) {
  const low = Math.min(values.length - 2, Math.floor(place));
  return values[low] + (place - low) * (values[low + 1] - values[low]);
}
