// Plays the lines that have updates: a bar below the chart with a button, a slider and what each line has come to.

import { button, draw, make } from "./dom.js";
import { row, strip } from "./tip.js";

const SHORTEST = 2500, LONGEST = 9000, EACH = 60;

class Walk {
  constructor(holder) {
    this.button = button({}, "", () => (this.playing ? this.stop() : this.play()));
    this.range = make("input", { type: "range", min: 0, "aria-label": "Updates made" });
    this.told = make("output");
    this.bar = make("div", { class: "rnnviz-walk" }, [this.button, this.range, this.told]);
    holder.after(this.bar);
    this.range.addEventListener("input", () => {
      this.stop();
      this.go(Number(this.range.value));
    });
    this.stop();
  }

  // Takes the lines of a chart that was drawn anew; unless told where, it starts with all of each line seen.
  follow(plot, place) {
    this.plot = plot;
    this.lines = plot.marks.filter((mark) => mark.updates);
    this.updates = [...new Set(this.lines.flatMap((line) => [...line.updates]))].sort((one, other) => one - other);
    for (const line of this.lines) {
      line.front = draw("circle", { r: 6, fill: line.colour, stroke: plot.colours.ink, "stroke-width": 1.5, visibility: "hidden" });
      line.paths[0].parentNode.append(line.front);
    }
    this.bar.style.color = plot.colours.ink;
    this.range.max = this.updates.length - 1;
    this.go(place ?? this.updates.length - 1);
  }

  // The lines as far as they have come after so many updates.
  go(place) {
    this.place = place;
    this.range.value = place;
    this.range.style.setProperty("--at", `${(100 * place) / (this.updates.length - 1)}%`);
    const now = this.updates[place], rows = [];
    for (const line of this.lines) {
      const count = line.updates.findLastIndex((update) => update <= now) + 1, last = Math.max(0, count - 1);
      line.shown = count;
      const d = this.plot.path(line, count);
      line.paths.forEach((path) => path.setAttribute("d", d));
      line.points?.forEach((point, n) => point?.setAttribute("visibility", n < count ? "visible" : "hidden"));
      const x = this.plot.x(line.x[last]), y = this.plot.y(line.y[last]), seen = count > 0 && Number.isFinite(x + y) && Math.abs(x) < 1e5 && Math.abs(y) < 1e5;
      if (seen) line.front.setAttribute("cx", x), line.front.setAttribute("cy", y);
      line.front.setAttribute("visibility", seen && place < this.updates.length - 1 ? "visible" : "hidden");
      rows.push(row(line.words[last], strip(line.name), line.colour));
    }
    this.told.replaceChildren(...rows);
    this.range.setAttribute("aria-valuetext", rows.map((each) => each.textContent).join("; "));
  }

  // The first updates slowly: they go farthest.
  play() {
    const last = this.updates.length - 1, start = this.place < last ? Math.sqrt(this.place / last) : 0;
    const time = Math.min(LONGEST, Math.max(SHORTEST, EACH * last)), began = performance.now();
    this.playing = true;
    this.name("Pause", "❚❚");
    const tick = (now) => {
      if (!this.playing) return;
      if (!this.bar.isConnected) return this.stop();
      const share = Math.min(1, start + (now - began) / time);
      const place = Math.round(last * share * share);
      if (place !== this.place) this.go(place);
      if (share < 1) requestAnimationFrame(tick);
      else this.stop();
    };
    requestAnimationFrame(tick);
  }

  stop() {
    this.playing = false;
    this.name("Play the walk", "▶");
  }

  name(text, sign) {
    this.button.textContent = sign;
    this.button.setAttribute("aria-label", text);
    this.button.title = text;
  }
}

// The walk of a chart, kept with its bar while the chart is drawn again; none where nothing is played.
export function walked(holder, plot, before, place) {
  if (!plot.marks.some((mark) => mark.updates?.length > 1)) {
    before?.bar.remove();
    return null;
  }
  const walk = before || new Walk(holder);
  walk.follow(plot, place);
  return walk;
}
