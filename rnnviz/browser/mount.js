// Mounting a player in Streamlit: the function runs at every rerun, so it keeps the player it has made.

import { make, received } from "./dom.js";

const players = new WeakMap();

export function mount(Kind, { data, parentElement, setTriggerValue }) {
  const { id, scene, more } = received(data);
  const old = players.get(parentElement);
  let player = old;
  if (!player) {
    const root = make("div");
    parentElement.append(root);
    player = new Kind(root, (name, value) => player.tell(name, value));
    players.set(parentElement, player);
  }
  player.tell = setTriggerValue;
  player.load({ ...scene, ...more, id });
  if (!old) for (let time = 0; time < 2; time += 1) player.fit?.(); // the room of one part follows from another's: both stand before anything is seen
  return () => {
    if (!player.root.isConnected) player.stop();
  };
}
