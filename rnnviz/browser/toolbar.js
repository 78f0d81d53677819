// The toolbar of every page: links to the pages, the link to copy, prepared steps, lecture mode with its keys. All of it stays in the browser.

import { address, here, HOME, pageName } from "./addresses.js";
import { button, draw, fill, make } from "./dom.js";
import { saveFilm, savePicture } from "./pictures.js";
import { skipLink } from "./skip.js";
import { store, stored } from "./storage.js";
import { findWhileTyping, giveBackOnEscape, reopen, settingsAreOpen, themeSeen, toggleSettings, travel } from "./streamlit_internals.js";
import { watch } from "./watch.js";

const LOOKS = ["input:not([type=range])", "textarea", "select", "[contenteditable]", "[role=combobox]", "[role=slider]", "[role=listbox]", "[role=tab]", "dialog"];
const SESSION = "Take_away";
const KEYS = {
  "Everywhere but in a text field": [
    ["s", "settings: open, close"], ["w", "what am I looking at?"], ["c", "copy the link to this moment"], ["l", "full screen (lecture mode) on, off"],
    ["a", "add this moment to the prepared steps"], ["o", "open the prepared steps"], ["?", "this sheet"],
  ],
  "Where the stage, a lesson or a question has the focus; in full screen from anywhere": [
    ["Space", "play or pause, with Shift backwards"], ["← →", "previous, next frame, paragraph or question"], ["Home, End", "first, last"], ["↑ ↓", "on Training: through the phases of an epoch"],
    ["Page down, up", "on Training: ten epochs; in full screen: next, previous prepared step"], ["1 to 9, Enter", "on Practice: choose, answer and go on"], ["Esc", "close a sheet; no longer mark what was clicked"],
  ],
  "On a node of the network, a cell of the grid, a parameter": [["← → ↑ ↓", "to the next one: each of the three is one stop of the Tab key"], ["Enter", "on a cell: show its term"]],
  "In full screen alone": [["1 to 9", "open a page, in the order of the links"], ["p", "a ring that follows the mouse"], ["b or .", "black screen, and back"], ["Esc", "leave"]],
};

const SIGNS = {
  Settings: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1v2M8 13v2M1 8h2M13 8h2M3 3l1.5 1.5M11.5 11.5L13 13M13 3l-1.5 1.5M4.5 11.5L3 13",
  Share: "M8 10V1.5M4.8 4.5L8 1.5l3.2 3M3.5 7.5v7h9v-7", "Full screen": "M1.5 2.5h13v8h-13zM8 10.5v2M5 14.5l3-2 3 2",
  Help: "M8 1.2a6.8 6.8 0 1 0 0 13.6A6.8 6.8 0 0 0 8 1.2M6 6.2a2 2 0 1 1 2.6 1.9c-.5.2-.6.6-.6 1.3M8 11.4v.2", More: "M4 6l4 4 4-4",
};
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
findWhileTyping();

// In a frame of another page, ?embed=true, the parts that the address names are left out.
const asked = new URLSearchParams(location.search);
if (asked.get("embed") === "true") document.documentElement.dataset.embedded = asked.get("hide") ?? "header";

class Toolbar {
  constructor(parent) {
    this.said = make("span", { role: "status", class: "said" });
    this.lecture = this.button("Full screen", "Lecture mode (key l): large type, nothing beside, keys for everything", () => this.toggleLecture());
    this.list = this.button("Prepared steps", "An ordered list of moments (key o)", () => this.showSteps());
    const copy = this.button("Copy link", "Copy the link to this moment (key c): settings, page, frame, selection", () => this.copy());
    this.files = make("a", {}, "Files and scripts");
    const guide = this.button("What is this?", "What am I looking at? (key w)", () => this.showGuide());
    const keys = this.button("Keys", "Keys (key ?)", () => this.showKeys());
    const embed = this.button("Embed", "The line that shows this moment in a page of your own", () => this.showFrame());
    const shot = this.button("Picture", "This frame as a picture, PNG at twice its size", () => this.keep(savePicture));
    const film = this.button("Film", "The frames of this training step as a film, WebM", () => this.keep(saveFilm));
    const menus = [["Share", [copy, embed, shot, film, this.files]], ["Full screen", [this.lecture, this.list]], ["Help", [guide, keys]]];
    this.bar = make("div", { class: "rnnviz-toolbar", role: "group", "aria-label": "This moment" }, [...menus.map(([name, items]) => menu(name, sign(name), items)), this.said]);
    this.words = make("span");
    this.chip = button({ class: "chip", title: "Settings of the experiment (key s)" }, [this.words, sign("Settings")], toggleSettings);
    this.brand = make("a", { class: "brand" }, [draw("svg", { viewBox: "0 0 24 12", "aria-hidden": "true" }, draw("path", { d: "M0 1q7 0 12 3l12 .8v2.4L12 8q-5 3-12 3z" })), make("span", {}, "rnnviz")]);
    this.pages = make("nav", { class: "rnnviz-pages", "aria-label": "Pages" });
    this.header = make("header", { class: "rnnviz-header" }, [this.brand, this.pages, this.chip, this.bar]);
    this.layer = make("div", { class: "rnnviz-layer" });
    this.origin = make("p", { class: "rnnviz-origin" });
    this.probe = make("i", { class: "rnnviz-probe", "aria-hidden": "true" });
    this.probe.addEventListener("transitionend", () => this.look());
    parent.append(this.header, this.origin, this.layer, this.probe);
    skipLink();
    this.ends = new AbortController(); // all of it ends with the toolbar
    const { signal } = this.ends, whole = { signal, capture: true };
    document.addEventListener("keydown", (event) => this.key(event), whole);
    document.addEventListener("click", (event) => this.leave(event), whole);
    document.addEventListener("click", () => requestAnimationFrame(() => this.markSettings()), { signal }); // whatever opens or closes the settings
    document.addEventListener("toggle", ({ target }) => reopen(target), whole);
    document.addEventListener("pointermove", ({ clientX, clientY }) => this.ring && (this.ring.style.transform = `translate(${clientX}px, ${clientY}px)`), { signal });
    addEventListener("rnnviz:steps", () => this.apply(), { signal });
    addEventListener("beforeprint", () => (this.origin.textContent = `rnnviz, ${location.origin}${address(here())}`), { signal });
    if (new URLSearchParams(location.search).get("lecture") === "1") store("lecture", 1);
    this.apply();
  }

  // The page that is left for the session file is the moment to be packed.
  leave(event) {
    watch(event.target);
    const link = event.target.closest?.("a");
    if (!link) return;
    if (pageName() !== SESSION) store("moment", here());
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!isPlain || !link.matches(".rnnviz-header a, .rnnviz-links a, .rnnviz-layer a.start")) return;
    event.preventDefault();
    link.closest("dialog")?.close();
    travel(link.href);
    if (event.detail === 0) skipLink().focus(); // the keyboard begins anew on the page
  }

  // The theme that is seen is held against the one that the page was drawn for; asked for once an answer.
  update({ title, guide, pages, files, words, drawn }, ask) {
    Object.assign(this, { title, guide, drawn, ask, asked: null });
    this.words.textContent = words;
    this.files.href = files;
    this.drawPages(pages);
    this.apply();
    this.look();
  }

  // Home is the brand; what is asked for less often stands under More, and in a narrow window all of them do.
  drawPages([home, ...pages]) {
    this.brand.href = home[0];
    const link = ([href, name]) => make("a", { href }, name), rare = pages.filter(([, , isRare]) => isRare);
    const often = pages.filter((one) => !rare.includes(one));
    const more = menu("More", [make("span", { class: "wide" }, "More"), make("span", { class: "narrow" }, this.title), sign("More")], [...[home, ...often].map((one) => fill(link(one), { class: "narrow" })), ...rare.map(link)], false);
    this.pages.replaceChildren(...often.map(link), more);
    const now = pageName(), isCurrent = ({ pathname }) => pageName(pathname) === now;
    [this.brand, ...this.pages.querySelectorAll("a")].forEach((one) => isCurrent(one) && one.setAttribute("aria-current", "page"));
    more.toggleAttribute("data-current", rare.some(([, name]) => name === this.title));
  }

  markSettings() {
    this.chip.setAttribute("aria-expanded", String(settingsAreOpen()));
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
      this.offer("Link to this moment", link);
    }
  }

  // What is on the screen, as a file.
  async keep(save) {
    const player = document.querySelector(PLAYERS);
    try {
      this.say(player ? `${await save(player, (words) => this.say(words))} saved` : "There is no frame on this page");
    } catch {
      this.say("This browser cannot make it");
    }
  }

  // A line to be taken by hand.
  offer(title, value, ...words) {
    const field = make("input", { readonly: "", value, "aria-label": title });
    this.sheet(title, [field, ...words]);
    field.select();
  }

  showFrame() {
    const { page, link } = here(), source = location.origin + address({ page, link: { ...link, embed: true, hide: "header" } });
    const line = make("iframe", { src: source, title: "rnnviz", width: 1000, height: 640, loading: "lazy", style: "border: 0" }).outerHTML;
    const hint = make("p", {}, "Parts that can be left out stand behind hide=, with commas between: header, settings, caption, grid, formula, transport.");
    this.offer("Embed this moment", line, hint);
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
    const start = make("a", { href: address({ page: HOME, link: {} }), class: "start" }, "Back to the start");
    this.sheet(this.title, [...this.guide.map((words) => make("p", {}, words)), make("p", {}, start)]);
  }

  showKeys() {
    const row = ([key, words]) => make("tr", {}, [make("th", { scope: "row" }, make("kbd", {}, key)), make("td", {}, words)]);
    this.sheet("Keys", Object.entries(KEYS).flatMap(([where, rows]) => [make("h3", {}, where), make("table", {}, make("tbody", {}, rows.map(row)))]));
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
    this.list.textContent = steps.all.length ? `Prepared steps ${steps.all.length}` : "Prepared steps";
    this.markSettings();
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
      "?": () => this.showKeys(), w: () => this.showGuide(), l: () => this.toggleLecture(), a: () => this.addStep(), s: () => toggleSettings(), o: () => this.showSteps(), c: () => this.copy(),
    }[event.key];
    if (always) return always;
    if (!this.on) return null;
    const lecture = { b: () => this.black(), ".": () => this.black(), p: () => this.point(!this.ring) }[event.key];
    if (lecture) return lecture;
    if (/^[1-9]$/.test(event.key)) return () => [this.brand, ...this.pages.querySelectorAll("a:not(.narrow)")][Number(event.key) - 1]?.click();
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

const sign = (name) => draw("svg", { viewBox: "0 0 16 16", class: "sign", "aria-hidden": "true" }, draw("path", { d: SIGNS[name] }));

// A button under which some links or buttons stand; the browser closes it again, and a choice does.
function menu(name, face, items, isNamed = true) {
  const list = make("div", { popover: "", class: "rnnviz-menu" }, items);
  const opener = button({ "aria-label": isNamed && name, title: isNamed && name, "aria-haspopup": "true" }, face, () => {});
  opener.popoverTargetElement = list;
  list.addEventListener("beforetoggle", ({ newState }) => {
    const { left, bottom } = opener.getBoundingClientRect();
    Object.assign(list.style, { top: `${bottom + 4}px`, left: `min(${left}px, calc(100vw - 15rem))` });
    opener.setAttribute("aria-expanded", String(newState === "open"));
    if (newState === "open") document.documentElement.dataset.rnnvizOpen = name;
    else delete document.documentElement.dataset.rnnvizOpen;
  });
  list.addEventListener("click", ({ target }) => target !== list && list.hidePopover());
  return make("span", { class: "rnnviz-opener" }, [opener, list]);
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
