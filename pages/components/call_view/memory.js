/** What to keep in mind of this call: what must be said, what was promised and asked, how the customer feels. */

import { isLive } from "./call.js";
import { el, setText } from "./dom.js";
import { clock, date, partyName, words } from "./format.js";
import { mood, sparkline } from "./sparkline.js";
import { manner, thanBefore } from "./voice.js";

export function newMemory() {
  const parts = [
    newPart("Checklist", checklistOf, drawChecklist),
    newPart("Promised", ({ call }) => call.commitments, drawCommitments),
    newPart("Not answered yet", unanswered, drawQuestions),
    newPart("Customer’s mood", moodsOf, drawMoods),
    newPart("Topics", topicsOf, drawTopics),
  ];
  const empty = el("p", { class: "empty" }, "Promises, questions, topics and mood gather here.");
  const count = el("span", { class: "count" });
  const scroller = el(
    "div",
    { class: "scroller", tabindex: "0", role: "region", "aria-label": "Conversation memory" },
    empty,
    parts.map((part) => part.node),
  );
  const node = el(
    "section",
    { class: "pane memory", "aria-label": "Memory", "data-testid": "memory" },
    el("h3", {}, "Memory ", count),
    el("div", { class: "scroll-frame" }, scroller),
  );
  let drawn = null;

  return {
    node,
    draw(state) {
      if (drawn?.call === state.call && drawn.desk === state.desk) return;
      drawn = state;
      for (const part of parts) part.draw(state);
      empty.hidden = parts.some((part) => !part.node.hidden);
      const { checklist } = state.desk;
      const met = checklist.filter(({ item }) => state.call.checklist.has(item)).length;
      setText(count, checklist.length ? `checklist ${met} of ${checklist.length}` : "");
    },
  };
}

/** A heading and its list; drawn anew only when one of the values `look` gives is another one. */
function newPart(name, look, draw) {
  const body = el("div");
  const node = el("section", { "aria-label": name, hidden: true }, el("h4", {}, name), body);
  let seen = [];
  return {
    node,
    draw(state) {
      const now = look(state);
      if (now.length === seen.length && now.every((value, i) => value === seen[i])) return;
      seen = now;
      node.hidden = now.length === 0;
      body.replaceChildren(...(now.length ? draw(now, state) : []));
    },
  };
}

const row = (attributes, lead, text, trail) =>
  el("div", { ...attributes, class: "row" }, el("span", { class: "quiet" }, lead), el("span", {}, text), trail);

const checklistOf = ({ call, desk }) =>
  desk.checklist.flatMap(({ item, label }) => [item, label, call.checklist.has(item) ? "met" : isLive(call) ? "to do" : "missed"]);

function drawChecklist(values) {
  const items = [];
  for (let i = 0; i < values.length; i += 3) {
    const [item, label, state] = values.slice(i, i + 3);
    const sign = state === "met" ? "✓" : "○";
    items.push(row({ "data-item": item, "data-state": state }, sign, label, el("span", { class: "quiet" }, state)));
  }
  return items;
}

const drawCommitments = (commitments) =>
  commitments.map(({ party, text, due }) =>
    row({}, partyName(party), [text, " ", due && el("span", { class: "badge" }, `due ${date(due)}`)]),
  );

const unanswered = ({ call }) => [...call.questions.values()].filter(({ answered_by }) => answered_by === null);

const drawQuestions = (questions, { call }) =>
  questions.map(({ utterance_id, text }) => row({}, clock(call.utterances.get(utterance_id)?.start_s ?? 0), text));

const felt = ({ call }) =>
  [...call.utterances.values()]
    .filter(({ speaker, sentiment, voice }) => speaker === "customer" && (sentiment !== null || voice !== null))
    .sort((a, b) => a.start_s - b.start_s);

const moodsOf = (state) => felt(state).flatMap(({ start_s, sentiment, voice }) => [start_s, sentiment, voice]);

function drawMoods(_, state) {
  const [scored, heard] = ["sentiment", "voice"].map((by) => felt(state).filter((utterance) => utterance[by] !== null));
  return [scored.length && drawWords(scored), heard.length && drawVoice(heard)].filter(Boolean);
}

function drawWords(scored) {
  const scores = scored.map(({ start_s, sentiment }) => [start_s, sentiment]);
  const [first, last] = [mood(scores[0][1]), mood(scores.at(-1)[1])];
  const text = first === last ? last : `from ${first} to ${last}`;
  return el("div", { class: "mood" }, sparkline(scores, `The customer’s mood, ${text}`), el("span", {}, "Words: ", text));
}

function drawVoice(heard) {
  const text = manner(heard.at(-1).voice);
  const raised = heard.findLast(({ voice }) => voice.raised);
  const why = raised && `Raised at ${clock(raised.start_s)}: ${thanBefore(raised.voice.reasons)}.`;
  return el(
    "div",
    { class: "mood", "data-testid": "voice-mood", "data-raised": heard.at(-1).voice.raised },
    sparkline(heard.map(({ start_s, voice }) => [start_s, voice.arousal]), `The customer’s voice, ${text}`),
    el("span", {}, "Voice: ", el("b", {}, text)),
    why && el("p", { class: "quiet" }, why),
  );
}

function topicsOf({ call }) {
  const since = new Map();
  for (const { topics, start_s } of call.utterances.values()) {
    for (const topic of topics) since.set(topic, Math.min(start_s, since.get(topic) ?? Infinity));
  }
  return [...since].sort(([, a], [, b]) => a - b).flat();
}

function drawTopics(values) {
  const rows = [];
  for (let i = 0; i < values.length; i += 2) rows.push(row({}, clock(values[i + 1]), words(values[i])));
  return rows;
}
