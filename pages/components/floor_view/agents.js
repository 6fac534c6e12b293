/** The agents: what each is doing, and for how long. */

import { arrange, el, setAttribute, setText } from "../call_view/dom.js";
import { clock, title } from "../call_view/format.js";

export function newAgents() {
  const list = el("ul", { class: "agents", "data-testid": "floor-agents" });
  const rows = new Map();

  return {
    node: el("section", { class: "pane" }, el("h3", {}, "Agents"), list),
    draw(agents) {
      arrange(
        list,
        agents.map((agent) => {
          if (!rows.has(agent.name)) rows.set(agent.name, newRow());
          const row = rows.get(agent.name);
          row.draw(agent);
          return row.node;
        }),
      );
    },
  };
}

function newRow() {
  const name = el("span", { class: "name" });
  const state = el("span", { class: "agent-state" });
  const since = el("time", { class: "duration" });
  const why = el("span", { class: "quiet" });
  const node = el("li", { "data-testid": "floor-agent" }, name, state, since, why);
  return {
    node,
    draw(agent) {
      setAttribute(node, "data-agent", agent.name);
      setAttribute(node, "data-state", agent.state);
      setText(name, agent.name);
      setText(state, stateOf(agent));
      setText(since, clock(agent.for_s));
      setText(why, agent.state === "away" ? agent.reason : "");
    },
  };
}

function stateOf({ state, on_phone, chats }) {
  const doing = [on_phone && "call", chats && (chats === 1 ? "1 chat" : `${chats} chats`)].filter(Boolean).join(", ");
  return state === "busy" && doing ? `Busy: ${doing}` : title(state);
}
