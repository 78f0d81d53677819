// Which sequence of the batch is looked at: chosen where it is said.

import { make } from "./dom.js";

export function drawSample(place, { view, samples = [] }, tell) {
  const menu = place.querySelector("select"), values = samples.map(([value]) => value).join();
  if (!samples.length) return void (place.textContent = view);
  if (menu?.dataset.values === values) return void (menu.value = samples.find(([, words]) => words === view)[0]);
  const options = samples.map(([value, words]) => make("option", { value, selected: words === view && "" }, words));
  const made = make("select", { "aria-label": "Sample", title: "Which sequence of the batch is shown, or the mean over all of them", "data-values": values }, options);
  made.addEventListener("change", () => tell(made.value));
  return place.replaceChildren(made);
}
