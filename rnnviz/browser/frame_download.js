// What can be saved of a frame: the network as a picture, and the NumPy lines that give its numbers.

import { button, clear, draw, fill, make, SVG } from "./dom.js";
import { saveDrawing, saveFile, styledCopy } from "./files.js";

const DRAWN = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity", "font-family", "font-size", "font-weight", "font-variant-numeric", "text-anchor", "dominant-baseline", "visibility", "display"];

export class FrameDownload {
  constructor(stage) {
    this.stage = stage;
    this.said = make("span", { class: "saved quiet", role: "status" });
    this.code = make("div", { class: "frame-code", hidden: "" });
    const acts = [
      ["Code", "The NumPy lines that compute this frame", () => this.showCode(this.code.hidden)],
      ["SVG", "Save the network of this frame as a drawing", () => this.save("svg")],
      ["PNG", "Save the network of this frame as a picture", () => this.save("png")],
    ];
    const buttons = acts.map(([name, help, act]) => button({ class: "plain-button", title: help }, name, act));
    [this.opener] = buttons;
    this.opener.setAttribute("aria-expanded", "false");
    this.root = make("div", { class: "frame-files", role: "group", "aria-label": "Take along" }, [make("span", { class: "quiet", "aria-hidden": "true" }, "Take along"), ...buttons, this.said]);
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
    const copy = button({ class: "plain-button" }, "Copy, with all numbers before it", () => this.copy(`${this.stage.scene.preamble || ""}\n${frame.code}\n`));
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
    await saveDrawing(name, drawing);
    this.say(`${name} saved`);
  }
}

// The network as it is seen, on the colour of its page.
function picture(drawn, paper) {
  const copy = styledCopy(drawn, DRAWN), [x, y, width, height] = drawn.getAttribute("viewBox").split(/\s+/);
  copy.removeAttribute("style");
  copy.prepend(draw("rect", { x, y, width, height, fill: paper }));
  return fill(copy, { xmlns: SVG, width, height });
}
