// How far the reader has come.

import { store, stored } from "./storage.js";

export const progress = {
  read() {
    const { lessons, last, answers } = stored("progress") || {};
    return { lessons: lessons || {}, last, answers: Array.isArray(answers) ? answers : [] };
  },
  lesson(id) {
    return Number(this.read().lessons[id]) || 0;
  },
  last() {
    const { last, lessons } = this.read();
    return last && lessons[last] > 1 ? { id: last, place: lessons[last] } : null;
  },
  reached(id, place) {
    const found = this.read();
    if (found.lessons[id] !== place) store("progress", { ...found, lessons: { ...found.lessons, [id]: place }, last: id });
  },
  answered(answer) {
    const found = this.read();
    store("progress", { ...found, answers: [...found.answers, answer].slice(-500) });
  },
};
