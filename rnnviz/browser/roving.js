// One tab stop for what belongs together, with arrow keys inside.

const ROVING = ".network .node, .choices:not(.overview) > button";
const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

// Of several elements one is the stop: that which has the focus, else the first wanted, else the first.
function oneStop(elements, isWanted) {
  const all = [...elements], stop = all.find((one) => one === document.activeElement) || all.find(isWanted) || all[0];
  for (const one of all) one.setAttribute("tabindex", one === stop ? 0 : -1);
}

// The network's nodes are one stop, at what is lit, and so are the parameters.
export function setStops(network, choices) {
  oneStop(network.querySelectorAll(".node"), (one) => one.dataset.lit);
  oneStop(choices.children, (one) => one.getAttribute("aria-pressed") === "true");
}

// An arrow key leads to the nearest one on its side; true if it was pressed on one of them.
export function rove(event) {
  const here = event.target.closest(ROVING), way = ARROWS[event.key];
  if (!here || !way) return false;
  const middle = (element) => (({ left, top, width, height }) => [left + width / 2, top + height / 2])(element.getBoundingClientRect());
  const [x, y] = middle(here), far = (element) => {
    const [right, down] = middle(element).map((one, axis) => one - [x, y][axis]), along = right * way[0] + down * way[1];
    return along > 4 ? along + 3 * Math.abs(right * way[1] + down * way[0]) : Infinity;
  };
  const others = [...here.parentElement.children].filter((one) => one.matches(ROVING)).map((one) => [far(one), one]).sort(([one], [other]) => one - other);
  if (others[0][0] < Infinity) {
    here.setAttribute("tabindex", -1);
    others[0][1].setAttribute("tabindex", 0);
    others[0][1].focus();
  }
  return true;
}
