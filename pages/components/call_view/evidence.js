/** What a card rests on, on demand: the words that were said and the rows that were read. */

import { el, setText } from "./dom.js";
import { partyName } from "./format.js";

export function newEvidence() {
  const list = el("div", { class: "evidence-list" });
  const summary = el("summary");
  const node = el("details", { class: "evidence" }, summary, list);
  let suggestion = null;
  let quotes = [];

  return {
    node,
    draw(next, call) {
      const heard = next.triggered_by.map((id) => call.utterances.get(id)).filter((utterance) => utterance?.text);
      const same = heard.length === quotes.length && heard.every((utterance, i) => utterance === quotes[i]);
      if (same && next === suggestion) return;
      [suggestion, quotes] = [next, heard];
      const items = [
        ...quotes.map(({ speaker, text }) => [`${partyName(speaker)} said`, `“${text}”`]),
        // Words that are quoted above already are not told twice.
        ...next.evidence
          .filter(({ kind, ref }) => kind !== "words" || !next.triggered_by.includes(ref))
          .map(({ ref, text }) => [ref, text]),
      ];
      setText(summary, `Evidence (${items.length})`);
      node.hidden = items.length === 0;
      list.replaceChildren(el("dl", {}, ...items.flatMap(([ref, text]) => [el("dt", {}, ref), el("dd", {}, text)])));
    },
  };
}
