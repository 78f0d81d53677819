// A lesson above the stage: one paragraph at a time, each with the frame that it speaks of.

import { writtenPieces } from "./controls.js";
import { button, htmlLabel, icon, make, markCurrent, math } from "./dom.js";
import { keepMoment, momentText } from "./moment.js";
import { progress } from "./storage.js";

export class Lesson {
  constructor(stage) {
    Object.assign(this, { stage, clock: null, index: 0 });
    this.root = make("section", { class: "lesson", "data-testid": "lesson", tabindex: 0, "aria-label": "Lesson. Page down and up step through its paragraphs, here also the arrow keys; Space reads on by itself.", hidden: "" });
  }

  // The same lesson again keeps its place; a new one begins where the link says, or where it was left.
  load(data) {
    this.root.hidden = !data;
    if (!data) return this.stop();
    this.stage.root.classList.add("with-lesson");
    const other = this.data?.id !== data.id;
    this.data = data;
    if (other) {
      this.stop();
      this.index = this.begin();
    }
    this.build();
    return this.show(Math.min(this.index, this.end), !other);
  }

  get end() {
    return this.data.paragraphs.length - 1;
  }

  begin() {
    const [id, place] = (momentText("lesson") || "").split(".");
    if (id === this.data.id && /^\d{1,3}$/.test(place || "")) return Math.max(0, Number(place) - 1);
    const reached = Number(progress.read().lessons[this.data.id]) || 0;
    return reached <= this.end ? Math.max(0, reached - 1) : 0;
  }

  build() {
    this.chips = this.data.sections.map((section) => button({ class: "chip" }, htmlLabel(section.label), () => this.show(section.first, true)));
    this.text = make("div", { class: "paragraph", "aria-live": "polite" });
    this.lines = make("div", { class: "lines", tabindex: 0, role: "region", "aria-label": "Equations of this paragraph" });
    this.counter = make("span", { class: "counter" });
    const named = (words, inner, act, more) => button({ "aria-label": words, title: words, ...more }, inner, act);
    const back = named("Previous paragraph", icon("Previous"), () => this.step(-1));
    this.next = named("Next paragraph", ["Next ", icon("Next")], () => this.step(1), { class: "onward" });
    this.play = named("Read on by itself", icon("Play"), () => this.reading(!this.clock));
    this.track = make("div", { class: "track", "aria-hidden": "true" }, make("i"));
    this.after = make("div", { class: "after" });
    const chips = make("div", { class: "chips", role: "group", "aria-label": "Parts of the lesson" }, this.chips);
    const bar = make("div", { class: "lesson-bar" }, [back, this.next, this.track, this.counter, this.play]);
    this.root.replaceChildren(chips, this.text, this.lines, bar, this.after);
  }

  // The way on: the next lesson at the end, and at the start the one that was left in the middle.
  ways() {
    const { lessons: all, id } = this.data, { lessons, last } = progress.read(), next = this.index === this.end && all[all.findIndex((one) => one.id === id) + 1];
    const begun = this.index === 0 && !this.root.dataset.moved && last !== id && lessons[last] > 1 && all.find((one) => one.id === last);
    const way = (words, to) => button({ class: "plain-button" }, words, () => this.stage.report("lesson", to.id));
    this.after.replaceChildren();
    if (next) this.after.append(way(`Next lesson: ${next.title}`, next));
    if (begun) this.after.append(way(`Go on with ${begun.title}, paragraph ${lessons[last]}`, begun));
  }

  step(count) {
    this.reading(false);
    this.show(Math.min(Math.max(0, this.index + count), this.end), true);
  }

  show(index, byHand = false) {
    this.index = index;
    if (byHand) this.root.dataset.moved = "true";
    const { id, paragraphs, sections } = this.data, one = paragraphs[index];
    Object.assign(this.root.dataset, { lesson: id, paragraph: index, paragraphs: paragraphs.length });
    markCurrent(this.chips, sections.findLastIndex((each) => each.first <= index));
    this.text.replaceChildren(make("p", {}, writtenPieces(one.text, this.data)));
    if (one.box.length) this.text.append(make("p", { class: "boxed" }, writtenPieces(one.box, this.data)));
    const token = (piece) => make("span", { class: `token role-${piece.role}`, "data-q": piece.q }, math(this.data.math[piece.math]));
    this.lines.replaceChildren(...one.lines.map((line) => make("div", { class: "tokens" }, line.map(token))));
    this.lines.hidden = !one.lines.length;
    this.counter.textContent = `${index + 1} of ${paragraphs.length}`;
    this.next.disabled = index === this.end;
    this.track.firstChild.style.width = `${100 * (index + 1) / paragraphs.length}%`;
    this.stage.beside = one.lit;
    this.stage.lead(one.frame, one.parameter);
    this.ways();
    if (byHand || index) progress.reached(id, index + 1);
    this.remember();
  }

  remember() {
    if (this.data) keepMoment(this.stage.path, { lesson: `${this.data.id}.${this.index + 1}`, frame: null, q: null });
  }

  reading(on) {
    this.stop();
    if (on && this.index >= this.end) this.show(0);
    if (on) this.wait();
    this.play.replaceChildren(icon(on ? "Pause" : "Play"));
    this.play.setAttribute("aria-label", on ? "Stop reading" : "Read on by itself");
  }

  // Reading takes longer where there is more to read.
  wait() {
    const one = this.data.paragraphs[this.index], time = 2500 + 230 * one.words + 900 * one.lines.length;
    this.clock = setTimeout(() => {
      if (!this.root.isConnected) return;
      if (this.index >= this.end) return void this.reading(false);
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
    if (this.root.hidden || (event.target.tagName === "BUTTON" && event.key === " ")) return false;
    const act = {
      PageDown: () => this.step(1), PageUp: () => this.step(-1),
      ...(this.root.contains(event.target) && {
        ArrowRight: () => this.step(1), ArrowLeft: () => this.step(-1), " ": () => this.reading(!this.clock),
        Home: () => this.step(-Infinity), End: () => this.step(Infinity),
      }),
    }[event.key];
    act?.();
    return Boolean(act);
  }
}
