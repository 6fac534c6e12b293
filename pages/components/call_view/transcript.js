/** What both parties say, in the order in which they began to say it, and the moments the agent flagged. */

import { CHAT, isToSidetone, transcript } from "./call.js";
import { arrange, el, setAttribute, setText } from "./dom.js";
import { newFlag } from "./flag.js";
import { clock, partyName, words } from "./format.js";
import { listenForKeys } from "./keys.js";
import { marked } from "./marks.js";
import { newSearch } from "./search.js";
import { newLineTranslation } from "./translation.js";
import { newVoiceMark } from "./voice.js";

/** What stands as the engine where none serves the call. */
const NO_ENGINE = "none";
/** So near to the end counts as being at the end. */
const END_PX = 32;

export function newTranscript({ command }) {
  const lines = el("ol", { class: "lines", role: "list" });
  const empty = el("p", { class: "empty" });
  const newest = el("button", { type: "button", class: "newest", hidden: true, onclick: toEnd }, "↓ Newest");
  const search = newSearch({ onChange: redraw, hits: () => [...lines.querySelectorAll("mark.hit")] });
  const flag = newFlag({ command });
  const scroller = el(
    "div",
    { class: "scroller", tabindex: "0", role: "region", "aria-label": "Words spoken" },
    empty,
    lines,
  );
  const node = el(
    "section",
    { class: "pane transcript", "aria-label": "Transcript" },
    el("div", { class: "pane-head" }, el("h3", {}, "Transcript"), search.node, command && flag.button),
    flag.form,
    el("div", { class: "scroll-frame" }, scroller, newest),
  );
  const rows = new Map();
  let state = null;
  let announce = () => {};
  let following = true;

  scroller.addEventListener("scroll", () => {
    following = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < END_PX;
    newest.hidden = following;
  });
  const resized = new ResizeObserver(() => following && toEnd());
  resized.observe(scroller);
  const stopListening = listenForKeys(node, command ? { f: search.focus, m: flag.open } : { f: search.focus });

  function toEnd() {
    scroller.scrollTop = scroller.scrollHeight;
  }

  return {
    node,
    draw(next, say) {
      const before = state;
      state = next;
      announce = say;
      if (next.call !== before?.call) {
        redraw();
        if (following) toEnd();
      }
      setText(empty, rows.size ? "" : next.caughtUp ? emptyText(next.call) : "Loading the call…");
      flag.draw(next);
    },
    close() {
      stopListening();
      resized.disconnect();
    },
  };

  function redraw() {
    const { call } = state;
    const said = [
      ...transcript(call).map((utterance) => ({ key: utterance.utterance_id, at_s: utterance.start_s, utterance })),
      ...toldSidetone(call),
      ...call.moments.map((moment) => ({ key: `moment:${moment.moment_id}`, at_s: moment.at_s, moment })),
    ].sort((a, b) => a.at_s - b.at_s);
    const keys = new Set(said.map(({ key }) => key));
    for (const key of [...rows.keys()]) {
      if (!keys.has(key)) rows.delete(key);
    }
    arrange(
      lines,
      said.map(({ key, utterance, told, moment }) => {
        if (!rows.has(key)) rows.set(key, utterance ? newRow(utterance) : told ? newToldRow(told) : newMomentRow(moment));
        rows.get(key).draw(utterance, search.query(), announce);
        return rows.get(key).node;
      }),
    );
    search.draw();
  }
}

/** What the agent said to Sidetone stands among the rest, but apart from it. */
const toldSidetone = (call) =>
  [...call.commands.values()]
    .filter(({ utterance_id }) => isToSidetone(call, utterance_id) && call.utterances.has(utterance_id))
    .map(({ utterance_id, message }) => {
      const { text, start_s } = call.utterances.get(utterance_id);
      return { key: `told:${utterance_id}`, at_s: start_s, told: { text, start_s, message } };
    });

function emptyText({ end_reason, channel, legs }) {
  if (end_reason !== null) return "Nothing was said in this call.";
  if (channel === CHAT) return "Nothing written yet. Messages of both appear here.";
  if (legs.size && [...legs.values()].every(({ engine }) => engine === NO_ENGINE)) return "Nothing is transcribed in this call.";
  return "Nothing said yet. Words appear here while they are spoken.";
}

function newRow({ utterance_id, speaker, engine }) {
  const written = engine === CHAT;
  const time = el("time");
  const text = el("span", { class: "text" });
  const topics = el("span", { class: "topics" });
  const voice = newVoiceMark();
  const translation = newLineTranslation();
  const delivery = el("span", { class: "delivery" });
  const node = el(
    "li",
    { class: "line", "data-testid": "transcript-line", "data-utterance": utterance_id, "data-speaker": speaker, "data-channel": written ? CHAT : null },
    time,
    el("span", { class: "speaker" }, partyName(speaker)),
    el("span", { class: "words" }, text, " ", speaker === "customer" && voice.node, topics, written && speaker === "agent" && delivery, translation.node),
  );
  let drawn = null;
  let searched = "";

  return {
    node,
    draw(utterance, query, say) {
      if (utterance === drawn && query === searched) return;
      const raised = speaker === "customer" && utterance.voice?.raised;
      if (utterance.final && !drawn?.final) say(`${partyName(speaker)}${raised ? ", with a raised voice" : ""}: ${utterance.text}`);
      if (utterance.text !== drawn?.text || utterance.entities !== drawn.entities || query !== searched) {
        text.replaceChildren(...marked(utterance.text, utterance.entities, query));
        setAttribute(text, "title", utterance.spoken ? `Heard: “${utterance.spoken}”` : null);
      }
      setAttribute(text, "lang", utterance.language || null);
      if (utterance.translation !== drawn?.translation || query !== searched) {
        translation.draw(utterance.translation, query);
        if (utterance.translation && !drawn?.translation) say(`Translation: ${utterance.translation.text}`);
      }
      if (utterance.topics !== drawn?.topics) {
        topics.replaceChildren(...utterance.topics.map((topic) => el("span", { class: "tag" }, words(topic))));
      }
      voice.draw(utterance.voice);
      setText(time, clock(utterance.start_s));
      setText(delivery, utterance.delivered ? "✓ Delivered" : "Sent");
      setAttribute(node, "data-final", String(utterance.final));
      drawn = utterance;
      searched = query;
    },
  };
}

function newToldRow({ start_s, text, message }) {
  const node = el(
    "li",
    { class: "line to-sidetone", "data-testid": "to-sidetone" },
    el("time", {}, clock(start_s)),
    el("span", { class: "speaker" }, "To Sidetone"),
    el("span", { class: "words" }, `“${text}” → ${message}`),
  );
  return { node, draw() {} };
}

function newMomentRow({ at_s, note }) {
  const node = el(
    "li",
    { class: "line moment", "data-testid": "moment" },
    el("time", {}, clock(at_s)),
    el("span", { class: "speaker" }, "⚑ Flag"),
    el("span", { class: "words" }, note),
  );
  return { node, draw() {} };
}
