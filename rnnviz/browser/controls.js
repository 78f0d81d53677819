// Rows of buttons of which one is chosen, texts in pieces, lines of code.

import { button, htmlLabel, make, math } from "./dom.js";

export function segmented(label, help, choices, chosen, act) {
  const buttons = choices.map(([id, text, hint]) => button({ "aria-pressed": String(id === chosen), "data-choice": id, title: hint || help }, text, () => act(id)));
  return make("div", { class: "segments", role: "group", "aria-label": label, title: help }, [make("span", { class: "segments-name", "aria-hidden": "true" }, label), ...buttons]);
}

// A redrawn row of buttons keeps the keyboard where it was.
export function refresh(box, ...parts) {
  const { activeElement: old } = document, name = box.contains(old) && old.dataset.choice, label = name && old.closest(".segments").getAttribute("aria-label");
  box.replaceChildren(...parts);
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

// Lines of code; the one that runs is marked and points at what it has just written.
export function codeList(lines, current, id) {
  return make("ol", { class: "code" }, lines.map((text, place) => make("li", place === current ? { "aria-current": "true", "data-q": id } : {}, make("code", {}, text || " "))));
}
