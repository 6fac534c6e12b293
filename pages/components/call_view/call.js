/**
 * The state of a call, folded from the same events and under the same names as `core/calls/call.py`; a test holds the
 * two together. Values inside the maps are replaced, never changed, so that drawing may compare them by identity.
 */

export const newCall = (callId) => ({
  call_id: callId,
  seq: 0,
  offset_s: 0,
  started_at: null,
  ended_at: null,
  end_reason: null,
  ended_s: null,
  source: "",
  title: "",
  agent: "",
  channel: "voice",
  engine: "",
  language: "auto",
  queued: null,
  queued_s: null,
  offered_to: null,
  answered_s: null,
  waited_s: null,
  transfers: [],
  hold_started_s: null,
  held_s: 0,
  help: null,
  help_s: null,
  supervisors: new Map(),
  consent: null,
  recording: "off",
  rating: null,
  legs: new Map(),
  utterances: new Map(),
  suggestions: new Map(),
  customer: null,
  candidates: [],
  heard: "",
  topics: [],
  problems: [],
  asked: [],
  prompts: [],
  moments: [],
  voice_commands: false,
  commands: new Map(),
  commitments: [],
  questions: new Map(),
  checklist: new Map(),
  actions: new Map(),
  summary: null,
  summary_draft: "",
  wrap_up: null,
});

const PROMPTS_KEPT = 5;
const LINES_FOR_LANGUAGE = 5;

/** The call after one more event. */
export const apply = (call, wire) => fold(call, [wire]);

/** The call after more events, in order. The call given stays as it was. */
export function fold(call, wires) {
  const next = {
    ...call,
    supervisors: new Map(call.supervisors),
    legs: new Map(call.legs),
    utterances: new Map(call.utterances),
    suggestions: new Map(call.suggestions),
    questions: new Map(call.questions),
    checklist: new Map(call.checklist),
    actions: new Map(call.actions),
    commands: new Map(call.commands),
  };
  for (const wire of wires) {
    next.seq = wire.seq;
    next.offset_s = wire.offset_s;
    STEPS[wire.type]?.(next, wire.data, wire);
  }
  return next;
}

export const isLive = (call) => call.started_at !== null && call.end_reason === null;

/** The customer is in the queue, or it rings. */
export const isWaiting = (call) => isLive(call) && call.queued !== null && call.answered_s === null;

export const isOnHold = (call) => call.hold_started_s !== null;

/** What stands as the engine of an utterance that was written. */
export const CHAT = "chat";

/** The agent said it to Sidetone, not to the customer. */
export const isToSidetone = (call, utteranceId) => (call.commands.get(utteranceId)?.command ?? "unknown") !== "unknown";

/** What the parties said to each other: utterances with words, in the order in which they were begun. */
export function transcript(call) {
  const spoken = [...call.utterances.values()].filter((each) => each.text && !isToSidetone(call, each.utterance_id));
  return spoken.sort((a, b) => a.start_s - b.start_s || order(a.speaker, b.speaker));
}

/** Code of what the customer speaks: what most of their latest lines are in, before any what the call was said to be in. */
export function customersLanguage(call) {
  const known = transcript(call).filter(({ speaker, language }) => speaker === "customer" && language);
  const latest = known.slice(-LINES_FOR_LANGUAGE).map(({ language }) => language);
  const times = (code) => latest.filter((each) => each === code).length;
  if (latest.length) return latest.reduceRight((best, code) => (times(code) > times(best) ? code : best));
  return call.language === "auto" ? "" : call.language;
}

/** Id of the order last spoken of that was found, or null. */
export function orderInQuestion(call) {
  let orderId = null;
  for (const utterance of call.utterances.values()) {
    for (const { resolved } of utterance.entities) {
      if (resolved?.startsWith("orders/")) orderId = resolved.slice("orders/".length);
    }
  }
  return orderId;
}

const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

const newUtterance = (utterance_id, speaker, start_s) => ({
  utterance_id,
  speaker,
  start_s,
  end_s: null,
  text: "",
  final: false,
  confidence: null,
  engine: "",
  spoken: "",
  language: "",
  translation: null,
  topics: [],
  sentiment: null,
  voice: null,
  entities: [],
  delivered: false,
});

function change(map, key, changes) {
  const before = map.get(key);
  if (before) map.set(key, { ...before, ...changes });
}

/** One case for each event that changes what is shown; the others only move `seq` and `offset_s`. */
const STEPS = {
  __proto__: null,

  CallStarted(call, { source, title, agent, channel, engine, language }, { at }) {
    Object.assign(call, { started_at: at, source, title, agent, channel, engine, language });
  },
  CallQueued(call, data, { offset_s }) {
    Object.assign(call, { queued: data, queued_s: offset_s, agent: "", offered_to: null, answered_s: null });
  },
  CallOffered(call, { agent }) {
    call.offered_to = agent;
  },
  OfferEnded(call, { agent }) {
    if (call.offered_to === agent) call.offered_to = null;
  },
  CallAnswered(call, { agent, waited_s }, { offset_s }) {
    Object.assign(call, { agent, offered_to: null, answered_s: offset_s, waited_s, voice_commands: false });
  },
  CallTransferred(call, data) {
    Object.assign(call, { transfers: [...call.transfers, data], help: null, help_s: null });
  },
  HoldStarted(call, data, { offset_s }) {
    call.hold_started_s ??= offset_s;
  },
  HoldEnded(call, { held_s }) {
    Object.assign(call, { held_s, hold_started_s: null });
  },
  MessageSent(call, { message_id, sender, text }, { offset_s }) {
    const written = { end_s: offset_s, text, final: true, engine: CHAT };
    call.utterances.set(message_id, { ...newUtterance(message_id, sender, offset_s), ...written });
  },
  MessageDelivered(call, { message_id }) {
    change(call.utterances, message_id, { delivered: true });
  },
  HelpRequested(call, data, { offset_s }) {
    call.help = data;
    call.help_s ??= offset_s;
  },
  HelpEnded(call) {
    Object.assign(call, { help: null, help_s: null });
  },
  SupervisorJoined(call, data) {
    call.supervisors.set(data.supervisor, data);
  },
  SupervisorLeft(call, { supervisor }) {
    call.supervisors.delete(supervisor);
  },
  ConsentRecorded(call, data) {
    call.consent = data;
  },
  RecordingStarted(call) {
    call.recording = "on";
  },
  RecordingPaused(call) {
    call.recording = "paused";
  },
  RecordingResumed(call) {
    call.recording = "on";
  },
  RecordingStopped(call) {
    call.recording = "off";
  },
  CallRated(call, data) {
    call.rating = data;
  },
  CallEnded(call, { reason }, { at, offset_s }) {
    Object.assign(call, { ended_at: at, end_reason: reason, ended_s: offset_s, offered_to: null });
    for (const party of call.legs.keys()) change(call.legs, party, { lines: 0 });
    call.supervisors.clear();
  },
  WrapUpCompleted(call, data) {
    call.wrap_up = data;
  },

  PartyJoined(call, { party, engine }) {
    const before = call.legs.get(party) ?? { party, lines: 0, left_s: null, muted: false, dropped_s: 0 };
    call.legs.set(party, { ...before, engine, lines: before.lines + 1 });
  },
  SpeechEngineChanged(call, { party, engine }) {
    change(call.legs, party, { engine });
  },
  PartyLeft(call, { party }, { offset_s }) {
    change(call.legs, party, { lines: Math.max(0, (call.legs.get(party)?.lines ?? 0) - 1), left_s: offset_s });
  },
  PartyMuted(call, { party }) {
    change(call.legs, party, { muted: true });
  },
  PartyUnmuted(call, { party }) {
    change(call.legs, party, { muted: false });
  },
  AudioDropped(call, { party, duration_s }) {
    change(call.legs, party, { dropped_s: call.legs.get(party)?.dropped_s + duration_s });
  },

  SpeechStarted(call, { party, utterance_id, start_s }) {
    call.utterances.set(utterance_id, newUtterance(utterance_id, party, start_s));
  },
  SpeechEnded(call, { utterance_id, end_s }) {
    change(call.utterances, utterance_id, { end_s });
  },
  TranscriptPartial(call, { utterance_id, speaker, text, start_s }) {
    const before = call.utterances.get(utterance_id) ?? newUtterance(utterance_id, speaker, start_s);
    if (!before.final) call.utterances.set(utterance_id, { ...before, text });
  },
  TranscriptFinal(call, { utterance_id, speaker, ...settled }) {
    const before = call.utterances.get(utterance_id) ?? newUtterance(utterance_id, speaker, settled.start_s);
    call.utterances.set(utterance_id, { ...before, ...settled, final: true });
  },
  LanguageSpotted(call, { utterance_id, language }) {
    change(call.utterances, utterance_id, { language });
  },
  TranslationWritten(call, data) {
    change(call.utterances, data.utterance_id, { translation: data });
  },
  EntitySpotted(call, data) {
    const entities = call.utterances.get(data.utterance_id)?.entities ?? [];
    change(call.utterances, data.utterance_id, { entities: [...entities, data] });
  },
  TopicsSpotted(call, { utterance_id, topics }) {
    change(call.utterances, utterance_id, { topics });
    call.topics = [...call.topics, ...topics.filter((topic) => !call.topics.includes(topic))];
  },
  SentimentScored(call, { utterance_id, score }) {
    change(call.utterances, utterance_id, { sentiment: score });
  },
  VoiceMood(call, data) {
    change(call.utterances, data.utterance_id, { voice: data });
  },

  CustomerIdentified(call, data) {
    Object.assign(call, { customer: data, candidates: [], heard: "" });
  },
  CustomerRecordChanged(call, { customer_id, profile }) {
    if (call.customer?.customer_id === customer_id) call.customer = { ...call.customer, profile };
  },
  CandidatesFound(call, { heard, candidates }) {
    Object.assign(call, { candidates, heard });
  },

  SuggestionStarted(call, { suggestion_id, kind, priority, rule, assistant, triggered_by }, { offset_s }) {
    call.suggestions.set(suggestion_id, {
      suggestion_id,
      kind,
      priority,
      rule,
      assistant,
      triggered_by,
      started_s: offset_s,
      message: "",
      evidence: [],
      state: "writing",
      reason: "",
      confidence: null,
      unverified: [],
      action: null,
      translations: [],
      used_text: null,
      helpful: null,
      pinned: false,
    });
  },
  SuggestionDelta(call, { suggestion_id, text }) {
    change(call.suggestions, suggestion_id, { message: call.suggestions.get(suggestion_id)?.message + text });
  },
  SuggestionCompleted(call, { suggestion_id, ...settled }) {
    change(call.suggestions, suggestion_id, { ...settled, state: "shown" });
  },
  SuggestionDiscarded(call, { suggestion_id, reason }) {
    change(call.suggestions, suggestion_id, { state: "discarded", reason });
  },
  SuggestionTranslated(call, data) {
    const before = call.suggestions.get(data.suggestion_id)?.translations;
    change(call.suggestions, data.suggestion_id, { translations: [...(before ?? []), data] });
  },
  SuggestionUsed(call, { suggestion_id, text }) {
    change(call.suggestions, suggestion_id, { state: "used", used_text: text });
  },
  SuggestionDismissed(call, { suggestion_id, reason }) {
    change(call.suggestions, suggestion_id, { state: "dismissed", reason });
  },
  SuggestionRated(call, { suggestion_id, helpful }) {
    change(call.suggestions, suggestion_id, { helpful });
  },
  SuggestionPinned(call, { suggestion_id, pinned }) {
    change(call.suggestions, suggestion_id, { pinned });
  },
  QuestionAsked(call, data) {
    call.asked = [...call.asked, data];
  },
  PromptSent(call, data) {
    call.prompts = [...call.prompts, data].slice(-PROMPTS_KEPT);
  },
  MomentFlagged(call, data) {
    call.moments = [...call.moments, data];
  },
  VoiceCommandsSwitched(call, { on }) {
    call.voice_commands = on;
  },
  VoiceCommandGiven(call, data) {
    call.commands.set(data.utterance_id, data);
  },
  CommitmentMade(call, data) {
    call.commitments = [...call.commitments, data];
  },
  QuestionRaised(call, { utterance_id, text }) {
    call.questions.set(utterance_id, { utterance_id, text, answered_by: null });
  },
  QuestionAnswered(call, { utterance_id, answered_by }) {
    change(call.questions, utterance_id, { answered_by });
  },
  ChecklistItemMet(call, { item, utterance_id }) {
    call.checklist.set(item, utterance_id);
  },
  ActionProposed(call, proposed) {
    call.actions.set(proposed.action_id, { proposed, state: "proposed", effect: "", reason: "", by: "" });
  },
  ActionTaken(call, { action_id, effect, taken_by }) {
    change(call.actions, action_id, { state: "taken", effect, by: taken_by });
  },
  ActionUndone(call, { action_id, undone_by }) {
    change(call.actions, action_id, { state: "undone", by: undone_by });
  },
  ActionRefused(call, { action_id, reason }) {
    change(call.actions, action_id, { state: "refused", reason });
  },
  SummaryDelta(call, { text }) {
    call.summary_draft += text;
  },
  SummaryWritten(call, data) {
    Object.assign(call, { summary: data, summary_draft: "" });
  },

  ProviderFailed(call, data) {
    call.problems = [...call.problems, data];
  },
};
