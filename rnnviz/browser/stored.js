// What only the browser knows: the moment that was left for this page, prepared steps, lessons and answers.

const NAMES = { moment: ["sessionStorage", "rnnviz.moment"], steps: ["localStorage", "rnnviz.steps"], progress: ["localStorage", "rnnviz.progress"] };

function read(name) {
  const [store, key] = NAMES[name];
  try {
    return JSON.parse(window[store].getItem(key) || "null");
  } catch {
    return null;
  }
}

function write(name, value) {
  const [store, key] = NAMES[name];
  try {
    window[store].setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

function packed() {
  const progress = read("progress") || {};
  const found = { moment: read("moment"), steps: read("steps") || [], lessons: progress.lessons || {}, answers: progress.answers || [] };
  return found.moment || found.steps.length || found.answers.length || Object.keys(found.lessons).length ? JSON.stringify(found) : "";
}

let restored = null;

export default function ({ data, setStateValue, parentElement }) {
  const said = parentElement.querySelector("[role=status]");
  if (data.restore && data.restore.token !== restored) {
    restored = data.restore.token;
    const { steps, lessons, answers } = data.restore;
    const done = write("steps", steps) && write("progress", { ...(read("progress") || {}), lessons, answers });
    said.textContent = done ? "Steps, lessons and answers of the file are now those of this browser." : "This browser keeps nothing: steps and progress could not be taken over.";
    dispatchEvent(new CustomEvent("rnnviz:steps"));
  }
  const now = packed();
  if (now !== data.known) setStateValue("stored", now);
}
