// Guess first: what an edit does to the loss is asked before it is told, beside the numbers that can be changed.

import { button, make, toggle } from "./dom.js";

export class Guess {
  constructor() {
    this.usual = ["These numbers can be changed: ", make("span", { class: "fine" }, "click one and type, or drag it sideways."), make("span", { class: "coarse" }, "tap one and type.")];
    this.root = make("p", { class: "quiet hint" }, this.usual);
  }

  draw(found, canChange) {
    const edits = found?.edits.map(({ edit }) => edit).join();
    if (edits !== this.edits) Object.assign(this, { edits, guess: null });
    toggle(this.root, "useful", canChange || Boolean(found));
    toggle(this.root, "asks", Boolean(found));
    this.root.replaceChildren(...(found ? this.told(found) : this.usual));
  }

  told(found) {
    const { true: gained, sentence, edits } = found;
    if (typeof gained !== "number" || gained === 0) return [sentence];
    if (this.guess) return [make("b", {}, this.guess === Math.sign(gained) ? "Right. " : "Not so. "), sentence];
    const ways = [[1, "It rises"], [-1, "It falls"]].map(([way, text]) => button({ class: "plain-button" }, text, () => this.answer(found, way)));
    return [`${edits.at(-1).text}: does the loss rise or fall? `, ...ways];
  }

  answer(found, way) {
    this.guess = way;
    this.draw(found, true);
  }
}
