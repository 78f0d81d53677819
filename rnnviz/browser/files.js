// Saving a file from the browser, and a drawing as one.

import { make } from "./dom.js";

export function saveFile(name, blob) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

// As text or as pixels, by the end of the name.
export async function saveDrawing(name, svg) {
  const text = new XMLSerializer().serializeToString(svg);
  saveFile(name, name.endsWith(".svg") ? new Blob([text], { type: "image/svg+xml" }) : await rastered(text));
}

// The address holds the drawing itself: from another kind a canvas would not give back what HTML it holds.
export async function rastered(text, scale = 2) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = make("canvas", { width: image.width * scale, height: image.height * scale });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

// A copy that stands alone: what the style sheets say is written on each element.
export function styledCopy(drawn, names) {
  const copy = drawn.cloneNode(true);
  const [from, to] = [drawn, copy].map((tree) => [tree, ...tree.querySelectorAll("*")]);
  from.forEach((element, place) => {
    const style = getComputedStyle(element);
    for (const name of names) to[place].style.setProperty(name, style.getPropertyValue(name));
    to[place].removeAttribute("class");
  });
  return copy;
}
