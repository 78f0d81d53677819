// A long chain shows its ends; the folded middle is drawn on demand and stays open from frame to frame.

import { button } from "./dom.js";

export class Folding {
  constructor(rewrite) {
    this.rewrite = rewrite;
    this.isOpen = false;
  }

  shown(parts) {
    const first = parts.findIndex((part) => part.fold);
    if (first < 0) return parts;
    const shown = this.isOpen ? parts : parts.filter((part) => !part.fold);
    return [...shown.slice(0, first), { opener: true, op: parts[first].op }, ...shown.slice(first)];
  }

  opener(parts) {
    const count = parts.filter((part) => part.fold).length;
    const opener = button({ class: "opener", "aria-expanded": String(this.isOpen) }, this.isOpen ? "fold" : `⋯ ${count} more`, () => {
      const box = opener.closest(".equation, .matrices");
      this.isOpen = !this.isOpen;
      this.rewrite();
      box.querySelector(".opener").focus();
    });
    return opener;
  }
}
