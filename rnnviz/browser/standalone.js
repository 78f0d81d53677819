// The stage in a page with no server: the scene stands in the page itself.

import { make } from "./dom.js";
import { moment } from "./moment.js";
import { Stage } from "./stage.js";

moment.offline = true;

for (const holder of document.querySelectorAll("[data-rnnviz-scene]")) {
  const root = make("div");
  holder.after(root);
  new Stage(root).load(JSON.parse(holder.textContent));
}
