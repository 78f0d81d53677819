// The toolbar of every page: links to the pages, the link to copy, prepared steps, lecture mode with its keys. All of it stays in the browser.

import { address, here, HOME, pageName, root } from "./addresses.js";
import { button, make } from "./dom.js";
import { store, stored } from "./storage.js";
import { giveBackOnEscape, reopen, themeSeen, travel } from "./streamlit_internals.js";

const LOOKS = ["input:not([type=range])", "textarea", "select", "[contenteditable]", "[role=combobox]", "[role=slider]", "[role=listbox]", "[role=tab]", "dialog"];
const SESSION = "Take_away";
const KEYS = [
  ["Space", "play or pause"], ["← →", "previous, next frame or paragraph"], ["Home, End", "first, last"],
  ["↑ ↓", "through the loop inside an epoch (Training)"], ["Page down, up", "next, previous prepared step; without steps: paragraph, or ten epochs"],
  ["1 to 9", "open a page, in the order of the links"], ["a", "add this moment to the prepared steps"], ["s", "show the prepared steps"],
  ["c", "copy the link to this moment"], ["p", "pointer: a ring that follows the mouse"], ["b or .", "black screen, and back"],
  ["l", "lecture mode on, off"], ["w", "what am I looking at?"], ["Esc", "close, let go of what is lit, leave lecture mode"], ["?", "this sheet"],
];

const PLAYERS = "[data-testid=stage], [data-testid=training-player]";
const LESSON = "[data-testid=lesson]:not([hidden])";

// Prepared steps: an ordered list of moments for a talk, and at which of them it is.
const steps = {
  get all() {
    const found = stored("steps");
    return Array.isArray(found) ? found.filter((one) => one && typeof one.page === "string" && typeof one.link === "object").slice(0, 100) : [];
  },
  set all(list) {
    store("steps", list);
  },
  get at() {
    return Number(stored("step") ?? -1);
  },
  set at(place) {
    store("step", place);
  },
};

giveBackOnEscape();

class Toolbar {
  constructor(parent) {
    this.said = make("span", { role: "status", class: "said" });
    this.lecture = this.button("Lecture", "Lecture mode (key l): large type, no sidebar, keys for everything", () => this.toggleLecture());
    this.list = this.button("Steps", "Prepared steps (key s): an ordered list of moments", () => this.showSteps());
    const copy = this.button("Copy link", "Copy the link to this moment (key c): settings, page, frame, selection", () => this.copy());
    const guide = this.button("What is this?", "What am I looking at? (key w)", () => this.showGuide());
    const help = this.button("?", "Keys (key ?)", () => this.showKeys());
    this.bar = make("div", { class: "rnnviz-toolbar", role: "group", "aria-label": "This moment" }, [guide, copy, this.list, this.lecture, help, this.said]);
    this.layer = make("div", { class: "rnnviz-layer" });
    this.origin = make("p", { class: "rnnviz-origin" });
    this.pages = make("nav", { class: "rnnviz-pages", "aria-label": "Pages" });
    this.probe = make("i", { class: "rnnviz-probe", "aria-hidden": "true" });
    this.probe.addEventListener("transitionend", () => this.look());
    parent.append(this.pages, this.bar, this.origin, this.layer, this.probe);
    this.ends = new AbortController(); // all of it ends with the toolbar
    const { signal } = this.ends, whole = { signal, capture: true };
    document.addEventListener("keydown", (event) => this.key(event), whole);
    document.addEventListener("click", (event) => this.leave(event), whole);
    document.addEventListener("toggle", ({ target }) => reopen(target), whole);
    document.addEventListener("pointermove", ({ clientX, clientY }) => this.ring && (this.ring.style.transform = `translate(${clientX}px, ${clientY}px)`), { signal });
    addEventListener("rnnviz:steps", () => this.apply(), { signal });
    addEventListener("beforeprint", () => (this.origin.textContent = `rnnviz, ${location.origin}${address(here())}`), { signal });
    if (new URLSearchParams(location.search).get("lecture") === "1") store("lecture", 1);
    this.apply();
  }

  // The page that is left for the session file is the moment to be packed.
  leave(event) {
    const link = event.target.closest?.("a");
    if (!link) return;
    if (pageName() !== SESSION) store("moment", here());
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!isPlain || !link.matches(".rnnviz-pages a, .rnnviz-links a, .rnnviz-layer a.start")) return;
    event.preventDefault();
    link.closest("dialog")?.close();
    travel(link.href);
  }

  // The theme that is seen is held against the one that the page was drawn for; asked for once an answer.
  update({ title, guide, pages, drawn }, ask) {
    Object.assign(this, { title, guide, drawn, ask, asked: null });
    const now = pageName(), isCurrent = (link) => link.pathname.slice(root().length) === (now === HOME ? "" : now);
    this.pages.replaceChildren(...pages.map(([href, name]) => make("a", { href }, name)));
    [...this.pages.children].filter(isCurrent).forEach((link) => link.setAttribute("aria-current", "page"));
    this.apply();
    this.look();
  }

  look() {
    const seen = themeSeen(this.probe);
    if (seen === this.drawn || seen === this.asked) return;
    this.asked = seen;
    this.ask("theme", seen);
  }

  // Words on a button are its name, so that who speaks to it says what is seen; a sign is named by its help.
  button(text, help, act) {
    return button({ title: help, "aria-label": !/\p{L}/u.test(text) && help }, text, act);
  }

  say(words) {
    const places = [this.said, this.foot?.querySelector(".note")].filter(Boolean);
    const write = (text) => places.forEach((place) => (place.textContent = text));
    write(words);
    clearTimeout(this.silence);
    this.silence = setTimeout(() => write(""), 2500);
  }

  async copy() {
    const link = location.origin + address(here());
    try {
      await navigator.clipboard.writeText(link);
      this.say("Link copied");
    } catch {
      // Where the clipboard is closed to a page, the link stands there to be taken by hand.
      const field = make("input", { readonly: "", value: link, "aria-label": "Link to this moment" });
      this.sheet("Link to this moment", [field]);
      field.select();
    }
  }

  sheet(title, children, wide = false) {
    this.layer.querySelector("dialog")?.remove();
    const close = button({ class: "close", "aria-label": "Close" }, "×", () => dialog.close());
    const dialog = make("dialog", { "aria-label": title, class: wide ? "wide" : "" }, [make("h2", {}, title), close, ...children]);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    this.layer.append(dialog);
    dialog.showModal();
    return dialog;
  }

  showGuide() {
    const start = make("a", { href: root(), class: "start" }, "Back to the start");
    this.sheet(this.title, [...this.guide.map((words) => make("p", {}, words)), make("p", {}, start)]);
  }

  showKeys() {
    const rows = KEYS.map(([key, words]) => make("tr", {}, [make("th", { scope: "row" }, make("kbd", {}, key)), make("td", {}, words)]));
    const note = make("p", {}, "Letters work everywhere but in a text field; arrows and Space reach the player from anywhere in lecture mode, and else where it has the focus.");
    this.sheet("Keys", [make("table", {}, make("tbody", {}, rows)), note]);
  }

  toggleLecture() {
    store("lecture", this.on ? null : 1);
    this.apply();
  }

  get on() {
    return stored("lecture") === 1;
  }

  apply() {
    document.documentElement.toggleAttribute("data-rnnviz-lecture", this.on);
    this.lecture.setAttribute("aria-pressed", String(this.on));
    this.foot?.remove();
    if (this.on) this.layer.append(this.drawFoot());
    else this.point(false);
    this.list.textContent = steps.all.length ? `Steps ${steps.all.length}` : "Steps";
    dispatchEvent(new Event("resize"));
  }

  drawFoot() {
    const all = steps.all, at = steps.at, next = all[at + 1];
    const words = all.length ? `Step ${Math.min(at + 1, all.length)} of ${all.length}${next ? ` · next: ${next.title}` : ""}` : "";
    const leave = this.button("Leave", "Leave lecture mode (key l or Esc)", () => this.toggleLecture());
    const keys = this.button("?", "Keys (key ?)", () => this.showKeys());
    this.foot = make("div", { class: "foot" }, [make("span", { class: "place" }, words), make("span", { class: "note", role: "status" }), keys, leave]);
    return this.foot;
  }

  black() {
    this.curtain = make("div", { class: "curtain", role: "img", "aria-label": "Black screen; any key or a click brings the page back" });
    this.curtain.addEventListener("click", () => this.lift());
    this.layer.append(this.curtain);
  }

  lift() {
    this.curtain.remove();
    this.curtain = null;
  }

  point(on) {
    this.ring?.remove();
    this.ring = on ? make("div", { class: "ring", "aria-hidden": "true" }) : null;
    if (this.ring) this.layer.append(this.ring);
  }

  addStep() {
    const page = document.querySelector("h1")?.textContent.trim() || "Page", lesson = document.querySelector(LESSON);
    const place = lesson ? `${lesson.dataset.lesson} ${Number(lesson.dataset.paragraph) + 1}` : document.querySelector(PLAYERS)?.dataset.frameId;
    const all = [...steps.all, { title: place ? `${page}: ${place}` : page, ...here() }];
    steps.all = all;
    steps.at = all.length - 1;
    this.apply();
    this.say(`Step ${all.length} added`);
  }

  go(place) {
    const all = steps.all;
    if (!all[place]) return this.say(place < 0 ? "This is the first step" : "This was the last step");
    steps.at = place;
    travel(address(all[place]));
    return this.apply();
  }

  showSteps() {
    const list = make("ol", { class: "steps" });
    const draw = () => {
      list.replaceChildren(...steps.all.map((one, place) => this.row(one, place, draw)));
      all.disabled = !list.children.length;
    };
    const add = this.button("Add this moment", "Add this moment at the end (key a)", () => (this.addStep(), draw()));
    const all = this.button("Remove all", "Remove all steps", () => this.change([], draw));
    draw();
    const empty = make("p", { class: "hint" }, "An ordered list of moments for a talk. In lecture mode Page down and Page up go through it. It stays in this browser, and goes into a session file.");
    this.sheet("Prepared steps", [empty, list, make("div", { class: "acts" }, [add, all])], true);
  }

  row(one, place, draw) {
    const all = steps.all, moved = (to) => {
      const order = [...all];
      order.splice(to, 0, ...order.splice(place, 1));
      this.change(order, draw);
    };
    const name = make("input", { value: one.title, "aria-label": `Title of step ${place + 1}`, maxlength: 200 });
    name.addEventListener("change", () => this.change(all.map((each, i) => (i === place ? { ...each, title: name.value } : each)), draw));
    const open = this.button("Open", `Go to step ${place + 1}`, () => (this.layer.querySelector("dialog").close(), this.go(place)));
    const up = this.button("↑", `Move step ${place + 1} up`, () => moved(Math.max(0, place - 1)));
    const down = this.button("↓", `Move step ${place + 1} down`, () => moved(place + 1));
    const gone = this.button("×", `Remove step ${place + 1}`, () => this.change(all.filter((_, i) => i !== place), draw));
    return make("li", { "aria-current": place === steps.at ? "step" : "false" }, [name, open, up, down, gone]);
  }

  change(list, draw) {
    steps.all = list;
    if (steps.at >= list.length) steps.at = list.length - 1;
    draw();
    this.apply();
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.rnnviz || !this.bar.isConnected) return;
    if (this.curtain) return void (event.preventDefault(), event.stopImmediatePropagation(), this.lift());
    if (event.target.closest?.(LOOKS.join(","))) return;
    const act = this.action(event);
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // while pages change two toolbars may stand: one of them acts
    act();
  }

  action(event) {
    const always = {
      "?": () => this.showKeys(), w: () => this.showGuide(), l: () => this.toggleLecture(), a: () => this.addStep(), s: () => this.showSteps(), c: () => this.copy(),
    }[event.key];
    if (always) return always;
    if (!this.on) return null;
    const lecture = { b: () => this.black(), ".": () => this.black(), p: () => this.point(!this.ring) }[event.key];
    if (lecture) return lecture;
    if (/^[1-9]$/.test(event.key)) return () => this.pages.children[Number(event.key) - 1]?.click();
    if (event.key === "Escape" && !document.querySelector("[data-picked]")) return () => this.toggleLecture();
    const by = { PageDown: 1, PageUp: -1 }[event.key];
    if (by && steps.all.length) return () => this.go(steps.at + by);
    return this.forward(event);
  }

  // Arrows and Space reach the player of the page from anywhere; where it has the focus they are its own.
  forward(event) {
    if (!["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown", " ", "Escape"].includes(event.key)) return null;
    const player = ["[data-testid=quiz]:not([hidden])", LESSON, PLAYERS].map((one) => document.querySelector(one)).find(Boolean);
    const busy = event.target.closest?.(`${PLAYERS}, button, a, summary`);
    if (!player || (busy && (event.key === " " || player.closest(PLAYERS) === busy))) return null;
    return () => {
      const again = new KeyboardEvent("keydown", { key: event.key, shiftKey: event.shiftKey, bubbles: true, cancelable: true });
      again.rnnviz = true;
      player.dispatchEvent(again);
    };
  }
}

const toolbars = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  let toolbar = toolbars.get(parentElement);
  if (!toolbar) {
    toolbar = new Toolbar(parentElement);
    toolbars.set(parentElement, toolbar);
  }
  toolbar.update(data, setTriggerValue);
  return () => {
    if (parentElement.isConnected) return;
    toolbar.ends.abort();
    toolbar.layer.remove();
    toolbars.delete(parentElement);
  };
}
