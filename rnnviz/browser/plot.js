// A chart on a page: drawn as wide as its place, read under the pointer. Lines that have updates are played in a bar below it,
// with a button, a slider and what each line has come to.

import { row, strip } from "./chart.js";
import { topOf } from "./composed.js";
import { button, draw, fill, make, received } from "./dom.js";
import { Chart, FAR } from "./marks.js";
import { sixDigits } from "./numbers.js";
import { benchAround } from "./streamlit_internals.js";

const SHORTEST = 2500, LONGEST = 9000, EACH = 60;

class Walk {
  constructor(holder) {
    this.button = button({}, "", () => (this.playing ? this.stop() : this.play()));
    this.range = make("input", { type: "range", min: 0, "aria-label": "Updates made" });
    this.told = make("output");
    this.bar = make("div", { class: "rnnviz-walk" }, [this.button, this.range, this.told]);
    holder.after(this.bar);
    this.range.addEventListener("input", () => {
      this.stop();
      this.go(Number(this.range.value));
    });
    this.stop();
  }

  // Takes the lines of a chart that was drawn anew; unless told where, it starts with all of each line seen.
  follow(plot, place) {
    this.plot = plot;
    this.lines = plot.marks.filter((mark) => mark.updates);
    this.updates = [...new Set(this.lines.flatMap((line) => [...line.updates]))].sort((one, other) => one - other);
    for (const line of this.lines) {
      line.front = draw("circle", { r: 6, fill: line.colour, stroke: plot.colours.ink, "stroke-width": 1.5, visibility: "hidden" });
      line.paths[0].parentNode.append(line.front);
    }
    this.bar.style.color = plot.colours.ink;
    this.range.max = this.updates.length - 1;
    this.go(place ?? this.updates.length - 1);
  }

  // The lines as far as they have come after so many updates.
  go(place) {
    this.place = place;
    this.range.value = place;
    this.range.style.setProperty("--at", `${(100 * place) / (this.updates.length - 1)}%`);
    const now = this.updates[place], rows = this.lines.map((line) => {
      const count = line.updates.findLastIndex((update) => update <= now) + 1, last = Math.max(0, count - 1);
      const d = this.plot.path(line, count), x = this.plot.x(line.x[last]), y = this.plot.y(line.y[last]);
      line.shown = count;
      line.paths.forEach((path) => path.setAttribute("d", d));
      line.points?.forEach((point, n) => point?.setAttribute("visibility", n < count ? "visible" : "hidden"));
      const seen = count > 0 && Number.isFinite(x + y) && Math.abs(x) < FAR && Math.abs(y) < FAR;
      if (seen) fill(line.front, { cx: x, cy: y });
      line.front.setAttribute("visibility", seen && place < this.updates.length - 1 ? "visible" : "hidden");
      return row(line.words[last], strip(line.name), line.colour);
    });
    this.told.replaceChildren(...rows);
    this.range.setAttribute("aria-valuetext", rows.map((each) => each.textContent).join("; "));
  }

  // The first updates slowly: they go farthest.
  play() {
    const last = this.updates.length - 1, start = this.place < last ? Math.sqrt(this.place / last) : 0;
    const time = Math.min(LONGEST, Math.max(SHORTEST, EACH * last)), began = performance.now();
    this.set(true, "Pause", "❚❚");
    const tick = (now) => {
      if (!this.playing) return;
      if (!this.bar.isConnected) return void this.stop();
      const share = Math.min(1, start + (now - began) / time), place = Math.round(last * share * share);
      if (place !== this.place) this.go(place);
      if (share < 1) requestAnimationFrame(tick);
      else this.stop();
    };
    requestAnimationFrame(tick);
  }

  stop() {
    this.set(false, "Play the walk", "▶");
  }

  set(playing, title, sign) {
    this.playing = playing;
    this.button.textContent = sign;
    fill(this.button, { "aria-label": title, title });
  }
}

function listen(chart, tip) {
  const { svg, box, size, axes, maps } = chart, line = draw("line", { y1: box.y, y2: box.y + box.height, stroke: chart.colours.ink, "stroke-opacity": 0.35, visibility: "hidden" });
  svg.append(line);
  const worded = chart.marks.some((mark) => mark.words?.length);
  const pointRows = ({ text, x, y, whole }) => {
    const more = maps.length || whole ? [] : [[x, axes.x], [y, axes.y]];
    return [row(text), ...more.map(([value, axis]) => row(sixDigits(value), strip(axis.title)))];
  };
  const valueRows = ({ at, rows }) => [row(`${strip(axes.x.title)} ${sixDigits(at)}`), ...rows.map(([mark, value]) => row(sixDigits(value), strip(mark.name), mark.colour))];
  const hide = () => {
    tip.hidden = true;
    line.setAttribute("visibility", "hidden");
  };
  svg.addEventListener("pointermove", (event) => {
    const [left, top] = placeOf(event, svg), point = worded ? chart.told(left, top) : null, found = worded ? null : chart.at(left, top);
    if (!point && !found) return hide();
    const x = chart.x(point ? point.x : found.at), rows = point ? pointRows(point) : valueRows(found);
    fill(line, { x1: x, x2: x, visibility: point ? "hidden" : "visible" });
    tip.replaceChildren(...rows);
    tip.hidden = false;
    tip.style.left = x > size.width / 2 ? "" : `${x + 14}px`;
    tip.style.right = x > size.width / 2 ? `${size.width - x + 14}px` : "";
    tip.style.top = `${Math.max(0, Math.min(top - 20, size.height - 24 * rows.length - 16))}px`;
  });
  svg.addEventListener("pointerleave", hide);
}

function placeOf(event, svg) {
  const corner = svg.getBoundingClientRect();
  return [event.clientX - corner.left, event.clientY - corner.top];
}

// A place of the map that is clicked is told to the page.
function listenToPicks(chart, tell) {
  const { svg, box } = chart;
  svg.style.cursor = "crosshair";
  svg.addEventListener("click", (event) => {
    const [x, y] = placeOf(event, svg);
    if (x < box.x || x > box.x + box.width || y < box.y || y > box.y + box.height) return;
    const picked = chart.cell(x, y);
    tell("pick", [picked.x, picked.y]);
  });
}

function show(holder, state, place) {
  const { plot: data, tell } = state, width = Math.floor(holder.clientWidth);
  state.width = holder.clientWidth;
  if (width < 20) return;
  const { surface, ink, quiet } = data.colours, height = heightOf(holder, data), chart = new Chart(data, width, height);
  state.height = height;
  holder.style.height = `${height}px`;
  const tip = make("div", { class: "rnnviz-plot-tip", hidden: "", style: `background: ${surface}; color: ${ink}; border-color: ${quiet}` });
  listen(chart, tip);
  if (chart.maps.some((map) => map.picked)) listenToPicks(chart, tell);
  holder.replaceChildren(chart.svg, tip);
  // The walk is kept with its bar while the chart is drawn again; there is none where nothing is played.
  const isPlayed = chart.marks.some((mark) => mark.updates?.length > 1);
  if (!isPlayed) state.walk?.bar.remove();
  state.walk = isPlayed ? state.walk || new Walk(holder) : null;
  state.walk?.follow(chart, place);
}

// The one picture of a bench is as tall as the window lets it be, elsewhere it has its own height, or what its place allows.
function heightOf(holder, data) {
  const fills = benchAround(holder) && matchMedia("(min-width: 900px)").matches, height = Math.min(data.height, parseFloat(getComputedStyle(holder).maxHeight) || Infinity);
  return fills ? Math.max(280, innerHeight - Math.round(topOf(holder)) - 16 - (holder.nextElementSibling ? 60 : 0)) : height;
}

const watched = new WeakMap();

function hold(parentElement) {
  const holder = make("div", { class: "rnnviz-plot-holder", role: "img" });
  parentElement.append(holder);
  const watch = new ResizeObserver(() => {
    const state = watched.get(holder);
    if (state && (holder.clientWidth !== state.width || heightOf(holder, state.plot) !== state.height)) show(holder, state, state.walk?.place);
  });
  watch.observe(holder);
  watch.observe(document.documentElement);
  return holder;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const { alt, plot } = received(data);
  const holder = parentElement.querySelector(".rnnviz-plot-holder") || hold(parentElement);
  holder.setAttribute("aria-label", alt);
  const { walk } = watched.get(holder) || {}, state = { plot, walk, tell: setTriggerValue };
  walk?.stop();
  watched.set(holder, state);
  show(holder, state);
}
