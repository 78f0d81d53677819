// What only the browser knows: the moment that was left for this page, prepared steps, lessons and answers.

import { store, stored } from "./storage.js";

let restored = null;

export default function ({ data, setStateValue, parentElement }) {
  const said = parentElement.querySelector("[role=status]");
  if (data.restore && data.restore.token !== restored) {
    restored = data.restore.token;
    const { steps, lessons, answers } = data.restore;
    const done = store("steps", steps) && store("progress", { ...stored("progress"), lessons, answers });
    said.textContent = done ? "Steps, lessons and answers of the file are now those of this browser." : "This browser keeps nothing: steps and progress could not be taken over.";
    dispatchEvent(new CustomEvent("rnnviz:steps"));
  }
  const { lessons = {}, answers = [] } = stored("progress") || {}, found = { moment: stored("moment"), steps: stored("steps") || [], lessons, answers };
  const now = found.moment || found.steps.length || answers.length || Object.keys(lessons).length ? JSON.stringify(found) : "";
  if (now !== data.known) setStateValue("stored", now);
}
