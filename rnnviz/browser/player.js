// What both players share: buttons, scrubber, speed, keys, the clock, and the strip of the five steps.

import { button, icon, make } from "./dom.js";

const SPEEDS = [0.5, 1, 2, 4];

export class Player {
  constructor(root, report = () => {}) {
    Object.assign(this, { root, report, index: 0, speed: 1, way: 1, clock: null, pause: 1700, path: location.pathname });
    const acts = { First: () => this.step(-Infinity), Previous: () => this.step(-1), Play: (event) => this.toggle(event.shiftKey ? -1 : 1), Next: () => this.step(1), Last: () => this.step(Infinity) };
    const buttons = Object.entries(acts).map(([name, act]) => button({ "aria-label": name, title: name === "Play" ? "Play (with Shift backwards)" : name, class: name === "Play" && "play" }, icon(name), act));
    this.play = buttons[2];
    this.scrubber = make("input", { type: "range", min: 0, value: 0, "aria-label": "Frame", class: "scrubber" });
    this.counter = make("span", { class: "counter" });
    this.pace = button({ class: "pace", title: "Speed", "aria-label": "Speed 1×" }, "1×", () => this.nextSpeed());
    this.bar = make("div", { class: "bar", "data-part": "transport" }, [...buttons, this.scrubber, this.counter, this.pace]);
    this.scrubber.addEventListener("input", () => this.show(Number(this.scrubber.value), true));
    root.addEventListener("keydown", (event) => this.key(event));
    root.addEventListener("pointerdown", (event) => (this.down = event.pointerType === "touch" ? event : null));
    root.addEventListener("pointerup", (event) => this.swipe(event));
  }

  // A finger that moves sideways turns the frame, unless it moves something that scrolls sideways itself.
  swipe(event) {
    const down = this.down;
    this.down = null;
    if (!down || Math.abs(event.clientX - down.clientX) < 48 || Math.abs(event.clientY - down.clientY) > 60) return;
    if (down.target.closest("input, select")) return;
    for (let box = down.target; box && box !== this.root; box = box.parentElement) {
      if (box.scrollWidth > box.clientWidth + 2 && getComputedStyle(box).overflowX === "auto") return;
    }
    this.turn(event.clientX < down.clientX ? 1 : -1, down.target);
  }

  turn(by) {
    this.step(by);
  }

  // Every player says where it stands in the same way; drawing the frame is its own affair.
  mark(index, named) {
    this.index = Math.min(Math.max(0, index), this.length - 1);
    const at = this.length > 1 ? this.index / (this.length - 1) : 1, name = named(this.index);
    this.root.dataset.frame = this.index;
    this.root.dataset.frames = this.length;
    this.scrubber.max = this.length - 1;
    this.scrubber.value = this.index;
    this.scrubber.style.setProperty("--at", `${100 * at}%`);
    this.scrubber.setAttribute("aria-valuetext", name);
    this.counter.textContent = name;
  }

  step(count) {
    this.show(this.index + count, true);
  }

  // Played backwards a player goes to its beginning.
  toggle(way = 1) {
    const turns = this.clock && way !== this.way, end = way > 0 ? this.length - 1 : 0;
    if (!this.clock && this.index === end) this.show(this.length - 1 - end);
    this.playing(!this.clock || turns, way);
  }

  playing(on, way = this.way) {
    this.stop();
    this.way = way;
    delete this.root.dataset.autoplay;
    if (on) this.tick();
    const name = on ? "Pause" : "Play";
    this.play.replaceChildren(icon(name));
    this.play.setAttribute("aria-label", name);
    this.play.title = on ? name : "Play (with Shift backwards)";
    if (!on) this.remember();
  }

  tick() {
    this.clock = setTimeout(() => {
      if (!this.root.isConnected) return;
      if (this.index === (this.way > 0 ? this.length - 1 : 0)) return void this.playing(false);
      this.show(this.index + this.way);
      this.tick();
    }, this.moved());
  }

  // Sets in motion how the frame at hand comes about, and tells how long it is shown, in milliseconds.
  moved() {
    return this.pause / this.speed;
  }

  nextSpeed() {
    this.speed = SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length];
    this.pace.textContent = `${this.speed}×`;
    this.pace.setAttribute("aria-label", `Speed ${this.speed}×`);
    if (this.clock) this.playing(true);
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (this.ownKey(event)) return void event.preventDefault();
    const onButton = event.target.tagName === "BUTTON" && (event.key === " " || event.key === "Enter");
    const act = {
      " ": () => this.toggle(event.shiftKey ? -1 : 1), ArrowLeft: () => this.step(-1), ArrowRight: () => this.step(1),
      Home: () => this.step(-Infinity), End: () => this.step(Infinity),
    }[event.key];
    if (!act || onButton) return;
    event.preventDefault();
    act();
  }

  still() {
    return matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  stop() {
    clearTimeout(this.clock);
    this.clock = null;
    this.motion?.stop();
  }
}

export const phase = (place, name, act, attributes = {}) => make("li", {}, button({ class: `phase phase-${place + 1}`, ...attributes }, [make("b", {}, String(place + 1)), name], act));

// The colours of the scrubber: how far each phase goes through the frames.
export function track(phases, frames) {
  let start = 0;
  const parts = phases.map((_, place) => {
    const from = start, end = frames.filter((frame) => frame.phase <= place + 1).length;
    start = (100 * Math.max(0, end - 0.5)) / Math.max(1, frames.length - 1);
    return `var(--phase-${place + 1}) ${from.toFixed(2)}% ${Math.min(100, start).toFixed(2)}%`;
  });
  return `linear-gradient(to right, ${parts.join(", ")})`;
}
