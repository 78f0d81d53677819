// The stage: one scene drawn once, then lit frame by frame. Nothing here asks a server.

import { expanded } from "./controls.js";
import { button, clear, fill, htmlLabel, make, markCurrent, math } from "./dom.js";
import { Editor } from "./editing.js";
import { Folding } from "./folding.js";
import { FrameDownload } from "./frame_download.js";
import { relatedOf, walkGrid } from "./grid.js";
import { Hover } from "./hover.js";
import { Lesson } from "./lesson.js";
import { drawMatrices, grouped } from "./matrices.js";
import { keepMoment, moment, momentText, openedFrom, openedText } from "./moment.js";
import { bringIntoView, drawNetwork } from "./network.js";
import { Openings } from "./openings.js";
import { phase, track } from "./phases.js";
import { Player } from "./player.js";
import { Quiz } from "./quiz.js";
import { Side } from "./side.js";
import { drawWhatIf } from "./whatif.js";

export class Stage extends Player {
  constructor(root, report = () => {}) {
    super(root, report);
    this.hovered = null;
    this.walk = "terms";
    this.related = {};
    this.chosen = null;
    this.beside = [];
    this.side = new Side(this);
    this.openings = new Openings(this);
    this.lesson = new Lesson(this);
    this.quiz = new Quiz(this);
    this.files = new FrameDownload(this);
    this.hover = new Hover(this);
    this.folding = new Folding(() => this.rewrite());
    this.showing = "after";
    this.build();
    this.listen();
  }

  build() {
    const root = this.root;
    root.classList.add("rnnviz-stage");
    fill(root, { "data-testid": "stage", tabindex: 0, role: "region", "aria-label": "Training step player. Space plays, arrow keys step, Home and End jump." });
    this.strip = make("ol", { class: "phases" });
    this.choices = make("div", { class: "choices", role: "group", "aria-label": "Parameter whose gradient is taken apart" });
    this.sentence = make("p", { class: "sentence" });
    this.live = make("div", { class: "spoken", "aria-live": "polite", role: "status" });
    this.graph = make("div", { class: "graph" });
    this.equation = make("div", { class: "equation", tabindex: 0, role: "region", "aria-label": "Equation of this frame" });
    this.matrices = make("div", { class: "matrices", tabindex: 0, role: "region", "aria-label": "Matrices of this frame" });
    const top = make("div", { class: "top" }, [this.strip, this.choices]);
    this.openings.tools.append(this.files.root);
    this.hint = make("p", { class: "quiet hint" }, "These numbers can be changed: click one and type, or drag it sideways.");
    const formula = make("div", { class: "formula" }, [this.openings.tools, this.files.code, this.equation, this.matrices, this.hint, this.openings.extra]);
    const left = make("div", { class: "left" }, [this.graph, this.openings.under]);
    const board = make("div", { class: "board" }, [left, this.side.root, formula]);
    this.whatif = make("div", { class: "whatif" });
    root.append(this.lesson.root, this.quiz.root, top, this.sentence, board, this.whatif, this.bar, this.live, this.hover.box);
    this.editor = new Editor(formula, (name, value) => this.report("edit", `${name}:${value}`), () => this.beginEdit(), (words) => this.announce(words));
    this.view = make("span", { class: "view" });
    this.bar.append(this.view);
  }

  beginEdit() {
    this.playing(false);
    this.hover.write(null);
  }

  // What the reader has to know stands where a sentence stands, until the next frame is written.
  announce(words) {
    this.sentence.textContent = words;
    this.live.textContent = words;
  }

  listen() {
    this.root.addEventListener("pointerover", (event) => this.point(event.target, event));
    this.root.addEventListener("pointerleave", () => this.point(null));
    this.root.addEventListener("focusin", (event) => this.point(event.target));
    this.root.addEventListener("focusout", () => this.point(null));
    this.root.addEventListener("click", (event) => this.click(event));
  }

  // A rerun brings the scene again: the same one changes nothing, a new one keeps frame, speed and playing state.
  load(scene) {
    if (this.scene && this.scene.id === scene.id) return this.remember(); // a change elsewhere has rewritten the link
    const before = this.wanted || (this.scene ? this.frame().id : momentText("frame") || scene.first_frame);
    const stays = this.scene && scene.parameter === this.scene.parameter && this.name in scene.parameters;
    const chosen = stays ? this.name : scene.parameter;
    const first = !this.scene;
    const otherMode = this.scene && this.scene.mode !== scene.mode;
    this.scene = scene;
    this.showing = "after";
    this.wanted = null;
    if (first) this.recall();
    // A lesson or a question shows its own frame, once.
    this.editor.during(() => (scene.lesson || scene.quiz ? this.open(chosen) : this.choose(chosen, before, false)));
    this.lesson.load(scene.lesson);
    this.quiz.load(scene.quiz);
    if (otherMode) this.side.fillIn();
    this.view.textContent = scene.view;
    if (first && scene.autoplay && !this.still() && !momentText("frame")) this.startSoon();
  }

  // What the link says of how the stage is opened; it is followed before anything is drawn.
  recall() {
    moment.followers.add(this);
    const opened = openedFrom(momentText("open"));
    this.chosen = this.known(momentText("q"));
    this.side.recall(opened);
    this.openings.recall(opened);
    this.walk = opened.walk === "loop" ? "loop" : "terms";
  }

  known(id) {
    const parts = Object.values(this.scene.parameters);
    return id && (id in this.scene.quantities || parts.some((part) => id in part.quantities)) ? id : null;
  }

  // The link has changed from outside: back, forward, a prepared step.
  arrive() {
    this.recall();
    this.wanted = momentText("frame");
    this.choose(this.name, this.wanted || this.scene.first_frame, false);
    if (this.scene.lesson) this.lesson.show(this.lesson.begin());
    if (this.scene.quiz) this.quiz.show(this.quiz.begin());
  }

  // A lesson or a question leads the stage; what it needs and is not at hand is asked for.
  lead(frame, name) {
    this.playing(false);
    if (name && name !== this.name) {
      if (!(name in this.scene.parameters)) this.wanted = frame;
      return this.choose(name, frame, false);
    }
    return this.showFrame(frame);
  }

  // A finger on a lesson or a question turns that, anywhere else the frame.
  turn(by, target) {
    if (this.lesson.root.contains(target)) return this.lesson.step(by);
    if (this.quiz.root.contains(target)) return this.quiz.turn(by);
    return this.step(by);
  }

  remember() {
    if (!this.part) return undefined;
    if (this.scene.lesson) return this.lesson.remember();
    if (this.scene.quiz) return this.quiz.remember();
    const frame = this.frame().id;
    return keepMoment(this.path, {
      frame: frame === this.scene.first_frame ? null : frame,
      q: this.chosen,
      open: openedText({ walk: this.walk === "loop" ? "loop" : null, ...this.side.opened(), ...this.openings.opened() }),
    });
  }

  startSoon() {
    this.clock = setTimeout(() => this.playing(true), 900);
    this.root.dataset.autoplay = "true";
  }

  // Choosing a parameter redraws from the scene at hand; the report only keeps the page's link true.
  choose(name, frame, tell) {
    if (!(name in this.scene.parameters)) return this.report("parameter", name);
    const wanted = frame || this.frame().id;
    this.open(name);
    this.showFrame(wanted);
    return tell ? this.report("parameter", name) : undefined;
  }

  open(name) {
    this.name = name;
    this.part = this.scene.parameters[name];
    this.collectFrames();
    this.redraw();
  }

  // The frames of the walk: a frame a term, or the lines of the loop.
  collectFrames() {
    if (!this.part.loop) this.walk = "terms";
    const own = this.walk === "loop" ? this.part.loop : this.part;
    this.frames = [...this.scene.frames, ...own.frames];
    this.computedIn = { ...this.scene.known_from, ...own.known_from };
    this.related = relatedOf(this.part);
  }

  walkBy(walk) {
    const phase = this.frame().phase;
    this.walk = walk;
    this.playing(false);
    this.collectFrames();
    this.drawPhases();
    this.openings.drawWalks();
    this.scrubber.style.setProperty("--track", track(this.scene.phases, this.frames));
    this.show(this.frames.findIndex((frame) => frame.phase === Math.max(4, phase)));
  }

  // A frame that this scene does not have gives way to its nearest, else to the one on which the stage opens.
  showFrame(wanted) {
    const tries = [(id) => id === wanted, (id) => id.startsWith(wanted.replace(/-\d+$/, "")), (id) => id === this.scene.first_frame];
    const places = tries.map((fits) => this.frames.findIndex((one) => fits(one.id)));
    this.show(Math.max(0, places.find((place) => place >= 0) ?? 0));
  }

  // The same frame written again, after a switch has changed how it is opened.
  rewrite() {
    this.write(this.frame());
    this.highlight();
    this.remember();
  }

  redraw() {
    clear(this.graph).append(drawNetwork(this.scene, this.part, (id) => this.lookup(id)));
    this.side.draw();
    this.openings.drawWalks();
    this.root.style.setProperty("--tallest", this.part.tallest);
    this.root.style.setProperty("--steps", this.scene.columns);
    this.root.classList.toggle("wide", this.scene.columns > 5);
    this.drawWhatIf();
    this.drawPhases();
    this.drawChoices();
    this.scrubber.style.setProperty("--track", track(this.scene.phases, this.frames));
  }

  drawWhatIf() {
    const found = this.scene.whatif;
    clear(this.whatif);
    if (found) this.whatif.append(...drawWhatIf(found, this.showing, (act, value) => this.actOnEdits(act, value)));
  }

  actOnEdits(act, value) {
    if (act !== "show") return this.report("edits", act);
    this.showing = value;
    this.redraw();
    this.rewrite();
    return this.whatif.querySelector("[aria-pressed='true']").focus();
  }

  drawPhases() {
    clear(this.strip).append(...this.scene.phases.map((name, place) => phase(place, name, () => this.show(this.frames.findIndex((frame) => frame.phase === place + 1), true))));
  }

  drawChoices() {
    clear(this.choices);
    for (const name of this.scene.choices) {
      const { label, words } = this.scene.quantities[name];
      this.choices.append(button({ "aria-pressed": String(name === this.name), "data-parameter": name, title: words }, htmlLabel(label), () => this.choose(name, null, true)));
    }
  }

  get length() {
    return this.frames.length;
  }

  ownKey(event) {
    if (this.editor.key(event)) return true;
    if (event.key === "Escape") return this.pick(null), this.point(null), true;
    if (this.lesson.key(event) || this.quiz.key(event)) return true;
    return Boolean(event.target.closest(".grid")) && walkGrid(event, (frame) => this.goTo(frame));
  }

  frame() {
    return this.frames[this.index];
  }

  lookup(id) {
    const { part, scene } = this;
    const found = part.quantities[id] || scene.quantities[id] || part.immediate?.quantities[id] || this.elsewhere(id);
    return this.showing === "before" && found?.was ? { ...found, ...found.was } : found;
  }

  // A lesson may name the gradient of a parameter that is not taken apart just now.
  elsewhere(id) {
    return Object.values(this.scene.parameters).find((part) => id in part.quantities)?.quantities[id];
  }

  show(index, byHand = false) {
    if (byHand) this.playing(false);
    if (byHand) this.wanted = null;
    const place = Math.min(Math.max(0, index), this.length - 1);
    this.mark(place, `frame ${place + 1} of ${this.length}`);
    const frame = this.frame();
    this.root.dataset.frameId = frame.id;
    this.root.dataset.phase = frame.phase;
    this.write(frame);
    this.side.drawClosing(this.part.grid);
    this.highlight();
    this.followSoon();
    this.remember();
  }

  write(frame) {
    const said = this.showing === "before" ? this.scene.whatif.was : frame.sentence;
    clear(this.sentence).append(...said.map((part) => this.word(part)));
    this.live.textContent = this.clock && this.speed > 1 ? "" : this.sentence.textContent;
    clear(this.equation).append(this.drawEquation(frame));
    const pieces = this.folding.shown(expanded(frame.matrices, this.part.forms, this.openings.chosen, "items"));
    clear(this.matrices).append(drawMatrices(pieces, (id) => this.lookup(id), () => this.folding.opener(frame.matrices)));
    toggle(this.hint, "useful", Boolean(this.matrices.querySelector("[data-edit]")));
    this.openings.draw(frame);
    this.files.draw(frame);
    markCurrent(this.strip.querySelectorAll(".phase"), frame.phase - 1);
  }

  word(part) {
    if (typeof part === "string") return document.createTextNode(part);
    return make("span", { class: "word", "data-q": part.q }, htmlLabel(this.lookup(part.q).label));
  }

  drawEquation(frame) {
    const parts = this.folding.shown(expanded(frame.equation, this.part.forms, this.openings.chosen, "tokens"));
    const drawn = parts.map((token) => (token.opener ? this.folding.opener(frame.equation) : make("span", { class: `token role-${token.role}`, "data-q": token.q }, math(this.scene.math[token.math]))));
    return make("div", { class: "tokens" }, grouped(drawn, (place) => place > 0 && parts[place - 1].ends));
  }

  highlight() {
    const frame = this.frame();
    const lit = new Set([...frame.lit, ...this.beside]);
    const related = this.related[this.hovered], relatedToChosen = this.related[this.chosen];
    for (const element of this.root.querySelectorAll("[data-q]")) {
      const id = element.dataset.q;
      const picked = id === this.chosen || Boolean(relatedToChosen && relatedToChosen.has(id));
      const pointed = picked || id === this.hovered || Boolean(related && related.has(id));
      toggle(element, "lit", lit.has(id) || pointed);
      toggle(element, "pointed", pointed);
      toggle(element, "picked", picked);
      toggle(element, "pending", this.isPending(id));
      if (element.drawThumb && !this.isPending(id)) drawOnce(element);
    }
    const grid = this.side.place;
    const focusable = grid.querySelector("[tabindex='0']");
    if (focusable) focusable.tabIndex = -1;
    const cell = grid.querySelector(".grid [data-q][data-lit]") || grid.querySelector(".grid [data-q]");
    if (cell) cell.tabIndex = 0;
    this.hover.write(this.hovered);
    this.hover.place();
  }

  // Whether a later frame computes it.
  isPending(id) {
    return (this.computedIn[id] ?? 0) > this.index;
  }

  // Measured just before the frame is painted: in the middle of a change it would lay the page out once more.
  followSoon() {
    cancelAnimationFrame(this.following);
    this.following = requestAnimationFrame(() => bringIntoView(this.graph, this.still()));
  }

  click(event) {
    const cell = event.target.closest("[data-goto]");
    if (cell) return this.goTo(cell.dataset.goto);
    const element = event.target.closest("[data-q]");
    if (element && !event.target.closest("button, input, select, [data-edit]")) this.pick(element.dataset.q);
    return undefined;
  }

  // A click keeps a quantity lit, everywhere, until the next one; the link names it.
  pick(id) {
    this.chosen = id === this.chosen ? null : id;
    this.highlight();
    this.remember();
  }

  goTo(id) {
    const index = this.frames.findIndex((frame) => frame.id === id);
    if (index >= 0) this.show(index, true);
  }

  point(target, event) {
    const element = target && target.closest ? target.closest("[data-q]") : null;
    const id = element && this.root.contains(element) ? element.dataset.q : null;
    if (id !== this.hovered) {
      this.hovered = id;
      this.highlight();
    }
    if (!id) return;
    if (event) this.hover.place(event);
    else this.hover.under(element);
  }
}

// The picture in a cell is made when the term is known: most changes come while nothing is computed yet.
function drawOnce(cell) {
  cell.drawThumb();
  cell.drawThumb = null;
}

function toggle(element, name, on) {
  if (on) element.dataset[name] = "true";
  else if (name in element.dataset) delete element.dataset[name];
}
