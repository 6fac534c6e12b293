/** Finding words in what was said. */

import { el, setText } from "./dom.js";

/** `onChange()` when other words are looked for; `hits()` gives the marked nodes in order. */
export function newSearch({ onChange, hits }) {
  const field = el("input", {
    type: "search",
    placeholder: "Search",
    "aria-label": "Search the transcript",
    autocomplete: "off",
    oninput: changed,
    onkeydown: onKey,
  });
  const count = el("span", { class: "quiet hits", role: "status" });
  const node = el("div", { class: "search" }, count, field);
  let current = null;

  function changed() {
    current = null;
    onChange();
    go(1);
  }

  function onKey(event) {
    if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") {
      field.value = "";
      changed();
      field.blur();
    } else return;
    event.preventDefault();
  }

  function go(step) {
    const found = hits();
    const from = found.indexOf(current);
    current?.classList.remove("current");
    current = found[from < 0 ? (step > 0 ? 0 : found.length - 1) : (from + step + found.length) % found.length] ?? null;
    current?.classList.add("current");
    current?.scrollIntoView({ block: "nearest" });
    draw();
  }

  function draw() {
    const found = hits();
    const place = found.indexOf(current);
    const total = found.length === 1 ? "1 hit" : `${found.length || "No"} hits`;
    setText(count, query() ? (place < 0 ? total : `${place + 1} of ${found.length}`) : "");
  }

  const query = () => field.value.trim().toLowerCase();

  return {
    node,
    query,
    draw,
    focus() {
      field.focus();
      field.select();
      return true;
    },
  };
}
