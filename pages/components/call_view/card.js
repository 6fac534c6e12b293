/** One suggestion card. */

import { isLive } from "./call.js";
import { isPending } from "./commands.js";
import { el, setAttribute, setText } from "./dom.js";
import { clock, partyName, title } from "./format.js";

const PRIORITY = { urgent: "URGENT", warning: "Warning", tip: "Tip" };
const STATE = { writing: "writing…", shown: "", used: "Used", dismissed: "Dismissed", discarded: "" };

export const isOpen = (suggestion) => suggestion.state === "writing" || suggestion.state === "shown";

/** `command` as for the view. */
export function newCard({ suggestionId, command }) {
  const priority = el("span", { class: "priority" });
  const kind = el("span", { class: "kind" });
  const condition = el("span", { class: "card-state" });
  const time = el("time");
  const message = el("p", { class: "message" });
  const evidence = el("div", { class: "evidence-list" });
  const summary = el("summary");
  const details = el("details", { class: "evidence" }, summary, evidence);
  const author = el("span", { class: "author" });
  const useButton = el("button", { type: "button", class: "use", onclick: use }, "Use", el("kbd", {}, "U"));
  const dismissButton = el("button", { type: "button", onclick: dismiss }, "Dismiss", el("kbd", {}, "D"));
  const actions = el("div", { class: "actions" }, useButton, dismissButton);
  const reread = el("button", { type: "button", class: "plain reread", onclick: toggleReread }, "Show");
  const node = el(
    "article",
    { class: "card", tabindex: "-1", "data-testid": "suggestion-card", "data-suggestion": suggestionId },
    el("div", { class: "card-head" }, priority, kind, condition, author, time),
    message,
    reread,
    el("div", { class: "card-foot" }, command && actions, details),
  );
  let suggestion = null;
  let quotes = [];
  let announced = false;

  function use() {
    // Without a clipboard (no permission, plain HTTP) the words are still on the card.
    navigator.clipboard?.writeText(suggestion.message).catch(() => {});
    command("use", { suggestion_id: suggestionId });
  }

  function dismiss() {
    command("dismiss", { suggestion_id: suggestionId });
  }

  function toggleReread() {
    const shown = node.toggleAttribute("data-reread");
    setText(reread, shown ? "Hide" : "Show");
    setAttribute(reread, "aria-expanded", String(shown));
  }

  function drawEvidence() {
    const items = [
      ...quotes.map(({ speaker, text }) => [`${partyName(speaker)} said`, `“${text}”`]),
      // Words that are quoted above already are not told twice.
      ...suggestion.evidence
        .filter(({ kind, ref }) => kind !== "words" || !suggestion.triggered_by.includes(ref))
        .map(({ ref, text }) => [ref, text]),
    ];
    setText(summary, `Evidence (${items.length})`);
    details.hidden = items.length === 0;
    evidence.replaceChildren(
      el("dl", {}, ...items.flatMap(([ref, text]) => [el("dt", {}, ref), el("dd", {}, text)])),
    );
  }

  return {
    node,
    use,
    dismiss,
    draw({ next, call, pending, say }) {
      const heard = next.triggered_by.map((id) => call.utterances.get(id)).filter((utterance) => utterance?.text);
      const using = isPending(pending, "use", suggestionId);
      const dismissing = isPending(pending, "dismiss", suggestionId);
      const changed = next !== suggestion;
      suggestion = next;
      if (changed || heard.length !== quotes.length || heard.some((utterance, i) => utterance !== quotes[i])) {
        quotes = heard;
        drawEvidence();
      }
      if (next.state === "shown" && !announced) {
        announced = true;
        say(`${PRIORITY[next.priority]} ${next.kind}: ${next.message}`);
      }
      setText(priority, PRIORITY[next.priority]);
      setText(kind, title(next.kind));
      setText(condition, using ? "using…" : dismissing ? "dismissing…" : STATE[next.state]);
      setText(time, clock(next.started_s));
      setText(message, next.message);
      setText(author, next.assistant);
      setAttribute(author, "title", next.rule ? `Rule: ${next.rule}` : null);
      setAttribute(node, "data-kind", next.kind);
      setAttribute(node, "data-priority", next.priority);
      setAttribute(node, "data-state", next.state);
      setAttribute(node, "data-pending", using || dismissing);
      setAttribute(node, "aria-label", `${PRIORITY[next.priority]} ${next.kind}`);
      reread.hidden = isOpen(next);
      actions.hidden = next.state !== "shown" || !isLive(call);
      useButton.disabled = dismissButton.disabled = using || dismissing;
    },
    /** Tell which keys act on this card, when they do. */
    drawKeys(shown) {
      setAttribute(node, "data-keys", shown);
    },
  };
}
