// Prepared steps: an ordered list of moments for a talk, and at which of them it is.

import { store, stored } from "./storage.js";

export const steps = {
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
