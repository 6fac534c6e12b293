/** What was written, by both; and the box to write in. */

import { arrange, el, setAttribute, setText } from "../call_view/dom.js";

const MAX_CHARS = 2_000;
const TYPING_EVERY_MS = 2_000;

export function newChat({ send }) {
  const list = el("ol", { class: "messages", role: "log", "aria-live": "polite", "aria-label": "Messages", tabindex: "0" });
  const typing = el("p", { class: "quiet typing", "data-testid": "agent-typing" });
  const box = el("textarea", {
    rows: "1",
    maxlength: MAX_CHARS,
    placeholder: "Write a message",
    "aria-label": "Message",
    enterkeyhint: "send",
    oninput: onInput,
    onkeydown: onKey,
  });
  const button = el("button", { type: "submit", class: "primary" }, "Send");
  const form = el("form", { class: "composer", onsubmit: onSubmit }, box, button);
  const node = el("section", { class: "chat", "aria-label": "Chat" }, list, typing, form);
  const lines = new Map();
  let typedAt_ms = -Infinity;
  let drawn = null;
  let sent = "";

  function onSubmit(event) {
    event.preventDefault();
    const text = box.value.trim();
    if (!text || !send("Message", { text })) return;
    sent = text;
    box.value = "";
    grow();
    box.focus();
  }

  function onInput() {
    grow();
    if (performance.now() - typedAt_ms < TYPING_EVERY_MS || !box.value) return;
    typedAt_ms = performance.now();
    send("Typing");
  }

  function onKey(event) {
    // Enter also picks a word of an input method, which is not meant to send anything.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  }

  function grow() {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight + 2, 160)}px`;
  }

  return {
    node,
    draw({ call, line, problem, leaving }) {
      const live = call !== null && call.phase !== "ended" && !leaving;
      node.hidden = call === null || (!live && call.messages.length === 0);
      form.hidden = !live;
      button.disabled = line.state !== "connected";
      setText(typing, call?.agent_typing ? `${call.agent} is typing…` : "");
      if (problem && sent && !box.value) {
        box.value = sent;
        grow();
      }
      if (call === null || call === drawn) return;
      drawn = call;
      if (call.messages.some(({ mine, text }) => mine && text === sent)) sent = "";
      const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
      const added = call.messages.length > list.childElementCount;
      arrange(list, call.messages.map((message) => bubble(message, call.agent)));
      list.hidden = call.messages.length === 0;
      if (added && (atEnd || call.messages.at(-1).mine)) list.scrollTop = list.scrollHeight;
    },
  };

  function bubble({ message_id, mine, text, delivered }, agent) {
    if (!lines.has(message_id)) {
      const mark = el("span", { class: "quiet mark" });
      const who = el("span", { class: "who" }, mine ? "You" : agent || "Agent");
      const item = el("li", { class: "message", "data-testid": "message", "data-mine": String(mine) }, who, el("p", {}, text), mark);
      lines.set(message_id, { item, mark });
    }
    const { item, mark } = lines.get(message_id);
    setAttribute(item, "data-delivered", mine ? String(delivered) : null);
    setText(mark, mine ? (delivered ? "Delivered" : "Sent") : "");
    return item;
  }
}
