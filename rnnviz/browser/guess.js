// Guess first: what an edit does to the loss is asked before it is told, beside the numbers that can be changed.

import { button, make, toggle } from "./dom.js";
import { drawWhatIf } from "./whatif.js";

export class Guess {
  constructor(stage) {
    this.stage = stage;
    this.usual = ["These numbers can be changed: ", make("span", { class: "fine" }, "click one and type, or drag it sideways."), make("span", { class: "coarse" }, "tap one and type.")];
    this.root = make("p", { class: "quiet hint" }, this.usual);
    this.panel = make("div", { class: "whatif" });
  }

  draw() {
    const { scene, showing, matrices } = this.stage, found = scene.whatif, edits = found?.edits.map(({ edit }) => edit).join();
    const asked = [edits, found?.true].join(); // of another network it is asked anew
    if (asked !== this.asked) Object.assign(this, { asked, guess: null, isClosed: false });
    toggle(this.root, "useful", Boolean(found || matrices.querySelector("[data-edit]")));
    toggle(this.root, "asks", Boolean(found) && !this.isClosed);
    this.root.replaceChildren(...(found ? this.said(found) : this.usual));
    const drawn = found && [scene.id, edits, showing, this.isTold(found)].join();
    if (drawn === this.drawn) return; // a button that is pressed has to stay
    this.drawn = drawn;
    this.panel.replaceChildren(...(found ? drawWhatIf(found, this.isTold(found), showing, (act, value) => this.stage.actOnEdits(act, value)) : []));
  }

  // Nothing is asked of a change that is none, or of a loss that is no number.
  isTold({ true: gained }) {
    return typeof gained !== "number" || gained === 0 || this.guess !== null;
  }

  said(found) {
    const { true: gained, sentence, edits } = found, verdict = this.guess === Math.sign(gained) ? "Right. " : "Not so. ";
    const close = button({ class: "close", "aria-label": "Close" }, "×", () => this.follow({ isClosed: true }));
    if (this.isTold(found)) return [...(this.guess ? [make("b", {}, verdict)] : []), sentence, close];
    const ways = [[1, "It rises"], [-1, "It falls"], [0, "Skip"]].map(([guess, text]) => button({ class: "plain-button" }, text, () => this.follow({ guess })));
    return [`${edits.at(-1).text}: does the loss rise or fall? `, ...ways];
  }

  follow(what) {
    Object.assign(this, what);
    this.draw();
  }
}
