/** A call on the agent's screen. Draws any state it is given, whether it comes from a live stream or from a replay. */

import { newActions } from "./actions.js";
import { newCallBar } from "./callbar.js";
import { newCustomerPanel } from "./customer.js";
import { el } from "./dom.js";
import { listenForKeys } from "./keys.js";
import { newMemory } from "./memory.js";
import { newNotices } from "./notices.js";
import { newPrompts } from "./prompts.js";
import { newShortcuts } from "./shortcuts.js";
import { newSuggestions } from "./suggestions.js";
import { newTemplates } from "./templates.js";
import { newTranscript } from "./transcript.js";

const ANNOUNCEMENTS_KEPT = 5;

/**
 * `command(name, fields)` is called for what the agent clicks; without it the view is for reading only.
 *
 * A state is `{call, desk, caughtUp, clock: {offset_s, at_ms, running} | null, levels, connections,
 * stream: {state, message}, pending}`. `root` carries the `seq` of the last event drawn in `data-seq`.
 */
export function newView({ command = null }) {
  const announcements = el("div", { class: "announcements", "aria-live": "polite" });
  const shortcuts = newShortcuts();
  const callBar = newCallBar({ command, showKeys: shortcuts.open });
  const notices = newNotices();
  const customer = newCustomerPanel({ command });
  const memory = newMemory();
  const transcript = newTranscript({ command });
  const actions = newActions({ command });
  const suggestions = newSuggestions({ command });
  const templates = newTemplates();
  const prompts = newPrompts();
  const parts = [callBar, notices, customer, memory, transcript, actions, suggestions, templates, prompts];
  const root = el(
    "div",
    { class: "call-view", "data-testid": "call-view" },
    callBar.node,
    notices.node,
    el(
      "div",
      { class: "columns" },
      el("div", { class: "column about" }, customer.node, memory.node),
      el("div", { class: "column talk" }, transcript.node, actions.node),
      el("div", { class: "column help" }, suggestions.node),
    ),
    el("div", { class: "drawers" }, templates.node, prompts.node),
    shortcuts.node,
    announcements,
  );
  const stopListening = command ? listenForKeys(root, { "?": shortcuts.open }) : () => {};
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
      for (const part of parts) part.draw(state, say);
      root.dataset.callId = state.call.call_id;
      root.dataset.seq = state.call.seq;
    },
    close() {
      stopListening();
      for (const part of parts) part.close?.();
      root.remove();
    },
  };
}
