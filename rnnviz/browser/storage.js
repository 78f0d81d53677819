// What outlives a page, in this browser alone; where nothing may be stored it lasts as long as the page.

const OF_THE_TAB = ["moment", "step", "lecture", "started"];
const memory = {};
const area = (name) => (OF_THE_TAB.includes(name) ? sessionStorage : localStorage);

export function stored(name) {
  if (name in memory) return memory[name];
  try {
    return JSON.parse(area(name).getItem(`rnnviz.${name}`));
  } catch {
    return null;
  }
}

// Whether it will be there on another page.
export function store(name, value) {
  try {
    if (value === null) area(name).removeItem(`rnnviz.${name}`);
    else area(name).setItem(`rnnviz.${name}`, JSON.stringify(value));
    delete memory[name];
    return true;
  } catch {
    memory[name] = value;
    return false;
  }
}

// How far the reader has come.
export const progress = {
  read() {
    const { lessons, last, answers } = stored("progress") || {};
    return { lessons: lessons || {}, last, answers: Array.isArray(answers) ? answers : [] };
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
