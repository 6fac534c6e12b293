/** Why a card is dismissed: asked once, in one row, and never insisted on. */

import { el } from "./dom.js";

const REASONS = ["wrong", "not now", "known already"];

export function newDismissal({ dismiss }) {
  const node = el(
    "div",
    { class: "actions reasons", role: "group", "aria-label": "Why dismiss?", hidden: true },
    el("span", { class: "quiet" }, "Why?"),
    REASONS.map((reason, i) =>
      el("button", { type: "button", class: "small", onclick: () => choose(reason) }, reason, el("kbd", {}, i + 1)),
    ),
    el("button", { type: "button", class: "small", onclick: () => choose("") }, "No reason", el("kbd", {}, "D")),
  );

  function choose(reason) {
    node.hidden = true;
    dismiss(reason);
    return true;
  }

  return {
    node,
    isOpen: () => !node.hidden,
    open() {
      node.hidden = false;
    },
    close() {
      node.hidden = true;
    },
    choose,
    /** The first reason is number 1. */
    chooseNumber: (number) => choose(REASONS[number - 1]),
  };
}
