// The stage: one scene drawn once, then lit frame by frame. Nothing here asks a server.

class Stage extends Player {
  constructor(root, report = () => {}) {
    super(root, report);
    this.hovered = null;
    this.walk = "terms";
    this.kin = {};
    this.chosen = null;
    this.beside = [];
    this.side = new Side(this);
    this.bench = new Workbench(this);
    this.lesson = new Lesson(this);
    this.quiz = new Quiz(this);
    this.along = new Take(this);
    this.showing = "after";
    this.build();
    this.listen();
  }

  build() {
    const root = this.root;
    root.classList.add("rnnviz-stage");
    fill(root, { "data-testid": "stage", tabindex: 0, role: "region", "aria-label": "Training step player. Space plays, arrow keys step, Home and End jump." }, []);
    this.strip = make("ol", { class: "phases" });
    this.choices = make("div", { class: "choices", role: "group", "aria-label": "Parameter whose gradient is taken apart" });
    this.sentence = make("p", { class: "sentence" });
    this.live = make("div", { class: "spoken", "aria-live": "polite", role: "status" });
    this.graph = make("div", { class: "graph" });
    this.equation = make("div", { class: "equation", tabindex: 0, role: "region", "aria-label": "Equation of this frame" });
    this.matrices = make("div", { class: "matrices", tabindex: 0, role: "region", "aria-label": "Matrices of this frame" });
    this.tip = make("div", { class: "tip", role: "tooltip", hidden: "" });
    const top = make("div", { class: "top" }, [this.strip, this.choices]);
    this.bench.tools.append(this.along.root);
    this.hint = make("p", { class: "quiet hint" }, "These numbers can be changed: click one and type, or drag it sideways.");
    const formula = make("div", { class: "formula" }, [this.bench.tools, this.along.code, this.equation, this.matrices, this.hint, this.bench.extra]);
    const left = make("div", { class: "left" }, [this.graph, this.bench.under]);
    const board = make("div", { class: "board" }, [left, this.side.root, formula]);
    this.whatif = make("div", { class: "whatif" });
    root.append(this.lesson.root, this.quiz.root, top, this.sentence, board, this.whatif, this.bar, this.live, this.tip);
    this.editor = new Editor(formula, (name, value) => this.report("edit", `${name}:${value}`), () => this.beginEdit(), (words) => this.announce(words));
    this.view = make("span", { class: "view" });
    this.bar.append(this.view);
  }

  beginEdit() {
    this.playing(false);
    this.writeTip(null);
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
    const kept = this.scene && scene.parameter === this.scene.parameter && this.name in scene.parameters;
    const chosen = kept ? this.name : scene.parameter;
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
    this.bench.recall(opened);
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
      open: openedText({ walk: this.walk === "loop" ? "loop" : null, ...this.side.opened(), ...this.bench.opened() }),
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
    this.take();
    this.redraw();
  }

  // The frames of the walk: a frame a term, or the lines of the loop.
  take() {
    if (!this.part.loop) this.walk = "terms";
    const own = this.walk === "loop" ? this.part.loop : this.part;
    this.frames = [...this.scene.frames, ...own.frames];
    this.born = { ...this.scene.born, ...own.born };
    this.kin = kinOf(this.part);
  }

  walkBy(walk) {
    const phase = this.frame().phase;
    this.walk = walk;
    this.playing(false);
    this.take();
    this.drawPhases();
    this.bench.drawWalks();
    this.scrubber.style.setProperty("--track", this.track());
    this.show(this.frames.findIndex((frame) => frame.phase === Math.max(4, phase)));
  }

  showFrame(wanted) {
    const found = this.frames.findIndex((one) => one.id === wanted);
    const sameStep = this.frames.findIndex((one) => one.id.startsWith(wanted.replace(/-\d+$/, "")));
    this.show(found >= 0 ? found : Math.max(0, sameStep));
  }

  // The same frame written again, after a switch has changed how it is opened.
  rewrite() {
    this.write(this.frame());
    this.light();
    this.remember();
  }

  redraw() {
    clear(this.graph).append(drawNetwork(this.scene, this.part, (id) => this.lookup(id)));
    this.side.draw();
    this.bench.drawWalks();
    this.root.style.setProperty("--tallest", this.part.tallest);
    this.root.style.setProperty("--steps", this.scene.columns);
    this.root.classList.toggle("wide", this.scene.columns > 5);
    this.drawWhatIf();
    this.drawPhases();
    this.drawChoices();
    this.scrubber.style.setProperty("--track", this.track());
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
    clear(this.strip);
    this.scene.phases.forEach((name, place) => {
      const item = make("button", { type: "button", class: `phase phase-${place + 1}` }, [make("b", {}, String(place + 1)), name]);
      item.addEventListener("click", () => this.show(this.frames.findIndex((frame) => frame.phase === place + 1), true));
      this.strip.append(make("li", {}, item));
    });
  }

  drawChoices() {
    clear(this.choices);
    for (const name of this.scene.choices) {
      const label = this.scene.quantities[name].label;
      const chip = make("button", { type: "button", "aria-pressed": name === this.name, "data-parameter": name, title: this.scene.quantities[name].words }, htmlLabel(label));
      chip.addEventListener("click", () => this.choose(name, null, true));
      this.choices.append(chip);
    }
  }

  track() {
    const ends = this.scene.phases.map((_, place) => this.frames.filter((frame) => frame.phase <= place + 1).length);
    let start = 0;
    const parts = ends.map((end, place) => {
      const from = start;
      start = (100 * Math.max(0, end - 0.5)) / Math.max(1, this.frames.length - 1);
      return `var(--phase-${place + 1}) ${from.toFixed(2)}% ${Math.min(100, start).toFixed(2)}%`;
    });
    return `linear-gradient(to right, ${parts.join(", ")})`;
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
    this.light();
    this.followSoon();
    this.remember();
  }

  write(frame) {
    const said = this.showing === "before" ? this.scene.whatif.was : frame.sentence;
    clear(this.sentence).append(...said.map((part) => this.word(part)));
    this.live.textContent = this.clock && this.speed > 1 ? "" : this.sentence.textContent;
    clear(this.equation).append(this.drawEquation(frame));
    const pieces = this.openParts(expanded(frame.matrices, this.part.forms, this.bench.chosen, "items"));
    clear(this.matrices).append(drawMatrices(pieces, (id) => this.lookup(id), () => this.opener(frame.matrices)));
    toggle(this.hint, "useful", Boolean(this.matrices.querySelector("[data-edit]")));
    this.bench.draw(frame);
    this.along.draw(frame);
    [...this.strip.querySelectorAll(".phase")].forEach((item, place) => {
      const state = place + 1 === frame.phase ? "step" : null;
      state ? item.setAttribute("aria-current", state) : item.removeAttribute("aria-current");
    });
  }

  word(part) {
    if (typeof part === "string") return document.createTextNode(part);
    return make("span", { class: "word", "data-q": part.q }, htmlLabel(this.lookup(part.q).label));
  }

  drawEquation(frame) {
    const parts = this.openParts(expanded(frame.equation, this.part.forms, this.bench.chosen, "tokens"));
    const drawn = parts.map((token) => (token.opener ? this.opener(frame.equation) : make("span", { class: `token role-${token.role}`, "data-q": token.q }, math(this.scene.math[token.math]))));
    return make("div", { class: "tokens" }, grouped(drawn, (place) => place > 0 && parts[place - 1].ends));
  }

  // A long chain shows its ends; the folded middle is drawn on demand and stays open from frame to frame.
  openParts(parts) {
    const first = parts.findIndex((part) => part.fold);
    if (first < 0) return parts;
    const shown = this.unfolded ? parts : parts.filter((part) => !part.fold);
    return [...shown.slice(0, first), { opener: true, op: parts[first].op }, ...shown.slice(first)];
  }

  opener(parts) {
    const count = parts.filter((part) => part.fold).length;
    const button = make("button", { type: "button", class: "opener", "aria-expanded": String(Boolean(this.unfolded)) });
    button.textContent = this.unfolded ? "fold" : `⋯ ${count} more`;
    button.addEventListener("click", () => {
      const box = button.closest(".equation, .matrices");
      this.unfolded = !this.unfolded;
      this.rewrite();
      box.querySelector(".opener").focus();
    });
    return button;
  }

  light() {
    const frame = this.frame();
    const lit = new Set([...frame.lit, ...this.beside]);
    const kin = this.kin[this.hovered], chosenKin = this.kin[this.chosen];
    for (const element of this.root.querySelectorAll("[data-q]")) {
      const id = element.dataset.q;
      const picked = id === this.chosen || Boolean(chosenKin && chosenKin.has(id));
      const pointed = picked || id === this.hovered || Boolean(kin && kin.has(id));
      const born = this.born[id] ?? 0;
      toggle(element, "lit", lit.has(id) || pointed);
      toggle(element, "pointed", pointed);
      toggle(element, "picked", picked);
      toggle(element, "pending", born > this.index);
      if (element.drawThumb && born <= this.index) drawOnce(element);
    }
    const grid = this.side.place;
    const focusable = grid.querySelector("[tabindex='0']");
    if (focusable) focusable.tabIndex = -1;
    const cell = grid.querySelector(".grid [data-q][data-lit]") || grid.querySelector(".grid [data-q]");
    if (cell) cell.tabIndex = 0;
    this.writeTip(this.hovered);
    if (!this.tip.hidden) this.placeTip();
  }

  // Measured just before the frame is painted: in the middle of a change it would lay the page out once more.
  followSoon() {
    cancelAnimationFrame(this.following);
    this.following = requestAnimationFrame(() => this.follow());
  }

  // In a wide network the lit part is brought into view inside the stage; the page itself never scrolls.
  follow() {
    const box = this.graph;
    if (box.scrollWidth <= box.clientWidth + 2) return;
    const lit = [...box.querySelectorAll(".node[data-lit]")];
    if (!lit.length) return;
    const frameBox = box.getBoundingClientRect();
    const middles = lit.map((node) => node.getBoundingClientRect()).map((b) => (b.left + b.right) / 2);
    const middle = (Math.min(...middles) + Math.max(...middles)) / 2 - frameBox.left;
    box.scrollTo({ left: box.scrollLeft + middle - box.clientWidth / 2, behavior: this.still() ? "auto" : "smooth" });
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
    this.light();
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
      this.light();
    }
    if (id) this.placeTip(event || centreOf(element));
  }

  writeTip(id) {
    this.tip.hidden = !id || Boolean(this.editor.input);
    if (this.tip.hidden) return;
    const record = this.lookup(id);
    if (!record) return void (this.tip.hidden = true);
    const born = this.born[id] ?? 0;
    clear(this.tip).append(make("div", { class: "tip-name" }, [make("b", {}, htmlLabel(record.label)), ` ${record.words}`]));
    if (born > this.index) return void this.tip.append(make("div", { class: "quiet" }, "not yet computed"));
    if (record.values) this.tip.append(make("div", { class: "quiet" }, shapeText(record)), digits(record));
    if (typeof record.share === "number") this.tip.append(make("div", { class: "quiet" }, `${written(record.share, "share")} of the ${this.part.grid.whole}`));
    if (record.note) this.tip.append(make("div", { class: "quiet" }, record.note));
  }

  placeTip(place = this.at) {
    this.at = place;
    if (!place) return;
    const box = this.root.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.tip;
    const zoom = box.width / this.root.offsetWidth || 1, x = (place.clientX - box.left) / zoom, y = (place.clientY - box.top) / zoom;
    const left = Math.min(Math.max(8, x + 14), Math.max(8, box.width / zoom - width - 8));
    const top = y + 20 + height > box.height / zoom ? Math.max(8, y - height - 14) : y + 20;
    this.tip.style.transform = `translate(${left}px, ${top}px)`;
  }
}

// What belongs together without being the same: a lag and its terms.
function kinOf(part) {
  const kin = {};
  for (const id of part.grid.lags) {
    const members = part.quantities[id].parts;
    kin[id] = new Set(members);
    for (const member of members) kin[member] = new Set([id]);
  }
  return kin;
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

function centreOf(element) {
  const box = element.getBoundingClientRect();
  return { clientX: box.left + box.width / 2, clientY: box.bottom };
}

function shapeText(record) {
  const norm = record.values.length * record.values[0].length > 1 ? `, length ${significant(record.norm, 6)}` : "";
  return `${record.shape[0]} × ${record.shape[1]}${norm}`;
}

// Every digit on hover: a small quantity as a table, a larger one by its first rows.
function digits(record) {
  const rows = record.values.slice(0, 4).map((row) => make("tr", {}, row.slice(0, 3).map((value) => make("td", {}, everyDigit(value)))));
  const cut = record.shape[0] > 4 || record.shape[1] > 3;
  const table = make("table", { class: "digits" }, make("tbody", {}, rows));
  return cut ? make("div", {}, [table, make("span", { class: "quiet" }, "first entries")]) : table;
}
