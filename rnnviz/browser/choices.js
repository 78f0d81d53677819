// Whose gradient is taken apart: a chip a parameter, and of a gated cell the block of one.

import { button, htmlLabel, make } from "./dom.js";

export function drawChoices(stage) {
  const { scene, name } = stage, blocks = wholeOf(scene, name), whole = blocks?.[0][0] ?? name;
  const chips = scene.choices.map((one) => {
    const { label, words } = scene.quantities[one];
    return button({ "aria-pressed": String(one === whole), "data-parameter": one, title: words }, htmlLabel(label), () => stage.choose(one, null, true));
  });
  stage.choices.replaceChildren(...chips, ...(blocks ? [blockChoice(stage, blocks)] : []));
}

// What can be chosen of the parameter that this is, or is a block of.
const wholeOf = ({ blocks = {} }, name) => Object.values(blocks).find((each) => each.some(([one]) => one === name));

function blockChoice(stage, blocks) {
  const options = blocks.map(([name, words]) => make("option", { value: name, selected: name === stage.name }, words));
  const select = make("select", { class: "blocks", "aria-label": "Block of the parameter" }, options);
  select.addEventListener("change", () => stage.choose(select.value, null, true));
  return select;
}

// The same as one list, for a narrow window.
export function choicesOf({ choices, blocks = {} }) {
  return choices.flatMap((one) => (blocks[one] ? blocks[one].map(([name]) => name) : [one]));
}
