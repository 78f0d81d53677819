// Questions above the stage: the reader commits first, then the stage shows where the answer stands.

import { codeList, writtenPieces } from "./controls.js";
import { button, make } from "./dom.js";
import { keepMoment, momentText } from "./moment.js";
import { progress } from "./storage.js";

export class Quiz {
  constructor(stage) {
    Object.assign(this, { stage, about: 0 });
    this.root = make("section", { class: "lesson quiz", "data-testid": "quiz", tabindex: 0, "aria-label": "Questions. Digits choose, Enter commits and goes on, the arrow keys turn.", hidden: "" });
  }

  // The same round again keeps place and answers; a new one begins where the link says.
  load(data) {
    this.root.hidden = !data;
    if (!data) return;
    this.stage.root.classList.add("with-lesson", "with-quiz");
    const other = this.data?.round !== data.round;
    this.data = data;
    if (other) Object.assign(this, { given: new Map(), chosen: null, index: this.begin() });
    this.show(Math.min(this.index, data.questions.length - 1));
  }

  begin() {
    const id = (momentText("question") || "").split(".")[0];
    return Math.max(0, this.data.questions.findIndex((one) => one.id === id));
  }

  get asked() {
    return this.data.questions.map((_, place) => place).filter((place) => !this.about || this.data.questions[place].confusion === this.about);
  }

  show(index, toStage = true) {
    const one = this.data.questions[index], answer = this.given.get(index);
    this.chosen = answer ?? (index === this.index ? this.chosen : null);
    this.index = index;
    Object.assign(this.root.dataset, { question: one.id, answered: answer !== undefined });
    this.root.replaceChildren(this.head(), this.ask(one), this.options(one, answer), this.verdict(one, answer), this.bar(answer));
    if (toStage) this.lead(one, answer);
    this.remember();
  }

  remember() {
    const one = this.data?.questions[this.index];
    if (one) keepMoment(this.stage.path, { question: `${one.id}.${this.data.round}`, frame: null, q: null });
  }

  // Before the answer the stage stands after the forward pass: the terms are not yet computed. A parameter that
  // only the server has is fetched when it is needed, with the answer.
  lead(one, answer) {
    const told = answer !== undefined, chosen = told && one.choices[answer];
    this.stage.beside = told ? [...new Set([...chosen.lit, ...one.choices.find((each) => each.right).lit])] : [];
    const here = told || one.parameter in this.stage.scene.parameters;
    this.stage.lead(told ? one.frame : "loss", here ? one.parameter : "");
  }

  // Of each confusion what was right and what was asked, in this browser's whole life with the app.
  head() {
    const right = {};
    for (const one of progress.read().answers) {
      const confusion = this.data.templates[one.question], [good, all] = right[confusion] || [0, 0];
      right[confusion] = [good + (one.right ? 1 : 0), all + 1];
    }
    const chips = this.data.topics.map(([number, name, title]) => {
      const [good, all] = right[number] || [0, 0], words = `${title} ${all ? `${good} of ${all} right so far.` : "Not asked yet."}`;
      const inner = [name, all ? make("small", {}, ` ${good}/${all}`) : "", make("span", { class: "spoken" }, ` ${words}`)];
      return button({ class: "chip", "aria-pressed": String(this.about === number), title: words }, inner, () => this.only(this.about === number ? 0 : number));
    });
    return make("div", { class: "chips", role: "group", "aria-label": "Topics, from easy to hard" }, chips);
  }

  only(number) {
    this.about = number;
    const found = this.asked;
    if (!found.length) this.about = 0;
    else this.show(found.includes(this.index) ? this.index : found[0]);
  }

  ask(one) {
    const parts = [make("p", { class: "about" }, this.data.topics.find(([number]) => number === one.confusion)[2]), make("p", {}, writtenPieces(one.prompt, this.data))];
    if (one.code) parts.push(codeList(one.code.split("\n")));
    return make("div", { class: "paragraph", "aria-live": "polite" }, parts);
  }

  options(one, answer) {
    const told = answer !== undefined, list = one.choices.map((choice, place) => {
      const state = !told ? "" : choice.right ? "right" : place === answer ? "wrong" : "rest";
      const mark = { right: "✓ ", wrong: "✗ " }[state] || `${place + 1} `;
      const input = make("input", { type: "radio", name: `choice-${this.data.round}-${this.index}`, id: `choice-${place}`, disabled: told });
      input.checked = place === this.chosen;
      input.addEventListener("change", () => this.choose(place));
      const said = ["right", "wrong"].includes(state) ? make("span", { class: "spoken" }, `${state}: `) : "";
      return make("label", { class: `option ${state}`, for: `choice-${place}` }, [input, make("b", { "aria-hidden": "true" }, mark), said, make("span", {}, writtenPieces(choice.text, this.data))]);
    });
    return make("div", { class: "options", role: "radiogroup", "aria-label": "Choices" }, list);
  }

  verdict(one, answer) {
    const box = make("div", { class: "verdict", role: "status" });
    if (answer === undefined) return box;
    const chosen = one.choices[answer], right = one.choices.find((each) => each.right);
    box.append(make("p", {}, [make("b", {}, chosen.right ? "Right. " : "Not so. "), ...writtenPieces(chosen.reply, this.data)]));
    if (!chosen.right) box.append(...[["Computed: ", one.answer], ["Why: ", right.reply]].map(([name, said]) => make("p", {}, [make("b", {}, name), ...writtenPieces(said, this.data)])));
    return box;
  }

  bar(answer) {
    const order = this.asked, at = order.indexOf(this.index), asked = answer === undefined;
    const back = button({ "aria-label": "Back to the question before", disabled: at <= 0 }, "Back", () => this.turn(-1));
    const on = button({ "aria-label": asked ? "Skip this question" : "Next question", class: !asked && "onward", disabled: at >= order.length - 1 }, asked ? "Skip" : "Next", () => this.turn(1));
    const commit = button({ class: "onward", disabled: this.chosen === null }, "This is my answer", () => this.commit());
    const right = [...this.given].filter(([place, given]) => this.data.questions[place].choices[given].right).length;
    const score = this.given.size ? `, ${right} of ${this.given.size} right` : "";
    const again = button({ title: "The same kinds of questions on this network, with other steps, entries and choices" }, "New numbers", () => this.stage.report("round", String(this.data.round + 1)));
    const counter = make("span", { class: "counter" }, `Question ${at + 1} of ${order.length}${score}`);
    return make("div", { class: "lesson-bar" }, [back, ...(asked ? [commit] : []), on, make("span", { class: "gap" }), counter, again]);
  }

  choose(place) {
    if (this.given.has(this.index) || place >= this.data.questions[this.index].choices.length) return;
    this.chosen = place;
    this.root.querySelectorAll("input")[place].checked = true;
    this.root.querySelector(".onward").disabled = false;
  }

  commit() {
    if (this.chosen === null || this.given.has(this.index)) return;
    const one = this.data.questions[this.index];
    this.given.set(this.index, this.chosen);
    progress.answered({ question: one.id, chosen: this.chosen, right: one.choices[this.chosen].right });
    this.show(this.index);
    this.root.querySelector(".onward")?.focus();
  }

  turn(by) {
    const order = this.asked, next = order[order.indexOf(this.index) + by];
    if (next === undefined) return;
    this.show(next);
    this.root.focus();
  }

  key(event) {
    const { target, key } = event, isRadio = target.type === "radio" && (key === " " || key.startsWith("Arrow"));
    if (this.root.hidden || !this.root.contains(target) || (target.tagName === "BUTTON" && ["Enter", " "].includes(key))) return false;
    if (isRadio) return event.stopPropagation(), false;
    if (/^[1-9]$/.test(key)) return this.choose(Number(key) - 1), true;
    const act = {
      ArrowLeft: () => this.turn(-1), ArrowRight: () => this.turn(1), Enter: () => (this.given.has(this.index) ? this.turn(1) : this.commit()),
      " ": () => {}, Home: () => {}, End: () => {},
    }[key];
    act?.();
    return Boolean(act);
  }
}
