// What outlives a page, in this browser alone; where nothing may be kept it lasts as long as the page.

const OF_THE_TAB = ["moment", "step", "lecture"];
const memory = {};

const store = (name) => (OF_THE_TAB.includes(name) ? sessionStorage : localStorage);

export function kept(name) {
  if (name in memory) return memory[name];
  try {
    return JSON.parse(store(name).getItem(`rnnviz.${name}`));
  } catch {
    return null;
  }
}

// Whether it will be there on another page.
export function keep(name, value) {
  try {
    if (value === null) store(name).removeItem(`rnnviz.${name}`);
    else store(name).setItem(`rnnviz.${name}`, JSON.stringify(value));
    delete memory[name];
    return true;
  } catch {
    memory[name] = value;
    return false;
  }
}
