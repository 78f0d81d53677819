// Gradient flow on the static site: one part of the laboratory, its pictures, numbers and words, as they were made.

import { segmented } from "./controls.js";
import { button, make } from "./dom.js";

// Of the dark theme only what differs is sent.
function merged(value, other) {
  if (value?.same === true) return other;
  if (Array.isArray(value)) return value.map((one, place) => merged(one, other?.[place]));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, merged(one, other?.[key])]));
}

// Markup that was written with the site: drawings, legends, formulas; what a script were in it does not run.
const parsed = (html) => [...document.importNode(new DOMParser().parseFromString(html, "text/html").body, true).childNodes];

function picture(one, theme, { plot, download }) {
  const { legend, plot: chart, html } = theme === "dark" ? merged(one.dark, one.light) : one.light;
  const box = make("div", { class: `st-key-${one.key.replaceAll(".", "-")}` });
  if (html) box.append(make("div", { role: "region", "aria-label": one.alt, tabindex: 0, class: "site-drawing" }, parsed(html)));
  else {
    const place = make("div");
    box.append(...parsed(legend), place);
    queueMicrotask(() => plot({ parentElement: place, data: { alt: one.alt, plot: chart }, setTriggerValue: () => {} }));
  }
  return { box, files: one.csv && !html ? downloads(one, download) : null };
}

function downloads(one, download) {
  const buttons = ["csv", "svg", "png"].map((value) => button({ value, class: "plain-button" }, value.toUpperCase(), () => {}));
  const row = make("p", { class: "site-files" }, ["Download ", ...buttons, make("span", { role: "status" })]);
  download({ parentElement: row, data: { key: one.key.replaceAll(".", "-"), csv: one.csv, legend: [] } });
  return row;
}

const numbers = (rows) => make("dl", {}, rows.flatMap(([name, value, words]) => [make("dt", { title: words }, name), make("dd", {}, value)]));

const figure = (one, theme, components) => {
  const { box, files } = picture(one, theme, components);
  return make("section", {}, [make("h3", {}, one.title), box, make("p", { class: "site-quiet" }, parsed(one.note)), ...(files ? [files] : [])]);
};

// `ways` are the parts, each with its link; `examples` the presets; `pick` says which picture is seen and is told of another one.
export function drawFlow(place, data, theme, components, { ways, examples, seen, pick }) {
  const one = data.pictures[seen] ?? data.pictures[0], { box, files } = picture(one, theme, components);
  const parts = make("nav", { class: "site-parts", "aria-label": "Parts of the laboratory" }, ways.map(([href, name, isHere]) => make("a", { href, "aria-current": isHere && "page" }, name)));
  const pictures = data.pictures.length > 1 ? [segmented("Picture", "Which picture is seen", data.pictures.map(({ title }, at) => [String(at), title]), String(data.pictures.indexOf(one)), (at) => pick(Number(at)))] : [];
  place.className = "site-bench";
  place.replaceChildren(
    make("div", { class: "st-key-part-controls", "data-part": "controls" }, [parts, ...examples, ...pictures, numbers(data.numbers)]),
    make("div", { class: "st-key-part-chart", "data-part": "chart" }, [make("h2", {}, data.title), box]),
    make("div", { class: "site-below" }, [...parsed(data.rest), ...(one.note ? [make("p", { class: "site-quiet" }, parsed(one.note))] : []), ...(files ? [files] : []), ...data.below.map((each) => figure(each, theme, components))]),
  );
}
