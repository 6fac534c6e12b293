/** The words of a card, changed by the agent before use. */

import { el } from "./dom.js";

/** `use(text)` with what was made of it; `onClose()` when the editor goes. */
export function newEditor({ use, onClose }) {
  const field = el("textarea", { rows: "4", "aria-label": "Edit before use", onkeydown: onKey });
  const send = el("button", { type: "button", class: "use", onclick: finish }, "Use edited", el("kbd", {}, "Ctrl+Enter"));
  const cancel = el("button", { type: "button", onclick: close }, "Cancel", el("kbd", {}, "Esc"));
  const node = el("div", { class: "editor", hidden: true }, field, el("div", { class: "actions" }, send, cancel));

  function onKey(event) {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) finish();
    else return;
    event.preventDefault();
  }

  function finish() {
    const text = field.value.trim();
    if (!text) return;
    use(text);
    close();
  }

  function close() {
    if (node.hidden) return;
    onClose();
    node.hidden = true;
  }

  return {
    node,
    open(text) {
      node.hidden = false;
      field.value = text;
      field.focus();
    },
    close,
  };
}
