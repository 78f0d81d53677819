// What is on the screen as a file: the whole frame as a picture, and a training step as a film of its frames. The browser makes both.

import { draw, make } from "./dom.js";
import { rastered, saveFile, styledCopy } from "./files.js";

const SIDES = ["top", "right", "bottom", "left"];
const LOOK = [
  "display", "position", "box-sizing", "width", "height", "min-width", "min-height", "max-width", "max-height", "aspect-ratio", "order", "float", "overflow", "z-index",
  ...SIDES, ...SIDES.flatMap((side) => [`margin-${side}`, `padding-${side}`, `border-${side}`]), "border-radius", "border-spacing", "border-collapse", "table-layout",
  "grid-template-columns", "grid-template-rows", "grid-template-areas", "grid-area", "grid-auto-flow", "gap", "flex-grow", "flex-shrink", "flex-basis", "flex-direction", "flex-wrap",
  "align-items", "align-content", "align-self", "justify-content", "justify-items", "justify-self", "transform", "transform-origin", "vertical-align", "text-align", "white-space",
  "font-family", "font-size", "font-style", "font-weight", "font-variant-numeric", "line-height", "letter-spacing", "color", "background-color", "background-image", "background-size",
  "background-position", "background-repeat", "opacity", "visibility", "clip-path", "outline", "box-shadow", "list-style", "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray",
  "stroke-linecap", "stroke-opacity", "marker-end", "text-anchor", "dominant-baseline", "math-style", "d", "vector-effect", "image-rendering",
];
const LEFT_OUT = "[data-part=transport], [data-part=transport] *, .spoken, .grip, .factor-menu, .factor-menu *, .plain-button";
const HELD = 900; // milliseconds of a frame in the film

// A picture may ask for nothing: the fonts that the page has loaded go into it.
async function fonts() {
  const rules = [...document.styleSheets].flatMap((sheet) => {
    try {
      return [...sheet.cssRules];
    } catch {
      return []; // of another origin
    }
  }).filter((rule) => rule instanceof CSSFontFaceRule);
  const loaded = new Set([...document.fonts].filter(({ status }) => status === "loaded").map(({ family, style }) => `${family.replaceAll('"', "")} ${style}`));
  const used = rules.filter(({ style }) => loaded.has(`${style.getPropertyValue("font-family").replaceAll('"', "")} ${style.getPropertyValue("font-style") || "normal"}`));
  return (await Promise.all(used.map(embedded))).join("\n");
}

async function embedded(rule) {
  const address = /url\("?([^")]+)"?\)/.exec(rule.style.getPropertyValue("src"))?.[1];
  if (!address || address.startsWith("data:")) return rule.cssText;
  const blob = await (await fetch(new URL(address, rule.parentStyleSheet.href ?? document.baseURI))).blob();
  const data = await new Promise((done) => Object.assign(new FileReader(), { onload: ({ target }) => done(target.result) }).readAsDataURL(blob));
  return rule.cssText.replace(/src:[^;]+;/, `src: url("${data}");`);
}

// The screen without what is pressed, as a drawing that stands alone.
async function drawing(player, faces) {
  const screen = player.querySelector(".screen"), { width, top } = screen.getBoundingClientRect(), end = screen.querySelector("[data-part=transport]")?.getBoundingClientRect().top ?? top + screen.offsetHeight;
  const marks = [...screen.querySelectorAll("*")].map((one) => one.matches(LEFT_OUT)), copy = styledCopy(screen, LOOK);
  [...copy.querySelectorAll("*")].filter((_, place) => marks[place]).forEach((one) => (one.style.opacity = 0));
  for (const one of copy.querySelectorAll("[style*='overflow: auto']")) one.style.overflow = "hidden"; // what scrolls would show its bars
  const margin = 24, size = { width: Math.ceil(width + 2 * margin), height: Math.ceil(end - top + 2 * margin) };
  const holder = make("div", { xmlns: "http://www.w3.org/1999/xhtml" }, [make("style", {}, faces), copy]);
  const page = draw("rect", { ...size, fill: getComputedStyle(player).backgroundColor });
  return draw("svg", { ...size, viewBox: `0 0 ${size.width} ${size.height}` }, [page, draw("foreignObject", { x: margin, y: margin, width, height: end - top }, holder)]);
}

const asText = (svg) => new XMLSerializer().serializeToString(svg);

export async function savePicture(player) {
  const name = `${player.dataset.frameId}.png`;
  saveFile(name, await rastered(asText(await drawing(player, await fonts()))));
  return name;
}

const press = (player, key) => player.dispatchEvent(Object.assign(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }), { rnnviz: true }));
const rest = (time) => new Promise((done) => setTimeout(done, time));

// Every frame in turn, from the first to the last: first all are drawn, then shown to the recorder, each for as long. `tell` hears how
// far it is, and the player goes back to where it stood.
export async function saveFilm(player, tell) {
  const back = Number(player.dataset.frame), all = Number(player.dataset.frames), faces = await fonts(), pictures = [];
  press(player, "Home");
  for (let place = 0; place < all; place += 1) {
    tell(`Drawing frame ${place + 1} of ${all}`);
    pictures.push(await rastered(asText(await drawing(player, faces)), 1));
    press(player, "ArrowRight");
  }
  press(player, "Home");
  for (let place = 0; place < back; place += 1) press(player, "ArrowRight");
  saveFile("training-step.webm", await recorded(pictures, tell));
  return "training-step.webm";
}

async function recorded(pictures, tell) {
  const { width, height } = await createImageBitmap(pictures[0]), canvas = make("canvas", { width, height }), brush = canvas.getContext("2d"), parts = [];
  const stream = canvas.captureStream(0), [track] = stream.getVideoTracks(), recorder = new MediaRecorder(stream, { mimeType: "video/webm", videoBitsPerSecond: 12e6 });
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  const ended = new Promise((done) => recorder.addEventListener("stop", done));
  recorder.start();
  for (const [place, picture] of [...pictures, pictures.at(-1)].entries()) {
    tell(`Recording, ${Math.round((HELD * (pictures.length - place)) / 1000)} s left`);
    brush.drawImage(await createImageBitmap(picture), 0, 0);
    track.requestFrame();
    await rest(HELD);
  }
  recorder.stop();
  await ended;
  return new Blob(parts, { type: "video/webm" });
}
