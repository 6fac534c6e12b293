/** The keys, to look up. */

import { el } from "./dom.js";
import { KEYS } from "./keys.js";

export function newShortcuts() {
  const close = el("button", { type: "button", class: "small", onclick: () => node.close() }, "Close");
  const node = el(
    "dialog",
    { class: "shortcuts", "aria-label": "Keys", onkeydown: (event) => event.key === "?" && node.close() },
    el("div", { class: "pane-head" }, el("h3", {}, "Keys"), close),
    el("dl", { class: "facts" }, KEYS.flatMap(([keys, what]) => [el("dt", {}, el("kbd", {}, keys)), el("dd", {}, what)])),
  );

  return {
    node,
    open() {
      if (!node.open) node.showModal();
      return true;
    },
  };
}
