// What can be saved of a frame: the network as a picture, and the NumPy lines that give its numbers.

import { codeList } from "./controls.js";
import { button, draw, fill, make, SVG } from "./dom.js";
import { saveDrawing, saveFile, styledCopy } from "./files.js";

const DRAWN = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity", "font-family", "font-size", "font-weight", "font-variant-numeric", "text-anchor", "dominant-baseline", "visibility", "display"];

export class FrameDownload {
  constructor(stage) {
    this.stage = stage;
    this.said = make("span", { class: "saved quiet", role: "status" });
    this.code = make("div", { class: "frame-code", hidden: "" });
    const act = (name, title, done) => button({ class: "plain-button", title }, name, done);
    this.opener = act("Code", "The NumPy lines that compute this frame", () => this.showCode());
    this.opener.setAttribute("aria-expanded", "false");
    const pictures = [["SVG", "drawing"], ["PNG", "picture"]].map(([name, kind]) => act(name, `Save the network of this frame as a ${kind}`, () => this.save(name.toLowerCase())));
    const title = make("span", { class: "quiet", "aria-hidden": "true" }, "Save this frame");
    this.root = make("div", { class: "frame-files", role: "group", "aria-label": "Save this frame" }, [title, this.opener, ...pictures, this.said]);
  }

  draw(frame) {
    this.opener.hidden = frame.code === undefined;
    this.root.hidden = !this.stage.scene.detail;
    if (!this.code.hidden) this.writeCode(frame);
  }

  showCode() {
    this.code.hidden = !this.code.hidden;
    this.opener.setAttribute("aria-expanded", String(!this.code.hidden));
    if (!this.code.hidden) this.writeCode(this.stage.frame());
  }

  writeCode({ code }) {
    if (code === undefined) return void this.code.replaceChildren();
    const copy = button({ class: "plain-button" }, "Copy, with all numbers before it", () => this.copy(`${this.stage.scene.preamble || ""}\n${code}\n`));
    this.code.replaceChildren(make("div", { class: "part-title" }, "This frame in NumPy"), codeList(code.split("\n")), copy);
  }

  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.said.textContent = "Copied";
    } catch {
      saveFile("frame.py", new Blob([text], { type: "text/x-python" }));
      this.said.textContent = "Saved as a file: this page may not use the clipboard";
    }
  }

  // The network as it is seen, on the colour of its page.
  async save(kind) {
    const drawn = this.stage.graph.querySelector("svg"), [x, y, width, height] = drawn.getAttribute("viewBox").split(/\s+/);
    const copy = styledCopy(drawn, DRAWN), name = `${this.stage.frame().id}.${kind}`;
    copy.removeAttribute("style");
    copy.prepend(draw("rect", { x, y, width, height, fill: getComputedStyle(this.stage.root).backgroundColor }));
    await saveDrawing(name, fill(copy, { xmlns: SVG, width, height }));
    this.said.textContent = `${name} saved`;
  }
}
