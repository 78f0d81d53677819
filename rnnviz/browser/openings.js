// What opens a frame further: the switches of the factors, the running product, the loop's code, immediate against total.

import { codeList, refresh, segmented } from "./controls.js";
import { htmlLabel, make, plainLabel } from "./dom.js";
import { FactorMenu } from "./factor_menu.js";
import { drawMatrices } from "./matrices.js";
import { significant } from "./numbers.js";

const titled = (kind, title, ...parts) => make("div", { class: kind }, [make("div", { class: "part-title" }, title), ...parts]);

export class Openings {
  constructor(stage) {
    Object.assign(this, { stage, chosen: {}, freedom: "hide" });
    this.walks = make("div", { class: "walks" });
    this.switches = make("div", { class: "switches" });
    this.tools = make("div", { class: "tools" }, [this.walks, this.switches]);
    this.menu = new FactorMenu();
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
    const { part, walk, showing } = this.stage, isNow = showing !== "before";
    const source = part.immediate ? /^term-\d+-(\d+)$/.exec(frame.id)?.[1] : undefined;
    this.drawSwitches(frame, source !== undefined);
    this.under.replaceChildren();
    this.extra.replaceChildren();
    if (walk === "loop" && frame.line !== undefined) this.under.append(titled("listing", "The backward loop in NumPy, as it runs", codeList(part.loop.code, frame.line, frame.new.at(-1))));
    else if (frame.running) this.under.append(this.running(frame.running));
    if (!isNow) this.under.querySelector(".quiet")?.remove();
    if (isNow && this.freedom !== "hide" && source !== undefined) this.extra.append(this.immediateAndTotal(part.immediate, Number(source)));
  }

  drawSwitches(frame, hasSource) {
    const { scene, part } = this.stage, chosenBy = (act) => (id) => {
      act(id);
      this.stage.rewrite();
    };
    const opens = ({ id }) => Object.values(part.forms?.[id] || {}).some((form) => frame.equation.some(({ q }) => q in form));
    const useful = scene.openings.filter((one) => frame.id.startsWith("term-") && frame.id !== "term-rest" && opens(one));
    const rows = useful.map(({ id: name, label, help, choices }) => segmented(label, help, choices, this.chosen[name] || choices[0][0], chosenBy((id) => (this.chosen[name] = id))));
    const freedoms = [["hide", "hide"], ["held", "immediate ∂⁺"], ["free", "total d"]], help = "How the state moves with one entry of the weight: by its use at this step alone (∂⁺), or by its earlier uses as well (d).";
    if (hasSource) rows.push(segmented("by one entry", help, freedoms, this.freedom, chosenBy((id) => (this.freedom = id))));
    refresh(this.switches, ...rows);
    this.menu.draw(this.switches);
    this.tools.hidden = !scene.detail;
  }

  drawWalks() {
    const { scene, part, walk } = this.stage;
    if (!scene.detail) return void this.walks.replaceChildren();
    const choices = [["terms", "term by term"], ...(part.loop ? [["loop", "backward loop"]] : [])];
    refresh(this.walks, segmented("Walk", "A frame for each term of the double sum, or for each line of the single loop.", choices, walk, (id) => this.stage.walkBy(id)));
    if (!part.loop) this.walks.append(make("span", { class: "quiet" }, "The loop is shown for the full gradient, without truncation."));
  }

  // The running product: what stands after each factor, from left to right, and how long it is.
  running({ places, title, sentence }) {
    const { jacobian, output } = this.chosen, stands = ({ split, when }) => (split ? jacobian === "split" : !when || when.includes(output || "whole"));
    const found = places.filter(stands).map(({ q }) => [q, this.stage.lookup(q)]), length = ({ norm }) => (typeof norm === "number" ? norm : 0);
    // The term itself is an outer product, of another size than the vectors on the way: it has its number, no bar.
    const longest = Math.max(...found.slice(0, -1).map(([, record]) => length(record)));
    const station = ([id, record]) => {
      const share = longest > 0 ? length(record) / longest : 0, column = make("span", { class: "column", style: `--share:${(100 * share).toFixed(2)}%` });
      return make("div", { class: `station role-${record.role}`, "data-q": id, role: "img", "aria-label": `${plainLabel(record.label)}, length ${significant(record.norm, 3)}` }, [
        make("span", { class: id.startsWith("term_") ? "rise whole" : "rise" }, id.startsWith("term_") ? "=" : column),
        make("span", { class: "number" }, significant(record.norm, 2)),
        make("span", { class: "name" }, htmlLabel(record.label)),
      ]);
    };
    const row = make("div", { class: "stations", tabindex: 0, role: "region", "aria-label": "Length of the running product after each factor" }, found.map(station));
    return titled("running", title, row, make("p", { class: "quiet" }, sentence.map((piece) => this.stage.word(piece))));
  }

  // Immediate against total: by this step's use of the entry alone, or by every earlier use as well.
  immediateAndTotal({ entry, steps }, k) {
    const { parts, more, total, sentence } = steps[k], free = this.freedom === "free";
    const items = (free ? parts : parts.slice(0, 1)).map((q, place) => ({ q, op: place ? "+" : "" }));
    if (free) items.push({ q: total, op: more ? `+ ${more} folded =` : "=" });
    const matrices = drawMatrices(items, (id) => this.stage.lookup(id));
    return titled(
      "immediate", `One entry, w = ${entry}: immediate against total`,
      make("div", { class: "matrices plain", tabindex: 0, role: "region", "aria-label": "Immediate and total derivative" }, matrices),
      make("p", { class: "quiet" }, sentence.map((piece) => this.stage.word(piece))),
    );
  }
}
