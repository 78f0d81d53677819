// The first stop of the keyboard: a link past the header to what the page shows.

import { make } from "./dom.js";

const TARGETS = ["[data-testid=quiz]:not([hidden])", "[data-testid=lesson]:not([hidden])", "[data-testid=stage]", "[data-testid=training-player]", "h1"];

// It stands before all else in the page, once.
export function skipLink() {
  const old = document.querySelector(".rnnviz-skip");
  if (old) return old;
  const link = make("a", { class: "rnnviz-skip", href: "#" }, "Skip to the picture");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const target = TARGETS.map((one) => document.querySelector(one)).find(Boolean);
    if (target && !target.hasAttribute("tabindex")) target.setAttribute("tabindex", -1);
    target?.focus();
    target?.scrollIntoView({ block: "nearest" });
  });
  document.body.prepend(make("nav", { "aria-label": "Past the header" }, [link]));
  return link;
}
