// The side of the stage: the grid with its readings, how it closes, the shares by lag, and the mode of the losses.

import { refresh, segmented } from "./controls.js";
import { make } from "./dom.js";
import { drawGrid, drawLags, readingOf } from "./grid.js";
import { drawCorner, isTriangle, markTerm } from "./triangle.js";

export class Side {
  constructor(stage) {
    Object.assign(this, { stage, mode: "share" });
    this.readings = make("div", { class: "readings" });
    this.place = make("div", { class: "grid-place", "data-part": "grid" });
    this.corner = make("div");
    this.closing = make("p", { class: "closing quiet" });
    this.lags = make("div", { class: "lags-place" });
    this.losses = make("div", { class: "losses" });
    this.root = make("div", { class: "side" }, this.place);
    this.more = make("div", { class: "side-more" }, [this.readings, this.closing, this.losses, this.lags]);
  }

  draw() {
    const { part, scene } = this.stage, { grid } = part, lookup = (id) => this.stage.lookup(id);
    if (!this.entry || !(this.entry.join(",") in grid.closings.entry)) this.entry = grid.entry;
    this.reading = { ...readingOf(grid, this.mode, this.entry, lookup), isTriangle: this.stage.strips.isOn && isTriangle(grid) };
    this.place.replaceChildren(drawGrid(part, this.reading), this.corner);
    this.drawCorner();
    this.lags.replaceChildren();
    if (scene.openings === undefined || !scene.detail) return;
    this.drawReadings(grid);
    this.drawClosing(grid);
    const losses = segmented("Loss", "Where the network has a loss: other rows of the grid live.", scene.modes, scene.mode, (mode) => this.stage.report("mode", mode));
    this.losses.replaceChildren(...(scene.modes.length < 2 ? [] : [losses]));
    if (grid.lags.length > 1) this.lags.append(drawLags(grid, lookup));
  }

  // The term of the frame, large, where a triangle leaves room.
  drawCorner() {
    const { isTriangle: has } = this.reading, frame = this.stage.frame();
    this.corner.replaceChildren(...(has ? [drawCorner(this.stage.part, frame, this.reading)] : []));
    if (has) markTerm(this.place.querySelector(".grid"), frame);
  }

  recall(opened) {
    this.mode = ["norm", "sum", "entry"].includes(opened.cells) && this.stage.scene.detail ? opened.cells : "share";
    this.entry = /^\d+-\d+$/.test(opened.entry || "") ? opened.entry.split("-").map(Number) : null;
  }

  opened() {
    const entry = this.mode === "entry" && this.entry ? this.entry.join("-") : null;
    return { cells: this.mode === "share" ? null : this.mode, entry };
  }

  drawReadings(grid) {
    const parts = [segmented("Cells", "What the number in a cell is.", grid.modes, this.mode, (mode) => this.read({ mode }))];
    if (this.mode === "entry") {
      const entries = Object.keys(grid.closings.entry).map((value) => make("option", { value, selected: value === this.entry.join(",") }, `[${value.replace(",", ", ")}]`));
      const picker = make("select", { "aria-label": "Entry that the cells show" }, entries);
      picker.addEventListener("change", () => this.read({ entry: picker.value.split(",").map(Number) }));
      parts.push(picker);
    }
    refresh(this.readings, ...parts);
  }

  read(changes) {
    Object.assign(this, changes);
    this.draw();
    this.stage.highlight();
    this.stage.remember();
  }

  // What the cells add up to is known when the last of them is there.
  drawClosing(grid) {
    const { scene, frames, index, showing } = this.stage;
    if (scene.openings === undefined || !scene.detail) return;
    const told = this.mode === "entry" ? grid.closings.entry[this.entry.join(",")] : grid.closings[this.mode];
    const isSummed = index >= frames.findIndex((frame) => frame.id === "sum");
    this.closing.hidden = showing === "before";
    this.closing.textContent = [isSummed ? told : "What the cells add up to: not yet, it comes with the sum.", grid.note].filter(Boolean).join(" ");
  }

  // Another mode gives other rows: they fill in one after the other, for a reader who has not asked for stillness.
  fillIn() {
    this.place.classList.add("filling");
    clearTimeout(this.filling);
    this.filling = setTimeout(() => this.place.classList.remove("filling"), 2600);
  }
}
