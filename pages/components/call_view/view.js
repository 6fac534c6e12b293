/** A call on the agent's screen. Draws any state it is given, whether it comes from a live stream or from a replay. */

import { newCallBar } from "./callbar.js";
import { newCustomerPanel } from "./customer.js";
import { el } from "./dom.js";
import { newNotices } from "./notices.js";
import { newSuggestions } from "./suggestions.js";
import { newTranscript } from "./transcript.js";

const ANNOUNCEMENTS_KEPT = 5;

/**
 * `command(name, fields)` is called for what the agent clicks; without it the view is for reading only.
 *
 * A state is `{call, caughtUp, clock: {offset_s, at_ms, running} | null, levels, connections, stream: {state, message},
 * pending}`. `root` carries the `seq` of the last event drawn in `data-seq`.
 */
export function newView({ command = null }) {
  const announcements = el("div", { class: "announcements", "aria-live": "polite" });
  const callBar = newCallBar({ command });
  const notices = newNotices();
  const customer = newCustomerPanel({ command });
  const transcript = newTranscript();
  const suggestions = newSuggestions({ command });
  const root = el(
    "div",
    { class: "call-view", "data-testid": "call-view" },
    callBar.node,
    notices.node,
    el("div", { class: "columns" }, customer.node, transcript.node, suggestions.node),
    announcements,
  );
  let following = false;

  function announce(text) {
    announcements.append(el("p", {}, text));
    while (announcements.childElementCount > ANNOUNCEMENTS_KEPT) announcements.firstElementChild.remove();
  }

  return {
    root,
    draw(state) {
      // What was there when the page opened is not read out.
      const say = following ? announce : () => {};
      following = state.caughtUp;
      callBar.draw(state);
      notices.draw(state);
      customer.draw(state, say);
      transcript.draw(state, say);
      suggestions.draw(state, say);
      root.dataset.callId = state.call.call_id;
      root.dataset.seq = state.call.seq;
    },
    close() {
      suggestions.close();
      transcript.close();
      root.remove();
    },
  };
}
