// Of a network with more steps than a phone shows at once: the steps of the frame, over a map of all of them.

import { make } from "./dom.js";
import { isPhone, phoneNetwork } from "./panes.js";

const HIGH = 44;

export class InSight {
  constructor(stage) {
    Object.assign(this, { stage, first: 0 });
    this.range = make("input", { type: "range", min: 0, "aria-label": "First step in sight" });
    this.range.addEventListener("input", () => this.move(Number(this.range.value)));
    this.range.addEventListener("keydown", (event) => event.stopPropagation());
    this.cells = make("div", { class: "steps", "aria-hidden": "true" });
    this.root = make("div", { class: "map" }, [this.cells, this.range]);
    stage.root.addEventListener("focusin", ({ target }) => target.closest(".node") && this.follow([target.dataset.q]));
  }

  // What a map leaves of a box for the network.
  above(box) {
    const { scene } = this.stage, { columns } = scene;
    this.g = box && isPhone(columns, box) && phoneNetwork(scene, box);
    this.isOn = Boolean(this.g) && this.g.seen < columns && !this.stage.strips.isOn;
    return this.isOn ? { ...box, height: box.height - HIGH } : box;
  }

  // Under the network that is drawn: a cell a step, lit with its state.
  draw() {
    if (!this.isOn) return this.root.remove();
    const { scene, graph } = this.stage, { columns, gaps } = scene, states = scene.nodes.filter(({ row, column }) => row === "H" && column >= 0);
    const cells = [...states.map(({ q, column }) => [column, make("i", { "data-q": q }, this.stage.lookup(q).label.at(-1)[0])]), ...gaps.map(({ column }) => [column, make("i", {}, "⋯")])];
    this.cells.replaceChildren(...cells.sort(([one], [other]) => one - other).map(([, cell]) => cell));
    this.range.max = columns - this.g.seen;
    this.root.style.setProperty("--at", `${(100 * this.g.seen) / columns}%`);
    graph.append(this.root);
    return this.move(this.first);
  }

  move(first) {
    const [svg] = this.stage.graph.children, [, ...size] = svg.getAttribute("viewBox").split(" ");
    this.first = Math.min(Math.max(0, first), Number(this.range.max));
    this.range.value = this.first;
    svg.setAttribute("viewBox", [this.g.at(this.first), ...size].join(" "));
  }

  // A span that is longer than what is in sight begins with the step that it leads back to.
  follow(lit) {
    if (!this.isOn) return;
    const places = this.stage.scene.nodes.filter((one) => lit.includes(one.q)).map((one) => Math.max(0, one.column)), [from, to] = [Math.min(...places), Math.max(...places)];
    if (places.length && (from < this.first || to >= this.first + this.g.seen)) this.move(from);
  }
}
