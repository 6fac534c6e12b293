/** One action: what it would do, the agent's decision, and what came of it. */

import { isPending } from "./commands.js";
import { el, setAttribute, setText } from "./dom.js";
import { actionLabel } from "./format.js";

const STATE = { proposed: "To confirm", taken: "Done", undone: "Undone", refused: "Not done" };
const UNDERWAY = { confirm: "confirming…", decline: "declining…", undo: "undoing…" };

export function newActionCard({ actionId, command }) {
  const send = (name) => () => command(name, { action_id: actionId });
  const name = el("strong");
  const condition = el("span", { class: "card-state" });
  const supervisor = el("span", { class: "badge" });
  const by = el("span", { class: "author" });
  const text = el("p", { class: "preview" });
  const confirm = el("button", { type: "button", class: "use", onclick: send("confirm") }, "Confirm");
  const decline = el("button", { type: "button", onclick: send("decline") }, "Decline");
  const undo = el("button", { type: "button", class: "small", onclick: send("undo") }, "Undo");
  const buttons = el("div", { class: "actions" }, confirm, decline, undo);
  const node = el(
    "article",
    { class: "card action-card", tabindex: "-1", "data-testid": "action-card", "data-action-id": actionId },
    el("div", { class: "card-head" }, name, condition, supervisor, by),
    text,
    command && buttons,
  );
  let announced = null;

  return {
    node,
    draw({ proposed, state, effect, reason, by: decidedBy }, { call, desk, pending }, say) {
      const label = actionLabel(desk, proposed.action);
      const underway = Object.keys(UNDERWAY).find((verb) => isPending(pending, verb, actionId));
      const words = { proposed: proposed.preview, taken: effect, undone: effect, refused: reason }[state];
      const open = call.wrap_up === null;
      if (state !== announced) {
        announced = state;
        say(`${STATE[state]}: ${label}. ${words}`);
      }
      setText(name, label);
      setText(condition, underway ? UNDERWAY[underway] : STATE[state]);
      setText(supervisor, proposed.needs_supervisor && state === "proposed" ? "Needs a supervisor" : "");
      setText(by, state === "proposed" ? `by ${proposed.proposed_by}` : decidedBy && `by ${decidedBy}`);
      setText(text, words || proposed.preview);
      setAttribute(node, "data-state", state);
      setAttribute(node, "aria-label", `${label}: ${STATE[state]}`);
      setAttribute(node, "data-pending", underway !== undefined);
      confirm.hidden = decline.hidden = state !== "proposed" || !open;
      undo.hidden = state !== "taken" || !open;
      confirm.disabled = decline.disabled = undo.disabled = underway !== undefined;
    },
  };
}
