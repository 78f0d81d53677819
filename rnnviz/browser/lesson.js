// A lesson above the stage: one paragraph at a time, each with the frame that it speaks of.

import { writtenPieces } from "./controls.js";
import { button, clear, htmlLabel, icon, make, markCurrent, math } from "./dom.js";
import { keepMoment, momentText } from "./moment.js";
import { progress } from "./progress.js";

export class Lesson {
  constructor(stage) {
    this.stage = stage;
    this.root = make("section", { class: "lesson", "data-testid": "lesson", tabindex: 0, "aria-label": "Lesson. Page down and up step through its paragraphs, here also the arrow keys; Space reads on by itself.", hidden: "" });
    this.clock = null;
    this.index = 0;
  }

  // The same lesson again keeps its place; a new one begins where the link says, or where it was left.
  load(data) {
    this.root.hidden = !data;
    if (!data) return this.stop();
    this.stage.root.classList.toggle("with-lesson", true);
    const other = !this.data || this.data.id !== data.id;
    this.data = data;
    if (other) {
      this.stop();
      this.index = this.begin();
    }
    this.build();
    return this.show(Math.min(this.index, data.paragraphs.length - 1), !other);
  }

  begin() {
    const [id, place] = (momentText("lesson") || "").split(".");
    if (id === this.data.id && /^\d{1,3}$/.test(place || "")) return Math.max(0, Number(place) - 1);
    const reached = progress.lesson(this.data.id);
    return reached < this.data.paragraphs.length ? Math.max(0, reached - 1) : 0;
  }

  build() {
    this.chips = this.data.sections.map((section) => button({ class: "chip" }, htmlLabel(section.label), () => this.show(section.first, true)));
    this.text = make("div", { class: "paragraph", "aria-live": "polite" });
    this.lines = make("div", { class: "lines", tabindex: 0, role: "region", "aria-label": "Equations of this paragraph" });
    this.counter = make("span", { class: "counter" });
    const named = (words, inner, act) => button({ "aria-label": words, title: words }, inner, act);
    const back = named("Previous paragraph", icon("Previous"), () => this.step(-1));
    this.next = named("Next paragraph", ["Next ", icon("Next")], () => this.step(1));
    this.next.classList.add("onward");
    this.play = named("Read on by itself", icon("Play"), () => this.reading(!this.clock));
    this.track = make("div", { class: "track", "aria-hidden": "true" }, make("i"));
    const bar = make("div", { class: "lesson-bar" }, [back, this.next, this.track, this.counter, this.play]);
    this.after = make("div", { class: "after" });
    clear(this.root).append(make("div", { class: "chips", role: "group", "aria-label": "Parts of the lesson" }, this.chips), this.text, this.lines, bar, this.after);
  }

  // The way on: the next lesson at the end, and at the start the one that was left in the middle.
  ways() {
    const { lessons, paragraphs, id } = this.data, place = lessons.findIndex((one) => one.id === id);
    const next = this.index === paragraphs.length - 1 && lessons[place + 1], left = progress.last();
    const begun = this.index === 0 && !this.root.dataset.moved && left && left.id !== id && lessons.find((one) => one.id === left.id);
    clear(this.after);
    if (next) this.after.append(this.way(`Next lesson: ${next.title}`, next.id));
    if (begun) this.after.append(this.way(`Go on with ${begun.title}, paragraph ${left.place}`, begun.id));
  }

  way(words, id) {
    return button({ class: "plain-button" }, words, () => this.stage.report("lesson", id));
  }

  step(count) {
    this.reading(false);
    this.show(Math.min(Math.max(0, this.index + count), this.data.paragraphs.length - 1), true);
  }

  show(index, byHand = false) {
    this.index = index;
    if (byHand) this.root.dataset.moved = "true";
    const { paragraphs, sections } = this.data, one = paragraphs[index];
    Object.assign(this.root.dataset, { lesson: this.data.id, paragraph: index, paragraphs: paragraphs.length });
    markCurrent(this.chips, sections.findLastIndex((each) => each.first <= index));
    clear(this.text).append(make("p", {}, writtenPieces(one.text, this.data)));
    if (one.box.length) this.text.append(make("p", { class: "boxed" }, writtenPieces(one.box, this.data)));
    clear(this.lines).append(...one.lines.map((line) => this.line(line)));
    this.lines.hidden = !one.lines.length;
    this.counter.textContent = `${index + 1} of ${paragraphs.length}`;
    this.next.disabled = index + 1 === paragraphs.length;
    this.track.firstChild.style.width = `${100 * (index + 1) / paragraphs.length}%`;
    this.lead(one);
    this.ways();
    if (byHand || index) progress.reached(this.data.id, index + 1);
    this.remember();
  }

  remember() {
    if (this.data) keepMoment(this.stage.path, { lesson: `${this.data.id}.${this.index + 1}`, frame: null, q: null });
  }

  // The stage goes where the paragraph is; a parameter that is not at hand is asked for.
  lead(one) {
    this.stage.beside = one.lit;
    this.stage.lead(one.frame, one.parameter);
  }

  line(pieces) {
    return make("div", { class: "tokens" }, pieces.map((piece) => make("span", { class: `token role-${piece.role}`, "data-q": piece.q }, math(this.data.math[piece.math]))));
  }

  // Reading takes longer where there is more to read.
  reading(on) {
    clearTimeout(this.clock);
    this.clock = null;
    if (on && this.index >= this.data.paragraphs.length - 1) this.show(0);
    if (on) this.wait();
    clear(this.play).append(icon(on ? "Pause" : "Play"));
    this.play.setAttribute("aria-label", on ? "Stop reading" : "Read on by itself");
  }

  wait() {
    const one = this.data.paragraphs[this.index], time = 2500 + 230 * one.words + 900 * one.lines.length;
    this.clock = setTimeout(() => {
      if (!this.root.isConnected) return;
      if (this.index >= this.data.paragraphs.length - 1) return void this.reading(false);
      this.show(this.index + 1);
      this.wait();
    }, time / this.stage.speed);
  }

  stop() {
    clearTimeout(this.clock);
    this.clock = null;
  }

  // Page keys turn paragraphs anywhere on the stage; the arrow keys do so inside the lesson.
  key(event) {
    if (this.root.hidden) return false;
    const inside = this.root.contains(event.target) || event.lesson, onButton = event.target.tagName === "BUTTON" && event.key === " ";
    const act = {
      PageDown: () => this.step(1), PageUp: () => this.step(-1),
      ...(inside && {
        ArrowRight: () => this.step(1), ArrowLeft: () => this.step(-1), " ": () => this.reading(!this.clock),
        Home: () => this.step(-Infinity), End: () => this.step(Infinity),
      }),
    }[event.key];
    if (!act || onButton) return false;
    act();
    return true;
  }
}
