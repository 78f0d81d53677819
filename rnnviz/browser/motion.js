// Motion: the still picture of a frame is there at once; what runs over it ends exactly in it, forwards or back, and leaves nothing.

import { minus } from "./numbers.js";

const REST = 0.6, SHORTEST = 1000, QUICK = 4; // rest after a move, as a share of it; how long a frame is shown at least; where nothing arrives

export class Motion {
  constructor(root) {
    Object.assign(this, { root, moves: [], counts: [], guests: [], rate: 1 });
  }

  // Starts what `choreograph` lays down, and tells how long its frame is shown, in milliseconds; played back it rests first.
  start(choreograph, way, speed) {
    this.stop();
    this.rate = speed;
    const isQuick = choreograph(this) === "quick", end = Math.max(0, ...this.moves.map((move) => move.effect.getComputedTiming().endTime));
    const shown = Math.max(SHORTEST / speed, end * (1 + REST)) / (isQuick ? QUICK : 1);
    for (const move of this.moves) {
      if (way < 0) move.effect.updateTiming({ endDelay: (isQuick ? QUICK : 1) * shown - move.effect.getComputedTiming().endTime });
      if (isQuick) move.playbackRate = QUICK;
      if (way < 0) move.reverse();
    }
    const mine = this.moves;
    if (way > 0) Promise.allSettled(mine.map((move) => move.finished)).then(() => this.moves === mine && this.stop());
    this.draw();
    return shown;
  }

  // Cuts everything short.
  stop() {
    cancelAnimationFrame(this.drawing);
    for (const move of this.moves) move.cancel();
    for (const { node, text } of this.counts) node.data = text;
    for (const guest of this.guests) guest.remove();
    Object.assign(this, { moves: [], counts: [], guests: [] });
  }

  // From what the keyframes say to how the element stands; times at speed 1.
  move(element, keyframes, at, length, easing = "ease-out") {
    if (!element) return null;
    const move = element.animate(keyframes, { delay: at / this.rate, duration: length / this.rate, easing, fill: "both" });
    this.moves.push(move);
    return move;
  }

  fade(element, at, length = 200) {
    return this.move(element, { opacity: [0, 1] }, at, length);
  }

  // The first number in an element's text counts from another one up, or down, to itself.
  count(element, at, length, from = 0, number = NUMBER) {
    const node = element && textNodes(element).find(({ data }) => number.test(data));
    if (!node || !Number.isFinite(from)) return;
    const text = node.data, [written] = number.exec(text), to = numberIn(written), digits = written.split(".")[1]?.length || 0;
    const said = (part) => text.replace(number, minus((from + (to - from) * part).toFixed(digits)));
    this.counts.push({ node, text, said, move: this.move(element, [{}, {}], at, length) });
  }

  // What is not part of the still picture.
  guest(box, element) {
    box.append(element);
    this.guests.push(element);
    return element;
  }

  draw() {
    for (const { node, text, said, move } of this.counts) {
      const { progress } = move.effect.getComputedTiming();
      node.data = progress === 1 ? text : said(progress ?? 0);
    }
    if (this.counts.length && this.root.isConnected) this.drawing = requestAnimationFrame(() => this.draw());
  }
}

const NUMBER = /−?\d+(\.\d+)?/;
export const numberIn = (text) => Number(NUMBER.exec(text)?.[0].replace("−", "-") ?? NaN);

const textNodes = (element) => [...element.childNodes].flatMap((one) => (one.nodeType === Node.TEXT_NODE ? [one] : textNodes(one)));
