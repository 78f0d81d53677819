// Pages and moments as addresses of the app.

export const HOME = "Home";
export const root = () => location.pathname.replace(/[^/]*$/, "");
export const pageName = () => location.pathname.slice(root().length) || HOME;

// The address bar lags behind a moving stage for a moment; this brings it up to date.
export function here() {
  dispatchEvent(new CustomEvent("rnnviz:settle"));
  return { page: pageName(), link: Object.fromEntries([...new URLSearchParams(location.search)].filter(([key]) => !["lecture", "hide"].includes(key) && !key.startsWith("embed"))) };
}

export function address({ page, link }) {
  const query = new URLSearchParams(link).toString();
  return root() + (page === HOME ? "" : page) + (query ? `?${query}` : "");
}
