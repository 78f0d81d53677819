// A chart on a page: drawn as wide as its place, read under the pointer, played where a line has updates.

import { draw, make } from "./dom.js";
import { Chart } from "./marks.js";
import { sixDigits } from "./numbers.js";
import { row, strip } from "./tip.js";
import { walked } from "./walk.js";

const watched = new WeakMap();

function listen(chart, tip) {
  const { svg, box, size, axes } = chart, line = draw("line", { y1: box.top, y2: box.top + box.height, stroke: chart.colours.ink, "stroke-opacity": 0.35, visibility: "hidden" });
  svg.append(line);
  const worded = chart.marks.some((mark) => mark.words?.length);
  const hide = () => {
    tip.hidden = true;
    line.setAttribute("visibility", "hidden");
  };
  svg.addEventListener("pointermove", (event) => {
    const corner = svg.getBoundingClientRect(), left = event.clientX - corner.left, top = event.clientY - corner.top;
    const point = worded ? chart.told(left, top) : null, found = worded ? null : chart.at(left, top);
    if (!point && !found) return hide();
    const x = chart.x(point ? point.x : found.at), rows = point ? pointRows(chart, point) : valueRows(axes, found);
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    line.setAttribute("visibility", point ? "hidden" : "visible");
    tip.replaceChildren(...rows);
    tip.hidden = false;
    tip.style.left = x > size.width / 2 ? "" : `${x + 14}px`;
    tip.style.right = x > size.width / 2 ? `${size.width - x + 14}px` : "";
    tip.style.top = `${Math.max(0, Math.min(top - 20, size.height - 24 * rows.length - 16))}px`;
  });
  svg.addEventListener("pointerleave", hide);
}

function pointRows({ maps, axes }, { text, x, y, whole }) {
  const more = maps.length || whole ? [] : [[x, axes.x], [y, axes.y]];
  return [row(text), ...more.map(([value, axis]) => row(sixDigits(value), strip(axis.title)))];
}

function valueRows(axes, { at, rows }) {
  return [row(`${strip(axes.x.title)} ${sixDigits(at)}`), ...rows.map(([mark, value]) => row(sixDigits(value), strip(mark.name), mark.colour))];
}

function show(holder, state, place) {
  const { plot: data, tell } = state, width = Math.floor(holder.clientWidth);
  state.width = holder.clientWidth;
  if (width < 20) return;
  const { surface, ink, quiet } = data.colours, chart = new Chart(data, width);
  const tip = make("div", { class: "rnnviz-plot-tip", hidden: "", style: `background: ${surface}; color: ${ink}; border-color: ${quiet}` });
  listen(chart, tip);
  hearPicks(chart, tell);
  holder.replaceChildren(chart.svg, tip);
  state.walk = walked(holder, chart, state.walk, place);
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
function hearPicks(chart, tell) {
  const { svg, maps, box } = chart;
  if (!maps.some((map) => map.picked)) return;
  svg.style.cursor = "crosshair";
  svg.addEventListener("click", (event) => {
    const corner = svg.getBoundingClientRect(), { left, top, width, height } = box;
    const x = event.clientX - corner.left, y = event.clientY - corner.top;
    if (x < left || x > left + width || y < top || y > top + height) return;
    const picked = chart.cell(x, y);
    tell("pick", [picked.x, picked.y]);
  });
}

export default function ({ parentElement, data, setTriggerValue }) {
  const { alt, plot } = JSON.parse(new TextDecoder().decode(data));
  const holder = parentElement.querySelector(".rnnviz-plot-holder") || hold(parentElement);
  holder.style.height = `${plot.height}px`;
  holder.setAttribute("aria-label", alt);
  const { walk } = watched.get(holder) || {}, state = { plot, walk, tell: setTriggerValue };
  walk?.stop();
  watched.set(holder, state);
  show(holder, state);
}
