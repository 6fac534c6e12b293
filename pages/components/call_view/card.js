/** One suggestion card. */

import { isLive } from "./call.js";
import { copy } from "./clipboard.js";
import { isPending } from "./commands.js";
import { newDismissal } from "./dismissal.js";
import { el, setAttribute, setText } from "./dom.js";
import { newEditor } from "./editor.js";
import { newEvidence } from "./evidence.js";
import { clock, title } from "./format.js";
import { newRating } from "./rating.js";
import { newReview } from "./review.js";
import { languageName, newCardTranslations } from "./translation.js";

const PRIORITY = { urgent: "URGENT", warning: "Warning", tip: "Tip" };
const STATE = { writing: "writing…", shown: "", used: "Used", dismissed: "Dismissed", discarded: "" };

/** Still to be read: not settled yet, or kept by the agent. */
export const isOpen = ({ state, pinned }) => state === "writing" || state === "shown" || (state === "used" && pinned);

/** `command` as for the view, `write` as for the suggestions. What can be done with the card tells by true that the card is done with. */
export function newCard({ suggestionId, command, write = () => false }) {
  const priority = el("span", { class: "priority" });
  const kind = el("span", { class: "kind" });
  const condition = el("span", { class: "card-state" });
  const pinned = el("span", { class: "card-state" });
  const time = el("time");
  const asked = el("p", { class: "asked", hidden: true });
  const message = el("p", { class: "message" });
  const unverified = el("p", { class: "unverified", hidden: true });
  const confidence = el("span", { class: "quiet confidence" });
  const author = el("span", { class: "author" });
  const evidence = newEvidence();
  const editor = newEditor({ use, onClose: () => showEditor(false) });
  const dismissal = newDismissal({ dismiss: (reason) => command("dismiss", { suggestion_id: suggestionId, reason }) });
  const rating = newRating({ suggestionId, command });
  const review = newReview({ suggestionId, command });
  const translations = newCardTranslations({ use: command && use });
  const useButton = el("button", { type: "button", class: "use", onclick: () => use() }, "Use", el("kbd", {}, "U"));
  const editButton = el("button", { type: "button", onclick: () => edit() }, "Edit", el("kbd", {}, "E"));
  const dismissButton = el("button", { type: "button", onclick: () => dismiss() }, "Dismiss", el("kbd", {}, "D"));
  const actions = el("div", { class: "actions" }, useButton, editButton, dismissButton);
  const reread = el("button", { type: "button", class: "plain reread", onclick: toggleReread }, "Show");
  const node = el(
    "article",
    { class: "card", tabindex: "-1", "data-testid": "suggestion-card", "data-suggestion": suggestionId },
    el("div", { class: "card-head" }, priority, kind, condition, pinned, author, time),
    asked,
    message,
    editor.node,
    unverified,
    translations.node,
    reread,
    el(
      "div",
      { class: "card-foot" },
      command && review.node,
      command && actions,
      command && dismissal.node,
      command && rating.node,
      confidence,
      evidence.node,
    ),
  );
  let suggestion = null;
  let announced = false;

  function use(text = suggestion.message) {
    // Sending it will count as using it.
    if (write(suggestionId, text)) return false;
    copy(text);
    command("use", { suggestion_id: suggestionId, ...(text === suggestion.message ? {} : { text }) });
    return true;
  }

  function edit() {
    showEditor(true);
    editor.open(suggestion.message);
    return false;
  }

  function showEditor(shown) {
    node.toggleAttribute("data-editing", shown);
    message.hidden = shown;
    if (!shown && editor.node.contains(node.getRootNode().activeElement)) node.focus({ preventScroll: true });
  }

  /** The first time asks why, the second time goes without a reason. */
  function dismiss() {
    if (dismissal.isOpen()) return dismissal.choose("");
    dismissal.open();
    // The next key is about this card, even when a newer one has come.
    node.focus({ preventScroll: true });
    return false;
  }

  function toggleReread() {
    const shown = node.toggleAttribute("data-reread");
    setText(reread, shown ? "Hide" : "Show");
    setAttribute(reread, "aria-expanded", String(shown));
  }

  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && dismissal.isOpen()) dismissal.close();
  });

  return {
    node,
    use: () => use(),
    edit,
    dismiss,
    pin: rating.pin,
    /** The reason with this number, once reasons are asked for. */
    reason: (number) => dismissal.isOpen() && dismissal.chooseNumber(number),
    draw({ next, call, desk, pending, say }) {
      const using = isPending(pending, "use", suggestionId) || isPending(pending, "send", suggestionId);
      const dismissing = isPending(pending, "dismiss", suggestionId);
      const usable = next.state === "shown" && isLive(call);
      suggestion = next;
      if (next.state === "shown" && !announced) {
        announced = true;
        say(`${PRIORITY[next.priority]} ${next.kind}: ${next.message}${unverifiedText(next)}`);
      }
      const question = call.asked.find(({ question_id }) => next.triggered_by.includes(question_id));
      asked.hidden = !question;
      setText(asked, question ? `You asked: ${question.text}` : "");
      setText(priority, PRIORITY[next.priority]);
      setText(kind, title(next.kind));
      setText(condition, using ? "using…" : dismissing ? "dismissing…" : stateText(next));
      setText(pinned, next.pinned ? "Pinned" : "");
      setText(time, clock(next.started_s));
      setText(message, next.used_text ?? next.message);
      unverified.hidden = next.unverified.length === 0;
      setText(unverified, unverifiedText(next).trim());
      setText(confidence, next.confidence === null ? "" : `${Math.round(next.confidence * 100)} % sure`);
      setText(author, next.assistant);
      setAttribute(author, "title", next.rule ? `Rule: ${next.rule}` : null);
      setAttribute(node, "data-kind", next.kind);
      setAttribute(node, "data-priority", next.priority);
      setAttribute(node, "data-state", next.state);
      setAttribute(node, "data-pinned", next.pinned);
      setAttribute(node, "data-pending", using || dismissing);
      setAttribute(node, "aria-label", `${PRIORITY[next.priority]} ${next.kind}`);
      reread.hidden = isOpen(next);
      if (!usable || using || dismissing) {
        dismissal.close();
        editor.close();
      }
      actions.hidden = !usable;
      useButton.disabled = editButton.disabled = dismissButton.disabled = using || dismissing;
      translations.draw(next, { channel: call.channel, usable: usable && !using && !dismissing });
      evidence.draw(next, call);
      rating.draw(next, call, pending);
      review.draw(next, call, desk, pending);
    },
    /** Tell which keys act on this card, when they do. */
    drawKeys(shown) {
      setAttribute(node, "data-keys", shown);
    },
  };
}

function stateText({ state, used_text, reason, translations }) {
  const translated = translations.find(({ text }) => text === used_text);
  if (state === "used" && translated) return `Used, in ${languageName(translated.language)}`;
  if (state === "used" && used_text !== null) return "Used, edited";
  if (state === "dismissed" && reason) return `Dismissed: ${reason}`;
  return STATE[state];
}

const unverifiedText = ({ unverified }) => (unverified.length ? ` Unverified: ${unverified.join(", ")}` : "");
