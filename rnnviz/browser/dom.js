// Making elements and symbols. A reader's text only ever becomes a text node.

export const SVG = "http://www.w3.org/2000/svg";

export const make = (name, attributes = {}, children = []) => fill(document.createElement(name), attributes, children);

export const draw = (name, attributes = {}, children = []) => fill(document.createElementNS(SVG, name), attributes, children);

export function fill(element, attributes, children = []) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  for (const child of [].concat(children)) element.append(child);
  return element;
}

// What is drawn anew keeps each element that stays as it was, with its focus: the browser lays out again what differs alone.
export function renew(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeName !== fresh.nodeName || !old.getAttributeNames) return void old.replaceWith(fresh);
  const names = fresh.getAttributeNames(), [were, are] = [old, fresh].map((one) => [...one.childNodes]);
  for (const name of old.getAttributeNames()) if (!names.includes(name)) old.removeAttribute(name);
  for (const name of names) if (old.getAttribute(name) !== fresh.getAttribute(name)) old.setAttribute(name, fresh.getAttribute(name));
  are.forEach((one, place) => (were[place] ? renew(were[place], one) : old.append(one)));
  for (const one of were.slice(are.length)) one.remove();
}

export function button(attributes, children, act) {
  const made = make("button", { type: "button", ...attributes }, children);
  made.addEventListener("click", act);
  return made;
}

// What a component is given: Streamlit hands it over as bytes, the static site as it is.
export const received = (data) => (ArrayBuffer.isView(data) ? JSON.parse(new TextDecoder().decode(data)) : data);

// A mark that stands or does not.
export function toggle(element, name, on) {
  if (on) element.dataset[name] = "true";
  else if (name in element.dataset) delete element.dataset[name];
}

// Of several one is where the reader is.
export function markCurrent(elements, place) {
  elements.forEach((element, other) => (other === place ? element.setAttribute("aria-current", "step") : element.removeAttribute("aria-current")));
}

// A sign stays with what it stands before, so that no line ends in one or holds nothing else.
export const signed = (op, drawn) => op ? make("span", { class: "signed" }, [make("span", { class: "op", "aria-hidden": "true" }, op), drawn]) : drawn;

// MathML written by the scene is parsed as XML: markup that is no MathML is dropped, nothing is ever run.
const parsedMath = new Map();

export function math(markup) {
  if (!parsedMath.has(markup)) {
    const tree = new DOMParser().parseFromString(markup, "application/xml").documentElement;
    parsedMath.set(markup, tree.localName === "math" ? tree : null);
  }
  const tree = parsedMath.get(markup);
  return tree ? document.importNode(tree, true) : document.createTextNode("");
}

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// The cell of a table to which an arrow key leads, past those that do not match; null at the border, undefined for another key.
export function neighbour(cell, key, selector) {
  if (!ARROWS[key]) return undefined;
  const lines = [...cell.closest("table").rows].map((row) => [...row.cells]), [down, right] = ARROWS[key];
  let i = lines.findIndex((row) => row.includes(cell)), j = lines[i].indexOf(cell);
  do {
    i += down;
    j += right;
  } while (lines[i]?.[j] && !lines[i][j].matches(selector));
  return lines[i]?.[j] ?? null;
}

const ICONS = {
  First: "M4 3v10M13 3L6 8l7 5z", Previous: "M12 3L4 8l8 5z", Play: "M4 2.5l9 5.5-9 5.5z",
  Pause: "M4 3h3v10H4zM9.5 3h3v10h-3z", Next: "M4 3l8 5-8 5z", Last: "M12 3v10M3 3l7 5-7 5z",
};

export const icon = (name) => draw("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, draw("path", { d: ICONS[name] }));

// A piece of a label in the face of formulas: a word stands upright as an index, and else in the prose's font.
const face = (text, place) => (!/[a-z]{3}|\s[a-z]{2}/i.test(text) ? "math" : place ? "math upright" : null);

export const htmlLabel = (pieces) => pieces.map(([text, place]) => make(place || "span", { class: face(text, place) }, text));

export function svgLabel(pieces, small = "0.7em") {
  let shift = 0;
  return pieces.map(([text, place]) => {
    const wanted = place === "sub" ? 4 : place === "sup" ? -5 : 0;
    const part = draw("tspan", { class: face(text, place), dy: wanted - shift, "font-size": place && small }, text);
    shift = wanted;
    return part;
  });
}

export const plainLabel = (pieces) => pieces.map(([text, place]) => (place ? ` ${text}` : text)).join("");

export function shade(value, largest) {
  const strength = largest > 0 && typeof value === "number" ? Math.abs(value) / largest : 0;
  const tone = value < 0 ? "negative" : "positive";
  return { style: `--strength:${(100 * strength).toFixed(1)}%`, class: strength > 0.87 ? `${tone} strong` : tone };
}

// What stands for a quantity, of the colour of its role unless told another.
export function quantity(kind, id, record, more, children) {
  return draw("g", { class: `${kind} role-${record.role}`, "data-q": id, role: "img", "aria-label": `${plainLabel(record.label)}, ${record.words}`, ...more }, children);
}

// A broad stroke that the pointer meets, and the line that is seen.
export const strokes = (d, head) => [draw("path", { class: "grip", d }), draw("path", { class: "line", d, "marker-end": `url(#head-${head})` })];
