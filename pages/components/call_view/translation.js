/** The same in another language: under a line of the transcript, and on a card as words for the customer. */

import { copy } from "./clipboard.js";
import { CHAT } from "./call.js";
import { arrange, el, setAttribute, setText } from "./dom.js";
import { marked } from "./marks.js";

const NAMES = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });

/** `es` → Spanish; what is no code as it is. */
export function languageName(code) {
  try {
    return NAMES.of(code);
  } catch {
    return code;
  }
}

/** What a line means in the agent's language, hidden without a translation. */
export function newLineTranslation() {
  const text = el("span");
  const node = el(
    "span",
    { class: "translation", "data-testid": "translation", hidden: true },
    el("span", { class: "unseen" }, "Translation: "),
    text,
  );
  return {
    node,
    /** Marks what is searched for. */
    draw(translation, query) {
      node.hidden = !translation;
      if (node.hidden) return;
      setAttribute(text, "lang", translation.language || null);
      text.replaceChildren(...marked(translation.text, [], query));
    },
  };
}

/** A card's message in other languages; `use(text)` takes one up as the card's own words are. */
export function newCardTranslations({ use }) {
  const node = el("div", { class: "card-translations" });
  const rows = new Map();

  function newRow(language) {
    const text = el("span", { lang: language || null });
    const figures = el("span", { class: "unverified", hidden: true });
    const take = el("button", { type: "button", class: "small", onclick: () => use(text.textContent) });
    const copyButton = el("button", { type: "button", class: "small", onclick: () => copy(text.textContent) }, "Copy");
    const actions = use && el("span", { class: "actions" }, take, copyButton);
    const row = el(
      "div",
      { class: "card-translation", "data-testid": "card-translation", "data-language": language },
      el("p", {}, el("span", { class: "quiet" }, `In ${languageName(language)}: `), text),
      figures,
      actions,
    );
    return { row, text, figures, take, actions };
  }

  return {
    node,
    draw({ translations }, { channel, usable }) {
      const latest = new Map(translations.map((each) => [each.language, each]));
      arrange(
        node,
        [...latest.values()].map(({ language, text, unverified }) => {
          if (!rows.has(language)) rows.set(language, newRow(language));
          const parts = rows.get(language);
          setText(parts.text, text);
          parts.figures.hidden = unverified.length === 0;
          setText(parts.figures, unverified.length ? `Check: ${unverified.join(", ")}` : "");
          setText(parts.take, channel === CHAT ? "Use in chat" : "Use");
          setAttribute(parts.take, "aria-label", `${parts.take.textContent}, in ${languageName(language)}`);
          if (parts.actions) parts.actions.hidden = !usable;
          return parts.row;
        }),
      );
    },
  };
}
