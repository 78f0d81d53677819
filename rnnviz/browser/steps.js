// Prepared steps: an ordered list of moments for a talk, and at which of them it is.

import { keep, kept } from "./storage.js";

export const steps = {
  get all() {
    const found = kept("steps");
    return Array.isArray(found) ? found.filter((one) => one && typeof one.page === "string" && typeof one.link === "object").slice(0, 100) : [];
  },
  set all(list) {
    keep("steps", list);
  },
  get at() {
    return Number(kept("step") ?? -1);
  },
  set at(place) {
    keep("step", place);
  },
};
