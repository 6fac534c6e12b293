/** The floor on a supervisor's screen: figures, the calls going on, the queue and the agents. */

import { el, setAttribute, setText } from "../call_view/dom.js";
import { newAgents } from "./agents.js";
import { newCalls } from "./calls.js";
import { newMark } from "./mark.js";
import { newQueue } from "./queue.js";
import { newTiles } from "./tiles.js";

const ANNOUNCEMENTS_KEPT = 5;

/**
 * `command(name, callId)` is called for clicks: `open` a call, or go to one whose agent asks for help (`on_it`).
 *
 * A state is `{floor, open, feed: {state, message}}`; `floor` is null until the first one came. With a call open, the
 * view shrinks to the figures and the help requests of other calls.
 */
export function newView({ command }) {
  const status = el("p", { class: "status", role: "status", "data-testid": "floor-status" });
  const announcements = el("div", { class: "announcements", "aria-live": "assertive" });
  const tiles = newTiles();
  const calls = newCalls({ command });
  const queue = newQueue({ command });
  const agents = newAgents();
  const mark = newMark();
  const aside = el("div", { class: "aside" }, queue.node, agents.node);
  const body = el("div", { class: "body" }, calls.node, aside);
  const root = el(
    "div",
    { class: "floor", "data-testid": "floor-view", "aria-label": "Floor" },
    status,
    tiles.node,
    body,
    announcements,
  );
  let asking = null;

  function announce(helped) {
    const news = helped.filter(({ call_id }) => asking !== null && !asking.has(call_id));
    for (const { agent, help } of news) {
      announcements.append(el("p", {}, `${agent} asks for help${help ? `: ${help}` : ""}`));
      if (announcements.childElementCount > ANNOUNCEMENTS_KEPT) announcements.firstElementChild.remove();
    }
    asking = new Set(helped.map(({ call_id }) => call_id));
  }

  return {
    root,
    draw({ floor, open, feed }) {
      setText(status, feed.state === "connecting" && !floor ? "Looking who is on the phone…" : feed.message);
      setAttribute(root, "data-feed", feed.state);
      setAttribute(root, "data-compact", open !== null);
      tiles.node.hidden = body.hidden = !floor;
      if (!floor) return;
      const helped = floor.calls.filter(({ help }) => help !== null);
      const shown = open === null ? floor.calls : helped.filter(({ call_id }) => call_id !== open);
      aside.hidden = open !== null;
      body.hidden = open !== null && shown.length === 0;
      tiles.draw(floor.tiles);
      calls.draw(shown, { compact: open !== null });
      queue.draw(floor.waiting);
      agents.draw(floor.agents);
      announce(helped);
      mark.draw(helped.length);
    },
    close() {
      mark.close();
      root.remove();
    },
  };
}
