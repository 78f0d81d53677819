// The stage: one scene drawn once, then lit frame by frame. Nothing here asks a server.

import { align, fitCaption, measure } from "./composed.js";
import { drawChoices } from "./choices.js";
import { button, fill, htmlLabel, make, markCurrent, math, toggle } from "./dom.js";
import { Editor } from "./editing.js";
import { FrameDownload } from "./frame_download.js";
import { relatedOf, walkGrid } from "./grid.js";
import { Guess } from "./guess.js";
import { Hover } from "./hover.js";
import { Lesson } from "./lesson.js";
import { grouped } from "./matrices.js";
import { keepMoment, moment, momentText, openedFrom, openedText } from "./moment.js";
import { Motion } from "./motion.js";
import { move } from "./moves.js";
import { bringIntoView } from "./network.js";
import { Openings } from "./openings.js";
import { Panes } from "./panes.js";
import { Player, track } from "./player.js";
import { Quiz } from "./quiz.js";
import { setStops, rove } from "./roving.js";
import { drawSample } from "./sample.js";
import { Side } from "./side.js";
import { Strips } from "./strips.js";

export class Stage extends Player {
  constructor(root, report) {
    super(root, report);
    Object.assign(this, { hovered: null, chosen: null, walk: "terms", showing: "after", related: {}, beside: [], isUnfolded: false });
    this.strips = new Strips(this);
    this.side = new Side(this);
    this.openings = new Openings(this);
    this.lesson = new Lesson(this);
    this.quiz = new Quiz(this);
    this.files = new FrameDownload(this);
    this.hover = new Hover(this);
    this.motion = new Motion(root);
    this.panes = new Panes(this);
    this.build();
    root.addEventListener("pointerover", (event) => this.point(event.target, event));
    root.addEventListener("pointerleave", () => this.point(null));
    root.addEventListener("focusin", (event) => this.point(event.target));
    root.addEventListener("focusout", () => this.point(null));
    root.addEventListener("click", (event) => this.click(event));
  }

  build() {
    this.root.classList.add("rnnviz-stage");
    fill(this.root, { "data-testid": "stage", tabindex: 0, role: "region", "aria-label": "Training step player. Space plays, with Shift backwards, arrow keys step, Home and End jump." });
    this.strip = make("ol", { class: "phases" });
    this.choices = make("div", { class: "choices", role: "group", "aria-label": "Parameter whose gradient is taken apart" });
    this.sentence = make("p", { class: "sentence", "data-part": "caption" });
    this.live = make("div", { class: "spoken", "aria-live": "polite", role: "status" });
    this.graph = make("div", { class: "graph", "data-part": "network" });
    this.equation = make("div", { class: "equation", "data-part": "equation", tabindex: 0, role: "region", "aria-label": "Equation of this frame" });
    this.matrices = make("div", { class: "matrices", "data-part": "factors", tabindex: 0, role: "region", "aria-label": "Matrices of this frame" });
    this.guess = new Guess(this);
    this.view = make("span", { class: "view" });
    this.openings.tools.append(this.files.root);
    this.bar.append(this.view);
    this.formula = make("div", { class: "formula" }, [this.strips.button, this.equation, this.openings.menu.root, this.matrices, this.openings.under, this.guess.root]);
    const board = make("div", { class: "board" }, [this.graph, this.panes.root, this.side.root, this.formula]), top = make("div", { class: "top" }, [this.sentence, this.choices]);
    const rail = make("div", { class: "rail" }), screen = make("div", { class: "screen" }, [top, board, this.bar]);
    this.scrubber.replaceWith(rail);
    rail.append(this.scrubber, this.strip);
    const more = make("div", { class: "more" }, [this.guess.panel, this.openings.tools, this.files.code, this.openings.extra, this.side.more]);
    this.root.append(this.lesson.root, this.quiz.root, screen, more, this.live, this.hover.box);
    this.editor = new Editor(board, this);
    new ResizeObserver(() => this.fit()).observe(this.graph);
  }

  // What the reader has to know stands where a sentence stands, until the next frame is written.
  announce(words) {
    this.sentence.textContent = words;
    this.live.textContent = words;
  }

  // A rerun brings the scene again: the same one changes nothing, a new one keeps frame, speed and playing state.
  load(scene) {
    const old = this.scene;
    if (old && old.id === scene.id) return void this.remember(); // a change elsewhere has rewritten the link
    const before = this.wanted || (old ? this.frame().id : momentText("frame") || scene.first_frame);
    const chosen = old?.parameter === scene.parameter && this.name in scene.parameters ? this.name : scene.parameter;
    Object.assign(this, { scene, showing: "after", wanted: null });
    if (!old) this.recall();
    // A lesson or a question shows its own frame, once.
    this.editor.during(() => (scene.lesson || scene.quiz ? this.open(chosen) : this.choose(chosen, before, false)));
    this.lesson.load(scene.lesson);
    this.quiz.load(scene.quiz);
    if (old && old.mode !== scene.mode) this.side.fillIn();
    drawSample(this.view, scene, (sample) => this.report("sample", sample));
    if (old || !scene.autoplay || this.still() || momentText("frame")) return;
    this.clock = setTimeout(() => this.playing(true), 900);
    this.root.dataset.autoplay = "true";
  }

  // What the link says of how the stage is opened; it is followed before anything is drawn.
  recall() {
    moment.followers.add(this);
    const opened = openedFrom(momentText("open")), chosen = momentText("q");
    this.chosen = chosen in this.scene.quantities || this.elsewhere(chosen) ? chosen : null;
    this.side.recall(opened);
    this.openings.recall(opened);
    this.walk = opened.walk === "loop" ? "loop" : "terms";
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
    if (!name || name === this.name) return this.showFrame(frame);
    if (!(name in this.scene.parameters)) this.wanted = frame;
    return this.choose(name, frame, false);
  }

  // A finger on a lesson or a question turns that, anywhere else the frame.
  turn(by, target) {
    if (this.lesson.root.contains(target)) this.lesson.step(by);
    else if (this.quiz.root.contains(target)) this.quiz.turn(by);
    else this.step(by);
  }

  remember() {
    if (!this.part) return undefined;
    if (this.scene.lesson) return this.lesson.remember();
    if (this.scene.quiz) return this.quiz.remember();
    const frame = this.frame().id === this.scene.first_frame ? null : this.frame().id;
    const open = openedText({ walk: this.walk === "loop" ? "loop" : null, ...this.side.opened(), ...this.openings.opened() });
    return keepMoment(this.path, { frame, q: this.chosen, open });
  }

  // Choosing a parameter redraws from the scene at hand; the report only keeps the page's link true.
  choose(name, frame, tell) {
    if (!(name in this.scene.parameters)) return this.report("parameter", name);
    const wanted = frame || this.frame().id;
    this.open(name);
    this.showFrame(wanted);
    return tell && this.report("parameter", name);
  }

  open(name) {
    this.name = name;
    this.part = this.scene.parameters[name];
    this.related = relatedOf(this.part);
    this.takeWalk();
    this.redraw();
  }

  // The frames of the walk: a frame a term, or the lines of the loop.
  takeWalk() {
    if (!this.part.loop) this.walk = "terms";
    const own = this.walk === "loop" ? this.part.loop : this.part;
    this.frames = this.scene.forward ? this.scene.frames : [...this.scene.frames, ...own.frames];
    this.computedIn = { ...this.scene.known_from, ...own.known_from };
    this.openings.drawWalks();
    const first = (place) => this.frames.findIndex((frame) => frame.phase === place + 1);
    const share = (place) => ({ style: `flex-grow:${this.frames.filter((frame) => frame.phase === place + 1).length}` });
    this.strip.replaceChildren(...this.scene.phases.map((name, place) => Object.assign(make("li", { class: `phase phase-${place + 1}`, ...share(place), hidden: first(place) < 0 && "" }, name), { onclick: () => this.show(first(place), true) }))); // for a pointer; keys have the slider
    this.compose();
    this.scrubber.style.setProperty("--track", track(this.scene.phases, this.frames));
  }

  // One screen holds a walk from term to term, also beside a question; a lesson composes its own.
  compose() {
    const isComposed = !this.scene.lesson && this.walk === "terms";
    this.root.classList.toggle("composed", isComposed);
    this.openings.menu.hold(this.openings.switches, this.openings.tools, isComposed);
  }

  walkBy(walk) {
    const { phase: now } = this.frame();
    this.walk = walk;
    this.playing(false);
    this.takeWalk();
    this.show(this.frames.findIndex((frame) => frame.phase === Math.max(4, now)));
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
    const { scene, part } = this;
    this.isGraphOld = true; // the frame is written first: what it leaves is the network's room
    for (const one of [this.strips, this.panes, this.side]) one.draw();
    this.root.style.setProperty("--tallest", part.tallest);
    this.root.style.setProperty("--steps", scene.columns);
    this.root.classList.toggle("wide", scene.columns > 5);
    drawChoices(this);
  }

  // On a composed screen the network fills what is left, in the middle of a frame what was left: to measure lays the page out anew.
  drawGraph({ width, height } = this.sizeOf()) {
    const isFitted = this.isComposed() && width > 300 && height > 150;
    Object.assign(this, { isGraphOld: false, box: isFitted ? `${width},${height}` : "" });
    this.strips.drawNetwork(this.graph, isFitted ? { width, height } : null);
  }

  // What the formula and the grid leave, which have their own measures first.
  sizeOf() {
    if (this.isComposed()) measure(this);
    return (this.size = { width: this.graph.clientWidth, height: this.graph.clientHeight });
  }

  // In another room all is fitted anew, but not under a number that is being typed.
  fit() {
    if (!this.part) return;
    if (this.strips.isOther()) this.redraw();
    const { width, height } = this.sizeOf(), isFitted = this.box === (this.isComposed() ? `${width},${height}` : "");
    if (!this.isGraphOld && (isFitted || this.root.querySelector(".entry-input"))) return;
    this.isGraphOld = true;
    this.rewrite();
  }

  isComposed() {
    return this.panes.isWhole || (this.root.matches(".composed, .taught.short") && matchMedia("(min-width: 900px)").matches);
  }

  actOnEdits(act, value) {
    if (act !== "show") return this.report("edits", act);
    this.showing = value;
    this.redraw();
    this.rewrite();
    return this.guess.panel.querySelector("[aria-pressed='true']").focus();
  }

  get length() {
    return this.frames.length;
  }

  ownKey(event) {
    if (this.editor.key(event)) return true;
    if (event.key === "Escape") return this.pick(null), this.point(null), true;
    if (this.lesson.key(event) || this.quiz.key(event)) return true;
    return rove(event) || Boolean(event.target.closest(".grid")) && walkGrid(event, (frame) => this.goTo(frame));
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

  moved() {
    return move(this) ?? super.moved();
  }

  show(index, byHand = false) {
    this.motion.stop();
    if (byHand) {
      this.playing(false);
      this.wanted = null;
    }
    this.mark(index, (place) => `frame ${place + 1} of ${this.length}`);
    const frame = this.frame();
    this.root.dataset.frameId = frame.id;
    this.root.dataset.phase = frame.phase;
    this.write(frame);
    this.side.drawClosing(this.part.grid);
    this.highlight();
    if (!this.box) bringIntoView(this);
    this.remember();
  }

  write(frame) {
    const said = this.showing === "before" ? this.scene.whatif.was : frame.sentence, tokens = this.shown(frame.equation, "tokens");
    this.sentence.replaceChildren(...said.map((part) => this.word(part)));
    fitCaption(this.sentence);
    this.live.textContent = this.clock && this.speed > 1 ? "" : this.sentence.textContent;
    const drawn = tokens.map((token) => (token.opener ? this.opener(frame.equation) : make("span", { class: `token role-${token.role}`, "data-q": token.q }, math(this.scene.math[token.math]))));
    this.equation.replaceChildren(make("div", { class: "tokens" }, grouped(drawn, (place) => place > 0 && tokens[place - 1].ends)));
    this.strips.write(this.shown(frame.matrices, "items"), () => this.opener(frame.matrices, true));
    this.guess.draw();
    this.openings.draw(frame);
    this.strips.fitFactors(() => align(this.formula, tokens, frame.equation));
    if (this.isGraphOld) this.drawGraph();
    this.strips.follow();
    this.strips.drawRibbon(frame);
    this.panes.write();
    this.files.draw(frame);
    markCurrent(this.strip.querySelectorAll(".phase"), frame.phase - 1);
  }

  word(part) {
    if (typeof part === "string") return document.createTextNode(part.replaceAll(" %", "\u00a0%")); // a number keeps its sign beside it
    return make("span", { class: "word", "data-q": part.q }, htmlLabel(this.lookup(part.q).label));
  }

  // A factor that is opened further is replaced by its parts. A long chain shows its ends, its middle on demand.
  shown(pieces, kind) {
    const parts = pieces.flatMap((piece) => {
      const forms = Object.entries(this.openings.chosen).map(([name, choice]) => this.part.forms?.[name]?.[choice]?.[piece.q]);
      const form = forms.find(Boolean);
      return form ? form[kind].map((part, place) => ({ ...part, fold: piece.fold, op: place ? part.op : piece.op })) : [piece];
    });
    const first = parts.findIndex((part) => part.fold);
    if (first < 0) return parts;
    const seen = parts.filter((part) => this.isUnfolded || !part.fold);
    return [...seen.slice(0, first), { opener: true, isOpen: this.isUnfolded, op: parts[first].op }, ...seen.slice(first)];
  }

  opener(pieces, isStrip = false) {
    const folded = pieces.filter((piece) => piece.fold), words = this.isUnfolded ? "fold" : `⋯ ${folded.length} more`;
    const opener = button({ class: "opener", "aria-expanded": String(this.isUnfolded) }, [...this.strips.behind(isStrip && !this.isUnfolded ? folded : []), words], () => {
      const box = opener.closest(".equation, .matrices");
      this.isUnfolded = !this.isUnfolded;
      this.rewrite();
      box.querySelector(".opener").focus();
    });
    return opener;
  }

  highlight() {
    const { at } = this.frame(), lit = new Set([...this.frame().lit, ...this.beside]);
    const related = this.related[this.hovered], relatedToChosen = this.related[this.chosen];
    for (const element of this.root.querySelectorAll("[data-q]")) {
      const id = element.dataset.q;
      const picked = id === this.chosen || Boolean(relatedToChosen?.has(id));
      const pointed = picked || id === this.hovered || Boolean(related?.has(id));
      const isElsewhere = at !== undefined && element.dataset.at !== undefined && Number(element.dataset.at) !== at;
      toggle(element, "lit", (lit.has(id) && !isElsewhere) || pointed);
      toggle(element, "same", lit.has(id) && isElsewhere);
      toggle(element, "pointed", pointed);
      toggle(element, "picked", picked);
      toggle(element, "pending", this.isPending(id));
      if (!element.drawThumb || this.isPending(id)) continue;
      // The picture in a cell is made when the term is known: most changes come while nothing is computed yet.
      element.drawThumb();
      element.drawThumb = null;
    }
    setStops(this.graph, this.choices);
    const grid = this.side.place, focusable = grid.querySelector("[tabindex='0']");
    if (focusable) focusable.tabIndex = -1;
    const cell = grid.querySelector(".grid [data-q][data-lit]") || grid.querySelector(".grid [data-q]");
    if (cell) cell.tabIndex = 0;
    this.hover.write((this.panes.isSheet && this.chosen) || this.hovered);
    this.hover.place();
  }

  // Whether a later frame computes it.
  isPending(id) {
    return (this.computedIn[id] ?? 0) > this.index;
  }

  click({ target }) {
    const cell = target.closest("[data-goto]"), element = target.closest("[data-q]");
    if (cell) this.goTo(cell.dataset.goto);
    else if (element && !target.closest("button, input, select, [data-edit]")) this.pick(element.dataset.q);
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
    const element = target?.closest?.("[data-q]"), id = element && this.root.contains(element) ? element.dataset.q : null;
    if (id !== this.hovered) {
      this.hovered = id;
      this.highlight();
    }
    if (id && event) this.hover.place(event);
    else if (id) this.hover.under(element);
  }
}
