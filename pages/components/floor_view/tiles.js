/** How busy it is, in four figures. */

import { arrange, el, setText } from "../call_view/dom.js";
import { clock, title } from "../call_view/format.js";

const STATES = ["available", "ringing", "busy", "after-call work", "away"];

export function newTiles() {
  const calls = tile("Calls now", "tile-calls");
  const waiting = tile("Waiting", "tile-waiting");
  const longest = tile("Longest wait", "tile-longest");
  const agents = tile("Agents", "tile-agents");
  const node = el("dl", { class: "tiles" }, calls.node, waiting.node, longest.node, agents.node);
  agents.node.classList.add("wide");

  return {
    node,
    draw(tiles) {
      setText(calls.value, String(tiles.calls));
      setText(waiting.value, String(tiles.waiting));
      setText(longest.value, tiles.waiting ? clock(tiles.longest_wait_s) : "–");
      const known = STATES.filter((state) => tiles.agents[state]);
      arrange(
        agents.value,
        known.map((state) => counted(agents.value, state, tiles.agents[state])),
      );
    },
  };
}

function tile(label, testId) {
  const value = el("dd", { "data-testid": testId });
  return { node: el("div", { class: "tile" }, el("dt", {}, label), value), value };
}

/** Kept from one drawing to the next, so that only what changed is touched. */
function counted(parent, state, count) {
  const kept = parent.querySelector(`[data-state="${state}"]`) ?? el("span", { class: "agents-in", "data-state": state });
  setText(kept, `${count} ${title(state).toLowerCase()}`);
  return kept;
}
