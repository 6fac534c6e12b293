/** How the call stands: waiting, on hold, handed over, who listens. Lines that stay for as long as they are true. */

import { isLive, isOnHold, isWaiting } from "./call.js";
import { isPending } from "./commands.js";
import { arrange, el, setAttribute, setText } from "./dom.js";
import { durationS } from "./elapsed.js";
import { clock } from "./format.js";

const LISTENS = { listen: "listens", whisper: "listens, and can whisper to you", join: "is on the line" };

export function newSituation({ command }) {
  const node = el("div", { class: "situation", role: "status", "data-testid": "situation" });
  const lines = new Map();

  function newLine({ action }) {
    const text = el("span", { class: "situation-text" });
    const time = el("time", { "aria-hidden": "true" });
    const button = action && command && el("button", { type: "button", class: "small", onclick: () => command(action.name) }, action.label);
    return { text, time, button, node: el("div", { class: "situation-line" }, text, time, button) };
  }

  return {
    node,
    draw(state) {
      const found = situation(state);
      const keys = new Set(found.map(({ key }) => key));
      for (const key of [...lines.keys()]) {
        if (!keys.has(key)) lines.delete(key);
      }
      arrange(
        node,
        found.map((each) => {
          if (!lines.has(each.key)) lines.set(each.key, newLine(each));
          const line = lines.get(each.key);
          setText(line.text, each.text);
          setText(line.time, each.since_s === undefined ? "" : clock(durationS(state.call, state.clock) - each.since_s));
          setAttribute(line.node, "data-kind", each.kind);
          if (line.button) line.button.disabled = isPending(state.pending, each.action.name, undefined);
          return line.node;
        }),
      );
    },
  };
}

/** What the customer gave when they called; who they say they are only for as long as nobody knows better. */
function toldBy({ queued, customer }) {
  const given = customer ? [] : [queued.name, queued.account_number && `account ${queued.account_number}`].filter(Boolean);
  const parts = [queued.reason && `Calls about: “${queued.reason}”`, given.length && `Says to be: ${given.join(", ")}`];
  return parts.filter(Boolean).join(" · ");
}

/** Each with a `key`; `since_s` where its time runs, `action` where it can be ended. */
function situation({ call }) {
  const found = [];
  const { queued, help } = call;
  if (isWaiting(call)) {
    const text = call.offered_to === null ? "Waiting for an agent" : `Ringing at ${call.offered_to}`;
    found.push({ key: "waiting", kind: "waiting", text, since_s: call.queued_s });
  }
  const told = queued ? toldBy(call) : "";
  if (told) found.push({ key: "told", kind: "told", text: told });
  call.transfers.forEach(({ from_agent, to_agent, note }, index) => {
    const way = to_agent ? `${from_agent} passed this on to ${to_agent}` : `${from_agent} gave this back to the queue`;
    found.push({ key: `transfer:${index}`, kind: "transfer", text: note ? `${way}: “${note}”` : `${way}.` });
  });
  if (call.rating) {
    const { score, comment } = call.rating;
    found.push({ key: "rating", kind: "rating", text: `The customer rated this ${score} of 5${comment ? `: “${comment}”` : ""}` });
  }
  if (!isLive(call)) return found;
  if (isOnHold(call)) {
    const text = "On hold: the customer hears a tone, and neither of you hears the other.";
    const action = { name: "resume", label: "Resume" };
    found.push({ key: "hold", kind: "hold", text, since_s: call.hold_started_s, action });
  }
  const customer = call.legs.get("customer");
  if (queued && !isWaiting(call) && customer?.lines === 0) {
    const text = "The customer was cut off. They can come back to this call for a moment.";
    found.push({ key: "gone", kind: "gone", text, since_s: customer.left_s });
  }
  for (const { supervisor, mode, visible } of call.supervisors.values()) {
    if (visible) found.push({ key: `listens:${supervisor}:${mode}`, kind: "listens", text: `${supervisor} ${LISTENS[mode]}.` });
  }
  if (help) {
    const text = help.reason ? `You asked for help: “${help.reason}”` : "You asked for help.";
    found.push({ key: `help:${help.reason}`, kind: "help", text, action: { name: "end_help", label: "No longer needed" } });
  }
  return found;
}
