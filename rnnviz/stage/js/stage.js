// The stage: one scene drawn once, then lit frame by frame. Nothing here asks a server.

class Stage extends Player {
  constructor(root, report = () => {}) {
    super(root, report);
    this.hovered = null;
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
    this.side = make("div", { class: "side" });
    this.equation = make("div", { class: "equation", tabindex: 0, role: "group", "aria-label": "Equation of this frame" });
    this.matrices = make("div", { class: "matrices", tabindex: 0, role: "group", "aria-label": "Matrices of this frame" });
    this.tip = make("div", { class: "tip", role: "tooltip", hidden: "" });
    const top = make("div", { class: "top" }, [this.strip, this.choices]);
    const formula = make("div", { class: "formula" }, [this.equation, this.matrices]);
    const board = make("div", { class: "board" }, [this.graph, this.side, formula]);
    root.append(top, this.sentence, board, this.bar, this.live, this.tip);
    this.view = make("span", { class: "view" });
    this.bar.append(this.view);
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
    if (this.scene && this.scene.id === scene.id) return;
    const before = this.scene ? this.frame().id : scene.first_frame;
    const kept = this.scene && scene.parameter === this.scene.parameter && this.name in scene.parameters;
    const chosen = kept ? this.name : scene.parameter;
    const first = !this.scene;
    this.scene = scene;
    this.choose(chosen, before, false);
    this.view.textContent = scene.view;
    if (first && scene.autoplay && !this.still()) this.startSoon();
  }

  startSoon() {
    this.clock = setTimeout(() => this.playing(true), 900);
    this.root.dataset.autoplay = "true";
  }

  // Choosing a parameter redraws from the scene at hand; the report only keeps the page's link true.
  choose(name, frame, tell) {
    if (!(name in this.scene.parameters)) return this.report("parameter", name);
    const wanted = frame || this.frame().id;
    this.name = name;
    this.part = this.scene.parameters[name];
    this.frames = [...this.scene.frames, ...this.part.frames];
    this.redraw();
    const found = this.frames.findIndex((one) => one.id === wanted);
    const sameStep = this.frames.findIndex((one) => one.id.startsWith(wanted.replace(/-\d+$/, "")));
    this.show(found >= 0 ? found : Math.max(0, sameStep));
    return tell ? this.report("parameter", name) : undefined;
  }

  redraw() {
    clear(this.graph).append(drawNetwork(this.scene, this.part));
    clear(this.side).append(drawGrid(this.part));
    this.root.style.setProperty("--tallest", this.part.tallest);
    this.root.style.setProperty("--steps", this.scene.columns);
    this.root.classList.toggle("wide", this.scene.columns > 5);
    this.drawPhases();
    this.drawChoices();
    this.scrubber.style.setProperty("--track", this.track());
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
    if (event.key === "Escape") return this.point(null), true;
    return Boolean(event.target.closest(".grid")) && walkGrid(event, (frame) => this.goTo(frame));
  }

  frame() {
    return this.frames[this.index];
  }

  lookup(id) {
    return this.part.quantities[id] || this.scene.quantities[id];
  }

  show(index, byHand = false) {
    if (byHand) this.playing(false);
    const place = Math.min(Math.max(0, index), this.length - 1);
    this.mark(place, `frame ${place + 1} of ${this.length}`);
    const frame = this.frame();
    this.root.dataset.frameId = frame.id;
    this.root.dataset.phase = frame.phase;
    this.write(frame);
    this.light();
    this.follow(frame);
  }

  write(frame) {
    clear(this.sentence).append(...frame.sentence.map((part) => this.word(part)));
    this.live.textContent = this.clock && this.speed > 1 ? "" : this.sentence.textContent;
    clear(this.equation).append(this.drawEquation(frame));
    const pieces = this.openParts(frame.matrices);
    clear(this.matrices).append(drawMatrices(pieces, (id) => this.lookup(id), () => this.opener(frame.matrices)));
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
    const line = make("div", { class: "tokens" });
    for (const token of this.openParts(frame.equation)) {
      line.append(token.opener ? this.opener(frame.equation) : make("span", { class: `token role-${token.role}`, "data-q": token.q }, math(this.scene.math[token.math])));
    }
    return line;
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
      this.write(this.frame());
      this.light();
      box.querySelector(".opener").focus();
    });
    return button;
  }

  light() {
    const frame = this.frame();
    const lit = new Set(frame.lit);
    for (const element of this.root.querySelectorAll("[data-q]")) {
      const id = element.dataset.q;
      const pointed = id === this.hovered;
      const born = this.part.born[id] ?? this.scene.born[id] ?? 0;
      toggle(element, "lit", lit.has(id) || pointed);
      toggle(element, "pointed", pointed);
      toggle(element, "pending", born > this.index);
    }
    const focusable = this.side.querySelector("[tabindex='0']");
    if (focusable) focusable.tabIndex = -1;
    const cell = this.side.querySelector(".grid [data-q][data-lit]") || this.side.querySelector(".grid [data-q]");
    if (cell) cell.tabIndex = 0;
  }

  // In a wide network the lit part is brought into view inside the stage; the page itself never scrolls.
  follow(frame) {
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
    if (cell) this.goTo(cell.dataset.goto);
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
      this.writeTip(id);
    }
    if (id) this.placeTip(event || centreOf(element));
  }

  writeTip(id) {
    this.tip.hidden = !id;
    if (!id) return;
    const record = this.lookup(id);
    if (!record) return void (this.tip.hidden = true);
    const born = this.part.born[id] ?? this.scene.born[id] ?? 0;
    clear(this.tip).append(make("div", { class: "tip-name" }, [make("b", {}, htmlLabel(record.label)), ` ${record.words}`]));
    if (born > this.index) return void this.tip.append(make("div", { class: "quiet" }, "not yet computed"));
    if (record.values) this.tip.append(make("div", { class: "quiet" }, shapeText(record)), digits(record));
    if (record.note) this.tip.append(make("div", { class: "quiet" }, record.note));
  }

  placeTip(place) {
    const box = this.root.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.tip;
    const left = Math.min(Math.max(8, place.clientX - box.left + 14), Math.max(8, box.width - width - 8));
    const below = place.clientY - box.top + 20;
    const top = below + height > box.height ? Math.max(8, place.clientY - box.top - height - 14) : below;
    this.tip.style.transform = `translate(${left}px, ${top}px)`;
  }
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
  const norm = record.values.length * record.values[0].length > 1 ? `, norm ${significant(record.norm, 6)}` : "";
  return `${record.shape[0]} × ${record.shape[1]}${norm}`;
}

// Every digit on hover: a small quantity as a table, a larger one by its first rows.
function digits(record) {
  const rows = record.values.slice(0, 4).map((row) => make("tr", {}, row.slice(0, 3).map((value) => make("td", {}, everyDigit(value)))));
  const cut = record.shape[0] > 4 || record.shape[1] > 3;
  const table = make("table", { class: "digits" }, make("tbody", {}, rows));
  return cut ? make("div", {}, [table, make("span", { class: "quiet" }, "first entries")]) : table;
}
