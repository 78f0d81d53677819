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
    return event.target.closest?.("[data-edit]");
  }

  commit(cell, before, value) {
    if (value === before) return;
    this.stage.hover.silence();
    this.stage.report("edit", `${cell.dataset.edit}:${value}`);
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
    const { shown, before } = written(cell), back = cell.closest("[tabindex]");
    const input = make("input", { type: "text", inputmode: "decimal", class: "entry-input", "aria-label": `new value of ${cell.getAttribute("aria-label") || cell.dataset.edit.replace(/\./g, " ")}`, value: typed ?? cell.dataset.value });
    Object.assign(this, { input, opened: cell });
    lay(input, cell);
    if (typed === null) input.select();
    input.focus();
    const end = (value) => {
      if (this.input !== input) return;
      this.input = null;
      input.remove();
      shown.textContent = before;
      if (value !== null) this.commit(cell, Number(cell.dataset.value), value);
    };
    const accept = (stay) => {
      const value = readNumber(input.value), empty = !input.value.trim();
      if (value !== null || empty) return end(value), stay && back.focus();
      this.stage.announce(`Got “${input.value.slice(0, 20)}”, expected a number from −1000000 to 1000000, such as 0.05.`);
      return stay ? input.setAttribute("aria-invalid", "true") : end(null);
    };
    this.close = () => end(null);
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") accept(true);
      if (event.key === "Escape") end(null), back.focus();
    });
    input.addEventListener("input", () => input.removeAttribute("aria-invalid"));
    input.addEventListener("blur", () => (input.isConnected ? accept(false) : end(null)));
  }

  close() {}

  // A number that is being typed while everything is drawn anew goes on being typed.
  during(draw) {
    const typed = this.input?.value, was = this.input && this.opened;
    this.close();
    draw();
    const cell = was && this.root.querySelector(`${was.localName}[data-edit="${CSS.escape(was.dataset.edit)}"]`);
    if (cell) this.open(cell, typed);
  }

  // Dragging sideways moves the number by a hundredth of its size a pixel; it is sent when it is let go.
  onDown(event) {
    const cell = this.cell(event);
    if (!cell || this.input || event.button !== 0 || event.pointerType === "touch") return;
    const start = Number(cell.dataset.value), { shown, before } = written(cell), from = event.clientX;
    const scale = 0.01 * Math.max(0.5, Math.abs(start)), listening = new AbortController(), { signal } = listening;
    let value = start;
    const move = (next) => {
      if (!this.dragged && Math.abs(next.clientX - from) < DRAG_START) return;
      this.dragged = true;
      value = Number((start + scale * (next.clientX - from)).toPrecision(4));
      shown.textContent = significant(value, 3);
      cell.classList.add("dragging");
    };
    const stop = (keep) => {
      listening.abort();
      cell.classList.remove("dragging");
      shown.textContent = before;
      if (keep && this.dragged) this.commit(cell, start, value);
      setTimeout(() => (this.dragged = false));
    };
    addEventListener("pointermove", move, { signal });
    addEventListener("pointerup", () => stop(true), { signal });
    addEventListener("keydown", ({ key }) => key === "Escape" && stop(false), { signal, capture: true });
  }
}

// Where the number of a cell stands, and as what.
function written(cell) {
  const shown = cell.querySelector("text") || cell;
  return { shown, before: shown.textContent };
}

// A field stands in its cell; a square of the network, which is drawn, has it laid over it.
function lay(input, cell) {
  const drawing = cell.closest("svg");
  if (!drawing) return cell.replaceChildren(input);
  const board = drawing.parentElement, [{ left, top, width, height }, frame] = [cell, board].map((one) => one.getBoundingClientRect()), zoom = frame.width / board.offsetWidth;
  const middle = (left + width / 2 - frame.left) / zoom + board.scrollLeft;
  Object.assign(input.style, { position: "absolute", left: `${Math.max(0, middle - 36)}px`, top: `${(top - frame.top) / zoom}px`, width: "72px", height: `${height / zoom}px` });
  return board.append(input);
}

// As rnnviz/typed.py reads every field: a decimal point or comma; 0x10 is no number, and 1,000 might be two.
function readNumber(text) {
  const plain = text.trim().replace("−", "-");
  if (!/^[+-]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?$/i.test(plain) || /^[+-]?[1-9]\d{0,2},\d{3}$/.test(plain)) return null;
  const value = Number(plain.replace(",", "."));
  return Math.abs(value) <= LIMIT ? value : null;
}
