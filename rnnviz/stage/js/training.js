// The training player: every parameter before the update, the step, and after it, epoch by epoch.

class TrainingPlayer extends Player {
  constructor(root, report = () => {}) {
    super(root, report);
    root.classList.add("rnnviz-stage", "training");
    fill(root, { "data-testid": "training-player", tabindex: 0, role: "region", "aria-label": "Training player. Space plays, arrow keys step through the epochs." }, []);
    this.sentence = make("p", { class: "sentence" });
    this.curve = make("div", { class: "curve" });
    this.choices = make("div", { class: "choices", role: "group", "aria-label": "Parameter that is shown" });
    this.board = make("div", { class: "matrices", tabindex: 0, role: "group", "aria-label": "Before, step and after" });
    this.live = make("div", { class: "spoken", "aria-live": "polite", role: "status" });
    root.append(make("div", { class: "top" }, [this.sentence, this.choices]), this.curve, this.board, this.bar, this.live);
  }

  get length() {
    return this.scene.frames.length;
  }

  load(scene) {
    if (this.scene && this.scene.id === scene.id) return;
    const kept = this.scene && this.name in scene.parameters ? this.name : scene.parameter;
    this.playing(false);
    this.scene = scene;
    this.pause = Math.max(1000 / 60, 9000 / scene.frames.length);
    this.drawCurve();
    this.choose(kept);
    this.show(0);
  }

  choose(name) {
    this.name = name;
    const part = this.scene.parameters[name];
    clear(this.choices);
    for (const [id, one] of Object.entries(this.scene.parameters)) {
      const chip = make("button", { type: "button", "aria-pressed": id === name, "data-parameter": id, title: one.words }, htmlLabel(one.label));
      chip.addEventListener("click", () => (this.choose(id), this.show(this.index)));
      this.choices.append(chip);
    }
    this.root.style.setProperty("--tallest", Math.min(7, part.shape[0]));
    this.boxes = ["before", "step", "after"].map((kind) => this.matrix(part, kind));
    const strip = make("div", { class: "factors" });
    this.boxes.forEach((box, place) => {
      if (place) strip.append(make("span", { class: "op", "aria-hidden": "true" }, place === 1 ? "−" : "="));
      strip.append(box.figure);
    });
    clear(this.board).append(strip);
  }

  // The cells are made once; a frame only changes their text and colour.
  matrix(part, kind) {
    const values = { shape: part.shape, rows: part.rows, columns: part.columns, values: part[kind][0] };
    const table = drawCells(values);
    const figure = make("figure", { class: "matrix role-parameter" }, [table, make("figcaption", {}, [
      make("span", { class: "name" }, [...htmlLabel(part.label), ` ${part.captions[kind]}`]),
      make("span", { class: "shape" }, `${part.shape[0]} × ${part.shape[1]}`),
    ])]);
    return { figure, kind, cells: [...table.querySelectorAll("td:not(.gap)")] };
  }

  show(index, byHand = false) {
    if (byHand) this.playing(false);
    const place = Math.min(Math.max(0, index), this.length - 1);
    const frame = this.scene.frames[place];
    this.mark(place, `epoch ${frame.epoch} of ${this.scene.epochs}`);
    this.root.dataset.frameId = `epoch-${frame.epoch}`;
    this.sentence.textContent = frame.sentence;
    if (!this.clock) this.live.textContent = frame.sentence;
    const part = this.scene.parameters[this.name];
    for (const box of this.boxes) this.paint(box, part[box.kind][place], part[box.kind === "step" ? "largest_step" : "largest"]);
    this.moveCursor(place);
  }

  paint(box, rows, largest) {
    let place = 0;
    const biggest = box.kind === "step" ? uniqueLargest(rows) : 0;
    for (const row of rows) for (const value of row) {
      const cell = box.cells[place++];
      const tone = shade(value, largest);
      cell.className = tone.class + (biggest > 0 && Math.abs(value) === biggest ? " mover" : "");
      cell.style.cssText = tone.style;
      cell.textContent = significant(value, 2);
    }
  }

  drawCurve() {
    const { xs, ys } = this.scene.curve;
    const points = xs.map((x, i) => `${(1000 * x).toFixed(1)},${(90 - 80 * ys[i]).toFixed(1)}`).join(" ");
    this.cursor = draw("line", { class: "cursor", x1: 0, x2: 0, y1: 4, y2: 96 });
    const picture = draw("svg", { viewBox: "0 0 1000 100", preserveAspectRatio: "none", role: "img", "aria-label": this.scene.curve.words });
    picture.append(draw("polyline", { points }), this.cursor);
    clear(this.curve).append(picture);
    this.scrubber.style.setProperty("--track", "linear-gradient(to right, var(--parameter-line), var(--parameter-line))");
  }

  moveCursor(place) {
    const x = (1000 * this.scene.frames[place].x).toFixed(1);
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
  }
}

// The biggest mover is marked; where many entries move alike, as in Adam's first step, there is none.
function uniqueLargest(rows) {
  const largest = largestOf(rows);
  const equals = rows.flat().filter((value) => Math.abs(value) > 0.999 * largest).length;
  return equals > 2 ? 0 : largest;
}
