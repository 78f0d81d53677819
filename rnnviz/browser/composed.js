// One screen: what is measured and aligned on it.

import { isTriangle, measureFields, triangleCell } from "./triangle.js";

// Where an equation is its name and a product, each factor's matrix stands straight under its symbol, and the length so far under that.
// `pieces` are all factors of the frame; of those that are folded away the last gives its length to the opener's column.
export function align(formula, tokens, pieces) {
  const [symbols, items] = [".tokens", ".factors"].map((one) => [...formula.querySelector(one).children]), factors = tokens.slice(2);
  const q = (element) => element.dataset.q || element.querySelector("[data-q]")?.dataset.q;
  const stands = (token, place) => (token.opener ? !q(items[place]) : token.q && token.q === q(items[place]));
  const fits = items.length > 1 && q(items.at(-1)) === tokens[0].q && items.length === factors.length + 1 && factors.every(stands);
  formula.classList.toggle("aligned", fits);
  if (!fits) return;
  const running = [...formula.querySelectorAll(".station")]; // along the path, which column vectors write from right to left
  const isTurned = running.length > 0 && running[0].dataset.q !== factors[0].q, opener = factors.findIndex((one) => one.opener), isOpen = factors[opener]?.isOpen;
  if (isTurned) running.reverse();
  const folds = opener >= 0 && !isOpen && running.length === pieces.length - 2 ? pieces.slice(2) : [];
  running.forEach((one, place) => (one.hidden = Boolean(folds[place]?.fold && folds[place + (isTurned ? -1 : 1)].fold)));
  const stations = running.filter((one) => !one.hidden), ahead = (place) => 2 + (isOpen && place >= opener ? 1 : 0); // what unfolds has no length
  formula.style.setProperty("--factors", factors.length);
  symbols.forEach((one, place) => (one.style.gridColumn = Math.max(1, place)));
  items.forEach((one, place) => (one.style.gridColumn = place + 2));
  stations.forEach((one, place) => (one.style.gridColumn = place + ahead(place)));
  formula.toggleAttribute("data-lengths", stations.length + (isOpen ? 1 : 0) === factors.length);
}

// What stands over the screen; how large an entry of a field is; and a cell of the grid beside a network of the height that is left.
export function measure({ root, scene, part, strips, formula, side, graph, sentence }) {
  const width = root.clientWidth;
  standUnder(root);
  sentence.room = sentence.clientWidth;
  fitCaption(sentence);
  if (strips.isOn) measureFields(formula, scene, width);
  const { clientHeight: height } = graph, square = Math.min(96, Math.max(34, Math.min(height - (innerHeight > 760 ? 150 : 80), 0.3 * width - 90) / (scene.columns + 1)));
  side.root.style.setProperty("--room", `${strips.isOn && isTriangle(part.grid) ? triangleCell(part.grid, width, height) : Math.round(square)}px`);
}

export function standUnder(root) {
  root.style.setProperty("--above", `${Math.round(topOf(root)) + 16}px`);
}

// How far below the upper edge of what scrolls an element begins, with what stands over that edge.
export function topOf(element) {
  let scrolled = scrollY;
  for (let box = element.parentElement; box; box = box.parentElement) scrolled += box === document.documentElement ? 0 : box.scrollTop;
  return element.getBoundingClientRect().top + scrolled;
}

// A caption that has no room in one line is written smaller, in two; how many lines it would take is told by its letters.
export function fitCaption({ textContent, classList, room }) {
  const lines = (8.9 * textContent.length) / room;
  classList.toggle("long", lines > 1);
  classList.toggle("longer", lines > 2.4);
}
