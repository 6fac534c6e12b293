/** What an assistant would have the agent do: looked at first, and done only when the agent confirms it. */

import { isLive } from "./call.js";
import { isPending } from "./commands.js";
import { el, setText } from "./dom.js";
import { actionLabel } from "./format.js";

export function newReview({ suggestionId, command }) {
  const accept = () => command("accept", { suggestion_id: suggestionId });
  const node = el("button", { type: "button", class: "review", hidden: true, onclick: accept }, "Review");

  return {
    node,
    draw({ action, state }, call, desk, pending) {
      node.hidden = !action || state === "writing" || state === "dismissed" || !isLive(call);
      if (node.hidden) return;
      const label = actionLabel(desk, action.action);
      const reviewed = [...call.actions.values()].some((each) => isSame(each, action));
      node.disabled = reviewed || isPending(pending, "accept", suggestionId);
      setText(node, reviewed ? `In review: ${label}` : `Review: ${label}`);
    },
  };
}

/** Undone and refused ones may be proposed again. */
const isSame = ({ proposed, state }, { action, arguments: wanted }) =>
  (state === "proposed" || state === "taken") &&
  proposed.action === action &&
  Object.entries(wanted).every(([name, value]) => String(proposed.arguments[name]) === String(value));
