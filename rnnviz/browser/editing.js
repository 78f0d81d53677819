// Numbers that can be changed where they are drawn: click or Enter, type or drag; Enter and leaving the field take them
// over, Escape and an empty field leave them as they were.

import { make, neighbour } from "./dom.js";
import { significant } from "./numbers.js";

const DRAG_START = 5;
const LIMIT = 1e6;

// The name of each drawn entry in the link, such as Wh1.0.1; null where the record cannot be edited.
export function entryNames(record) {
  const { edit } = record;
  if (!edit) return null;
  return record.rows.map((row) => record.columns.map((column) => {
    const index = { rc: [row, column], cr: [column, row], c: [column], r: [row] }[edit.axes];
    return [edit.variable, ...edit.prefix, ...index].join(".");
  }));
}

export class Editor {
  constructor(root, commit, begin, say) {
    Object.assign(this, { root, commit, begin, say });
    root.addEventListener("click", (event) => this.onClick(event));
    root.addEventListener("pointerdown", (event) => this.onDown(event));
  }

  cell(event) {
    return event.target.closest ? event.target.closest("td[data-edit]") : null;
  }

  // True when the key was for a cell: Enter opens it, arrows walk within its matrix.
  key(event) {
    const cell = this.cell(event);
    if (!cell || this.input) return Boolean(this.input);
    if (event.key === "Enter") return this.open(cell), true;
    const next = neighbour(cell, event.key, "[data-edit]");
    if (next) {
      cell.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    }
    return next !== undefined;
  }

  onClick(event) {
    const cell = this.cell(event);
    if (cell && !this.input && !this.dragged) this.open(cell);
    this.dragged = false;
  }

  open(cell, typed = null) {
    this.close();
    this.begin();
    const before = cell.textContent;
    const input = make("input", { type: "text", inputmode: "decimal", class: "entry-input", "aria-label": `new value of ${cell.getAttribute("aria-label")}`, value: typed ?? cell.dataset.value });
    this.input = input;
    cell.replaceChildren(input);
    if (typed === null) input.select();
    input.focus();
    const end = (value) => {
      if (this.input !== input) return;
      this.input = null;
      cell.textContent = before;
      if (value !== null && value !== Number(cell.dataset.value)) this.commit(cell.dataset.edit, value);
    };
    const accept = (stay) => {
      const value = readNumber(input.value), empty = !input.value.trim();
      if (value !== null || empty) return end(value), stay && cell.focus();
      this.say(`Got “${input.value.slice(0, 20)}”, expected a number from −1000000 to 1000000, such as 0.05.`);
      return stay ? input.setAttribute("aria-invalid", "true") : end(null);
    };
    this.close = () => end(null);
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") accept(true);
      if (event.key === "Escape") end(null), cell.focus();
    });
    input.addEventListener("input", () => input.removeAttribute("aria-invalid"));
    input.addEventListener("blur", () => (input.isConnected ? accept(false) : end(null)));
  }

  close() {}

  // A number that is being typed while everything is drawn anew goes on being typed.
  during(draw) {
    const typed = this.input?.value, name = this.input?.closest("[data-edit]").dataset.edit;
    this.close();
    draw();
    const cell = name && this.root.querySelector(`td[data-edit="${CSS.escape(name)}"]`);
    if (cell) this.open(cell, typed);
  }

  // Dragging sideways moves the number by a hundredth of its size a pixel; it is sent when it is let go.
  onDown(event) {
    const cell = this.cell(event);
    if (!cell || this.input || event.button !== 0 || event.pointerType === "touch") return;
    const start = Number(cell.dataset.value);
    const [before, from] = [cell.textContent, event.clientX];
    const scale = 0.01 * Math.max(0.5, Math.abs(start));
    let value = start;
    const move = (next) => {
      if (!this.dragged && Math.abs(next.clientX - from) < DRAG_START) return;
      this.dragged = true;
      value = Number((start + scale * (next.clientX - from)).toPrecision(4));
      cell.textContent = significant(value, 3);
      cell.classList.add("dragging");
    };
    const stop = (keep) => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", up);
      removeEventListener("keydown", escape, true);
      cell.classList.remove("dragging");
      cell.textContent = before;
      if (keep && this.dragged && value !== start) this.commit(cell.dataset.edit, value);
      setTimeout(() => { this.dragged = false; });
    };
    const up = () => stop(true);
    const escape = (key) => key.key === "Escape" && stop(false);
    addEventListener("pointermove", move);
    addEventListener("pointerup", up);
    addEventListener("keydown", escape, true);
  }
}

// As rnnviz/typed.py reads every field: a decimal point or comma; 0x10 is no number, and 1,000 might be two.
function readNumber(text) {
  const plain = text.trim().replace("−", "-");
  if (!/^[+-]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?$/i.test(plain) || /^[+-]?[1-9]\d{0,2},\d{3}$/.test(plain)) return null;
  const value = Number(plain.replace(",", "."));
  return Math.abs(value) <= LIMIT ? value : null;
}
