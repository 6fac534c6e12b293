/** Who waits for an agent, in the order of the queue. */

import { arrange, el, setText } from "../call_view/dom.js";
import { clock, title } from "../call_view/format.js";

export function newQueue({ command }) {
  const list = el("ol", { class: "queue", "data-testid": "floor-queue" });
  const empty = el("p", { class: "empty" }, "Nobody waits. Customers who call appear here until an agent answers.");
  const rows = new Map();

  return {
    node: el("section", { class: "pane" }, el("h3", {}, "Queue"), list, empty),
    draw(waiting) {
      empty.hidden = waiting.length > 0;
      list.hidden = waiting.length === 0;
      const ids = new Set(waiting.map(({ call_id }) => call_id));
      for (const id of rows.keys()) {
        if (!ids.has(id)) rows.delete(id);
      }
      arrange(
        list,
        waiting.map((one) => {
          if (!rows.has(one.call_id)) rows.set(one.call_id, newRow(one.call_id, command));
          const row = rows.get(one.call_id);
          row.draw(one);
          return row.node;
        }),
      );
    },
  };
}

function newRow(callId, command) {
  const name = el("b", {});
  const waited = el("time", { class: "duration" });
  const about = el("span", { class: "quiet" });
  const reason = el("span", {});
  const open = el("button", { type: "button", class: "small plain", onclick: () => command("open", callId) }, "Open");
  const node = el(
    "li",
    { "data-testid": "floor-waiting", "data-call-id": callId },
    el("div", { class: "head" }, name, waited, open),
    reason,
    about,
  );
  return {
    node,
    draw(one) {
      setText(name, one.name || "No name given");
      open.setAttribute("aria-label", `Open the call of ${one.name || "the customer without a name"}`);
      setText(waited, clock(one.waited_s));
      setText(reason, one.reason);
      setText(about, aboutOf(one).join(" · "));
    },
  };
}

function aboutOf({ tier, topic, channel, language, offered_to, note }) {
  const parts = [tier && title(tier), topic && title(topic), title(channel), language.toUpperCase()].filter(Boolean);
  if (note) parts.push(`Note: ${note}`);
  if (offered_to) parts.push(`rings at ${offered_to}`);
  return parts;
}
