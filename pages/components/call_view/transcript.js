/** What both parties say, in the order in which they began to say it. */

import { transcript } from "./call.js";
import { arrange, el, setAttribute, setText } from "./dom.js";
import { clock, partyName, words } from "./format.js";

/** So near to the end counts as being at the end. */
const END_PX = 32;

export function newTranscript() {
  const lines = el("ol", { class: "lines", role: "list" });
  const empty = el("p", { class: "empty" });
  const newest = el("button", { type: "button", class: "newest", hidden: true, onclick: toEnd }, "↓ Newest");
  const scroller = el(
    "div",
    { class: "scroller", tabindex: "0", role: "region", "aria-label": "Words spoken" },
    empty,
    lines,
  );
  const node = el(
    "section",
    { class: "pane transcript", "aria-label": "Transcript" },
    el("h3", {}, "Transcript"),
    el("div", { class: "scroll-frame" }, scroller, newest),
  );
  const rows = new Map();
  let drawn = null;
  let following = true;

  scroller.addEventListener("scroll", () => {
    following = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < END_PX;
    newest.hidden = following;
  });
  const resized = new ResizeObserver(() => following && toEnd());
  resized.observe(scroller);

  function toEnd() {
    scroller.scrollTop = scroller.scrollHeight;
  }

  return {
    node,
    draw({ call, caughtUp }, say) {
      if (call !== drawn) {
        drawLines(call, say);
        if (following) toEnd();
      }
      drawn = call;
      setText(empty, rows.size ? "" : caughtUp ? emptyText(call) : "Loading the call…");
    },
    close() {
      resized.disconnect();
    },
  };

  function drawLines(call, say) {
    const spoken = transcript(call);
    const ids = new Set(spoken.map((utterance) => utterance.utterance_id));
    for (const id of [...rows.keys()]) {
      if (!ids.has(id)) rows.delete(id);
    }
    arrange(
      lines,
      spoken.map((utterance) => {
        const { utterance_id } = utterance;
        if (!rows.has(utterance_id)) rows.set(utterance_id, newRow(utterance));
        rows.get(utterance_id).draw(utterance, say);
        return rows.get(utterance_id).node;
      }),
    );
  }
}

const emptyText = (call) =>
  call.end_reason === null
    ? "Nothing said yet. Words appear here while they are spoken."
    : "Nothing was said in this call.";

function newRow({ utterance_id, speaker }) {
  const time = el("time");
  const text = el("span", { class: "text" });
  const topics = el("span", { class: "topics" });
  const node = el(
    "li",
    { class: "line", "data-testid": "transcript-line", "data-utterance": utterance_id, "data-speaker": speaker },
    time,
    el("span", { class: "speaker" }, partyName(speaker)),
    el("span", { class: "words" }, text, " ", topics),
  );
  let drawn = null;

  return {
    node,
    draw(utterance, say) {
      if (utterance === drawn) return;
      if (utterance.final && !drawn?.final) say(`${partyName(speaker)}: ${utterance.text}`);
      if (utterance.text !== drawn?.text || utterance.entities !== drawn.entities) {
        text.replaceChildren(...marked(utterance.text, utterance.entities));
      }
      if (utterance.topics !== drawn?.topics) {
        topics.replaceChildren(...utterance.topics.map((topic) => el("span", { class: "tag" }, words(topic))));
      }
      setText(time, clock(utterance.start_s));
      setAttribute(node, "data-final", String(utterance.final));
      drawn = utterance;
    },
  };
}

/** The text in pieces, with the words an entity was read from marked. */
function marked(text, entities) {
  const lower = text.toLowerCase();
  const spans = entities
    .filter(({ spoken }) => spoken)
    .map(({ spoken, kind, value }) => ({ spoken, start: lower.indexOf(spoken.toLowerCase()), label: `${kind} ${value}` }))
    .filter(({ start }) => start >= 0)
    .sort((a, b) => a.start - b.start);
  const pieces = [];
  let done = 0;
  for (const { start, spoken, label } of spans) {
    if (start < done) continue;
    pieces.push(text.slice(done, start), el("mark", { title: label }, text.slice(start, start + spoken.length)));
    done = start + spoken.length;
  }
  return [...pieces, text.slice(done)].filter((piece) => piece !== "");
}
