/** Writing to the customer: the box, what it was made from, and whether the customer is typing. */

import { isAnswered } from "./controls.js";
import { el, setText } from "./dom.js";
import { listenForKeys } from "./keys.js";

const MESSAGE_MAX_CHARS = 2000;
const TYPING_EVERY_MS = 2_000;
const ROWS_MAX = 6;

/** `tell(type, data)` says what is too fleeting for a command. */
export function newComposer({ command, tell }) {
  const field = el("textarea", {
    rows: 1,
    maxlength: MESSAGE_MAX_CHARS,
    "aria-label": "Message to the customer",
    placeholder: "Write to the customer",
    enterkeyhint: "send",
    oninput: onInput,
    onkeydown: onKey,
  });
  const send = el("button", { type: "submit", class: "use" }, "Send");
  const note = el("p", { class: "composer-note", role: "status", "data-testid": "composer-note" });
  const form = el("form", { class: "composer-form", onsubmit: submit }, field, send);
  const node = el("div", { class: "composer", "data-testid": "composer", hidden: true }, note, form);
  let suggestionId = null;
  let toldAt_ms = -Infinity;
  let lost = null;
  let failed = false;
  const stopListening = command ? listenForKeys(node, { w: focus }) : () => {};

  function focus() {
    if (node.hidden) return false;
    field.focus();
    return true;
  }

  function onInput() {
    failed = false;
    if (!field.value.trim()) suggestionId = null;
    fit();
    if (!field.value || performance.now() - toldAt_ms < TYPING_EVERY_MS) return;
    toldAt_ms = performance.now();
    tell("Typing");
  }

  function onKey(event) {
    if (event.key === "Escape") field.blur();
    else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  }

  function submit(event) {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    if (!command("send", { text, ...(suggestionId === null ? {} : { suggestion_id: suggestionId }) })) return;
    put("", null);
    failed = false;
    toldAt_ms = -Infinity;
  }

  function put(text, from) {
    field.value = text;
    suggestionId = from;
    fit();
  }

  function fit() {
    field.rows = 1;
    const { lineHeight, paddingTop, paddingBottom } = getComputedStyle(field);
    const height = field.scrollHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
    field.rows = Math.max(1, Math.min(ROWS_MAX, Math.round(height / parseFloat(lineHeight)) || 1));
  }

  return {
    node,
    /** Take a suggestion up, behind what is written already. False when nothing is written in this call. */
    take(from, text) {
      if (node.hidden || node.dataset.channel !== "chat") return false;
      const written = field.value.trim();
      put(written ? `${written}\n${text}` : text, from);
      field.focus();
      field.setSelectionRange(field.value.length, field.value.length);
      return true;
    },
    draw({ call, typing, lost: nextLost }) {
      node.hidden = command === null || !isAnswered(call);
      node.dataset.channel = call.channel;
      if (nextLost !== lost) {
        lost = nextLost;
        if (lost?.name === "send" && !field.value) {
          put(lost.text, lost.suggestion_id ?? null);
          failed = true;
        }
      }
      setText(note, failed ? "This was not sent. Try again." : typing.customer ? "The customer is typing…" : "");
    },
    close: stopListening,
  };
}
