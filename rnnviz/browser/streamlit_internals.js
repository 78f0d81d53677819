// Every touch of what Streamlit does not promise: why each is there, and the browser test that sees it change.

import { pageName } from "./addresses.js";

// Streamlit follows the browser's history: as if the reader had gone back to an address, so that nothing is loaded anew.
// The scroll of the page before stays, for it is one element. test_moments: test_prepared_steps_are_walked_through_in_lecture_mode
export function travel(to) {
  const from = pageName();
  history.pushState({}, "", to);
  dispatchEvent(new PopStateEvent("popstate", { state: {} }));
  if (pageName() !== from) document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
}

// A fold that is opened again while the event of its closing is still on its way would be shut by that event, under a sign that says
// open; only the content of a closed fold is inert. test_stories: test_a_fold_that_is_opened_again_while_it_closes_shows_its_content
export function reopen(fold) {
  const content = fold.querySelector(":scope > [data-testid=stExpanderDetails]");
  if (content && !fold.open && !content.inert) fold.open = true;
}

// Leaving a field takes over what was typed, also after Escape: what stood there is put back first, in the way that React hears of.
// test_studio: test_a_pinned_run_stays_over_changes_pages_and_reloads
export function giveBackOnEscape() {
  let stood = null;
  const isField = (element) => element.matches?.("[data-testid=stTextInput] input");
  document.addEventListener("focusin", ({ target }) => isField(target) && (stood = target.value), true);
  document.addEventListener("keydown", ({ key, target }) => {
    if (key === "Enter" && isField(target)) stood = target.value;
    if (key !== "Escape" || !isField(target) || target.value === stood) return;
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(target, stood);
    target.dispatchEvent(new Event("input", { bubbles: true }));
  }, true);
}

// The glossary finds while one types: a field hands its text over with Enter or when it is left, here after a short rest too.
// test_stories: test_the_glossary_finds_while_one_types
export function findWhileTyping() {
  let rest = null;
  document.addEventListener("input", ({ target, isTrusted }) => {
    if (!isTrusted || !target.closest?.(".st-key-words-find")) return;
    clearTimeout(rest);
    rest = setTimeout(() => target.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true })), 250);
  }, true);
}

// Nothing tells that the theme was switched: it is seen in the colour of an element's text, light on a dark page.
// test_stories: test_charts_are_drawn_again_in_the_colours_of_another_theme
export function themeSeen(element) {
  const [red, green, blue] = getComputedStyle(element).color.match(/[\d.]+/g).map(Number);
  return red + green + blue > 382 ? "dark" : "light";
}

// The colours on which a saved picture stands. test_laboratory: test_a_chart_is_taken_along_as_numbers_and_as_a_picture
export function pageColours() {
  const { backgroundColor, color } = getComputedStyle(document.querySelector("[data-testid=stApp]"));
  return { page: backgroundColor, ink: color };
}

// What is drawn in the element of a key. The same test.
export const under = (key, selector) => document.querySelector(`.st-key-${key} ${selector}`);

// The settings are Streamlit's sidebar, which keeps in the browser whether it is open; the header's chip opens and closes it.
// test_moments: test_the_settings_open_and_close_from_the_header
export const settingsAreOpen = () => !document.querySelector("[data-testid=stExpandSidebarButton]");
export const toggleSettings = () => document.querySelector("[data-testid=stSidebarCollapseButton] button, [data-testid=stExpandSidebarButton]")?.click();

// The sides of a bench say which they are, by the keys of their containers, which are not there before something stands in them.
// test_laboratory: test_the_bench_is_whole_in_every_window
const named = new MutationObserver(() => {
  for (const side of document.querySelectorAll("[class*='st-key-part-']:not([data-part])")) side.dataset.part = /st-key-part-(\w+)/.exec(side.className)[1];
});

export const nameParts = () => named.observe(document.body, { childList: true, subtree: true });

export const benchAround = (element) => element.closest(".st-key-part-chart");
