/** Handing the call to another agent, or back to the queue, with a note. */

import { el } from "./dom.js";

export function newTransferForm({ command, close }) {
  const to = el("select", { "aria-label": "Transfer to" });
  const note = el("input", { type: "text", placeholder: "What they should know", "aria-label": "What they should know", maxlength: 500, autocomplete: "off" });
  const node = el(
    "form",
    { class: "control-form", "aria-label": "Transfer", hidden: true, onsubmit: transfer, onkeydown: (event) => event.key === "Escape" && close() },
    el("span", {}, "Transfer to"),
    to,
    note,
    el("button", { type: "submit", class: "use" }, "Transfer"),
    el("button", { type: "button", onclick: close }, "Cancel"),
  );
  let colleagues = null;

  function transfer(event) {
    event.preventDefault();
    command("transfer", { to: to.value, note: note.value.trim() });
    close();
  }

  return {
    node,
    open() {
      note.value = "";
      to.focus();
      // Who is free may have changed since the page was drawn.
      command("colleagues");
    },
    draw({ desk }) {
      if (desk.colleagues === colleagues) return;
      colleagues = desk.colleagues;
      const chosen = to.value;
      to.replaceChildren(
        el("option", { value: "" }, "The queue: whoever fits and is free"),
        ...colleagues.map(({ name, state, free }) => el("option", { value: name, disabled: !free }, `${name} (${state})`)),
      );
      to.value = colleagues.some(({ name, free }) => name === chosen && free) ? chosen : "";
    },
  };
}
