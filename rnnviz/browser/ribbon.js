// The ribbon: a term's way back as one band along its edges. How wide it is where, the scene says.

import { draw } from "./dom.js";

const CHEVRON = 26, LINE = 21; // pixels from chevron to chevron, letters in a line of the legend

export function drawRibbon(network, ribbon) {
  network.querySelectorAll(".ribbon, .ribbon-legend").forEach((one) => one.remove());
  if (!ribbon) return;
  ribbon.edges.forEach((one, place) => {
    const bands = one.roads ? [["direct", one.roads[0]], ["gates", one.roads[1]]] : [["", one]];
    for (const [road, part] of bands) {
      const line = network.querySelector(`.edge.backward[data-q="${CSS.escape(one.q)}"]${road && `[data-road="${road}"]`} .line`);
      const ends = line?.getAttribute("d").match(/-?[\d.]+/g).map(Number);
      if (ends && Math.hypot(ends[2] - ends[0], ends[3] - ends[1]) > 1) line.after(band(part, place, ends)); // on a phone a chip can fill its gap
    }
  });
  network.append(legend(ribbon));
}

// From width to width along a straight line, with a smooth taper.
function band({ q, start, end, is_lost: isLost }, place, [x1, y1, x2, y2]) {
  const long = Math.hypot(x2 - x1, y2 - y1), along = [(x2 - x1) / long, (y2 - y1) / long];
  const at = (share, aside) => [x1 + share * (x2 - x1) - along[1] * aside, y1 + share * (y2 - y1) + along[0] * aside].map((one) => one.toFixed(2)).join(",");
  const [a, b] = [start / 2, end / 2];
  const d = `M${at(0, a)} C${at(0.5, a)} ${at(0.5, b)} ${at(1, b)} L${at(1, -b)} C${at(0.5, -b)} ${at(0.5, -a)} ${at(0, -a)} Z`;
  return draw("g", { class: `ribbon${isLost ? " lost" : ""}`, "data-q": q, "data-place": place }, [
    draw("path", { class: "band", d }), ...(Math.min(start, end) < 6 ? [] : chevrons(long, Math.min(start, end), at)),
  ]);
}

function chevrons(long, width, at) {
  const count = Math.min(4, Math.max(1, Math.floor(long / CHEVRON))), half = Math.min(6, width / 3.4), back = half / long;
  return Array.from({ length: count }, (_, n) => (n + 1) / (count + 1) + back / 2).map((tip) => draw("path", { class: "chevron", d: `M${at(tip - back, half)} L${at(tip, 0)} L${at(tip - back, -half)}` }));
}

function legend({ marks, words }) {
  const [x, step, middle] = [8, 33, 14], spots = marks.map(([, width], n) => [x + n * step, width / 2]), outline = [...spots.map(([left, half]) => [left, middle - half]), ...spots.reverse().map(([left, half]) => [left, middle + half])];
  const names = marks.map(([name], n) => draw("text", { x: x + n * step, y: 40, class: n ? "" : "start" }, name));
  return draw("g", { class: "ribbon-legend" }, [
    draw("path", { class: "band", d: `M${outline.map((spot) => spot.join(",")).join("L")}Z` }),
    ...names, ...wrapped(words).map((line, n) => draw("text", { class: "start", x: 0, y: 57 + 15 * n }, line)),
  ]);
}

function wrapped(words) {
  const lines = [""];
  for (const word of words.split(" ")) {
    if (lines.at(-1).length + word.length > LINE) lines.push("");
    lines[lines.length - 1] = `${lines.at(-1)} ${word}`.trim();
  }
  return lines;
}
