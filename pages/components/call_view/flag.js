/** Marking a moment of the call, with a note for later. */

import { isLive } from "./call.js";
import { el, setText } from "./dom.js";
import { durationS } from "./elapsed.js";
import { clock } from "./format.js";

export function newFlag({ command }) {
  const at = el("span", { class: "quiet" });
  const note = el("input", { type: "text", placeholder: "Why it matters", "aria-label": "Why this moment matters", autocomplete: "off" });
  const button = el("button", { type: "button", class: "small", onclick: open }, "Flag", el("kbd", {}, "M"));
  const form = el(
    "form",
    { class: "flag-form", "aria-label": "Flag a moment", hidden: true, onsubmit: flag, onkeydown: onKey },
    at,
    note,
    el("button", { type: "submit", class: "small use" }, "Flag it"),
    el("button", { type: "button", class: "small", onclick: close }, "Cancel"),
  );
  let state = null;
  let at_s = 0;

  /** The moment is when the agent thinks of it, not when the note is written. */
  function open() {
    if (state === null || !isLive(state.call)) return false;
    at_s = durationS(state.call, state.clock);
    setText(at, `Flag ${clock(at_s)}`);
    form.hidden = false;
    note.value = "";
    note.focus();
    return true;
  }

  function flag(event) {
    event.preventDefault();
    command("flag", { at_s: Math.round(at_s * 10) / 10, note: note.value.trim() });
    close();
  }

  function onKey(event) {
    if (event.key === "Escape") close();
  }

  function close() {
    const focused = form.contains(form.getRootNode().activeElement);
    form.hidden = true;
    if (focused) button.focus({ preventScroll: true });
  }

  return {
    button,
    form,
    open,
    draw(next) {
      state = next;
      button.hidden = !isLive(next.call);
      if (button.hidden) close();
    },
  };
}
