// What is under the pointer, with every digit.

import { htmlLabel, make } from "./dom.js";
import { minus, significant, written } from "./numbers.js";

export class Hover {
  constructor(stage) {
    this.stage = stage;
    this.box = make("div", { class: "tip", role: "tooltip", hidden: "" });
    stage.root.addEventListener("pointermove", (event) => this.wake(event));
  }

  // After a change it keeps silent until the pointer moves, so that it covers nothing that is asked.
  silence() {
    this.silent = this.at ?? {};
    this.box.hidden = true;
  }

  wake({ clientX, clientY }) {
    if (!this.silent || (clientX === this.silent.clientX && clientY === this.silent.clientY)) return;
    this.silent = null;
    this.stage.highlight();
  }

  write(id) {
    const record = id && this.stage.lookup(id), quiet = (...parts) => this.box.append(make("div", { class: "quiet" }, parts));
    this.box.hidden = !record || Boolean(this.stage.editor.input || this.silent);
    const isPending = this.stage.isPending(id), { isSheet } = this.stage.panes, shown = [record, isPending, isSheet];
    if (this.box.hidden || shown.every((one, place) => one === this.shown?.[place])) return undefined; // a button that is pressed has to stay
    this.shown = shown;
    this.box.replaceChildren(make("div", { class: "tip-name" }, [make("b", {}, htmlLabel(record.label)), ` ${record.words}`]), ...(isSheet ? [this.stage.panes.closer()] : []));
    if (isPending) return quiet("not yet computed");
    if (record.values) {
      const { shape, values, norm } = record, length = values.flat().length > 1 ? `, length ${significant(norm, 6)}` : "";
      quiet(`${shape[0]} × ${shape[1]}${length}`);
      this.box.append(digits(record));
    }
    if (typeof record.share === "number") quiet(`${written(record.share, "share")} of the ${this.stage.part.grid.whole}`);
    if (record.note) quiet(record.note);
    return undefined;
  }

  place(at = this.at) {
    this.at = at;
    if (!at || this.box.hidden) return;
    const { root } = this.stage, page = root.getBoundingClientRect(), { offsetWidth: width, offsetHeight: height } = this.box;
    const zoom = page.width / root.offsetWidth || 1, x = (at.clientX - page.left) / zoom, y = (at.clientY - page.top) / zoom;
    const left = Math.min(Math.max(8, x + 14), Math.max(8, page.width / zoom - width - 8));
    const top = y + 20 + height > page.height / zoom ? Math.max(8, y - height - 14) : y + 20;
    this.box.style.transform = `translate(${left}px, ${top}px)`;
  }

  under(element) {
    const box = element.getBoundingClientRect();
    this.place({ clientX: box.left + box.width / 2, clientY: box.bottom });
  }
}

// A small quantity as a table, a larger one by its first rows.
function digits({ values, shape }) {
  const rows = values.slice(0, 4).map((row) => make("tr", {}, row.slice(0, 3).map((value) => make("td", {}, minus(String(value))))));
  const cut = shape[0] > 4 || shape[1] > 3, table = make("table", { class: "digits" }, make("tbody", {}, rows));
  return cut ? make("div", {}, [table, make("span", { class: "quiet" }, "first entries")]) : table;
}
