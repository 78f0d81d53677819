// The running product: what stands after each factor, from left to right, and how long it is.

import { htmlLabel, make, plainLabel } from "./dom.js";
import { drawMatrices } from "./matrices.js";
import { significant } from "./numbers.js";

export function drawRunning(running, chosen, lookup, word) {
  const places = running.places.filter((one) => stands(one, chosen));
  const records = places.map((one) => lookup(one.q));
  // The term itself is an outer product, of another size than the vectors on the way: it has its number, no bar.
  const longest = Math.max(...records.slice(0, -1).map((record) => (typeof record.norm === "number" ? record.norm : 0)));
  const row = make("div", { class: "stations", tabindex: 0, role: "region", "aria-label": "Length of the running product after each factor" });
  places.forEach((one, i) => row.append(station(one.q, records[i], longest)));
  return make("div", { class: "running" }, [make("div", { class: "part-title" }, running.title), row, make("p", { class: "quiet" }, running.sentence.map(word))]);
}

function stands(place, chosen) {
  if (place.split) return chosen.jacobian === "split";
  return !place.when || place.when.includes(chosen.output || "whole");
}

function station(id, record, longest) {
  const share = longest > 0 && typeof record.norm === "number" ? record.norm / longest : 0;
  return make("div", { class: `station role-${record.role}`, "data-q": id, role: "img", "aria-label": `${plainLabel(record.label)}, length ${significant(record.norm, 3)}` }, [
    make("span", { class: "rise" }, id.startsWith("term_") ? "=" : make("span", { class: "column", style: `--share:${(100 * share).toFixed(2)}%` })),
    make("span", { class: "number" }, significant(record.norm, 2)),
    make("span", { class: "name" }, htmlLabel(record.label)),
  ]);
}

// The lines of the loop, the running one marked; a line points at what it has just written.
export function drawCode(lines, current, id) {
  const list = make("ol", { class: "code" });
  lines.forEach((text, place) => {
    const now = place === current;
    const line = make("li", { "aria-current": now ? "true" : null, "data-q": now ? id : null }, make("code", {}, text || " "));
    list.append(line);
  });
  return make("div", { class: "listing" }, [make("div", { class: "part-title" }, "The backward loop in NumPy, as it runs"), list]);
}

// Immediate against total: the state before held fixed, or let go with every earlier use of the entry.
export function drawImmediateAndTotal(found, k, free, lookup, word) {
  const step = found.steps[k];
  const ids = free ? step.parts : step.parts.slice(0, 1);
  const items = ids.map((q, place) => ({ q, op: place ? "+" : "" }));
  if (free && step.more) items.push({ q: step.total, op: `+ ${step.more} folded =` });
  else if (free) items.push({ q: step.total, op: "=" });
  return make("div", { class: "immediate" }, [
    make("div", { class: "part-title" }, `One entry, w = ${found.entry}: immediate against total`),
    make("div", { class: "matrices plain", tabindex: 0, role: "region", "aria-label": "Immediate and total derivative" }, drawMatrices(items, lookup)),
    make("p", { class: "quiet" }, step.sentence.map(word)),
  ]);
}
