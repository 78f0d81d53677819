// One screen: what is measured and aligned on it.

// Where an equation is its name and a product, each factor's matrix stands straight under its symbol, and the length so far under that.
export function align(formula, tokens) {
  const [symbols, items] = [".tokens", ".factors"].map((one) => [...formula.querySelector(one).children]), factors = tokens.slice(2);
  const q = (element) => element.dataset.q || element.querySelector("[data-q]").dataset.q;
  const fits = items.length > 1 && q(items.at(-1)) === tokens[0].q && items.length === factors.length + 1 && factors.every((token, place) => token.q && token.q === q(items[place]));
  formula.classList.toggle("aligned", fits);
  if (!fits) return;
  const stations = [...formula.querySelectorAll(".station")]; // along the path, which column vectors write from right to left
  if (stations.length && stations[0].dataset.q !== factors[0].q) stations.reverse();
  formula.style.setProperty("--factors", factors.length);
  symbols.forEach((one, place) => (one.style.gridColumn = Math.max(1, place)));
  [items, stations].forEach((row) => row.forEach((one, place) => (one.style.gridColumn = place + 2)));
  formula.toggleAttribute("data-lengths", stations.length === factors.length);
}

// What stands over the screen, and how large a cell of the grid may be beside a network of this height.
export function measure(root, columns, height) {
  const room = Math.min(height - (innerHeight > 760 ? 150 : 80), 0.3 * root.clientWidth - 90) / (columns + 1);
  root.style.setProperty("--above", `${Math.round(topOf(root)) + 16}px`);
  root.style.setProperty("--room", `${Math.round(Math.min(96, Math.max(34, room)))}px`);
}

// How far below the upper edge of what scrolls an element begins, with what stands over that edge.
export function topOf(element) {
  let scrolled = scrollY;
  for (let box = element.parentElement; box; box = box.parentElement) scrolled += box === document.documentElement ? 0 : box.scrollTop;
  return element.getBoundingClientRect().top + scrolled;
}
