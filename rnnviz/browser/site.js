// The static site: what the app's server does for its components, from files that were made beforehand.
// A page of it is opened from a folder too, where nothing may be fetched: each file is a script that hands over what it holds.

import { pageName } from "./addresses.js";
import { make } from "./dom.js";
import { drawFlow } from "./site_flow.js";
import { facts, inApp, takeTheme, themeSeen, wayToApp } from "./site_page.js";
import { store, stored } from "./storage.js";

const asked = new URLSearchParams(location.search), page = pageName(), place = document.querySelector("[data-place]");
const known = (name) => (name in facts.presets ? name : facts.first);
const state = { preset: known(asked.get("preset")), parameter: null };
const kept = new Map();
const FACES = ["16px", "italic 16px"].map((face) => document.fonts.load(`${face} "rnnviz Math"`)); // or formulas would move when they come

// Asked for once: a scene, or one of the app's components.
function held(name) {
  if (!kept.has(name)) {
    const one = {};
    one.there = new Promise((resolve) => (one.take = resolve));
    kept.set(name, one);
  }
  return kept.get(name);
}

// A file hands over its JSON deflated: a scene, or a component's style and script.
async function unpack(name, text) {
  const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const made = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).json();
  if (made.script) document.head.append(make("style", {}, made.style), make("script", {}, made.script));
  else take(name, made);
}

const take = (name, made) => held(name).take(made);
globalThis.rnnviz = { take, unpack };

function scene(name) {
  if (!kept.has(name)) document.head.append(make("script", { src: `scenes/${name}.js?v=${facts.version}` }));
  return held(name).there;
}

const own = () => facts.presets[state.preset];

// Of a long network what is of one parameter stands apart from what all share.
async function detail() {
  const name = `stage/${state.preset}`, [all, one] = await Promise.all([name, ...(own().whole ? [] : [`${name}.${state.parameter}`])].map(scene));
  return one ? { id: all.id + one.id, scene: { ...all.scene, ...one.scene } } : all;
}

// A long network has no overview of its own: the one parameter that is seen comes with its details.
async function overview(more) {
  return own().whole ? stage(scene(`overview/${state.preset}`), more) : stage(detail(), { ...more, detail: false });
}

async function stage(made, more = {}) {
  return { ...(await made), more: { first_frame: own().first[page] ?? "start", parameter: state.parameter, ...more } };
}

function first() {
  const isNew = page === "Home" && state.preset.startsWith("lecture") && !stored("started");
  store("started", 1);
  return isNew;
}

const round = () => Number(/\.(\d{1,6})$/.exec(asked.get("question") || "")?.[1] ?? 0);
const lessonAsked = () => (asked.get("lesson") || "").split(".")[0];

const VIEWS = {
  Home: () => overview({ autoplay: first() }),
  Unrolled_network: () => overview({ forward: true }),
  Chain_rule: () => stage(detail()),
  Training: () => scene(`training/${state.preset}`),
  Lessons: async () => ({ ...(await scene(`lessons/${state.lesson}.${state.preset}`)), more: {} }),
  Questions: async () => {
    const [seen, quiz] = await Promise.all([scene(`overview/${state.preset}`), scene(`questions/${state.preset}.${state.round}`)]);
    return { id: seen.id + quiz.id, scene: seen.scene, more: { quiz: quiz.scene } };
  },
};

// What a component wishes: what the site has is loaded, all else is the app's.
const WISHES = {
  parameter: (name) => keep({ parameter: name === own().parameter ? null : name }, { parameter: name }),
  lesson: (name) => keep({ lesson: name, preset: facts.lessons[name].includes(state.preset) ? state.preset : facts.lessons[name][0] }, { lesson: name }),
  round: (text) => keep({}, { round: Number(text) % facts.rounds }),
};

function keep(changes, now) {
  dispatchEvent(new CustomEvent("rnnviz:settle"));
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) value === null ? query.delete(name) : query.set(name, value);
  history.replaceState(history.state, "", location.pathname + (query.size ? `?${query}` : "") + location.hash);
  Object.assign(state, now);
  if (changes.preset) state.preset = changes.preset;
  return show();
}

async function show() {
  header();
  if (page === "Gradient_flow") return flow();
  if (!VIEWS[page]) return Promise.all(FACES);
  const [component, data] = await Promise.all([held(place.dataset.component).there, VIEWS[page](), ...FACES]);
  return component({ parentElement: place, data, setTriggerValue: (name, value) => (WISHES[name] || needsApp)(value) });
}

// The laboratory has its own presets, and parts that need none.
async function flow() {
  const name = facts.alike.includes(state.part) ? state.part : `${state.part}.${state.preset}`;
  const [plot, download, { scene: data }] = await Promise.all([held("plot").there, held("plot_download").there, scene(`flow/${name}`)]);
  const picks = new URLSearchParams(location.search).get("see") ?? "", found = data.pick && new RegExp(`(?:^|,)${data.pick}:(\\d)`).exec(picks);
  const to = (changes) => `?${new URLSearchParams({ preset: state.preset, part: state.part, ...changes })}`;
  const ways = Object.entries(facts.parts).map(([part, label]) => [to({ part, ...(part === "cliff" && "cliff" in facts.presets && { preset: "cliff" }) }), label, part === state.part]);
  const list = make("select", { "aria-label": "Example" }, facts.shown.map((one) => make("option", { value: one, selected: one === state.preset && "" }, facts.presets[one].title)));
  list.addEventListener("change", () => location.assign(to({ preset: list.value })));
  const pick = (at) => keep({ see: data.pick && at ? `${data.pick}:${at}` : null }, {});
  drawFlow(place, data, themeSeen(document.body), { plot, download }, { ways, examples: facts.alike.includes(state.part) ? [] : [list], seen: Number(found?.[1] ?? 0), pick });
}

// A word that a link asks for is shown first, marked.
function words() {
  const card = document.getElementById(asked.get("word") ?? location.hash.slice(1)), search = document.querySelector(".word-search");
  if (search && asked.get("find")) {
    search.value = asked.get("find");
    search.dispatchEvent(new Event("input", { bubbles: true }));
  }
  card?.classList.add("asked");
  card?.scrollIntoView({ block: "center" });
  document.querySelector(".site-words")?.classList.add("whole");
}

function needsApp() {
  tell("This needs the engine, which the app has.");
}

// What the site cannot show is said where the page begins, with the way to it.
function tell(words) {
  document.querySelector(".site-note")?.remove();
  document.querySelector(".site-block").prepend(make("div", { class: "site-note", role: "status" }, [make("p", {}, words), wayToApp("Open this moment in the app")]));
}

// The experiment in a link of the site, as in the app: what differs from the first preset.
function query() {
  const found = new URLSearchParams(state.preset === facts.first ? {} : { preset: state.preset });
  if (state.parameter !== own().parameter) found.set("parameter", state.parameter);
  return found.size ? `?${found}` : "";
}

async function header() {
  facts.preset = state.preset;
  const toolbar = await held("toolbar").there, pages = facts.pages.map(([file, ...rest]) => [file + query(), ...rest]);
  const data = { title: facts.title, guide: facts.guide, pages, files: inApp("Take_away"), words: own().words, drawn: themeSeen(document.body) };
  toolbar({ parentElement: document.querySelector(".site-header"), data, setTriggerValue: () => {} });
  for (const link of document.querySelectorAll(".rnnviz-ways a, .rnnviz-examples p a")) link.search = query();
}

// A setting that the site has not computed, a network on which it has no lesson or question: it shows the nearest that it has.
function begin() {
  const parameter = asked.get("parameter");
  const others = [...asked].filter(([name]) => !facts.keys.includes(name)).map(([name, value]) => `${name} ${value}`.slice(0, 60));
  if (asked.has("preset") && !(asked.get("preset") in facts.presets)) others.unshift(`preset ${asked.get("preset")}`.slice(0, 60));
  state.lesson = lessonAsked() in facts.lessons ? lessonAsked() : Object.keys(facts.lessons)[0];
  state.round = round() % facts.rounds;
  state.part = asked.get("part") in facts.parts ? asked.get("part") : Object.keys(facts.parts)[0];
  const fits = { Lessons: facts.lessons[state.lesson], Questions: facts.asked, Gradient_flow: facts.shown }[page] ?? [state.preset];
  if (!fits.includes(state.preset)) {
    if (asked.has("preset")) others.push(own().title);
    state.preset = fits[0];
  }
  state.parameter = facts.parameters.includes(parameter) ? parameter : own().parameter;
  if (round() >= facts.rounds && page === "Questions") others.push(`round ${round()} of the questions`);
  if (others.length) tell(`The link asks for ${others.join(", ")}, which this site has not computed. It shows “${own().title}” as it is.`);
}

takeTheme();
for (const source of [window, matchMedia("(prefers-color-scheme: dark)")]) source.addEventListener(source === window ? "rnnviz:theme" : "change", show);
addEventListener("rnnviz:app", needsApp);
begin();
show().then(words);
