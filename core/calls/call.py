"""The state of a call, and the fold that makes it from events.

The live page, the replay, the summary and the metrics all see a call through `fold`; nothing else changes a `Call`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce, singledispatch
from typing import Literal, TypeVar

from core.calls.events import (
    ActionProposed,
    ActionRefused,
    ActionTaken,
    ActionUndone,
    AudioDropped,
    CallAnswered,
    CallEnded,
    CallOffered,
    CallQueued,
    CallRated,
    CallStarted,
    CallTransferred,
    Candidate,
    CandidatesFound,
    Channel,
    ChecklistItemMet,
    CommitmentMade,
    ConsentRecorded,
    CustomerIdentified,
    CustomerRecordChanged,
    EndReason,
    EntitySpotted,
    Event,
    Evidence,
    HelpEnded,
    HelpRequested,
    HoldEnded,
    HoldStarted,
    LanguageSpotted,
    MessageDelivered,
    MessageSent,
    MomentFlagged,
    OfferEnded,
    Party,
    PartyJoined,
    PartyLeft,
    PartyMuted,
    PartyUnmuted,
    Priority,
    PromptSent,
    ProposedAction,
    ProviderFailed,
    QuestionAnswered,
    QuestionAsked,
    QuestionRaised,
    Recorded,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingStopped,
    SentimentScored,
    SpeechEnded,
    SpeechEngineChanged,
    SpeechStarted,
    SuggestionCompleted,
    SuggestionDelta,
    SuggestionDiscarded,
    SuggestionDismissed,
    SuggestionKind,
    SuggestionPinned,
    SuggestionRated,
    SuggestionStarted,
    SuggestionTranslated,
    SuggestionUsed,
    SummaryDelta,
    SummaryWritten,
    SupervisorJoined,
    SupervisorLeft,
    TopicsSpotted,
    TranscriptFinal,
    TranscriptPartial,
    TranslationWritten,
    VoiceCommandGiven,
    VoiceCommandsSwitched,
    VoiceMood,
    WrapUpCompleted,
)

ActionState = Literal["proposed", "taken", "undone", "refused"]
RecordingState = Literal["off", "on", "paused"]
SuggestionState = Literal["writing", "shown", "used", "dismissed", "discarded"]
PROMPTS_KEPT = 5
LINES_FOR_LANGUAGE = 5
NOT_UNDERSTOOD = "unknown"
"""A voice command that was none that is known; it may have been meant for the customer, so it stays in the talk."""
CHAT = "chat"
"""What stands as the engine of an utterance that was written."""
Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """Speech of one party between pauses, and what it was taken to say."""

    utterance_id: str
    speaker: Party
    start_s: float
    end_s: float | None = None
    text: str = ""
    final: bool = False
    confidence: float | None = None
    engine: str = ""
    spoken: str = ""
    """Word by word, where that differs from `text`."""
    language: str = ""
    translation: TranslationWritten | None = None
    """Where the agent speaks another language, and a model has translated it."""
    topics: tuple[str, ...] = ()
    sentiment: float | None = None
    voice: VoiceMood | None = None
    """How it was spoken, once enough was heard of the speaker to tell."""
    entities: tuple[EntitySpotted, ...] = ()
    delivered: bool = False
    """Of what was written: it is on the other party's screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A card on the agent's screen."""

    suggestion_id: str
    kind: SuggestionKind
    priority: Priority
    rule: str
    assistant: str
    triggered_by: tuple[str, ...]
    started_s: float
    message: str = ""
    evidence: tuple[Evidence, ...] = ()
    state: SuggestionState = "writing"
    reason: str = ""
    """Why it was discarded or dismissed."""
    confidence: float | None = None
    unverified: tuple[str, ...] = ()
    action: ProposedAction | None = None
    translations: tuple[SuggestionTranslated, ...] = ()
    used_text: str | None = None
    helpful: bool | None = None
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something done for the customer, or about to be."""

    proposed: ActionProposed
    state: ActionState = "proposed"
    effect: str = ""
    reason: str = ""
    by: str = ""
    """Who took, or undid, it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something a customer asked."""

    utterance_id: str
    text: str
    answered_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One party's line."""

    party: Party
    engine: str
    lines: int = 1
    """Lines open at this moment: a party that comes back may be there before its old line has left."""
    left_s: float | None = None
    """When the last line left."""
    muted: bool = False
    dropped_s: float = 0.0

    @property
    def present(self) -> bool:
        return self.lines > 0


@dataclass(frozen=True, slots=True)
class Call:
    """Everything known about a call after its first `seq` events."""

    call_id: str
    seq: int = 0
    offset_s: float = 0.0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    ended_s: float | None = None
    source: str = ""
    title: str = ""
    agent: str = ""
    channel: Channel = "voice"
    engine: str = ""
    """The speech engine asked for; empty is as configured."""
    language: str = "auto"
    queued: CallQueued | None = None
    """What is known of somebody who waits, or waited."""
    queued_s: float | None = None
    """Since when they wait, or when they last began to."""
    offered_to: str | None = None
    """At whose desk it rings."""
    answered_s: float | None = None
    """When the present agent answered; None for calls that never waited."""
    waited_s: float | None = None
    """Time in the queue, once somebody has answered."""
    transfers: tuple[CallTransferred, ...] = ()
    hold_started_s: float | None = None
    """Since when the customer is on hold."""
    held_s: float = 0.0
    """Time on hold, without what still lasts."""
    help: HelpRequested | None = None
    """What the agent waits for a supervisor with."""
    help_s: float | None = None
    """Since when."""
    supervisors: Mapping[str, SupervisorJoined] = field(default_factory=dict)
    consent: ConsentRecorded | None = None
    recording: RecordingState = "off"
    rating: CallRated | None = None
    legs: Mapping[Party, Leg] = field(default_factory=dict)
    utterances: Mapping[str, Utterance] = field(default_factory=dict)
    suggestions: Mapping[str, Suggestion] = field(default_factory=dict)
    customer: CustomerIdentified | None = None
    candidates: tuple[Candidate, ...] = ()
    heard: str = ""
    """What the candidates were found by."""
    topics: tuple[str, ...] = ()
    """In the order they first came up."""
    problems: tuple[ProviderFailed, ...] = ()
    asked: tuple[QuestionAsked, ...] = ()
    """What the agent asked the assistant."""
    prompts: tuple[PromptSent, ...] = ()
    """The latest few, oldest first; all are in the log."""
    moments: tuple[MomentFlagged, ...] = ()
    voice_commands: bool = False
    """Whether Sidetone obeys what the agent says to it."""
    commands: Mapping[str, VoiceCommandGiven] = field(default_factory=dict)
    """What the agent said to Sidetone, by utterance."""
    commitments: tuple[CommitmentMade, ...] = ()
    questions: Mapping[str, Question] = field(default_factory=dict)
    checklist: Mapping[str, str] = field(default_factory=dict)
    """Items met, each with the utterance that met it."""
    actions: Mapping[str, Action] = field(default_factory=dict)
    summary: SummaryWritten | None = None
    summary_draft: str = ""
    """What there is of a summary that is still being written."""
    wrap_up: WrapUpCompleted | None = None

    @property
    def live(self) -> bool:
        return self.started_at is not None and self.end_reason is None

    @property
    def waiting(self) -> bool:
        """The customer is in the queue, or it rings."""
        return self.live and self.queued is not None and self.answered_s is None

    @property
    def on_hold(self) -> bool:
        return self.hold_started_s is not None

    @property
    def duration_s(self) -> float:
        return self.offset_s if self.ended_s is None else self.ended_s

    @property
    def transcript(self) -> list[Utterance]:
        """What the parties said to each other: utterances with words, in the order in which they were begun."""
        said = (u for u in self.utterances.values() if u.text and not self.to_sidetone(u.utterance_id))
        return sorted(said, key=lambda u: (u.start_s, u.speaker))

    def to_sidetone(self, utterance_id: str) -> bool:
        """The agent said it to Sidetone, not to the customer."""
        given = self.commands.get(utterance_id)
        return given is not None and given.command != NOT_UNDERSTOOD

    @property
    def customers_language(self) -> str:
        """What the customer speaks or writes, as an ISO 639-1 code: what most of their latest lines are in, before any
        what the call was said to be in; empty where nobody knows."""
        known = [line.language for line in self.transcript if line.speaker == "customer" and line.language]
        latest = known[-LINES_FOR_LANGUAGE:]
        if latest:
            return max(reversed(latest), key=latest.count)
        return "" if self.language == "auto" else self.language

    @property
    def awaiting_final(self) -> bool:
        """Speech is over whose words are not settled yet."""
        return any(u.end_s is not None and not u.final for u in self.utterances.values())

    @property
    def entities(self) -> list[EntitySpotted]:
        return [entity for utterance in self.utterances.values() for entity in utterance.entities]


def fold(recorded: Iterable[Recorded], call: Call) -> Call:
    """Apply events in order."""
    return reduce(apply, recorded, call)


def apply(call: Call, recorded: Recorded) -> Call:
    """The call after one more event."""
    moved = replace(call, seq=recorded.seq, offset_s=recorded.offset_s)
    return _apply(recorded.event, moved, recorded)


@singledispatch
def _apply(event: Event, call: Call, recorded: Recorded) -> Call:
    """Events without a case of their own are kept in the log and change nothing here."""
    return call


@_apply.register
def _(event: CallStarted, call: Call, recorded: Recorded) -> Call:
    return replace(
        call,
        started_at=recorded.at,
        source=event.source,
        title=event.title,
        agent=event.agent,
        channel=event.channel,
        engine=event.engine,
        language=event.language,
    )


@_apply.register
def _(event: CallQueued, call: Call, recorded: Recorded) -> Call:
    return replace(call, queued=event, queued_s=recorded.offset_s, agent="", offered_to=None, answered_s=None)


@_apply.register
def _(event: CallOffered, call: Call, recorded: Recorded) -> Call:
    return replace(call, offered_to=event.agent)


@_apply.register
def _(event: OfferEnded, call: Call, recorded: Recorded) -> Call:
    return replace(call, offered_to=None) if call.offered_to == event.agent else call


@_apply.register
def _(event: CallAnswered, call: Call, recorded: Recorded) -> Call:
    return replace(
        call,
        agent=event.agent,
        offered_to=None,
        answered_s=recorded.offset_s,
        waited_s=event.waited_s,
        voice_commands=False,
    )


@_apply.register
def _(event: CallTransferred, call: Call, recorded: Recorded) -> Call:
    return replace(call, transfers=(*call.transfers, event), help=None, help_s=None)


@_apply.register
def _(event: HoldStarted, call: Call, recorded: Recorded) -> Call:
    return call if call.on_hold else replace(call, hold_started_s=recorded.offset_s)


@_apply.register
def _(event: HoldEnded, call: Call, recorded: Recorded) -> Call:
    return replace(call, hold_started_s=None, held_s=event.held_s)


@_apply.register
def _(event: MessageSent, call: Call, recorded: Recorded) -> Call:
    message = Utterance(
        utterance_id=event.message_id,
        speaker=event.sender,
        start_s=recorded.offset_s,
        end_s=recorded.offset_s,
        text=event.text,
        final=True,
        engine=CHAT,
    )
    return replace(call, utterances=_with(call.utterances, event.message_id, message))


@_apply.register
def _(event: MessageDelivered, call: Call, recorded: Recorded) -> Call:
    return _change_utterance(call, event.message_id, delivered=True)


@_apply.register
def _(event: HelpRequested, call: Call, recorded: Recorded) -> Call:
    return replace(call, help=event, help_s=recorded.offset_s if call.help_s is None else call.help_s)


@_apply.register
def _(event: HelpEnded, call: Call, recorded: Recorded) -> Call:
    return replace(call, help=None, help_s=None)


@_apply.register
def _(event: SupervisorJoined, call: Call, recorded: Recorded) -> Call:
    return replace(call, supervisors=_with(call.supervisors, event.supervisor, event))


@_apply.register
def _(event: SupervisorLeft, call: Call, recorded: Recorded) -> Call:
    others = {name: joined for name, joined in call.supervisors.items() if name != event.supervisor}
    return replace(call, supervisors=others)


@_apply.register
def _(event: ConsentRecorded, call: Call, recorded: Recorded) -> Call:
    return replace(call, consent=event)


@_apply.register
def _(event: RecordingStarted, call: Call, recorded: Recorded) -> Call:
    return replace(call, recording="on")


@_apply.register
def _(event: RecordingPaused, call: Call, recorded: Recorded) -> Call:
    return replace(call, recording="paused")


@_apply.register
def _(event: RecordingResumed, call: Call, recorded: Recorded) -> Call:
    return replace(call, recording="on")


@_apply.register
def _(event: RecordingStopped, call: Call, recorded: Recorded) -> Call:
    return replace(call, recording="off")


@_apply.register
def _(event: CallRated, call: Call, recorded: Recorded) -> Call:
    return replace(call, rating=event)


@_apply.register
def _(event: CallEnded, call: Call, recorded: Recorded) -> Call:
    legs = {party: replace(leg, lines=0) for party, leg in call.legs.items()}
    return replace(
        call,
        ended_at=recorded.at,
        end_reason=event.reason,
        ended_s=recorded.offset_s,
        offered_to=None,
        legs=legs,
        supervisors={},
    )


@_apply.register
def _(event: WrapUpCompleted, call: Call, recorded: Recorded) -> Call:
    return replace(call, wrap_up=event)


@_apply.register
def _(event: PartyJoined, call: Call, recorded: Recorded) -> Call:
    before = call.legs.get(event.party)
    leg = Leg(party=event.party, engine=event.engine)
    if before:
        leg = replace(before, engine=event.engine, lines=before.lines + 1)
    return replace(call, legs=_with(call.legs, event.party, leg))


@_apply.register
def _(event: SpeechEngineChanged, call: Call, recorded: Recorded) -> Call:
    leg = call.legs.get(event.party)
    return replace(call, legs=_with(call.legs, event.party, replace(leg, engine=event.engine))) if leg else call


@_apply.register
def _(event: PartyLeft, call: Call, recorded: Recorded) -> Call:
    leg = call.legs.get(event.party)
    if leg is None:
        return call
    return _change_leg(call, event.party, lines=max(0, leg.lines - 1), left_s=recorded.offset_s)


@_apply.register
def _(event: PartyMuted, call: Call, recorded: Recorded) -> Call:
    return _change_leg(call, event.party, muted=True)


@_apply.register
def _(event: PartyUnmuted, call: Call, recorded: Recorded) -> Call:
    return _change_leg(call, event.party, muted=False)


@_apply.register
def _(event: AudioDropped, call: Call, recorded: Recorded) -> Call:
    leg = call.legs.get(event.party)
    return _change_leg(call, event.party, dropped_s=leg.dropped_s + event.duration_s) if leg else call


@_apply.register
def _(event: SpeechStarted, call: Call, recorded: Recorded) -> Call:
    utterance = Utterance(utterance_id=event.utterance_id, speaker=event.party, start_s=event.start_s)
    return replace(call, utterances=_with(call.utterances, event.utterance_id, utterance))


@_apply.register
def _(event: SpeechEnded, call: Call, recorded: Recorded) -> Call:
    return _change_utterance(call, event.utterance_id, end_s=event.end_s)


@_apply.register
def _(event: TranscriptPartial, call: Call, recorded: Recorded) -> Call:
    before = call.utterances.get(event.utterance_id)
    if before and before.final:
        return call
    base = before or Utterance(utterance_id=event.utterance_id, speaker=event.speaker, start_s=event.start_s)
    return replace(call, utterances=_with(call.utterances, event.utterance_id, replace(base, text=event.text)))


@_apply.register
def _(event: TranscriptFinal, call: Call, recorded: Recorded) -> Call:
    base = call.utterances.get(event.utterance_id) or Utterance(
        utterance_id=event.utterance_id, speaker=event.speaker, start_s=event.start_s
    )
    settled = replace(
        base,
        start_s=event.start_s,
        end_s=event.end_s,
        text=event.text,
        final=True,
        confidence=event.confidence,
        engine=event.engine,
        spoken=event.spoken,
        language=event.language,
    )
    return replace(call, utterances=_with(call.utterances, event.utterance_id, settled))


@_apply.register
def _(event: LanguageSpotted, call: Call, recorded: Recorded) -> Call:
    return _change_utterance(call, event.utterance_id, language=event.language)


@_apply.register
def _(event: TranslationWritten, call: Call, recorded: Recorded) -> Call:
    return _change_utterance(call, event.utterance_id, translation=event)


@_apply.register
def _(event: EntitySpotted, call: Call, recorded: Recorded) -> Call:
    utterance = call.utterances.get(event.utterance_id)
    return _change_utterance(call, event.utterance_id, entities=(*utterance.entities, event)) if utterance else call


@_apply.register
def _(event: TopicsSpotted, call: Call, recorded: Recorded) -> Call:
    new = tuple(topic for topic in event.topics if topic not in call.topics)
    marked = _change_utterance(call, event.utterance_id, topics=tuple(event.topics))
    return replace(marked, topics=call.topics + new)


@_apply.register
def _(event: SentimentScored, call: Call, recorded: Recorded) -> Call:
    return _change_utterance(call, event.utterance_id, sentiment=event.score)


@_apply.register
def _(event: VoiceMood, call: Call, recorded: Recorded) -> Call:
    return _change_utterance(call, event.utterance_id, voice=event)


@_apply.register
def _(event: CustomerIdentified, call: Call, recorded: Recorded) -> Call:
    return replace(call, customer=event, candidates=(), heard="")


@_apply.register
def _(event: CustomerRecordChanged, call: Call, recorded: Recorded) -> Call:
    if call.customer is None or call.customer.customer_id != event.customer_id:
        return call
    return replace(call, customer=replace(call.customer, profile=event.profile))


@_apply.register
def _(event: CandidatesFound, call: Call, recorded: Recorded) -> Call:
    return replace(call, candidates=tuple(event.candidates), heard=event.heard)


@_apply.register
def _(event: SuggestionStarted, call: Call, recorded: Recorded) -> Call:
    suggestion = Suggestion(
        suggestion_id=event.suggestion_id,
        kind=event.kind,
        priority=event.priority,
        rule=event.rule,
        assistant=event.assistant,
        triggered_by=tuple(event.triggered_by),
        started_s=recorded.offset_s,
    )
    return replace(call, suggestions=_with(call.suggestions, event.suggestion_id, suggestion))


@_apply.register
def _(event: SuggestionDelta, call: Call, recorded: Recorded) -> Call:
    suggestion = call.suggestions.get(event.suggestion_id)
    return (
        _change_suggestion(call, event.suggestion_id, message=suggestion.message + event.text) if suggestion else call
    )


@_apply.register
def _(event: SuggestionCompleted, call: Call, recorded: Recorded) -> Call:
    return _change_suggestion(
        call,
        event.suggestion_id,
        kind=event.kind,
        priority=event.priority,
        message=event.message,
        evidence=tuple(event.evidence),
        triggered_by=tuple(event.triggered_by),
        confidence=event.confidence,
        unverified=tuple(event.unverified),
        action=event.action,
        state="shown",
    )


@_apply.register
def _(event: SuggestionDiscarded, call: Call, recorded: Recorded) -> Call:
    return _change_suggestion(call, event.suggestion_id, state="discarded", reason=event.reason)


@_apply.register
def _(event: SuggestionTranslated, call: Call, recorded: Recorded) -> Call:
    card = call.suggestions.get(event.suggestion_id)
    return _change_suggestion(call, event.suggestion_id, translations=(*card.translations, event)) if card else call


@_apply.register
def _(event: SuggestionUsed, call: Call, recorded: Recorded) -> Call:
    return _change_suggestion(call, event.suggestion_id, state="used", used_text=event.text)


@_apply.register
def _(event: SuggestionDismissed, call: Call, recorded: Recorded) -> Call:
    return _change_suggestion(call, event.suggestion_id, state="dismissed", reason=event.reason)


@_apply.register
def _(event: SuggestionRated, call: Call, recorded: Recorded) -> Call:
    return _change_suggestion(call, event.suggestion_id, helpful=event.helpful)


@_apply.register
def _(event: SuggestionPinned, call: Call, recorded: Recorded) -> Call:
    return _change_suggestion(call, event.suggestion_id, pinned=event.pinned)


@_apply.register
def _(event: QuestionAsked, call: Call, recorded: Recorded) -> Call:
    return replace(call, asked=(*call.asked, event))


@_apply.register
def _(event: PromptSent, call: Call, recorded: Recorded) -> Call:
    return replace(call, prompts=(*call.prompts, event)[-PROMPTS_KEPT:])


@_apply.register
def _(event: MomentFlagged, call: Call, recorded: Recorded) -> Call:
    return replace(call, moments=(*call.moments, event))


@_apply.register
def _(event: VoiceCommandsSwitched, call: Call, recorded: Recorded) -> Call:
    return replace(call, voice_commands=event.on)


@_apply.register
def _(event: VoiceCommandGiven, call: Call, recorded: Recorded) -> Call:
    return replace(call, commands=_with(call.commands, event.utterance_id, event))


@_apply.register
def _(event: CommitmentMade, call: Call, recorded: Recorded) -> Call:
    return replace(call, commitments=(*call.commitments, event))


@_apply.register
def _(event: QuestionRaised, call: Call, recorded: Recorded) -> Call:
    question = Question(utterance_id=event.utterance_id, text=event.text)
    return replace(call, questions=_with(call.questions, event.utterance_id, question))


@_apply.register
def _(event: QuestionAnswered, call: Call, recorded: Recorded) -> Call:
    question = call.questions.get(event.utterance_id)
    if question is None:
        return call
    answered = replace(question, answered_by=event.answered_by)
    return replace(call, questions=_with(call.questions, event.utterance_id, answered))


@_apply.register
def _(event: ChecklistItemMet, call: Call, recorded: Recorded) -> Call:
    return replace(call, checklist=_with(call.checklist, event.item, event.utterance_id))


@_apply.register
def _(event: ActionProposed, call: Call, recorded: Recorded) -> Call:
    return replace(call, actions=_with(call.actions, event.action_id, Action(proposed=event)))


@_apply.register
def _(event: ActionTaken, call: Call, recorded: Recorded) -> Call:
    return _change_action(call, event.action_id, state="taken", effect=event.effect, by=event.taken_by)


@_apply.register
def _(event: ActionUndone, call: Call, recorded: Recorded) -> Call:
    return _change_action(call, event.action_id, state="undone", by=event.undone_by)


@_apply.register
def _(event: ActionRefused, call: Call, recorded: Recorded) -> Call:
    return _change_action(call, event.action_id, state="refused", reason=event.reason)


@_apply.register
def _(event: SummaryWritten, call: Call, recorded: Recorded) -> Call:
    return replace(call, summary=event, summary_draft="")


@_apply.register
def _(event: SummaryDelta, call: Call, recorded: Recorded) -> Call:
    return replace(call, summary_draft=call.summary_draft + event.text)


@_apply.register
def _(event: ProviderFailed, call: Call, recorded: Recorded) -> Call:
    return replace(call, problems=(*call.problems, event))


def _with(mapping: Mapping[Key, Value], key: Key, value: Value) -> dict[Key, Value]:
    return {**mapping, key: value}


def _change_leg(call: Call, party: Party, **changes: object) -> Call:
    leg = call.legs.get(party)
    return replace(call, legs=_with(call.legs, party, replace(leg, **changes))) if leg else call  # type: ignore[arg-type]


def _change_utterance(call: Call, utterance_id: str, **changes: object) -> Call:
    utterance = call.utterances.get(utterance_id)
    if utterance is None:
        return call
    return replace(call, utterances=_with(call.utterances, utterance_id, replace(utterance, **changes)))  # type: ignore[arg-type]


def _change_suggestion(call: Call, suggestion_id: str, **changes: object) -> Call:
    suggestion = call.suggestions.get(suggestion_id)
    if suggestion is None:
        return call
    changed = replace(suggestion, **changes)  # type: ignore[arg-type]
    return replace(call, suggestions=_with(call.suggestions, suggestion_id, changed))


def _change_action(call: Call, action_id: str, **changes: object) -> Call:
    action = call.actions.get(action_id)
    return replace(call, actions=_with(call.actions, action_id, replace(action, **changes))) if action else call  # type: ignore[arg-type]
