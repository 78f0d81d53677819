// Pages and moments as addresses of the app, or of the static site, whose pages are files.

export const HOME = "Home";
const ending = document.documentElement.dataset.ending || "";
export const root = () => location.pathname.replace(/[^/]*$/, "");

export function pageName(path = location.pathname) {
  const name = path.slice(root().length).replace(/\.html$/, "");
  return name === "" || name === "index" ? HOME : name;
}

// The address bar lags behind a moving stage for a moment; this brings it up to date.
export function here() {
  dispatchEvent(new CustomEvent("rnnviz:settle"));
  return { page: pageName(), link: Object.fromEntries([...new URLSearchParams(location.search)].filter(([key]) => !["lecture", "hide"].includes(key) && !key.startsWith("embed"))) };
}

const file = (page) => (page !== HOME ? page : ending && "index") + ending;

export function address({ page, link }) {
  const query = new URLSearchParams(link).toString();
  return root() + file(page) + (query ? `?${query}` : "");
}
