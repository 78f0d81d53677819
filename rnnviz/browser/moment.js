// The moment in the link: which frame, what is pointed at, how it is opened. The address bar follows the reader,
// and a link that comes from outside leads the stage. A page with no server keeps its moment behind the #; a notebook's
// address is none of our business.

export const moment = { waiting: {}, timer: null, path: null, offline: false, alone: false, followers: new Set() };

const given = () => new URLSearchParams(moment.alone ? "" : moment.offline ? location.hash.slice(1) : location.search);

export function momentText(name) {
  const found = given().get(name);
  return found !== null && found.length <= 200 ? found : null;
}

// Many frames may pass in a second, and browsers refuse to be told of each; the address bar follows a few times a second.
// A player that belongs to another page than the one in the address bar has nothing to say any more.
export function keepMoment(path, changes) {
  if (moment.alone || path !== location.pathname) return;
  Object.assign(moment.waiting, changes);
  moment.path = path;
  moment.timer ??= setTimeout(writeMoment, 350);
}

function writeMoment() {
  clearTimeout(moment.timer);
  moment.timer = null;
  if (moment.path !== location.pathname) return void (moment.waiting = {});
  const changed = given(), before = changed.toString();
  for (const [name, value] of Object.entries(moment.waiting)) value === null ? changed.delete(name) : changed.set(name, value);
  moment.waiting = {};
  const text = changed.toString();
  if (text === before) return;
  const url = moment.offline ? `#${text}` : location.pathname + (text ? `?${text}` : "") + location.hash;
  history.replaceState(history.state, "", url);
}

// Asked for before the link is copied, so that it never lags behind.
addEventListener("rnnviz:settle", writeMoment);
addEventListener("popstate", () => {
  moment.waiting = {};
  for (const player of moment.followers) {
    if (!player.root.isConnected) moment.followers.delete(player);
    else if (player.path === location.pathname) player.arrive();
  }
});

// "cells.share,jacobian.split" and back.
export const openedText = (opened) => Object.entries(opened).filter(([, value]) => value).map(([name, value]) => `${name}.${value}`).join(",") || null;

export function openedFrom(text) {
  const pairs = (text || "").split(",").map((one) => one.split(/\.(.*)/s)).filter((one) => one.length > 1);
  return Object.fromEntries(pairs);
}
