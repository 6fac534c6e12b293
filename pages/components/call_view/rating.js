/** Was a card any good, and is it to stay in sight? */

import { isPending } from "./commands.js";
import { el, icon, setAttribute, setText } from "./dom.js";

const THUMB_UP = "M2 10v10h4V10H2zm6 9a2 2 0 0 0 2 1h7a2 2 0 0 0 2-1l3-7v-3h-7l1-5-1-1-7 7v9z";
const THUMB_DOWN = "M22 14V4h-4v10h4zm-6-9a2 2 0 0 0-2-1H7a2 2 0 0 0-2 1l-3 7v3h7l-1 5 1 1 7-7V5z";

export function newRating({ suggestionId, command }) {
  const up = thumb("Helpful", THUMB_UP, true);
  const down = thumb("Not helpful", THUMB_DOWN, false);
  const pinText = el("span", {}, "Pin");
  const pinButton = el("button", { type: "button", class: "plain", onclick: pin }, pinText, el("kbd", {}, "P"));
  const node = el("div", { class: "actions rating" }, pinButton, up, down);
  let suggestion = null;

  function thumb(label, path, helpful) {
    const rate = () => command("rate", { suggestion_id: suggestionId, helpful });
    return el("button", { type: "button", class: "plain thumb", "aria-label": label, title: label, onclick: rate }, icon(path));
  }

  function pin() {
    if (!pinButton.disabled) command("pin", { suggestion_id: suggestionId, pinned: !suggestion.pinned });
    return false;
  }

  return {
    node,
    pin,
    draw(next, call, pending) {
      suggestion = next;
      node.hidden = next.state === "writing" || call.wrap_up !== null;
      setAttribute(up, "aria-pressed", String(next.helpful === true));
      setAttribute(down, "aria-pressed", String(next.helpful === false));
      up.disabled = down.disabled = isPending(pending, "rate", suggestionId);
      setText(pinText, next.pinned ? "Unpin" : "Pin");
      setAttribute(pinButton, "aria-pressed", String(next.pinned));
      pinButton.disabled = isPending(pending, "pin", suggestionId);
      pinButton.hidden = next.state === "dismissed";
    },
  };
}
