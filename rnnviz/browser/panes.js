// The panes of a narrow window: under the network stands one of path, factors and grid. A wide one shows all of them.

import { laneOf } from "./cell.js";
import { choicesOf } from "./choices.js";
import { button, make, plainLabel } from "./dom.js";
import { written } from "./numbers.js";

const CLOSE = 6;
const PANES = ["Path", "Factors", "Grid"];
const narrow = matchMedia("screen and (max-width: 899px)");

export class Panes {
  constructor(stage) {
    this.stage = stage;
    this.tabs = PANES.map((name) => button({ "data-pane": name }, name, () => this.open(name)));
    this.names = make("select", { "aria-label": "Parameter whose gradient is taken apart" });
    this.names.addEventListener("change", () => stage.choose(this.names.value, null, true));
    this.root = make("div", { class: "panes", role: "group", "aria-label": "What stands under the network" }, [...this.tabs, this.names]);
    this.open("Factors");
  }

  open(pane) {
    this.stage.root.dataset.pane = pane;
    this.tabs.forEach((tab) => tab.setAttribute("aria-pressed", String(tab.dataset.pane === pane)));
  }

  // A lesson, a question and the first page have their own order.
  draw() {
    const { root, scene, name } = this.stage, isPaned = Boolean(scene.detail) && !scene.lesson && !scene.quiz;
    root.classList.toggle("paned", isPaned);
    this.names.replaceChildren(...choicesOf(scene).map((one) => make("option", { value: one, selected: one === name }, plainLabel(scene.quantities[one].label).replace(" ", ""))));
  }

  // The factors stand below each other: what is straight under a symbol on a wide screen is in its row, beside the product its share.
  write() {
    const { formula, part } = this.stage, rows = formula.querySelectorAll(".tokens > *, .factors > *, .station"), last = formula.querySelectorAll(".factors > *").length;
    const { share } = this.stage.lookup(this.stage.frame().equation[0]?.q) || {};
    formula.querySelector(".share")?.remove();
    if (typeof share === "number") formula.append(make("div", { class: "share", style: `--row:${last}` }, [make("strong", {}, written(share, "share")), `of the ${part.grid.whole}`]));
    rows.forEach((one, place) => one.style.setProperty("--row", place < 2 ? last : parseInt(one.style.gridColumn, 10) - 1 || "auto"));
  }

  // The network fills the room that a phone has for it.
  get isWhole() {
    return narrow.matches;
  }

  // What was tapped stays on its sheet until it is closed.
  get isSheet() {
    return narrow.matches && this.stage.root.classList.contains("paned");
  }

  closer() {
    return button({ class: "close", "aria-label": "Close" }, "×", () => this.stage.pick(this.stage.chosen));
  }
}

export const isPhone = (columns, { width }) => width < 640 || (narrow.matches && columns > 3);

// Where the nodes stand in a box of a phone's width: up to three steps whole, of more as many as there is room for, from border to border.
export function phoneNetwork({ columns, cell }, { width, height }) {
  const start = { x: 18, width: 34, height: 44 }, gap = 42, tall = 44, left = start.width + 2 + gap, seen = Math.min(columns, Math.max(3, Math.floor(width / 150)));
  const room = seen < columns ? (width - gap) / seen : (width - start.width - 32) / columns;
  const node = { width: Math.min(120, room - gap), height: tall }, { row, gap: between } = rowsOf(height, tall, tall, cell?.memory);
  return { column: node.width + gap, height, width, left, node, row, start, gap: between, isNarrow: true, seen, aside: cell?.memory ? 22 : 0, lane: laneOf(cell), open: -1, at: (first) => (first ? left + first * (node.width + gap) - gap : 0) };
}

// The middles of the rows from top to bottom, and the gap between them; the memory stands close over the state, but for what is opened.
export function rowsOf(height, tall, low, memory, inner = 0) {
  const names = ["L", "Y_hat", ...(memory ? ["C"] : []), "H", "X"], gap = (height - 6 - low - (names.length - 1) * tall - (memory ? CLOSE : 0) - inner) / 3, row = {};
  let top = 3;
  for (const name of names) {
    const high = name === "L" ? low : tall;
    row[name] = top + high / 2;
    top += high + (name === "C" ? CLOSE : gap) + (name === (memory ? "C" : "H") ? inner : 0);
  }
  return { row, gap };
}
