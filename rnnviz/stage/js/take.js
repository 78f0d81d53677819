// What a reader takes along from a frame: the network as a picture, and the NumPy lines that give its numbers.

const DRAWN = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity", "font-family", "font-size", "font-weight", "font-variant-numeric", "text-anchor", "dominant-baseline", "visibility", "display"];

class Take {
  constructor(stage) {
    this.stage = stage;
    this.said = make("span", { class: "saved quiet", role: "status" });
    this.code = make("div", { class: "taken", hidden: "" });
    const acts = [
      ["Code", "The NumPy lines that compute this frame", () => this.showCode(this.code.hidden)],
      ["SVG", "Save the network of this frame as a drawing", () => this.save("svg")],
      ["PNG", "Save the network of this frame as a picture", () => this.save("png")],
    ];
    const buttons = acts.map(([name, help, act]) => {
      const button = make("button", { type: "button", class: "plain-button", title: help }, name);
      button.addEventListener("click", act);
      return button;
    });
    [this.opener] = buttons;
    this.opener.setAttribute("aria-expanded", "false");
    this.root = make("div", { class: "take", role: "group", "aria-label": "Take along" }, [make("span", { class: "quiet", "aria-hidden": "true" }, "Take along"), ...buttons, this.said]);
  }

  draw(frame) {
    this.opener.hidden = frame.code === undefined;
    this.root.hidden = !this.stage.scene.detail;
    if (!this.code.hidden) this.writeCode(frame);
  }

  showCode(on) {
    this.code.hidden = !on;
    this.opener.setAttribute("aria-expanded", String(on));
    if (on) this.writeCode(this.stage.frame());
  }

  writeCode(frame) {
    if (frame.code === undefined) return void clear(this.code);
    const copy = make("button", { type: "button", class: "plain-button" }, "Copy, with all numbers before it");
    copy.addEventListener("click", () => this.copy(`${this.stage.scene.preamble || ""}\n${frame.code}\n`));
    const lines = frame.code.split("\n").map((line) => make("li", {}, make("code", {}, line || " ")));
    clear(this.code).append(make("div", { class: "part-title" }, "This frame in NumPy"), make("ol", { class: "code" }, lines), copy);
    return undefined;
  }

  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.say("Copied");
    } catch {
      saveFile("frame.py", new Blob([text], { type: "text/x-python" }));
      this.say("Saved as a file: this page may not use the clipboard");
    }
  }

  say(words) {
    this.said.textContent = words;
  }

  async save(kind) {
    const drawing = picture(this.stage.graph.querySelector("svg"), getComputedStyle(this.stage.root).backgroundColor);
    const name = `${this.stage.frame().id}.${kind}`;
    saveFile(name, kind === "svg" ? drawing.blob : await rastered(drawing));
    this.say(`${name} saved`);
  }
}

// A copy that stands alone: what the style sheet says is written on each element.
function picture(drawn, paper) {
  const copy = drawn.cloneNode(true), [, , width, height] = drawn.getAttribute("viewBox").split(/\s+/).map(Number);
  const [from, to] = [drawn, copy].map((tree) => [tree, ...tree.querySelectorAll("*")]);
  from.forEach((element, place) => {
    const style = getComputedStyle(element);
    to[place].setAttribute("style", DRAWN.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
    to[place].removeAttribute("class");
  });
  fill(copy, { xmlns: SVG, width, height });
  copy.removeAttribute("style");
  const [x, y] = drawn.getAttribute("viewBox").split(/\s+/);
  copy.prepend(draw("rect", { x, y, width, height, fill: paper }));
  return { width, height, blob: new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }) };
}

async function rastered({ width, height, blob }, scale = 2) {
  const image = new Image(), url = URL.createObjectURL(blob);
  image.src = url;
  await image.decode();
  const canvas = make("canvas", { width: width * scale, height: height * scale });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(url);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function saveFile(name, blob) {
  const url = URL.createObjectURL(blob), link = make("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
