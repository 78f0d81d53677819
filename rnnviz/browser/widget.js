// The stage in a notebook: the scene comes from the kernel once, and nothing is asked of it afterwards.

import { make } from "./dom.js";
import { moment } from "./moment.js";
import { Stage } from "./stage.js";

moment.alone = true;
const LEAST = 900; // so many pixels a composed screen needs; in a narrower cell it is drawn smaller

// A notebook's theme is not the system's: it is seen in the colour of its page.
function themeOf(element) {
  for (let box = element; box; box = box.parentElement) {
    const [red, green, blue, opacity = 1] = getComputedStyle(box).backgroundColor.match(/[\d.]+/g).map(Number);
    if (opacity > 0) return red + green + blue > 382 ? "light" : "dark";
  }
  return "light dark";
}

function render({ model, el }) {
  const root = make("div"), wide = make("div", { class: "rnnviz-widget" }, root);
  el.append(wide);
  const fit = new ResizeObserver(() => {
    if (!wide.isConnected) return; // a notebook may render a cell before it stands in its page
    wide.style.colorScheme = themeOf(el);
    root.style.zoom = Math.min(1, (wide.clientWidth - 16) / LEAST);
  });
  const stage = new Stage(root, () => {});
  fit.observe(wide);
  stage.load(JSON.parse(model.get("scene")));
  return () => (fit.disconnect(), stage.stop());
}

export default { render };
