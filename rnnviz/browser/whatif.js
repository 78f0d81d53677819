// What one edited number did: the loss along it, the tangent that had predicted the change, and the way back. Before it may be told, the way back alone.

import { segmented } from "./controls.js";
import { button, draw, make } from "./dom.js";
import { significant } from "./numbers.js";

const CURVE = { width: 420, height: 164, left: 8, right: 8, top: 10, bottom: 32 };

export function drawWhatIf(found, isTold, showing, act) {
  const list = make("ul", { class: "edits" }, found.edits.map((one) => make("li", {}, one.text)));
  const buttons = make("div", { class: "segments-row" }, [
    segmented("Show", "The network, the losses and the grid before the newest edit, or after it.", [["after", "after"], ["before", "before"]], showing, (id) => act("show", id)),
    ...(found.fixed ? [] : [["Undo last edit", "undo"], ["Reset all edits", "reset"]].map(([text, name]) => button({ class: "plain-button" }, text, () => act(name)))),
  ]);
  const words = make("div", { class: "whatif-words" }, [make("div", { class: "part-title" }, "What if"), ...(isTold ? [make("p", {}, found.sentence), stepChanges(found)] : [make("p", {}, "Guess first, or skip: then the slope, the losses and their curve stand here.")]), list, buttons]);
  return [words, ...(isTold ? [drawCurve(found)] : [])];
}

function stepChanges(found) {
  const head = make("tr", {}, [make("th", { scope: "col" }, "step"), ...found.steps.map((one) => make("th", { scope: "col" }, one.name))]);
  const row = (name, key) => make("tr", {}, [make("th", { scope: "row" }, name), ...found.steps.map((one) => make("td", {}, significant(one[key], 4)))]);
  return make("div", { class: "scroller", tabindex: 0, role: "region", "aria-label": "Loss of each step before and after" }, make("table", { class: "changes" }, [make("thead", {}, head), make("tbody", {}, [row("before", "before"), row("after", "after")])]));
}

function drawCurve(found) {
  const { xs, ys, tangent } = found.curve, [low, high] = reach(found.curve), at = (x) => ys[xs.indexOf(x)];
  const across = (x) => CURVE.left + ((x - xs[0]) / (xs.at(-1) - xs[0] || 1)) * (CURVE.width - CURVE.left - CURVE.right);
  const down = (y) => CURVE.top + (1 - (y - low) / (high - low || 1)) * (CURVE.height - CURVE.top - CURVE.bottom);
  const points = xs.map((x, i) => (typeof ys[i] === "number" ? `${across(x).toFixed(1)},${down(ys[i]).toFixed(1)}` : "")).filter(Boolean).join(" ");
  const picture = draw("svg", { viewBox: `0 0 ${CURVE.width} ${CURVE.height}`, class: "along", role: "img", "aria-label": `Total loss along the entry, with the tangent at its value before. ${found.sentence}` });
  if (tangent.every(([, y]) => typeof y === "number")) {
    const [[x0, y0], [x1, y1]] = tangent;
    picture.append(draw("line", { class: "tangent", x1: across(x0), y1: down(y0), x2: across(x1), y2: down(y1) }));
  }
  picture.append(draw("polyline", { class: "loss-along", points }));
  // Each name has a line of its own: the two places may be one.
  for (const [name, x, line] of [["before", found.before, 18], ["after", found.after, 4]]) {
    if (typeof at(x) !== "number") continue;
    const middle = Math.min(CURVE.width - 50, Math.max(50, across(x)));
    picture.append(draw("circle", { class: `mark ${name}`, cx: across(x), cy: down(at(x)), r: 5 }));
    picture.append(draw("text", { class: "mark-name", x: middle, y: CURVE.height - line }, `${name} ${significant(x, 3)}`));
  }
  return picture;
}

// The picture holds the curve; a steep tangent is cut at its border.
function reach({ low, high }) {
  if (typeof low !== "number" || typeof high !== "number") return [0, 1];
  const room = 0.06 * (high - low || 1);
  return [low - room, high + room];
}
