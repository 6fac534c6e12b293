/** What the assistant suggests: open cards with the newest on top, and what became of the earlier ones. */

import { newAsk } from "./ask.js";
import { isLive } from "./call.js";
import { isOpen, newCard } from "./card.js";
import { isPending } from "./commands.js";
import { arrange, el, setText } from "./dom.js";
import { newFilter } from "./filter.js";
import { newHold } from "./hold.js";
import { listenForKeys } from "./keys.js";

/** `write(suggestionId, text)` puts a suggestion into the message box; false where nothing is written. */
export function newSuggestions({ command, write = () => false }) {
  const open = el("div", { class: "cards" });
  const earlier = el("div", { class: "cards earlier-cards" });
  const earlierHead = el("h4", {}, "Earlier");
  const empty = el("p", { class: "empty" });
  const count = el("span", { class: "count" });
  const above = el("button", { type: "button", class: "newest", hidden: true });
  const ask = newAsk({ command });
  const filter = newFilter({ onChange: redraw });
  const scroller = el(
    "div",
    { class: "scroller", tabindex: "0", role: "region", "aria-label": "Suggested answers" },
    empty,
    open,
    earlierHead,
    earlier,
  );
  const node = el(
    "section",
    { class: "pane suggestions", "aria-label": "Suggestions" },
    el("div", { class: "pane-head" }, el("h3", {}, "Suggestions ", count), filter.node),
    command && ask.node,
    el("div", { class: "scroll-frame" }, above, scroller),
  );
  const cards = new Map();
  const hold = newHold({ scroller, list: open, above });
  let state = null;
  let announce = () => {};
  const stopListening = command
    ? listenForKeys(node, {
        u: () => act("use"),
        e: () => act("edit"),
        d: () => act("dismiss"),
        p: () => act("pin"),
        1: () => act("reason", 1),
        2: () => act("reason", 2),
        3: () => act("reason", 3),
        j: () => move(1),
        k: () => move(-1),
        "/": ask.focus,
      })
    : () => {};

  above.addEventListener("click", hold.release);

  const focused = () => [...open.children].find((card) => card.contains(node.getRootNode().activeElement));

  const usable = ({ suggestion_id, state: written }, { call, pending }) =>
    written === "shown" &&
    isLive(call) &&
    !isPending(pending, "use", suggestion_id) &&
    !isPending(pending, "dismiss", suggestion_id);

  /** The card keys act on: the focused one, or else the newest that can be acted on. */
  function target() {
    if (command === null || state === null) return undefined;
    const { suggestions } = state.call;
    const able = [...open.children].filter((card) => usable(suggestions.get(card.dataset.suggestion), state));
    const card = focused();
    return card ? able.find((each) => each === card) : able[0];
  }

  function act(name, ...details) {
    const card = target();
    if (!card) return false;
    const wasFocused = card === focused();
    const done = cards.get(card.dataset.suggestion)[name](...details);
    if (done && wasFocused) (card.nextElementSibling ?? card.previousElementSibling)?.focus({ preventScroll: true });
    return name !== "reason" || done;
  }

  function move(step) {
    const nodes = [...open.children];
    const card = focused();
    const next = card ? nodes[nodes.indexOf(card) + step] : nodes[0];
    next?.focus();
    return next !== undefined;
  }

  function drawCard(suggestion) {
    const { suggestion_id } = suggestion;
    if (!cards.has(suggestion_id)) cards.set(suggestion_id, newCard({ suggestionId: suggestion_id, command, write }));
    const card = cards.get(suggestion_id);
    card.draw({ next: suggestion, say: announce, ...state });
    return card.node;
  }

  function drawKeys() {
    const chosen = target();
    for (const card of cards.values()) card.drawKeys(card.node === chosen);
  }

  function draw(next, say) {
    const kept = ["call", "desk", "pending", "caughtUp"].every((part) => state?.[part] === next[part]);
    state = next;
    announce = say;
    if (!kept) redraw();
  }

  function redraw() {
    const written = [...state.call.suggestions.values()].filter((each) => each.state !== "discarded").reverse();
    const shown = written.filter(filter.passes);
    const fresh = shown.filter(isOpen).sort((a, b) => b.pinned - a.pinned);
    const done = shown.filter((each) => !isOpen(each));
    const allOpen = written.filter(isOpen);
    hold.around(() => {
      arrange(open, fresh.map(drawCard));
      arrange(earlier, done.map(drawCard));
      earlierHead.hidden = done.length === 0;
      setText(count, allOpen.length ? String(allOpen.length) : "");
      setText(empty, fresh.length ? "" : allOpen.length ? "None of this kind." : emptyText(state));
      drawKeys();
    });
    filter.draw(allOpen);
    ask.draw(state);
    setText(above, fresh[0]?.priority === "urgent" ? "↑ URGENT above" : "↑ Newer above");
  }

  node.addEventListener("focusin", drawKeys);
  node.addEventListener("focusout", drawKeys);

  return {
    node,
    draw,
    close() {
      stopListening();
      hold.close();
    },
  };
}

function emptyText({ call, caughtUp }) {
  if (!caughtUp) return "Loading the call…";
  if (call.end_reason !== null) return "No open suggestions.";
  return "No open suggestions. They appear here when the customer asks for something the assistant has facts on.";
}
