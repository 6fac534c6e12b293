/** Asking for a supervisor, with the reason. */

import { el } from "./dom.js";

export function newHelpForm({ command, close }) {
  const reason = el("input", { type: "text", placeholder: "What you need, e.g. a refund above your limit", "aria-label": "Why you need help", maxlength: 300, autocomplete: "off" });
  const node = el(
    "form",
    { class: "control-form", "aria-label": "Ask for help", hidden: true, onsubmit: ask, onkeydown: (event) => event.key === "Escape" && close() },
    el("span", {}, "Ask a supervisor"),
    reason,
    el("button", { type: "submit", class: "use" }, "Ask"),
    el("button", { type: "button", onclick: close }, "Cancel"),
  );

  function ask(event) {
    event.preventDefault();
    command("request_help", { reason: reason.value.trim() });
    close();
  }

  return {
    node,
    open() {
      reason.value = "";
      reason.focus();
    },
  };
}
