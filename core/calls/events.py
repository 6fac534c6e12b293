"""The vocabulary: everything that can happen in a call, one frozen type each, past tense, data only.

`*_s` fields inside an event are seconds from the start of the call on the audio sample clock.
On every wire an event is `{"call_id", "seq", "offset_s", "at", "type", "data"}`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Literal, cast, get_args

from pydantic import TypeAdapter

Party = Literal["customer", "agent"]
PARTIES: tuple[Party, ...] = get_args(Party)
Priority = Literal["urgent", "warning", "tip"]
SuggestionKind = Literal["suggestion", "alert", "info"]
EntityKind = Literal["name", "email", "phone", "order", "account"]
EndReason = Literal["completed", "abandoned", "disconnected", "interrupted", "failed"]
"""`abandoned`: the customer left before an agent answered; `disconnected`: a party was cut off and did not return."""
Channel = Literal["voice", "chat"]
SupervisionMode = Literal["listen", "whisper", "join"]
"""A supervisor hears both parties; with `whisper` the agent also hears the supervisor, with `join` everybody does."""
Json = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a statement rests on: a database row, a policy, or words that were said."""

    kind: Literal["row", "policy", "words"]
    ref: str
    """`orders/78901`, `policies/refund`, or the id of an utterance."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A customer who may be the caller."""

    customer_id: str
    account_number: str
    name: str
    score: float
    """0–1, how well everything heard so far fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedAction:
    """Something an assistant would have the agent do. Only a person carries it out."""

    action: str
    """One of `core.customers.actions`: discount, waive_fee, escalate, callback, refund, ticket."""
    arguments: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItem:
    """Something somebody has to do after the call."""

    text: str
    owner: Party
    due: str | None = None
    """ISO date."""


TWO_PARTIES = ("customer", "scripted")
"""Sources of calls that wait in the queue, and whose parties sit in different places and hear each other through us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted:
    source: Literal["microphone", "demo", "recording", "customer", "scripted"]
    """`customer` and `scripted` callers wait in the queue; the others are answered from the start."""
    agent: str
    """Empty while nobody has answered yet."""
    title: str = ""
    """File name or scenario, for calls that have one."""
    channel: Channel = "voice"
    engine: str = ""
    """The speech engine asked for; empty is as configured."""
    language: str = "auto"
    """What the customer speaks, as an ISO 639-1 code; `auto` is for the engine to find out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallQueued:
    """The customer waits for an agent; again, when an agent gave the call back."""

    reason: str = ""
    """Why they call, in their own words."""
    name: str = ""
    account_number: str = ""
    tier: str = ""
    language: str = "en"
    topic: str = ""
    """The skill it asks for, as the routing rules name it."""
    note: str = ""
    """Left by the agent who gave the call back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOffered:
    """It rings at an agent's desk."""

    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded:
    """It rings there no more, and nobody answered."""

    agent: str
    reason: Literal["declined", "no answer", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered:
    agent: str
    waited_s: float
    """Time the customer was in the queue, in all of the call until now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTransferred:
    from_agent: str
    to_agent: str = ""
    """Empty: back to the queue."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldStarted:
    """The customer hears a tone, and neither party hears the other."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldEnded:
    by: str
    held_s: float
    """Time the customer was on hold, in all of the call until now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent:
    """Written, not spoken; otherwise an utterance like any other, under `message_id`."""

    message_id: str
    sender: Party
    text: str
    suggestion_id: str | None = None
    """The card it was made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDelivered:
    """It is on the other party's screen."""

    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpRequested:
    """The agent asks for a supervisor."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpEnded:
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorJoined:
    """A supervisor is on the line, or changes in what way."""

    supervisor: str
    mode: SupervisionMode
    visible: bool = True
    """Whether the agent is shown it, which only the routing rules may deny."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorLeft:
    supervisor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecorded:
    """The customer was shown a notice about recording, and answered it."""

    notice: str
    given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStarted:
    file: str
    """Name within the recordings folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPaused:
    """The file goes on with silence and the customer is not transcribed, as while card data is spoken."""

    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingResumed:
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStopped:
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoSuppressed:
    """What a party's microphone picked up was the other party: the line goes."""

    party: Party
    utterance_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRated:
    """The customer's answer to the survey after the call: CSAT."""

    score: int
    """1–5."""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyJoined:
    party: Party
    engine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEngineChanged:
    """Another engine goes on, with the utterance in progress from its beginning: one failed, or the one asked for has
    become ready."""

    party: Party
    engine: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyLeft:
    party: Party
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyMuted:
    party: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyUnmuted:
    party: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted:
    party: Party
    utterance_id: str
    start_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEnded:
    party: Party
    utterance_id: str
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptPartial:
    utterance_id: str
    speaker: Party
    text: str
    start_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptFinal:
    """The settled words of an utterance. An empty text means the engine heard no words: the line goes."""

    utterance_id: str
    speaker: Party
    text: str
    """As people write it: figures, amounts, addresses."""
    start_s: float
    end_s: float
    confidence: float | None
    """0–1, or None where the engine gives none."""
    engine: str
    spoken: str = ""
    """What the engine gave, where that differs from `text`."""
    language: str = ""
    """What was spoken, as an ISO 639-1 code; empty where nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageSpotted:
    """Which language something written is in."""

    utterance_id: str
    language: str
    """As an ISO 639-1 code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationWritten:
    """An utterance in the language of the agent who has the call."""

    utterance_id: str
    language: str
    """Of the translation, as an ISO 639-1 code."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitySpotted:
    utterance_id: str
    kind: EntityKind
    value: str
    """Written form: `78901`, `sarah@example.com`, `+14155550100`."""
    spoken: str
    """The words it was read from."""
    resolved: str | None = None
    """Id of the row it names, where one was found: `orders/78901`, `customers/…`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicsSpotted:
    utterance_id: str
    topics: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentimentScored:
    utterance_id: str
    score: float
    """-1 (negative) to 1 (positive), inferred from words alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceMood:
    """How an utterance was spoken beside how the same person spoke before in this call; its words play no part."""

    party: Party
    utterance_id: str
    arousal: float
    """-1 (much calmer) to 1 (much more aroused); 0 is as before."""
    raised: bool
    """The voice is clearly raised."""
    reasons: list[str]
    """What changed clearly, to be read before "than before": `louder by 8 dB`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerIdentified:
    customer_id: str
    account_number: str
    name: str
    matched_on: list[str]
    """What fitted, e.g. `order 78901`, `name "sarah john send"`, or `chosen by agent`."""
    profile: dict[str, Json]
    """The record as it was at that moment (see `core.customers.store.profile`), so that a replay shows the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecordChanged:
    """An action changed the caller's record; this is how it is now."""

    customer_id: str
    profile: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidatesFound:
    """What was heard fits several customers: the agent is asked, nobody is picked."""

    heard: str
    candidates: list[Candidate]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled:
    tool_call_id: str
    tool: str
    arguments: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolReturned:
    tool_call_id: str
    tool: str
    result: Json
    duration_ms: float
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionStarted:
    suggestion_id: str
    kind: SuggestionKind
    priority: Priority
    rule: str
    assistant: str
    triggered_by: list[str]
    """Ids of the utterances that caused it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionDelta:
    suggestion_id: str
    text: str
    """To be appended to what is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionCompleted:
    suggestion_id: str
    kind: SuggestionKind
    priority: Priority
    message: str
    evidence: list[Evidence]
    triggered_by: list[str]
    confidence: float | None = None
    """0–1 as the assistant puts it, or None where it gives none."""
    unverified: list[str] = field(default_factory=list)
    """Amounts, dates and numbers in the message that no row given to the assistant holds."""
    action: ProposedAction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionDiscarded:
    """A draft the conversation overtook, or that failed; it leaves the screen."""

    suggestion_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionTranslated:
    """A card's message in another language: the customer's, to be said or sent, or the agent's."""

    suggestion_id: str
    language: str
    """Of the translation, as an ISO 639-1 code."""
    text: str
    unverified: list[str] = field(default_factory=list)
    """Figures of the translation that the message does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionUsed:
    suggestion_id: str
    text: str | None = None
    """What the agent made of it, when it was edited before use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionDismissed:
    suggestion_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionRated:
    suggestion_id: str
    helpful: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionPinned:
    suggestion_id: str
    pinned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked:
    """The agent asks the assistant about this call or customer; the answer is a suggestion triggered by it."""

    question_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSent:
    """What a language model was asked, in full, for whoever wants to look."""

    prompt_id: str
    model: str
    messages: list[dict[str, Json]]
    tools: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentFlagged:
    moment_id: str
    at_s: float
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceCommandsSwitched:
    """From now on Sidetone obeys, or no longer obeys, what the agent says to it; until another agent answers."""

    on: bool
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceCommandGiven:
    """The agent spoke to Sidetone and not to the customer."""

    utterance_id: str
    command: str
    """One of `core.assistant.voice_commands`; `unknown` when it was not understood, which may well have been speech."""
    message: str
    """What came of it, for the agent."""
    done: bool
    subject: str = ""
    """What it is about: `suggestions/sug_1`, `orders/78901`, `record/tickets`; empty when that is clear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentMade:
    """A party promised something."""

    commitment_id: str
    utterance_id: str
    party: Party
    text: str
    due: str | None = None
    """ISO date, where one was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRaised:
    """The customer asked something; it stays open until a `QuestionAnswered`."""

    utterance_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered:
    utterance_id: str
    """Of the question."""
    answered_by: str
    """The utterance that answers it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItemMet:
    """A phrase the agent has to say was said."""

    item: str
    utterance_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionProposed:
    """Put before the agent, with what it would do; nothing has happened yet."""

    action_id: str
    action: str
    customer_id: str
    arguments: dict[str, Json]
    preview: str
    proposed_by: str
    """`agent`, or the name of an assistant."""
    needs_supervisor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionTaken:
    action_id: str
    effect: str
    taken_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionUndone:
    action_id: str
    undone_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRefused:
    """It could not be carried out, or the agent decided against it."""

    action_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryDelta:
    """The summary while it is being written; to be appended to what is there."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryWritten:
    """What the call was about. Written when it ended, and again when the agent corrects it: the last one counts."""

    reason: str
    done: str
    outcome: str
    action_items: list[ActionItem]
    topics: list[str]
    sentiment: str
    written_by: str
    """Name of an assistant, or of the agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioDropped:
    """Sound was lost, or nobody transcribes it, because this computer could not keep up."""

    party: Party
    duration_s: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFailed:
    """Something the call depends on failed; the message says what the agent can do."""

    provider: str
    message: str
    retryable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    reason: EndReason


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpCompleted:
    disposition: str
    resolved: bool | None = None
    note: str = ""
    by: str = "system"


Event = (
    CallStarted
    | CallQueued
    | CallOffered
    | OfferEnded
    | CallAnswered
    | CallTransferred
    | HoldStarted
    | HoldEnded
    | MessageSent
    | MessageDelivered
    | HelpRequested
    | HelpEnded
    | SupervisorJoined
    | SupervisorLeft
    | ConsentRecorded
    | RecordingStarted
    | RecordingPaused
    | RecordingResumed
    | RecordingStopped
    | EchoSuppressed
    | CallRated
    | PartyJoined
    | SpeechEngineChanged
    | PartyLeft
    | PartyMuted
    | PartyUnmuted
    | SpeechStarted
    | SpeechEnded
    | TranscriptPartial
    | TranscriptFinal
    | LanguageSpotted
    | TranslationWritten
    | EntitySpotted
    | TopicsSpotted
    | SentimentScored
    | VoiceMood
    | CustomerIdentified
    | CustomerRecordChanged
    | CandidatesFound
    | ToolCalled
    | ToolReturned
    | SuggestionStarted
    | SuggestionDelta
    | SuggestionCompleted
    | SuggestionDiscarded
    | SuggestionTranslated
    | SuggestionUsed
    | SuggestionDismissed
    | SuggestionRated
    | SuggestionPinned
    | QuestionAsked
    | PromptSent
    | MomentFlagged
    | VoiceCommandsSwitched
    | VoiceCommandGiven
    | CommitmentMade
    | QuestionRaised
    | QuestionAnswered
    | ChecklistItemMet
    | ActionProposed
    | ActionTaken
    | ActionUndone
    | ActionRefused
    | SummaryDelta
    | SummaryWritten
    | AudioDropped
    | ProviderFailed
    | CallEnded
    | WrapUpCompleted
)
EVENT_TYPES: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event in its place in a call's log."""

    call_id: str
    seq: int
    """1, 2, 3, … without a gap in each call."""
    offset_s: float
    """Seconds from call start; never decreases with `seq`."""
    at: datetime
    event: Event = field(compare=True)


def type_name(event: Event) -> str:
    return type(event).__name__


def data_of(event: Event) -> dict[str, Json]:
    return asdict(event)


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(EVENT_TYPES[name])


def event_from(name: str, data: Mapping[str, Json]) -> Event:
    """Rebuild an event from its type name and data. Raises KeyError or pydantic.ValidationError."""
    return cast(Event, _adapter(name).validate_python(dict(data)))


def to_wire(recorded: Recorded) -> dict[str, Json]:
    return {
        "call_id": recorded.call_id,
        "seq": recorded.seq,
        "offset_s": recorded.offset_s,
        "at": recorded.at.isoformat(),
        "type": type_name(recorded.event),
        "data": data_of(recorded.event),
    }


def from_wire(wire: Mapping[str, Json]) -> Recorded:
    return Recorded(
        call_id=wire["call_id"],
        seq=wire["seq"],
        offset_s=wire["offset_s"],
        at=datetime.fromisoformat(wire["at"]),
        event=event_from(wire["type"], wire["data"]),
    )
