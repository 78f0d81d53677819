// Beside the factors of a composed screen one button holds the switches of their form.

import { make } from "./dom.js";

export class FactorMenu {
  constructor() {
    this.panel = make("div", { class: "factor-panel", popover: "auto", role: "group", "aria-label": "Forms of the factors" });
    this.opener = make("button", { type: "button", class: "open-factor", title: "Show a factor as what it is made of" }, "Open factor ▾");
    this.opener.popoverTargetElement = this.panel;
    this.root = make("div", { class: "factor-menu", hidden: "" }, [this.opener, this.panel]);
    this.panel.addEventListener("toggle", ({ newState }) => this.place(newState === "open"));
  }

  // The switches stand here on a composed screen, else among the other tools.
  hold(switches, tools, isComposed) {
    this.isComposed = isComposed;
    const home = isComposed ? this.panel : tools;
    if (switches.parentElement !== home) home.append(switches);
    this.draw(switches);
  }

  draw(switches) {
    this.root.hidden = !this.isComposed || !switches.children.length;
    if (this.root.hidden && this.panel.matches(":popover-open")) this.panel.hidePopover();
  }

  // Above its button, and where that stands high as far up as the window goes.
  place(isOpen) {
    const { left, top } = this.opener.getBoundingClientRect(), zoom = this.panel.currentCSSZoom || 1, { height } = this.panel.getBoundingClientRect();
    if (isOpen) Object.assign(this.panel.style, { left: `${left / zoom}px`, bottom: `${Math.min(innerHeight - top + 6, innerHeight - height - 8) / zoom}px` });
  }
}
