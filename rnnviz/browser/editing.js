// Numbers that can be changed where they are drawn: click or Enter, type or drag; Enter and leaving the field take them
// over, Escape and an empty field leave them as they were.

import { make, neighbour } from "./dom.js";
import { significant } from "./numbers.js";

const DRAG_START = 5, LIMIT = 1e6;

export class Editor {
  constructor(root, stage) {
    Object.assign(this, { root, stage });
    root.addEventListener("click", (event) => {
      const cell = this.cell(event);
      if (cell && !this.input && !this.dragged) this.open(cell);
      this.dragged = false;
    });
    root.addEventListener("pointerdown", (event) => this.onDown(event));
  }

  cell(event) {
    return event.target.closest?.("td[data-edit]");
  }

  commit(cell, before, value) {
    if (value !== before) this.stage.report("edit", `${cell.dataset.edit}:${value}`);
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

  open(cell, typed = null) {
    this.close();
    this.stage.playing(false);
    this.stage.hover.write(null);
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
      if (value !== null) this.commit(cell, Number(cell.dataset.value), value);
    };
    const accept = (stay) => {
      const value = readNumber(input.value), empty = !input.value.trim();
      if (value !== null || empty) return end(value), stay && cell.focus();
      this.stage.announce(`Got “${input.value.slice(0, 20)}”, expected a number from −1000000 to 1000000, such as 0.05.`);
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
    const start = Number(cell.dataset.value), before = cell.textContent, from = event.clientX;
    const scale = 0.01 * Math.max(0.5, Math.abs(start)), listening = new AbortController(), { signal } = listening;
    let value = start;
    const move = (next) => {
      if (!this.dragged && Math.abs(next.clientX - from) < DRAG_START) return;
      this.dragged = true;
      value = Number((start + scale * (next.clientX - from)).toPrecision(4));
      cell.textContent = significant(value, 3);
      cell.classList.add("dragging");
    };
    const stop = (keep) => {
      listening.abort();
      cell.classList.remove("dragging");
      cell.textContent = before;
      if (keep && this.dragged) this.commit(cell, start, value);
      setTimeout(() => (this.dragged = false));
    };
    addEventListener("pointermove", move, { signal });
    addEventListener("pointerup", () => stop(true), { signal });
    addEventListener("keydown", ({ key }) => key === "Escape" && stop(false), { signal, capture: true });
  }
}

// As rnnviz/typed.py reads every field: a decimal point or comma; 0x10 is no number, and 1,000 might be two.
function readNumber(text) {
  const plain = text.trim().replace("−", "-");
  if (!/^[+-]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?$/i.test(plain) || /^[+-]?[1-9]\d{0,2},\d{3}$/.test(plain)) return null;
  const value = Number(plain.replace(",", "."));
  return Math.abs(value) <= LIMIT ? value : null;
}
