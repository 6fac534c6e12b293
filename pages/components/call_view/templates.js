/** Ready-made answers with the customer's data filled in, to be changed and copied. */

import { copy } from "./clipboard.js";
import { el, setText } from "./dom.js";
import { listenForKeys } from "./keys.js";

export function newTemplates() {
  const pick = el("select", { "aria-label": "Template", onchange: fill });
  const text = el("textarea", { rows: "4", "aria-label": "Text of the template" });
  const copied = el("span", { class: "quiet", role: "status" });
  const copyButton = el("button", { type: "button", class: "small use", onclick: take }, "Copy");
  const summary = el("summary", {}, "Response templates", el("kbd", {}, "T"));
  const node = el(
    "details",
    { class: "drawer templates", "data-testid": "templates", hidden: true },
    summary,
    el("div", { class: "template-form" }, pick, text, el("div", { class: "actions" }, copyButton, copied)),
  );
  let templates = null;
  let filled = "";
  const stopListening = listenForKeys(node, { t: open });

  function fill() {
    filled = text.value = templates[pick.selectedIndex]?.text ?? "";
    setText(copied, "");
  }

  function take() {
    copy(text.value);
    setText(copied, "Copied");
  }

  function open() {
    if (node.hidden) return false;
    node.open = true;
    pick.focus();
    return true;
  }

  return {
    node,
    draw({ desk }) {
      if (desk.templates === templates) return;
      const chosen = pick.value;
      templates = desk.templates;
      node.hidden = templates.length === 0;
      pick.replaceChildren(...templates.map(({ name }) => el("option", { selected: name === chosen }, name)));
      // What the agent has changed is theirs.
      if (text.value === filled) fill();
    },
    close: stopListening,
  };
}
