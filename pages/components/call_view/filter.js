/** Which kinds of cards are shown. */

import { el, setAttribute, setText } from "./dom.js";

const KINDS = [
  ["all", "All"],
  ["alert", "Alerts"],
  ["suggestion", "Suggestions"],
  ["info", "Info"],
];

export function newFilter({ onChange }) {
  let chosen = "all";
  const buttons = new Map(
    KINDS.map(([kind]) => [kind, el("button", { type: "button", class: "plain small", onclick: () => choose(kind) })]),
  );
  const node = el("div", { class: "filter", role: "group", "aria-label": "Show" }, [...buttons.values()]);

  function choose(kind) {
    chosen = kind;
    onChange();
  }

  return {
    node,
    passes: ({ kind }) => chosen === "all" || kind === chosen,
    /** With how many open cards there are of each kind; how many in all is told beside. */
    draw(open) {
      for (const [kind, label] of KINDS) {
        const count = open.filter((each) => each.kind === kind).length;
        setText(buttons.get(kind), count ? `${label} ${count}` : label);
        setAttribute(buttons.get(kind), "aria-pressed", String(kind === chosen));
      }
    },
  };
}
