// The transport that every player shares: buttons, scrubber, speed, keys and the clock.

import { button, clear, icon, make } from "./dom.js";

const SPEEDS = [0.5, 1, 2, 4];

export class Player {
  constructor(root, report = () => {}) {
    this.root = root;
    this.report = report;
    this.index = 0;
    this.speed = 1;
    this.clock = null;
    this.pause = 1700;
    this.path = location.pathname;
    this.bar = make("div", { class: "bar" });
    this.buildBar();
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

  // A player with keys of its own takes them here and returns true.
  ownKey() {
    return false;
  }

  // Every player says where it stands in the same way; drawing the frame is its own affair.
  mark(index, name) {
    this.index = Math.min(Math.max(0, index), this.length - 1);
    const at = this.length > 1 ? this.index / (this.length - 1) : 1;
    this.root.dataset.frame = this.index;
    this.root.dataset.frames = this.length;
    this.scrubber.max = this.length - 1;
    this.scrubber.value = this.index;
    this.scrubber.style.setProperty("--at", `${100 * at}%`);
    this.scrubber.setAttribute("aria-valuetext", name);
    this.counter.textContent = name;
  }

  buildBar() {
    const acts = { First: () => this.step(-Infinity), Previous: () => this.step(-1), Play: () => this.toggle(), Next: () => this.step(1), Last: () => this.step(Infinity) };
    this.bar.append(...Object.entries(acts).map(([name, act]) => button({ "aria-label": name, title: name, class: name === "Play" && "play" }, icon(name), act)));
    this.play = this.bar.querySelector(".play");
    this.scrubber = make("input", { type: "range", min: 0, value: 0, "aria-label": "Frame", class: "scrubber" });
    this.scrubber.addEventListener("input", () => this.show(Number(this.scrubber.value), true));
    this.counter = make("span", { class: "counter" });
    this.pace = button({ class: "pace", title: "Speed", "aria-label": "Speed 1×" }, "1×", () => this.nextSpeed());
    this.bar.append(this.scrubber, this.counter, this.pace);
  }

  step(count) {
    this.show(this.index + count, true);
  }

  toggle() {
    if (!this.clock && this.index >= this.length - 1) this.show(0);
    this.playing(!this.clock);
  }

  playing(on) {
    clearTimeout(this.clock);
    this.clock = null;
    delete this.root.dataset.autoplay;
    if (on) this.tick();
    this.root.classList.toggle("playing", on);
    clear(this.play).append(icon(on ? "Pause" : "Play"));
    this.play.setAttribute("aria-label", on ? "Pause" : "Play");
    this.play.title = on ? "Pause" : "Play";
    if (!on) this.remember();
  }

  // What the link is to say of the moment; a player that has nothing to say leaves it alone.
  remember() {}

  arrive() {}

  tick() {
    this.clock = setTimeout(() => {
      if (!this.root.isConnected) return;
      if (this.index >= this.length - 1) {
        this.playing(false);
        return;
      }
      this.show(this.index + 1);
      this.tick();
    }, this.pause / this.speed);
  }

  nextSpeed() {
    this.speed = SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length];
    this.pace.textContent = `${this.speed}×`;
    this.pace.setAttribute("aria-label", `Speed ${this.speed}×`);
    if (this.clock) this.playing(true);
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (this.ownKey(event)) return event.preventDefault();
    const onButton = event.target.tagName === "BUTTON" && (event.key === " " || event.key === "Enter");
    const act = {
      " ": () => this.toggle(), ArrowLeft: () => this.step(-1), ArrowRight: () => this.step(1),
      Home: () => this.step(-Infinity), End: () => this.step(Infinity),
    }[event.key];
    if (!act || onButton) return undefined;
    event.preventDefault();
    return act();
  }

  still() {
    return matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  stop() {
    clearTimeout(this.clock);
  }
}
