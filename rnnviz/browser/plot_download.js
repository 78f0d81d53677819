// A chart's picture and numbers, saved by the reader's own browser.

import { draw } from "./dom.js";
import { saveDrawing, saveFile, styledCopy } from "./files.js";
import { pageColours, under } from "./streamlit_internals.js";

const STYLED = ["color", "background-color", "font-family", "font-size", "font-weight", "text-align", "border-radius", "border-spacing", "box-sizing", "height", "width", "padding", "table-layout", "outline"];
const DASHES = { dashed: "6 4", dotted: "2 3" };

// What is saved, on the page's colour, with the legend below it.
function framed(width, height, parts, legend = []) {
  const { page, ink } = pageColours();
  const full = Number(height) + 20 * legend.length + (legend.length ? 8 : 0);
  const entries = legend.flatMap((one, place) => legendEntry(one, Number(height) + 12 + 20 * place, ink));
  return draw("svg", { width, height: full, viewBox: `0 0 ${width} ${full}` }, [draw("rect", { width, height: full, fill: page }), ...parts, ...entries]);
}

function legendEntry({ name, colour, line, width, opacity }, y, ink) {
  const text = { y: y + 4, "font-size": 13, "font-family": "sans-serif" };
  const sign = line.length === 1
    ? draw("text", { ...text, x: 27, fill: colour, opacity }, line)
    : draw("line", { x1: 20, x2: 46, y1: y, y2: y, stroke: colour, opacity, "stroke-width": line === "area" ? 10 : width, "stroke-dasharray": DASHES[line] });
  return [sign, draw("text", { ...text, x: 54, fill: ink }, name)];
}

// The picture of a chart, a drawing or a table; a surface in space is none of them, and cannot be copied.
async function picture({ key, legend }) {
  const [plot, image, table] = ["svg.rnnviz-plot", "img", "table"].map((one) => under(key, one));
  const sized = (element, parts, below) => framed(element.getAttribute("width"), element.getAttribute("height"), parts, below);
  if (plot) return sized(plot, [plot.cloneNode(true)], legend);
  if (image) {
    const text = await (await fetch(image.src)).text(), drawn = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    return sized(drawn, [drawn]);
  }
  if (!table) return null;
  const { width, height } = table.getBoundingClientRect();
  return framed(width, height, [draw("foreignObject", { width, height }, styledCopy(table, STYLED))]);
}

export default function ({ parentElement, data }) {
  const said = parentElement.querySelector("[role=status]");
  for (const button of parentElement.querySelectorAll("button")) {
    button.onclick = async () => {
      const name = `rnnviz-${data.key}.${button.value}`;
      if (button.value === "csv") return saveFile(name, new Blob([data.csv], { type: "text/csv" }));
      const svg = await picture(data);
      said.textContent = svg ? "" : "This view has no picture to save; the map has one.";
      return svg && saveDrawing(name, svg);
    };
  }
}
