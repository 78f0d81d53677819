// The training studio: every parameter before the update, the step and after it, and all that follows, by epoch.

import { Bitmap, nearestPlace } from "./chart.js";
import { button, clear, fill, htmlLabel, make, markCurrent, math, shade, signed } from "./dom.js";
import { keepMoment, moment, momentText, openedFrom, openedText } from "./moment.js";
import { significant } from "./numbers.js";
import { EntriesPanel, LinesPanel, MapPanel, OutputsPanel, palette, StatesPanel, unpack } from "./panels.js";
import { phase } from "./phases.js";
import { Player } from "./player.js";

const MOST_ROWS = 6, MOST_COLUMNS = 6;

export class TrainingPlayer extends Player {
  constructor(root, report = () => {}) {
    super(root, report);
    root.classList.add("rnnviz-stage", "training");
    fill(root, { "data-testid": "training-player", tabindex: 0, role: "region", "aria-label": "Training studio. Space plays, left and right step through the epochs, down and up through the loop inside one, page keys jump ten epochs." });
    this.act = null;
    this.sentence = make("p", { class: "sentence" });
    this.strip = make("ol", { class: "phases", "aria-label": "The loop inside an epoch" });
    this.choices = make("div", { class: "choices overview", role: "group", "aria-label": "Parameter that is shown" });
    this.rule = make("div", { class: "rule-of", tabindex: 0, role: "region", "aria-label": "How the update is made" });
    this.board = make("div", { class: "matrices", tabindex: 0, role: "region", "aria-label": "Before, step and after" });
    this.told = make("p", { class: "quiet told" });
    this.charts = make("div", { class: "panels" });
    this.live = make("div", { class: "spoken", "aria-live": "polite", role: "status" });
    this.buildJumps();
    root.append(make("div", { class: "top" }, [this.strip]), this.sentence, this.choices, this.rule, this.board, this.told, this.charts, this.bar, this.live);
  }

  get length() {
    return this.scene.frames.length;
  }

  load(scene) {
    if (this.scene && this.scene.id === scene.id) return this.takeColours(), this.repaint();
    const first = !this.scene, shown = first ? openedFrom(momentText("open")).shown : this.name;
    const chosen = shown in scene.parameters ? shown : scene.parameter;
    this.playing(false);
    this.takeColours();
    this.scene = scene;
    this.pause = Math.max(1000 / 60, 9000 / scene.frames.length);
    this.epochs = scene.frames;
    this.last = Math.max(1, scene.frames.at(-1)); // of an exploded run the last with numbers
    this.loop = unpack(scene.loop);
    this.parts = Object.fromEntries(Object.entries(scene.parameters).map(([name, part]) => [name, unpackedPart(part)]));
    this.pinned = null;
    if (first) moment.followers.add(this);
    this.index = first ? this.asked() : Math.min(this.index, scene.frames.length - 1);
    this.buildStrip();
    this.buildPanels();
    this.buildOverview();
    this.choose(chosen);
    this.stand(first ? this.askedAct() : null);
    this.repaint();
  }

  // The epoch, and the step of the loop inside it, that the link asks for.
  asked() {
    const epoch = Number(momentText("epoch"));
    return epoch > 0 ? nearestPlace(this.scene.frames, epoch) : 0;
  }

  askedAct() {
    const place = this.scene.acts.findIndex(([id]) => id === openedFrom(momentText("open")).act);
    return place < 0 ? null : place;
  }

  arrive() {
    this.enter(this.askedAct());
    this.show(this.asked(), true);
  }

  remember() {
    if (!this.scene || !this.name) return;
    const act = this.act === null ? null : this.scene.acts[this.act][0];
    const shown = this.name === this.scene.parameter ? null : this.name;
    keepMoment(this.path, { epoch: this.index ? this.epochs[this.index] : null, open: openedText({ act, shown }) });
  }

  // Asked for before anything is drawn: in the middle of a change the browser would style the page once more.
  takeColours() {
    this.palette = palette(this.root);
    this.tones = [this.palette["--positive"], this.palette["--negative"]];
  }

  repaint() {
    for (const panel of this.panels) panel.repaint();
    this.show(this.index);
  }

  // The five steps of the loop: a click goes there, and again from an open epoch goes on playing whole epochs.
  buildStrip() {
    clear(this.strip);
    this.scene.acts.forEach(([id, name], place) => {
      this.strip.append(phase(place, name, () => this.enter(this.act === place ? null : place), { "data-act": id, title: "Look at this step of the loop alone" }));
    });
    this.strip.append(make("li", {}, button({ class: "phase whole", "data-act": "whole", title: "All five steps at once" }, "whole epoch", () => this.enter(null))));
  }

  buildJumps() {
    const group = make("span", { class: "jumps", role: "group", "aria-label": "Jump by epochs" });
    for (const count of [-100, -10, 10, 100]) {
      const text = `${count > 0 ? "+" : "−"}${Math.abs(count)}`;
      group.append(button({ class: "pace", title: `${text} epochs`, "aria-label": `${text} epochs`, "data-jump": count }, text, () => this.jump(count)));
    }
    group.append(button({ class: "pace", "data-jump": "act", title: "Next step of the loop inside this epoch (arrow down)" }, "next act", () => this.nextAct(1)));
    this.bar.append(group);
  }

  buildPanels() {
    const kinds = { lines: LinesPanel, map: MapPanel };
    this.panels = this.scene.panels.map((data) => new kinds[data.kind](data, this));
    this.entries = new EntriesPanel({ id: "entries", title: "Course of each entry", words: "Every entry of the parameter that is open, over the epochs. The one that moved most is drawn strong." }, this);
    this.panels.splice(1, 0, new OutputsPanel({ id: "outputs", title: "What it says", ...this.scene.outputs }, this));
    this.panels.push(this.entries, new StatesPanel({ id: "states", title: "What it holds", ...this.scene.states }, this));
    clear(this.charts).append(...this.panels.map((panel) => panel.figure));
  }

  buildOverview() {
    clear(this.choices);
    this.thumbs = Object.entries(this.parts).map(([name, part]) => {
      const bitmap = new Bitmap(part.shape[1], part.shape[0], `--wide:${part.shape[1]}; --tall:${part.shape[0]}`);
      const chip = button({ "data-parameter": name, title: part.words }, [bitmap.element, make("span", {}, htmlLabel(part.label))], () => (this.choose(name), this.show(this.index)));
      this.choices.append(chip);
      return { name, bitmap, chip };
    });
  }

  choose(name) {
    this.name = name;
    const part = this.parts[name];
    for (const thumb of this.thumbs) thumb.chip.setAttribute("aria-pressed", String(thumb.name === name));
    this.root.style.setProperty("--tallest", Math.min(MOST_ROWS, part.shape[0]));
    const update = [["before", ""], ["step", "+"], ["after", "="]];
    const behind = ["gradient", ...Object.keys(part.states)].map((kind) => [kind, part.captions[kind] || kind]);
    if (part.pinned) behind.push(["pinned", "pinned run, after"], ["difference", "difference, after"]);
    this.boxes = [];
    const strip = make("div", { class: "factors" });
    for (const [kind, op] of update) {
      strip.append(signed(op, this.box(part, kind, part.captions[kind])));
    }
    const second = make("div", { class: "factors behind" });
    for (const [kind, caption] of behind) second.append(this.box(part, kind, caption));
    clear(this.rule).append(...part.rule.map(math), ...(this.scene.remark ? [make("p", { class: "quiet" }, this.scene.remark)] : []));
    clear(this.board).append(strip, second);
    this.entries.open(part);
  }

  // The scale of a step and of a gradient is the epoch's own, or they would soon be pale. Small parameters show their numbers, large ones are pictures
  // whose numbers are read under the pointer.
  box(part, kind, caption) {
    const [rows, columns] = part.shape, small = rows <= MOST_ROWS && columns <= MOST_COLUMNS;
    const place = { before: "start", gradient: "bptt" }[kind] || "update";
    const bitmap = small ? null : new Bitmap(columns, rows);
    const inner = small ? emptyTable(rows, columns) : this.heat(part, kind, bitmap.element);
    const figure = make("figure", { class: "matrix role-parameter", "data-from": place, "data-kind": kind }, [inner, make("figcaption", {}, [
      make("span", { class: "name" }, [...htmlLabel(part.names[kind] || part.label), ` ${caption}`]), make("span", { class: "shape" }, `${rows} × ${columns}`),
    ])]);
    this.boxes.push({ kind, cells: small ? [...inner.querySelectorAll("td")] : null, bitmap, marks: small ? null : inner.lastChild });
    return figure;
  }

  heat(part, kind, image) {
    const [rows, columns] = part.shape;
    const holder = make("div", { class: "heat", style: `--wide:${columns}; --tall:${rows}` }, [image, make("div", { class: "marks" })]);
    holder.addEventListener("pointermove", (event) => {
      const box = image.getBoundingClientRect();
      const i = Math.min(rows - 1, Math.floor(rows * (event.clientY - box.top) / box.height)), j = Math.min(columns - 1, Math.floor(columns * (event.clientX - box.left) / box.width));
      holder.title = `[${i}, ${j}] = ${significant(this.values(part, kind, this.index)[Math.max(0, i) * columns + Math.max(0, j)], 7)}`;
    });
    return holder;
  }

  values(part, kind, frame) {
    const size = part.shape[0] * part.shape[1], from = frame * size;
    const slice = (array) => array.values.subarray(from, from + size);
    if (kind === "after") return slice(part.before).map((value, i) => value + part.step.values[from + i]);
    return slice(part[kind] || part.states[kind]);
  }

  show(index, byHand = false) {
    if (byHand) {
      this.playing(false);
      this.pinned = null;
    }
    const place = Math.min(Math.max(0, index), this.length - 1), epoch = this.epochs[place];
    this.mark(place, `epoch ${epoch} of ${this.epochs.at(-1) + 1}`);
    this.root.dataset.frameId = `epoch-${epoch}`;
    this.say(place);
    const part = this.parts[this.name];
    for (const box of this.boxes) this.paint(box, part, place);
    for (const thumb of this.thumbs) this.pixels(thumb.bitmap, this.values(this.parts[thumb.name], this.newest, place), limitOf(this.parts[thumb.name], "after", place));
    for (const panel of this.panels) panel.at(epoch);
    if (this.pinned === null) this.remember();
  }

  // Inside the loop a parameter is the old one until the update has come.
  get newest() {
    return this.act === null || this.act === this.scene.acts.length - 1 ? "after" : "before";
  }

  say(place) {
    const [, columns] = this.loop.shape, numbers = this.loop.values.subarray(place * columns, (place + 1) * columns);
    const words = this.act === null ? this.whole(place, numbers) : filled(this.scene.acts[this.act][2], numbers);
    this.sentence.textContent = words;
    const tells = this.parts[this.name].tells, width = tells.values.shape[1];
    const told = tells.values.values.subarray(place * width, (place + 1) * width);
    this.told.textContent = (told[0] === 0 ? tells.still : filled(tells.words, told)) + this.pale(place);
    if (!this.clock) this.live.textContent = words;
    this.root.classList.toggle("clipped", Boolean(this.scene.clipped[place]));
  }

  // Where a step explodes, what was before it is too small to be seen on the scale of what comes after: it is told.
  pale(place) {
    const part = this.parts[this.name], before = this.values(part, "before", place);
    const most = before.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
    return most > 0 && most < limitOf(part, "before", place) / 100 ? ` Before it no entry was above ${significant(most, 4)} in size: too small for the scale of what came after.` : "";
  }

  whole(place, numbers) {
    const [words, clipped] = this.scene.words;
    return filled(words, numbers) + (this.scene.clipped[place] ? clipped : "");
  }

  paint(box, part, place) {
    const values = this.values(part, box.kind, place), largest = limitOf(part, box.kind, place);
    const movers = box.kind === "step" ? part.movers[place] : [];
    if (!box.cells) return this.picture(box, values, largest, movers, part);
    values.forEach((value, entry) => {
      const cell = box.cells[entry], tone = shade(value, largest);
      cell.className = tone.class + (movers.includes(entry) ? " mover" : "");
      cell.style.cssText = tone.style;
      cell.textContent = significant(value, 4);
    });
    return undefined;
  }

  picture(box, values, largest, movers, part) {
    this.pixels(box.bitmap, values, largest);
    const [rows, columns] = part.shape;
    clear(box.marks).append(...movers.map((entry) => make("i", { class: "mover", style: `left:${100 * (entry % columns) / columns}%; top:${100 * Math.floor(entry / columns) / rows}%; width:${100 / columns}%; height:${100 / rows}%` })));
  }

  pixels(bitmap, values, largest) {
    const [positive, negative] = this.tones;
    values.forEach((value, place) => bitmap.set(place, value < 0 ? negative : positive, largest > 0 ? Math.abs(value) / largest : 0));
    bitmap.show();
  }

  // The loop as a debugger: inside an epoch, then on to the next one.
  enter(act) {
    this.playing(false);
    this.stand(act);
    this.show(this.index);
  }

  stand(act) {
    this.act = act;
    if (act === null) delete this.root.dataset.act;
    else this.root.dataset.act = this.scene.acts[act][0];
    markCurrent(this.strip.querySelectorAll("button"), act ?? this.scene.acts.length);
  }

  nextAct(by) {
    const last = this.scene.acts.length - 1, now = this.act === null ? (by > 0 ? -1 : last + 1) : this.act;
    if (now + by > last && this.index < this.length - 1) {
      this.step(1);
      this.enter(0);
    } else if (now + by < 0 && this.index > 0) {
      this.step(-1);
      this.enter(last);
    } else this.enter(Math.min(last, Math.max(0, now + by)));
  }

  jump(count) {
    const wanted = this.epochs[this.index] + count, place = nearestPlace(this.epochs, wanted);
    this.show(place === this.index ? this.index + Math.sign(count) : place, true);
  }

  toggle() {
    if (this.act !== null) this.enter(null);
    super.toggle();
  }

  ownKey(event) {
    const act = {
      ArrowDown: () => this.nextAct(1), ArrowUp: () => this.nextAct(-1),
      PageDown: () => this.jump(event.shiftKey ? 100 : 10), PageUp: () => this.jump(event.shiftKey ? -100 : -10),
    }[event.key];
    if (act) act();
    return Boolean(act);
  }

  // Pointing at an epoch in any chart moves all views there; leaving takes them back, a click stays.
  peek(epoch) {
    if (this.clock) return;
    if (this.pinned === null) this.pinned = this.index;
    this.show(nearestPlace(this.epochs, epoch));
  }

  leave() {
    if (this.pinned === null) return;
    const back = this.pinned;
    this.pinned = null;
    this.show(back);
  }

  pin(epoch) {
    this.show(nearestPlace(this.epochs, epoch), true);
  }
}

function unpackedPart(part) {
  const names = ["before", "gradient", "step"].concat(part.pinned ? ["pinned", "difference"] : []);
  const states = Object.fromEntries(Object.entries(part.states).map(([name, values]) => [name, unpack(values)]));
  const limits = Object.fromEntries(Object.entries(part.limits).map(([name, values]) => [name, unpack(values)]));
  return { ...part, limits, ...Object.fromEntries(names.map((name) => [name, unpack(part[name])])), states, tells: { ...part.tells, values: unpack(part.tells.values) } };
}

// The size that is drawn in full colour: that of the parameter for all its values, else that of the epoch.
function limitOf(part, kind, frame) {
  return (part.limits[kind] || part.limits.before).values[frame];
}

function emptyTable(rows, columns) {
  const row = () => make("tr", {}, Array.from({ length: columns }, () => make("td")));
  return make("table", {}, make("tbody", {}, Array.from({ length: rows }, row)));
}

// A sentence from the scene with its numbers in their places.
function filled(words, numbers) {
  return words.replace(/\{(\d)\}/g, (_, place) => significant(numbers[place], 4));
}
