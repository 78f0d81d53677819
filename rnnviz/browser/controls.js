// Rows of buttons of which one is chosen, and the switches that open the factors of a term.

import { button, clear, htmlLabel, make, math } from "./dom.js";

export function segmented(label, help, choices, chosen, act) {
  const row = make("div", { class: "segments", role: "group", "aria-label": label, title: help }, [make("span", { class: "segments-name", "aria-hidden": "true" }, label)]);
  for (const [id, text, hint] of choices) {
    row.append(button({ "aria-pressed": String(id === chosen), "data-choice": id, title: hint || help }, text, () => act(id)));
  }
  return row;
}

// A redrawn row of buttons keeps the keyboard where it was.
export function refresh(box, ...parts) {
  const name = box.contains(document.activeElement) && document.activeElement.dataset.choice;
  const group = name && document.activeElement.closest(".segments");
  const label = group && group.getAttribute("aria-label");
  clear(box).append(...parts);
  if (name) box.querySelector(`.segments[aria-label="${CSS.escape(label)}"] [data-choice="${CSS.escape(name)}"]`)?.focus();
}

// A text in pieces: plain words, symbols that light, inline equations, code.
export function writtenPieces(pieces, data) {
  return pieces.map((piece) => {
    if (piece.plain !== undefined) return document.createTextNode(piece.plain);
    if (piece.q !== undefined) return make("span", { class: "word", "data-q": piece.q }, htmlLabel(data.labels[piece.q]));
    return piece.code === undefined ? make("span", { class: "inline" }, math(data.math[piece.math])) : make("code", {}, piece.code);
  });
}

// A factor that is opened further is replaced by its parts, in the equation and among the matrices alike.
export function expanded(pieces, forms, chosen, kind) {
  const found = [];
  for (const piece of pieces) {
    const parts = formOf(piece.q, forms, chosen);
    if (!parts) found.push(piece);
    else parts[kind].forEach((part, place) => found.push({ ...part, fold: piece.fold, op: place ? part.op : piece.op }));
  }
  return found;
}

function formOf(id, forms, chosen) {
  for (const [name, choice] of Object.entries(chosen)) {
    const found = forms?.[name]?.[choice]?.[id];
    if (found) return found;
  }
  return null;
}
