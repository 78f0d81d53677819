// What the stage does for a wide network on one screen: strips and fields of colour in the place of numbers.

import { button, renew } from "./dom.js";
import { stack } from "./fields.js";
import { drawMatrices } from "./matrices.js";
import { InSight } from "./in_sight.js";
import { drawNetwork } from "./network.js";
import { drawRibbon } from "./ribbon.js";
import { drawLengths, drawWideNetwork } from "./wide.js";

const LARGEST = 12, SMALLEST = 4; // the side of a field's square, in pixels

export class Strips {
  constructor(stage) {
    Object.assign(this, { stage, isNumbered: false, inSight: new InSight(stage) });
    this.button = button({ class: "plain-button numbered" }, "", () => {
      this.isNumbered = !this.isNumbered;
      stage.rewrite();
    });
  }

  get isOn() {
    return Boolean(this.stage.scene?.strips) && this.stage.isComposed() && matchMedia("(min-width: 900px)").matches;
  }

  get asFields() {
    return this.isOn && !this.isNumbered;
  }

  // Which columns this frame draws large.
  large() {
    const { scene, frames, index } = this.stage, frame = frames[index];
    return this.isOn ? `${scene.strips.large[frame.id]},${frame.phase === 4}` : String(this.opened());
  }

  // Which step of a gated network is opened while it goes forward.
  opened() {
    const { scene, box } = this.stage, frame = this.stage.frame(); // none in a new scene of fewer frames
    return scene.cell && !scene.strips && box && (frame?.phase === 2 || frame?.id.startsWith("hop-")) ? frame.at : -1;
  }

  // The network, in the box that it fills if it does; what had the focus keeps it.
  drawNetwork(graph, room) {
    const { stage, inSight } = this, box = inSight.above(room), { scene, part } = stage, lookup = (id) => stage.lookup(id), focused = graph.contains(document.activeElement) && document.activeElement.dataset.q, [old] = graph.children;
    this.drawn = this.large();
    const fresh = this.isOn && box ? drawWideNetwork(scene, part, lookup, box, stage.frame()) : drawNetwork(scene, part, lookup, box, this.opened());
    for (const side of room ? ["width", "height"] : []) fresh.style.setProperty(`--fit-${side}`, `${room[side]}px`); // until it is drawn anew
    if (!old) graph.append(fresh);
    else {
      drawRibbon(old, null);
      renew(old, fresh);
    }
    inSight.draw();
    if (focused) graph.querySelector(`[data-q="${CSS.escape(focused)}"]`)?.focus();
  }

  // Another width may bring strips and fields, or take them away.
  isOther() {
    return this.was !== this.isOn;
  }

  draw() {
    this.was = this.isOn;
    this.stage.root.classList.toggle("strips", this.isOn);
  }

  follow() {
    if (this.drawn !== this.large()) this.stage.drawGraph(this.stage.size);
    this.inSight.follow(this.stage.frame().lit);
    this.stage.side.drawCorner();
  }

  // The way back, and in a wide network how long the product is behind each step back.
  drawRibbon({ ribbon, running }) {
    const { graph, box } = this.stage, network = graph.firstElementChild;
    drawRibbon(network, box ? ribbon : null);
    if (this.isOn && box) drawLengths(network, ribbon, running, (id) => this.stage.lookup(id));
  }

  // The matrices of a frame; what has no room with its numbers is a field of colours, the broadest first and the result last.
  write(items, opener) {
    const { stage } = this, lookup = (id) => stage.lookup(id), parts = items.flatMap((one) => one.outer || [one]).map(({ q }) => q).filter((q) => lookup(q)?.field);
    const broad = parts.filter((q) => q !== items.at(-1).q).reverse().sort((one, other) => lookup(other).shape[1] - lookup(one).shape[1]);
    Object.assign(this, { fields: [], broad: [...new Set([...broad, ...parts])] });
    this.drawMatrices = () => stage.matrices.replaceChildren(drawMatrices(items, lookup, opener, (q) => this.asFields || this.fields.includes(q)));
    this.drawMatrices();
    this.button.hidden = !this.isOn || !this.stage.matrices.querySelector(".field, .gap");
    this.button.textContent = this.isNumbered ? "Show colours" : "Show numbers";
  }

  // The squares of fields shrink where they have no room either; what is then too broad for one line goes on in the next.
  fitFactors(align) {
    const { formula, matrices, panes } = this.stage, isWide = () => [formula, matrices, ...matrices.querySelectorAll(".factors > *")].some((one) => one.scrollWidth > one.clientWidth + 1);
    const isFull = () => isWide() || (!panes.isWhole && formula.clientHeight > parseFloat(getComputedStyle(formula).minHeight) + 1);
    if (!this.isOn) formula.style.removeProperty("--dot");
    align();
    if (this.asFields || this.isNumbered || !this.stage.isComposed()) return;
    if (!this.broad.length && !this.stage.scene.quiz) return; // numbers alone have room on a whole page: to look lays it out anew
    const isHeld = panes.isWhole && !formula.matches(".aligned"); // on a phone a strip scrolls
    while (!isHeld && this.broad.length && isFull()) {
      this.fields.push(this.broad.shift());
      this.drawMatrices();
      align();
    }
    for (let dot = LARGEST - 2; this.fields.length && !isHeld && dot >= SMALLEST && isFull(); dot -= 2) formula.style.setProperty("--dot", `${dot}px`);
    if (!panes.isWhole && isWide()) formula.classList.remove("aligned");
  }

  // What is seen of matrices that are folded away.
  behind(folded) {
    return this.asFields && folded.length ? [stack(folded.map(({ q }) => this.stage.lookup(q)))] : [];
  }
}
