// Mounting in a page with no server: the scene stands in the page itself.

moment.offline = true;

for (const holder of document.querySelectorAll("[data-rnnviz-scene]")) {
  const root = make("div");
  holder.after(root);
  const scene = JSON.parse(holder.textContent);
  new (scene.kind === "training" ? TrainingPlayer : Stage)(root).load(scene);
}
