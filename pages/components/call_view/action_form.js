/** What a quick action needs to know, before it is put before the agent as a preview. */

import { el } from "./dom.js";

const INPUTS = {
  text: { type: "text", autocomplete: "off" },
  amount: { type: "number", min: "0", step: "0.01", inputmode: "decimal" },
  percent: { type: "number", min: "0", max: "100", step: "any", inputmode: "decimal" },
  date: { type: "date" },
};

/** `propose(values)` with what was filled in, as text by the field's name; `cancel()` when the agent thinks better. */
export function newActionForm({ spec, propose, cancel }) {
  const inputs = new Map(spec.fields.map((field) => [field.name, newInput(field)]));
  const submit = el("button", { type: "submit", class: "small use" }, "Preview");
  const node = el(
    "form",
    { class: "action-form", "aria-label": spec.label, onsubmit: finish, onkeydown: onKey },
    spec.fields.map((field) => el("label", {}, el("span", {}, field.label), inputs.get(field.name))),
    el("div", { class: "actions" }, submit, el("button", { type: "button", class: "small", onclick: cancel }, "Cancel")),
  );

  function finish(event) {
    event.preventDefault();
    const filled = [...inputs].map(([name, input]) => [name, input.value.trim()]);
    propose(Object.fromEntries(filled.filter(([, value]) => value !== "")));
  }

  function onKey(event) {
    if (event.key === "Escape") cancel();
  }

  return {
    node,
    action: spec.action,
    focus() {
      ([...inputs.values()][0] ?? submit).focus();
    },
  };
}

function newInput({ type, default: value, required, choices }) {
  if (type === "choice") {
    return el(
      "select",
      { required },
      (choices ?? []).map((choice) => el("option", { selected: choice === value }, choice)),
    );
  }
  return el("input", { ...(INPUTS[type] ?? INPUTS.text), required, value: value ?? null });
}
