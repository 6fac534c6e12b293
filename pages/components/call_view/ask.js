/** The agent asks the assistant about this call or customer; the answer comes as a card. */

import { isLive } from "./call.js";
import { arrange, el } from "./dom.js";

export function newAsk({ command }) {
  const field = el("input", {
    type: "text",
    class: "ask-field",
    placeholder: "Ask about this call or customer",
    "aria-label": "Ask about this call or customer",
    enterkeyhint: "send",
    autocomplete: "off",
    onkeydown: (event) => event.key === "Escape" && field.blur(),
  });
  const send = el("button", { type: "submit", class: "small" }, "Ask", el("kbd", {}, "/"));
  const form = el("form", { class: "ask-form", onsubmit: ask }, field, send);
  const waiting = el("ul", { class: "waiting", role: "list" });
  const node = el("div", { class: "ask" }, form, waiting);
  const rows = new Map();

  function ask(event) {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    command("ask", { text });
    field.value = "";
  }

  function row(key, text) {
    if (!rows.has(key)) rows.set(key, el("li", { class: "quiet" }, text));
    return rows.get(key);
  }

  return {
    node,
    focus() {
      if (form.hidden) return false;
      field.focus();
      return true;
    },
    draw({ call, pending }) {
      form.hidden = !isLive(call);
      const answered = new Set([...call.suggestions.values()].flatMap(({ triggered_by }) => triggered_by));
      const open = call.asked.filter(({ question_id }) => !answered.has(question_id));
      const note = isLive(call) ? "looking for an answer…" : "not answered";
      const wanted = [
        ...open.map(({ question_id, text }) => [`${question_id}:${note}`, `“${text}”: ${note}`]),
        ...pending.filter(({ name }) => name === "ask").map(({ id, text }) => [id, `“${text}”: asking…`]),
      ];
      const keys = new Set(wanted.map(([key]) => key));
      for (const key of rows.keys()) {
        if (!keys.has(key)) rows.delete(key);
      }
      arrange(waiting, wanted.map(([key, text]) => row(key, text)));
    },
  };
}
