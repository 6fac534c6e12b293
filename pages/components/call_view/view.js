/** A call on the agent's screen. Draws any state it is given, whether it comes from a live stream or from a replay. */

import { newActions } from "./actions.js";
import { newCallBar } from "./callbar.js";
import { newComposer } from "./composer.js";
import { newControls } from "./controls.js";
import { newCustomerPanel } from "./customer.js";
import { el } from "./dom.js";
import { listenForKeys } from "./keys.js";
import { newMemory } from "./memory.js";
import { newNotices } from "./notices.js";
import { newPrompts } from "./prompts.js";
import { newShortcuts } from "./shortcuts.js";
import { newSituation } from "./situation.js";
import { newSuggestions } from "./suggestions.js";
import { newTemplates } from "./templates.js";
import { newTranscript } from "./transcript.js";
import { newAcknowledgement } from "./voice_commands.js";

const ANNOUNCEMENTS_KEPT = 5;

/**
 * `command(name, fields)` is called for what the agent clicks, and gives false when that is on its way already; without
 * it the view is for reading only. `tell(type, data)` is called for what is too fleeting for that.
 *
 * A state is `{call, desk, caughtUp, clock: {offset_s, at_ms, running} | null, levels, connections, typing,
 * stream: {state, message}, pending, lost}`; `lost` is the command that was given up last. `root` carries the `seq` of the last event drawn in `data-seq`.
 */
export function newView({ command = null, tell = () => false }) {
  const announcements = el("div", { class: "announcements", "aria-live": "polite" });
  const shortcuts = newShortcuts();
  const controls = newControls({ command });
  const callBar = newCallBar({ command, controls: controls.buttons, showKeys: shortcuts.open });
  const situation = newSituation({ command });
  const notices = newNotices();
  const acknowledgement = newAcknowledgement({ command });
  const customer = newCustomerPanel({ command });
  const memory = newMemory();
  const transcript = newTranscript({ command });
  const actions = newActions({ command });
  const composer = newComposer({ command, tell });
  const suggestions = newSuggestions({ command, write: composer.take });
  const templates = newTemplates();
  const prompts = newPrompts();
  const head = [callBar, controls, situation, acknowledgement, notices];
  const parts = [...head, customer, memory, transcript, composer, actions, suggestions, templates, prompts];
  const root = el(
    "div",
    { class: "call-view", "data-testid": "call-view" },
    callBar.node,
    controls.forms,
    situation.node,
    acknowledgement.node,
    notices.node,
    el(
      "div",
      { class: "columns" },
      el("div", { class: "column about" }, customer.node, memory.node),
      el("div", { class: "column talk" }, transcript.node, composer.node, actions.node),
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
      root.dataset.channel = state.call.channel;
      root.dataset.seq = state.call.seq;
    },
    close() {
      stopListening();
      for (const part of parts) part.close?.();
      root.remove();
    },
  };
}
