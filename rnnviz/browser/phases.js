// The strip of the five steps that both players show.

import { button, make } from "./dom.js";

export function phase(place, name, act, attributes = {}) {
  return make("li", {}, button({ class: `phase phase-${place + 1}`, ...attributes }, [make("b", {}, String(place + 1)), name], act));
}

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
