// What opens a frame further: the switches of the factors, the running product, the loop's code, immediate against total.

import { refresh, segmented } from "./controls.js";
import { clear, make } from "./dom.js";
import { drawCode, drawImmediateAndTotal, drawRunning } from "./running.js";

export class Openings {
  constructor(stage) {
    this.stage = stage;
    this.chosen = {};
    this.freedom = "hide";
    this.walks = make("div", { class: "walks" });
    this.switches = make("div", { class: "switches" });
    this.tools = make("div", { class: "tools" }, [this.walks, this.switches]);
    this.under = make("div", { class: "under" });
    this.extra = make("div", { class: "extra" });
  }

  recall(opened) {
    const known = this.stage.scene.openings.filter((one) => one.choices.some(([id]) => id === opened[one.id]));
    this.chosen = Object.fromEntries(known.map((one) => [one.id, opened[one.id]]));
    this.freedom = ["held", "free"].includes(opened.state) ? opened.state : "hide";
  }

  opened() {
    const first = Object.fromEntries(this.stage.scene.openings.map((one) => [one.id, one.choices[0][0]]));
    const chosen = Object.fromEntries(Object.entries(this.chosen).filter(([id, choice]) => choice !== first[id]));
    return { ...chosen, state: this.freedom === "hide" ? null : this.freedom };
  }

  draw(frame) {
    this.drawTools(frame);
    clear(this.under);
    clear(this.extra);
    const { part } = this.stage;
    const lookup = (id) => this.stage.lookup(id);
    const word = (piece) => this.stage.word(piece);
    if (this.stage.walk === "loop" && frame.line !== undefined) this.under.append(drawCode(part.loop.code, frame.line, frame.new[frame.new.length - 1]));
    else if (frame.running) this.under.append(drawRunning(frame.running, this.chosen, lookup, word));
    const before = this.stage.showing === "before";
    if (before) this.under.querySelector(".quiet")?.remove();
    const k = before ? null : this.sourceStep(frame);
    if (this.freedom !== "hide" && k !== null) this.extra.append(drawImmediateAndTotal(part.immediate, k, this.freedom === "free", lookup, word));
  }

  sourceStep(frame) {
    const found = /^term-\d+-(\d+)$/.exec(frame.id);
    return found && this.stage.part.immediate ? Number(found[1]) : null;
  }

  drawTools(frame) {
    const { scene, part } = this.stage;
    const useful = frame.id.startsWith("term-") && frame.id !== "term-rest";
    const rows = useful ? scene.openings.filter((one) => part.forms?.[one.id]).map((one) => this.switchRow(one)) : [];
    if (this.sourceStep(frame) !== null) rows.push(this.freedomRow());
    refresh(this.switches, ...rows);
    this.tools.hidden = !scene.detail;
  }

  switchRow(one) {
    const chosen = this.chosen[one.id] || one.choices[0][0];
    return segmented(one.label, one.help, one.choices, chosen, (id) => {
      this.chosen[one.id] = id;
      this.stage.rewrite();
    });
  }

  freedomRow() {
    const choices = [["hide", "hide"], ["held", "held fixed"], ["free", "let go"]];
    return segmented("state before", "Hold the state before fixed (∂⁺) or let it move too (d): one entry, both numbers.", choices, this.freedom, (id) => {
      this.freedom = id;
      this.stage.rewrite();
    });
  }

  drawWalks() {
    const { scene, part, walk } = this.stage;
    if (!scene.detail) return void clear(this.walks);
    const choices = [["terms", "term by term"]];
    if (part.loop) choices.push(["loop", "backward loop"]);
    refresh(this.walks, segmented("Walk", "A frame for each term of the double sum, or for each line of the single loop.", choices, walk, (id) => this.stage.walkBy(id)));
    if (!part.loop) this.walks.append(make("span", { class: "quiet" }, "The loop is shown for the full gradient, without truncation."));
  }
}
