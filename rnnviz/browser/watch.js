// The button of the home page: the stage plays from its start, by its own keys.

export function watch(target) {
  const stage = target.closest?.("[data-watch]") && document.querySelector("[data-testid=stage]");
  if (!stage) return;
  for (const key of ["Home", " "]) stage.dispatchEvent(Object.assign(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }), { rnnviz: true }));
  if (stage.getBoundingClientRect().top > innerHeight / 2) stage.scrollIntoView();
}
