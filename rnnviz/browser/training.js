// The training studio: every parameter before the update, the step and after it, and all that follows, by epoch.

import { Bitmap, nearestPlace } from "./chart.js";
import { standUnder } from "./composed.js";
import { button, fill, htmlLabel, make, markCurrent, math, shade, signed } from "./dom.js";
import { keepMoment, moment, momentText, openedFrom, openedText } from "./moment.js";
import { MovedNetwork } from "./moved.js";
import { significant } from "./numbers.js";
import { EntriesPanel, LinesPanel, MapPanel, OutputsPanel, palette, roundPlaces, StatesPanel, unpack } from "./panels.js";
import { phase, Player } from "./player.js";

const MOST_ROWS = 6, MOST_COLUMNS = 6, SMALL_CHARTS = 4;

export class TrainingPlayer extends Player {
  constructor(root, report) {
    super(root, report);
    root.classList.add("rnnviz-stage", "training");
    fill(root, { "data-testid": "training-player", tabindex: 0, role: "region", "aria-label": "Training studio. Space plays, left and right step through the epochs, down and up through the loop inside one, page keys jump ten epochs." });
    this.act = null;
    this.sentence = make("p", { class: "sentence" });
    this.strip = make("ol", { class: "phases dots", "aria-label": "The loop inside an epoch" });
    this.choices = make("div", { class: "choices overview", role: "group", "aria-label": "Parameter that is shown" });
    this.rule = make("div", { class: "rule-of", tabindex: 0, role: "region", "aria-label": "How the update is made" });
    this.board = make("div", { class: "matrices", tabindex: 0, role: "region", "aria-label": "Before, step and after" });
    this.told = make("p", { class: "quiet told" });
    this.pair = make("div", { class: "pair" });
    this.charts = make("div", { class: "panels four", "data-part": "charts" });
    this.rest = make("div", { class: "panels" });
    this.ticks = make("div", { class: "ticks", "aria-hidden": "true" });
    this.live = make("div", { class: "spoken", "aria-live": "polite", role: "status" });
    const jumps = [-100, -10, 10, 100].map((count) => {
      const text = `${count > 0 ? "+" : "−"}${Math.abs(count)}`;
      return button({ class: "pace", title: `${text} epochs`, "aria-label": `${text} epochs`, "data-jump": count }, text, () => this.jump(count));
    });
    const rail = make("div", { class: "rail" });
    this.scrubber.replaceWith(rail);
    rail.append(this.scrubber, this.ticks);
    rail.before(this.strip);
    this.pace.before(make("span", { class: "jumps", role: "group", "aria-label": "Jump by epochs" }, jumps));
    const pin = button({ class: "pace pin", title: "Keep this run beside the next ones: change any setting and compare. The link keeps it too." }, "Pin this run", () => this.report("pin", "pin"));
    this.strip.before(pin);
    this.bar.append(button({ class: "pace charts", "aria-pressed": "false" }, "Charts", (event) => event.target.setAttribute("aria-pressed", String(root.classList.toggle("charted")))));
    const update = make("div", { class: "update", "data-part": "update" }, [this.rule, this.board, this.told]);
    const screen = make("div", { class: "screen" }, [make("div", { class: "top", "data-part": "caption" }, [this.sentence, this.choices]), this.pair, update, this.charts, this.bar]);
    root.append(screen, this.rest, this.live);
    this.watch = new ResizeObserver(() => root.isConnected && standUnder(root));
    this.watch.observe(document.documentElement);
  }

  get length() {
    return this.scene.frames.length;
  }

  load(scene) {
    if (this.scene && this.scene.id === scene.id) return this.takeColours(), this.repaint();
    const first = !this.scene, shown = first ? openedFrom(momentText("open")).shown : this.name;
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
    this.choose(shown in scene.parameters ? shown : scene.parameter);
    this.stand(first ? this.askedAct() : null);
    return this.repaint();
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
  }

  repaint() {
    for (const panel of this.panels) panel.repaint();
    this.show(this.index);
  }

  // The five steps of the loop: a click goes there, and again from an open epoch goes on playing whole epochs.
  buildStrip() {
    const acts = this.scene.acts.map(([id, name], place) => phase(place, name, () => this.enter(this.act === place ? null : place), { "data-act": id, title: "Look at this step of the loop alone" }));
    const whole = button({ class: "phase whole", "data-act": "whole", title: "All five steps at once" }, "whole epoch", () => this.enter(null));
    this.strip.replaceChildren(...acts, make("li", {}, whole));
  }

  buildPanels() {
    const { panels, outputs, states } = this.scene, kinds = { lines: LinesPanel, map: MapPanel };
    const [loss, ...others] = panels.map((data) => new kinds[data.kind](data, this)), late = others.filter(({ data }) => ["ratios", "gates"].includes(data.id));
    this.entries = new EntriesPanel({ id: "entries", title: "Course of each entry", words: "Every entry of the parameter that is open, over the epochs. The one that moved most is drawn strong." }, this);
    const said = new OutputsPanel({ id: "outputs", title: "Predictions", ...outputs }, this), held = new StatesPanel({ id: "states", title: "Hidden states", ...states }, this);
    const row = [...others.filter((panel) => !late.includes(panel)), this.entries, said, ...late, held], figures = row.map((panel) => panel.figure);
    this.panels = [loss, ...row];
    this.network = new MovedNetwork({ parts: this.parts, moved: this.scene.moved, length: this.length });
    this.pair.replaceChildren(this.network.figure, make("div", { class: "loss", "data-part": "loss" }, loss.figure));
    this.charts.replaceChildren(...figures.slice(0, SMALL_CHARTS));
    this.rest.replaceChildren(...figures.slice(SMALL_CHARTS));
    const at = (epoch) => nearestPlace(this.epochs, epoch) / Math.max(1, this.length - 1);
    this.ticks.replaceChildren(...roundPlaces(this.epochs.at(-1), 6).map((epoch) => make("span", { style: `left: calc(8px + (100% - 16px) * ${at(epoch).toFixed(4)})` }, String(epoch))));
    standUnder(this.root);
  }

  buildOverview() {
    this.thumbs = Object.entries(this.parts).map(([name, part]) => {
      const bitmap = new Bitmap(part.shape[1], part.shape[0], `--wide:${part.shape[1]}; --tall:${part.shape[0]}`);
      const chip = button({ "data-parameter": name, title: part.words }, [bitmap.element, make("span", {}, htmlLabel(part.label))], () => (this.choose(name), this.show(this.index)));
      return { name, bitmap, chip };
    });
    this.choices.replaceChildren(...this.thumbs.map((thumb) => thumb.chip));
  }

  choose(name) {
    this.name = name;
    const part = this.parts[name], { captions } = part;
    for (const thumb of this.thumbs) thumb.chip.setAttribute("aria-pressed", String(thumb.name === name));
    this.root.style.setProperty("--tallest", Math.min(MOST_ROWS, part.shape[0]));
    const behind = ["gradient", ...Object.keys(part.states)].map((kind) => [kind, captions[kind] || kind]);
    if (part.pinned) behind.push(["pinned", "pinned run, after"], ["difference", "difference, after"]);
    this.boxes = [];
    const update = [["before", ""], ["step", "+"], ["after", "="]].map(([kind, op]) => signed(op, this.box(part, kind, captions[kind])));
    const others = behind.map(([kind, caption]) => this.box(part, kind, caption));
    this.rule.replaceChildren(...part.rule.map(math), ...(this.scene.remark ? [make("p", { class: "quiet" }, this.scene.remark)] : []));
    this.board.replaceChildren(make("div", { class: "factors" }, update), make("div", { class: "factors behind" }, others));
    this.entries.open(part);
  }

  // The scale of a step and of a gradient is the epoch's own, or they would soon be pale. Small parameters show their numbers, large ones are pictures
  // whose numbers are read under the pointer.
  box(part, kind, caption) {
    const [rows, columns] = part.shape, box = { kind };
    if (rows <= MOST_ROWS && columns <= MOST_COLUMNS) {
      const lines = Array.from({ length: rows }, () => make("tr", {}, Array.from({ length: columns }, () => make("td"))));
      box.inner = make("table", {}, make("tbody", {}, lines));
      box.cells = [...box.inner.querySelectorAll("td")];
    } else {
      box.bitmap = new Bitmap(columns, rows);
      box.inner = this.heat(part, kind, box.bitmap.element);
    }
    this.boxes.push(box);
    const name = make("span", { class: "name" }, [...htmlLabel(part.names[kind] || part.label), ` ${caption}`]), shape = make("span", { class: "shape" }, `${rows} × ${columns}`);
    const from = { before: "start", gradient: "bptt" }[kind] || "update";
    return make("figure", { class: "matrix role-parameter", "data-from": from, "data-kind": kind }, [box.inner, make("figcaption", {}, [name, shape])]);
  }

  heat(part, kind, image) {
    const [rows, columns] = part.shape;
    const holder = make("div", { class: "heat", style: `--wide:${columns}; --tall:${rows}` }, [image, make("div", { class: "marks" })]);
    holder.addEventListener("pointermove", (event) => {
      const box = image.getBoundingClientRect(), place = (count, share) => Math.max(0, Math.min(count - 1, Math.floor(count * share)));
      const i = place(rows, (event.clientY - box.top) / box.height), j = place(columns, (event.clientX - box.left) / box.width);
      holder.title = `[${i}, ${j}] = ${significant(this.values(part, kind, this.index)[i * columns + j], 7)}`;
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
    this.mark(index, (place) => `epoch ${this.epochs[place]} of ${this.epochs.at(-1) + 1}`);
    const place = this.index, epoch = this.epochs[place], part = this.parts[this.name];
    this.root.dataset.frameId = `epoch-${epoch}`;
    this.say(place);
    // Inside the loop a parameter is the old one until the update has come.
    const newest = this.act === null || this.act === this.scene.acts.length - 1 ? "after" : "before";
    for (const box of this.boxes) this.paint(box, part, place);
    for (const { bitmap, name } of this.thumbs) this.pixels(bitmap, this.values(this.parts[name], newest, place), limitOf(this.parts[name], "after", place));
    for (const panel of this.panels) panel.at(epoch);
    this.network.show(place);
    if (this.pinned === null) this.remember();
  }

  say(place) {
    const row = ({ shape, values }) => values.subarray(place * shape[1], (place + 1) * shape[1]);
    const numbers = row(this.loop), clipped = this.scene.clipped[place], { whole, clipping } = this.scene.words;
    const words = this.act === null ? filled(whole[this.scene.outcome[place]], numbers) + (clipped ? clipping : "") : filled(this.scene.acts[this.act][2], numbers);
    this.sentence.textContent = words;
    const { tells } = this.parts[this.name], told = row(tells.values);
    this.told.textContent = (told[0] === 0 ? tells.still : filled(tells.words, told)) + this.pale(place);
    if (!this.clock) this.live.textContent = words;
  }

  // Where a step explodes, what was before it is too small to be seen on the scale of what comes after: it is told.
  pale(place) {
    const part = this.parts[this.name], before = this.values(part, "before", place);
    const most = before.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
    return most > 0 && most < limitOf(part, "before", place) / 100 ? ` Before it no entry was above ${significant(most, 4)} in size: too small for the scale of what came after.` : "";
  }

  paint({ kind, cells, bitmap, inner }, part, place) {
    const values = this.values(part, kind, place), largest = limitOf(part, kind, place), movers = kind === "step" ? part.movers[place] : [];
    if (bitmap) {
      const [rows, columns] = part.shape;
      this.pixels(bitmap, values, largest);
      inner.lastChild.replaceChildren(...movers.map((entry) => make("i", { class: "mover", style: `left:${100 * (entry % columns) / columns}%; top:${100 * Math.floor(entry / columns) / rows}%; width:${100 / columns}%; height:${100 / rows}%` })));
    } else values.forEach((value, entry) => {
      const cell = cells[entry], tone = shade(value, largest);
      cell.className = tone.class + (movers.includes(entry) ? " mover" : "");
      cell.style.cssText = tone.style;
      cell.textContent = significant(value, 4);
    });
  }

  pixels(bitmap, values, largest) {
    const { "--positive": positive, "--negative": negative } = this.palette;
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
    const last = this.scene.acts.length - 1, now = this.act === null ? (by > 0 ? -1 : last + 1) : this.act, next = now + by;
    const turns = next > last ? this.index < this.length - 1 : next < 0 && this.index > 0;
    if (turns) this.step(by);
    this.enter(turns ? (by > 0 ? 0 : last) : Math.min(last, Math.max(0, next)));
  }

  jump(count) {
    const place = nearestPlace(this.epochs, this.epochs[this.index] + count);
    this.show(place === this.index ? this.index + Math.sign(count) : place, true);
  }

  toggle() {
    if (this.act !== null) this.enter(null);
    super.toggle();
  }

  // A small chart is opened over network, loss and update, and closed again.
  open(panel) {
    for (const { figure } of this.panels) {
      const isOpen = figure === panel?.figure && !figure.classList.contains("opened");
      figure.classList.toggle("opened", isOpen);
      figure.querySelector("button.name").setAttribute("aria-expanded", String(isOpen));
    }
  }

  ownKey(event) {
    const act = {
      Escape: () => this.open(null),
      ArrowDown: () => this.nextAct(1), ArrowUp: () => this.nextAct(-1),
      PageDown: () => this.jump(event.shiftKey ? 100 : 10), PageUp: () => this.jump(event.shiftKey ? -100 : -10),
    }[event.key];
    act?.();
    return Boolean(act);
  }

  // Pointing at an epoch in any chart moves all views there; leaving takes them back, a click stays.
  peek(epoch) {
    if (this.clock) return;
    this.pinned ??= this.index;
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
  const unpacked = (found, names = Object.keys(found)) => Object.fromEntries(names.map((name) => [name, unpack(found[name])]));
  const own = unpacked(part, ["before", "gradient", "step", ...(part.pinned ? ["pinned", "difference"] : [])]);
  return { ...part, ...own, limits: unpacked(part.limits), states: unpacked(part.states), tells: { ...part.tells, values: unpack(part.tells.values) } };
}

// The size that is drawn in full colour: that of the parameter for all its values, else that of the epoch.
const limitOf = (part, kind, frame) => (part.limits[kind] || part.limits.before).values[frame];

// A sentence from the scene with its numbers in their places.
const filled = (words, numbers) => words.replace(/\{(\d)\}/g, (_, place) => significant(numbers[place], 4));
