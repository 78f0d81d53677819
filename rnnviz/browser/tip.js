// A line of what is told of a chart: a dot of a colour, a name and a number.

import { make } from "./dom.js";

export function strip(text) {
  return text.replace(/<\/?su[bp]>/g, "");
}

export function row(value, name, colour = "transparent") {
  return make("div", {}, [...(name ? [make("i", { style: `background: ${colour}` }), `${name} `] : []), make("b", {}, value)]);
}
