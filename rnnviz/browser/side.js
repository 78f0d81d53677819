// The side of the stage: the grid with its readings, how it closes, the shares by lag, and the mode of the losses.

import { refresh, segmented } from "./controls.js";
import { clear, make } from "./dom.js";
import { drawGrid, drawLags, readingOf } from "./grid.js";

export class Side {
  constructor(stage) {
    this.stage = stage;
    this.mode = "share";
    this.root = make("div", { class: "side" });
    this.readings = make("div", { class: "readings" });
    this.place = make("div", { class: "grid-place" });
    this.closing = make("p", { class: "closing quiet" });
    this.lags = make("div", { class: "lags-place" });
    this.losses = make("div", { class: "losses" });
    this.root.append(this.place, this.readings, this.closing, this.losses, this.lags);
  }

  draw() {
    const { part, scene } = this.stage;
    const grid = part.grid;
    if (!this.entry || !this.fits(grid)) this.entry = grid.entry;
    const lookup = (id) => this.stage.lookup(id);
    const reading = readingOf(grid, this.mode, this.entry, lookup);
    clear(this.place).append(drawGrid(part, reading));
    clear(this.lags);
    if (scene.openings === undefined || !scene.detail) return;
    this.drawReadings(grid);
    this.drawClosing(grid);
    this.drawLosses(scene);
    if (grid.lags.length > 1) this.lags.append(drawLags(grid, lookup));
  }

  recall(opened) {
    this.mode = ["norm", "sum", "entry"].includes(opened.cells) && this.stage.scene.detail ? opened.cells : "share";
    this.entry = /^\d+-\d+$/.test(opened.entry || "") ? opened.entry.split("-").map(Number) : null;
  }

  opened() {
    const entry = this.mode === "entry" && this.entry ? this.entry.join("-") : null;
    return { cells: this.mode === "share" ? null : this.mode, entry };
  }

  fits(grid) {
    return `${this.entry[0]},${this.entry[1]}` in grid.closings.entry;
  }

  drawReadings(grid) {
    const choices = grid.modes.map(([id, name, help]) => [id, name, help]);
    const parts = [segmented("Cells", "What the number in a cell is.", choices, this.mode, (mode) => this.read(mode))];
    if (this.mode === "entry") parts.push(this.entryPicker(grid));
    refresh(this.readings, ...parts);
  }

  entryPicker(grid) {
    const picker = make("select", { "aria-label": "Entry that the cells show" });
    for (const place of Object.keys(grid.closings.entry)) {
      picker.append(make("option", { value: place, selected: place === this.entry.join(",") }, `[${place.replace(",", ", ")}]`));
    }
    picker.addEventListener("change", () => {
      this.entry = picker.value.split(",").map(Number);
      this.redraw();
    });
    return picker;
  }

  read(mode) {
    this.mode = mode;
    this.redraw();
  }

  redraw() {
    this.draw();
    this.stage.highlight();
    this.stage.remember();
  }

  // What the cells add up to is known when the last of them is there.
  drawClosing(grid) {
    if (this.stage.scene.openings === undefined || !this.stage.scene.detail) return;
    const { frames, index } = this.stage, isSummed = index >= frames.findIndex((frame) => frame.id === "sum");
    const told = this.mode === "entry" ? grid.closings.entry[this.entry.join(",")] : grid.closings[this.mode];
    const text = isSummed ? told : "What the cells add up to: not yet, it comes with the sum.";
    this.closing.hidden = this.stage.showing === "before";
    this.closing.textContent = [text, grid.note].filter(Boolean).join(" ");
  }

  drawLosses(scene) {
    clear(this.losses);
    if (scene.modes.length < 2) return;
    this.losses.append(segmented("Loss", "Where the network has a loss: other rows of the grid live.", scene.modes, scene.mode, (mode) => this.stage.report("mode", mode)));
  }

  // Another mode gives other rows: they fill in one after the other, for a reader who has not asked for stillness.
  fillIn() {
    this.place.classList.add("filling");
    clearTimeout(this.filling);
    this.filling = setTimeout(() => this.place.classList.remove("filling"), 2600);
  }
}
