/** What the language model was sent, in full: for learning, and for finding out why it said what it said. */

import { el, setText } from "./dom.js";

export function newPrompts() {
  const summary = el("summary");
  const body = el("div", { class: "prompts", tabindex: "0", role: "region", "aria-label": "Prompts" });
  const node = el("details", { class: "drawer", "data-testid": "prompts", ontoggle: drawBody }, summary, body);
  let prompts = [];
  let drawn = null;

  /** Prompts are long: nothing is built before somebody looks. */
  function drawBody() {
    if (!node.open || drawn === prompts) return;
    drawn = prompts;
    body.replaceChildren(
      ...(prompts.length
        ? [...prompts].reverse().map((prompt, i) => drawPrompt(prompt, i === 0))
        : [el("p", { class: "empty" }, "Nothing so far. The offline playbook works from rules and sends nothing.")]),
    );
  }

  return {
    node,
    draw({ call }) {
      prompts = call.prompts;
      setText(summary, prompts.length ? `What the model was sent (last ${prompts.length})` : "What the model was sent");
      drawBody();
    },
  };
}

const drawPrompt = ({ prompt_id, model, messages, tools }, latest) =>
  el(
    "details",
    { open: latest, "data-prompt": prompt_id },
    el("summary", {}, `${latest ? "Latest: " : ""}${model}, ${messages.length} messages`),
    el("p", { class: "quiet" }, tools.length ? `Tools: ${tools.join(", ")}` : "No tools"),
    messages.map((message) =>
      el("div", { class: "prompt-message" }, el("h4", {}, message.role ?? "message"), el("pre", {}, readable(message))),
    ),
  );

function readable({ role, content, ...rest }) {
  const said = typeof content === "string" ? content : content ? JSON.stringify(content, null, 2) : "";
  const more = Object.keys(rest).length ? JSON.stringify(rest, null, 2) : "";
  return [said, more].filter(Boolean).join("\n");
}
