// The panes of a narrow window: under the network stands one of path, factors and grid. A wide one shows all of them.

import { button, make, plainLabel } from "./dom.js";

const PANES = ["Path", "Factors", "Grid"], MOST_WHOLE = 3; // steps that a phone shows at once
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
    root.classList.toggle("whole", isPaned && scene.columns <= MOST_WHOLE);
    this.names.replaceChildren(...scene.choices.map((one) => make("option", { value: one, selected: one === name }, plainLabel(scene.quantities[one].label).replace(" ", ""))));
  }

  // The factors stand below each other: what is straight under a symbol on a wide screen is in its row.
  write() {
    const rows = this.stage.formula.querySelectorAll(".tokens > *, .factors > *, .station"), last = this.stage.formula.querySelectorAll(".factors > *").length;
    rows.forEach((one, place) => one.style.setProperty("--row", place < 2 ? last : parseInt(one.style.gridColumn, 10) - 1 || "auto"));
  }

  // Whether the network fills the room that a phone has for it.
  get isWhole() {
    return narrow.matches && this.stage.root.classList.contains("whole");
  }

  // What was tapped stays on its sheet until it is closed.
  get isSheet() {
    return narrow.matches && this.stage.root.classList.contains("paned");
  }

  closer() {
    return button({ class: "close", "aria-label": "Close" }, "×", () => this.stage.pick(this.stage.chosen));
  }
}

// Where the nodes stand in a box of a phone's width.
export function phoneNetwork(columns, { width, height }) {
  const start = { x: 18, width: 34, height: 44 }, gap = 42, tall = 44, room = (width - start.width - 32) / columns;
  const node = { width: Math.min(120, room - gap), height: tall }, step = (height - 6 - tall) / 3;
  const row = Object.fromEntries(["L", "Y_hat", "H", "X"].map((name, place) => [name, 3 + tall / 2 + place * step]));
  return { column: node.width + gap, height, width, left: start.width + 2 + gap, node, row, start, gap: step - tall, isNarrow: true };
}
