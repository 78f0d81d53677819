// What a page of the static site does where one of the app asks Streamlit: the names of streamlit_internals.js, and how the app is reached.

import { here, HOME, root } from "./addresses.js";
import { button, make } from "./dom.js";
import { store, stored } from "./storage.js";

export const facts = JSON.parse(document.querySelector("[data-rnnviz-page]").textContent);

// This very moment in the app, or on another of its pages.
export function inApp(page = null) {
  const { page: now, link } = here(), name = page ?? now, query = new URLSearchParams(link).toString();
  return facts.app + (name === HOME ? "" : name) + (query ? `?${query}` : "");
}

// A link that opens the app; who has to start it first is told how.
export function wayToApp(words) {
  const link = make("a", { class: "to-app", href: facts.app }, words), point = () => (link.href = inApp());
  for (const kind of ["pointerdown", "focus"]) link.addEventListener(kind, point);
  const told = facts.local ? [" Start it first: ", make("code", {}, "pip install ."), " in its repository, then ", make("code", {}, "rnnviz"), "."] : [];
  return make("p", {}, [link, ...told]);
}

// To an app that the reader has to start first the way is told.
export function travel(to) {
  if (facts.local && to.startsWith(facts.app)) dispatchEvent(new Event("rnnviz:app"));
  else location.assign(to);
}

export const reopen = () => {};
export const giveBackOnEscape = () => {};

// The words and symbols that hold what was typed; a group without one is not shown.
export function findWhileTyping() {
  document.addEventListener("input", ({ target }) => {
    if (!target.matches(".word-search")) return;
    const wanted = target.value.trim().toLowerCase();
    for (const card of document.querySelectorAll(".word-card")) card.hidden = !card.textContent.toLowerCase().includes(wanted);
    for (const group of document.querySelectorAll(".word-group")) group.hidden = !group.querySelector(".word-card:not([hidden])");
  });
}

export function themeSeen(element) {
  const [red, green, blue] = getComputedStyle(element).color.match(/[\d.]+/g).map(Number);
  return red + green + blue > 382 ? "dark" : "light";
}

export function pageColours() {
  const { backgroundColor, color } = getComputedStyle(document.body);
  return { page: backgroundColor, ink: color };
}

export const under = (key, selector) => document.querySelector(`.st-key-${key} ${selector}`);
export const benchAround = (element) => element.closest(".st-key-part-chart");

const THEMES = { "as the system": null, light: "light", dark: "dark" };

export function takeTheme(name = stored("theme")) {
  if (name) document.documentElement.dataset.theme = name;
  else delete document.documentElement.dataset.theme;
  dispatchEvent(new Event("rnnviz:theme"));
}

const themes = () => Object.entries(THEMES).map(([words, name]) => button({ "aria-pressed": String(name === stored("theme")) }, words, ({ target }) => {
  store("theme", name);
  takeTheme(name);
  for (const other of target.parentElement.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === target));
}));

// What can be set: the examples, which the site has, the theme, and all else in the app.
const sheet = () => document.querySelector("dialog.settings");
export const settingsAreOpen = () => Boolean(sheet());

export function toggleSettings() {
  if (sheet()) return sheet().close();
  const file = location.pathname.slice(root().length);
  const row = ([name, { title, sentence }]) => make("li", {}, make("a", { href: `${file}?preset=${name}`, "aria-current": name === facts.preset && "true" }, [make("b", {}, title), ` ${sentence}`]));
  const close = button({ class: "close", "aria-label": "Close" }, "×", () => made.close());
  const made = make("dialog", { class: "settings wide", "aria-label": "Settings" }, [
    make("h2", {}, "Settings"), close, wayToApp("Change T, units, activation, weights: this moment in the app"),
    make("h3", {}, "Theme"), make("div", { class: "acts" }, themes()),
    make("h3", {}, "Examples"), make("ul", {}, Object.entries(facts.presets).map(row)),
  ]);
  made.addEventListener("close", () => made.remove());
  made.addEventListener("click", ({ target }) => target === made && made.close());
  document.querySelector(".rnnviz-layer").append(made);
  return made.showModal();
}

