// A lesson beside the stage: one paragraph at a time, each with the frame that it speaks of; the way on stands where it always stood.

import { writtenPieces } from "./controls.js";
import { button, htmlLabel, icon, make, markCurrent, math, plainLabel } from "./dom.js";
import { keepMoment, momentText } from "./moment.js";
import { progress } from "./storage.js";

const MOST_WHOLE = 6; // steps whose network is whole beside the prose
const SIZES = [20, 16, 14, 12];

export class Lesson {
  constructor(stage) {
    Object.assign(this, { stage, clock: null, index: 0 });
    addEventListener("resize", () => this.data && this.fit());
    this.root = make("section", { class: "lesson", "data-testid": "lesson", tabindex: 0, "aria-label": "Lesson. Page down and up step through its paragraphs, here also the arrow keys; Space reads on by itself.", hidden: "" });
  }

  // The same lesson again keeps its place; a new one begins where the link says, or where it was left.
  load(data) {
    this.root.hidden = !data;
    if (!data) return this.stop();
    this.stage.root.classList.add("with-lesson", "taught");
    this.stage.root.classList.toggle("short", this.stage.scene.columns <= MOST_WHOLE);
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
    const { sections, paragraphs, lessons, id } = this.data;
    this.chapters = sections.map(({ label, first }, place) => {
      const size = (sections[place + 1]?.first ?? paragraphs.length) - first;
      return button({ title: plainLabel(label), style: `flex-grow:${size}` }, make("span", { class: "spoken" }, htmlLabel(label)), () => this.show(first, true));
    });
    this.which = make("select", { "aria-label": "Lesson" }, lessons.map((one) => make("option", { value: one.id, selected: one.id === id }, one.title)));
    this.which.addEventListener("change", () => this.stage.report("lesson", this.which.value));
    [this.place, this.counter] = ["place", "counter"].map((name) => make("span", { class: name }));
    this.title = make("h2");
    this.text = make("div", { class: "paragraph", "aria-live": "polite" });
    this.lines = make("div", { class: "lines", tabindex: 0, role: "region", "aria-label": "Equations of this paragraph" });
    this.note = make("div", { class: "note" });
    this.after = make("div", { class: "after" });
    const back = button({ "aria-label": "Previous paragraph", title: "Previous paragraph" }, icon("Previous"), () => this.step(-1));
    this.next = button({ class: "onward" }, "", () => this.onward());
    this.play = button({ "aria-label": "Read on by itself", title: "Read on by itself" }, icon("Play"), () => this.reading(!this.clock));
    const chapters = make("div", { class: "chapters", role: "group", "aria-label": "Parts of the lesson" }, this.chapters);
    const head = make("div", { class: "lesson-head" }, [this.which, chapters, make("div", { class: "places" }, [this.place, this.counter])]);
    this.prose = make("div", { class: "prose", "data-part": "prose", tabindex: 0, role: "region", "aria-label": "Paragraph" }, [this.title, this.text, this.lines, this.note, this.stage.sentence, this.after]);
    this.root.replaceChildren(head, this.prose, make("div", { class: "lesson-bar", "data-part": "transport" }, [back, this.next, this.play]));
  }

  get following() {
    const { lessons, id } = this.data;
    return lessons[lessons.findIndex((one) => one.id === id) + 1];
  }

  // The way on: the next paragraph, and at the end the next lesson; at the start also the one that was left in the middle.
  onward() {
    if (this.index < this.end) this.step(1);
    else this.stage.report("lesson", this.following.id);
  }

  ways() {
    const { lessons: all, id, paragraphs } = this.data, { lessons, last } = progress.read(), isLast = this.index === this.end;
    const begun = this.index === 0 && !this.root.dataset.moved && last !== id && lessons[last] > 1 && all.find((one) => one.id === last);
    const next = paragraphs[this.index + 1]?.name || []; // none where the next one stays at this frame
    const words = isLast && this.following ? [`Next lesson: ${this.following.title}`] : next.length ? ["Next: ", ...htmlLabel(next)] : ["Next paragraph"];
    this.next.replaceChildren(make("span", {}, words), icon("Next"));
    this.next.disabled = isLast && !this.following;
    this.after.replaceChildren();
    if (begun) this.after.append(button({ class: "plain-button" }, `Go on with ${begun.title}, paragraph ${lessons[last]}`, () => this.stage.report("lesson", begun.id)));
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
    const chapter = sections.findLastIndex((each) => each.first <= index);
    markCurrent(this.chapters, chapter);
    this.chapters.forEach((bar, place) => {
      const { first } = sections[place], size = (sections[place + 1]?.first ?? paragraphs.length) - first;
      bar.style.setProperty("--done", `${100 * Math.min(1, Math.max(0, (index + 1 - first) / size))}%`);
    });
    this.place.textContent = `chapter ${chapter + 1} of ${sections.length}`;
    this.counter.textContent = `${index + 1} of ${paragraphs.length}`;
    this.title.replaceChildren(...htmlLabel(sections[chapter].title));
    this.text.replaceChildren(make("p", {}, writtenPieces(one.text, this.data)));
    this.note.replaceChildren(...(one.box.length ? [make("p", { class: "boxed" }, writtenPieces(one.box, this.data))] : []));
    const token = (piece) => make("span", { class: `token role-${piece.role}`, "data-q": piece.q }, math(this.data.math[piece.math]));
    this.lines.replaceChildren(...one.lines.map((line) => make("div", { class: "tokens" }, line.map(token))));
    this.lines.hidden = !one.lines.length;
    this.prose.scrollTop = 0;
    this.stage.beside = one.lit;
    this.stage.lead(one.frame, one.parameter);
    this.ways();
    this.fit();
    document.fonts.ready.then(() => this.fit()); // what has been measured calls for its font
    if (byHand || index) progress.reached(id, index + 1);
    this.remember();
  }

  // Beside the stage equations are as large as lets the whole paragraph be seen.
  fit() {
    const isCut = () => this.prose.scrollHeight > this.prose.clientHeight + 1 || this.lines.scrollWidth > this.lines.clientWidth + 1;
    SIZES.some((size) => (this.lines.style.setProperty("--size", `${size}px`), !isCut()));
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
