/** One to five stars and a few words, once, after the call. */

import { el, setText } from "../call_view/dom.js";

const MEANING = { 1: "very bad", 2: "bad", 3: "all right", 4: "good", 5: "very good" };

export function newRating({ send }) {
  const question = el("legend");
  const meaning = el("span", { class: "quiet meaning" });
  // Radio buttons: arrow keys move, Space chooses, and a screen reader says how many there are.
  const stars = Object.entries(MEANING).map(([score, means]) =>
    el(
      "label",
      { class: "star" },
      el("input", { type: "radio", name: "score", value: score, "aria-label": `${score} of 5, ${means}`, onchange: choose }),
      el("span", { "aria-hidden": "true" }, "☆"),
    ),
  );
  const comment = el("textarea", { rows: "3", maxlength: "1000", "aria-label": "Comment", placeholder: "Anything to add? (optional)" });
  const button = el("button", { type: "submit", class: "primary" }, "Send rating");
  const form = el(
    "form",
    { class: "rating", onsubmit: onSubmit },
    el("fieldset", {}, question, el("div", { class: "stars" }, stars), meaning),
    comment,
    button,
  );
  const thanks = el("p", { class: "thanks", role: "status" });
  const node = el("div", { "data-testid": "rating" }, form, thanks);
  let score = 0;
  let sent = false;

  function choose(event) {
    score = Number(event.target.value);
    stars.forEach((star, i) => {
      star.classList.toggle("chosen", i < score);
      setText(star.querySelector("span"), i < score ? "★" : "☆");
    });
    setText(meaning, MEANING[score]);
    button.disabled = false;
  }

  function onSubmit(event) {
    event.preventDefault();
    sent = score > 0 && send("Rate", { score, comment: comment.value });
    button.disabled = sent;
  }

  return {
    node,
    get open() {
      return !node.hidden && !form.hidden;
    },
    draw({ call, line, problem }) {
      const rateable = call?.phase === "ended" && call.agent !== "";
      node.hidden = !rateable;
      if (!rateable) return;
      form.hidden = call.rated;
      setText(question, `How did ${call.agent} help you?`);
      setText(thanks, call.rated ? "Thank you for your rating." : "");
      if (problem) sent = false;
      button.disabled = score === 0 || sent || line.state !== "connected";
    },
  };
}
