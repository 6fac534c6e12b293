"""What happened when in a call: all that a replay marks on its time line, computed from the events alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from core.calls.call import CHAT, Call, Suggestion, Utterance, fold
from core.calls.events import (
    PARTIES,
    ActionProposed,
    ActionRefused,
    ActionTaken,
    ActionUndone,
    CallAnswered,
    CallEnded,
    CallTransferred,
    CustomerIdentified,
    HelpRequested,
    HoldEnded,
    HoldStarted,
    Party,
    Priority,
    ProviderFailed,
    Recorded,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    SpeechEngineChanged,
    SuggestionCompleted,
    SupervisorJoined,
    VoiceCommandGiven,
    VoiceMood,
)

QUIET_S = 2.0
"""Silence from which on it may be skipped."""
LEAD_S = 0.4
"""What is left of a skipped silence before the next word, and after the last one."""
MarkKind = Literal["suggestion", "alert", "flag", "action", "message", "hold", "event"]


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds from call start."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something worth going to."""

    kind: MarkKind
    at_s: float
    """When it stood on the screen: of a suggestion, when its last word did."""
    label: str
    ref: str = ""
    """Id of the suggestion, message, moment or action."""
    priority: Priority | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A whole call at a glance. Spans and marks are in order of time."""

    duration_s: float
    """To the last event, after-call work included."""
    ended_s: float | None
    speech: dict[Party, list[Span]]
    sentiment: list[tuple[float, float]]
    """Seconds and score of each line that has one."""
    holds: list[Span]
    quiet: list[Span]
    """Where nobody speaks and nothing is written: may be skipped."""
    marks: list[Mark]
    recorded_from_s: float | None
    """Where second 0 of the latest recording is; None when there is none."""


def timeline(events: Sequence[Recorded]) -> Timeline:
    """Raises ValueError without events."""
    if not events:
        raise ValueError("a time line needs at least one event")
    call = fold(events, Call(events[0].call_id))
    duration_s = events[-1].offset_s
    shown_s = {r.event.suggestion_id: r.offset_s for r in events if isinstance(r.event, SuggestionCompleted)}
    speech = {party: _speech(call, party) for party in PARTIES}
    return Timeline(
        duration_s=duration_s,
        ended_s=call.ended_s,
        speech=speech,
        sentiment=[(line.start_s, line.sentiment) for line in call.transcript if line.sentiment is not None],
        holds=_holds(events, duration_s),
        quiet=_quiet([*_talk(speech), *_written(call, shown_s)], duration_s),
        marks=sorted([*_seen(call, shown_s), *_happened(events)], key=lambda mark: mark.at_s),
        recorded_from_s=next((r.offset_s for r in reversed(events) if isinstance(r.event, RecordingStarted)), None),
    )


def _speech(call: Call, party: Party) -> list[Span]:
    spoken = [one for one in call.utterances.values() if one.speaker == party and one.engine != CHAT]
    return sorted((Span(one.start_s, _end_s(one)) for one in spoken), key=lambda span: span.start_s)


def _end_s(utterance: Utterance) -> float:
    """One that never ended, because the process did, is a point."""
    return max(utterance.start_s, utterance.start_s if utterance.end_s is None else utterance.end_s)


def _talk(speech: dict[Party, list[Span]]) -> Iterable[Span]:
    return (span for spans in speech.values() for span in spans)


def _written(call: Call, shown_s: dict[str, float]) -> Iterable[Span]:
    """While words of the chat or of a suggestion appear."""
    for line in call.utterances.values():
        if line.engine == CHAT:
            yield Span(line.start_s, line.start_s)
    for card in call.suggestions.values():
        yield Span(card.started_s, max(card.started_s, shown_s.get(card.suggestion_id, card.started_s)))


def _holds(events: Sequence[Recorded], duration_s: float) -> list[Span]:
    holds: list[Span] = []
    since_s: float | None = None
    for recorded in events:
        match recorded.event:
            case HoldStarted() if since_s is None:
                since_s = recorded.offset_s
            case HoldEnded() | CallEnded() if since_s is not None:
                holds.append(Span(since_s, recorded.offset_s))
                since_s = None
            case _:
                pass
    return holds if since_s is None else [*holds, Span(since_s, duration_s)]


def _quiet(activity: list[Span], duration_s: float) -> list[Span]:
    gaps: list[Span] = []
    free_s = 0.0
    for span in sorted([*activity, Span(duration_s, duration_s)], key=lambda span: span.start_s):
        # Nothing was said before the beginning, so there is nothing to let fade out.
        start_s, end_s = free_s + (LEAD_S if free_s > 0 else 0), span.start_s - LEAD_S
        if span.start_s - free_s >= QUIET_S and start_s < end_s:
            gaps.append(Span(start_s, end_s))
        free_s = max(free_s, span.end_s)
    return gaps


def _seen(call: Call, shown_s: dict[str, float]) -> Iterable[Mark]:
    for card in call.suggestions.values():
        if card.state != "discarded" and card.message:
            yield _card(card, shown_s.get(card.suggestion_id, card.started_s))
    for moment in call.moments:
        yield Mark(kind="flag", at_s=moment.at_s, label=moment.note or "Flagged", ref=moment.moment_id)
    for line in call.transcript:
        if line.engine == CHAT:
            label = f"{line.speaker.capitalize()}: {line.text}"
            yield Mark(kind="message", at_s=line.start_s, label=label, ref=line.utterance_id)


def _card(card: Suggestion, at_s: float) -> Mark:
    kind: MarkKind = "alert" if card.kind == "alert" else "suggestion"
    return Mark(kind=kind, at_s=at_s, label=card.message, ref=card.suggestion_id, priority=card.priority)


def _happened(events: Sequence[Recorded]) -> Iterable[Mark]:
    previews: dict[str, str] = {}
    for recorded in events:
        event = recorded.event
        if isinstance(event, ActionProposed):
            previews[event.action_id] = event.preview
        described = _described(recorded, previews)
        if described is not None:
            kind, label, ref = described
            yield Mark(kind=kind, at_s=recorded.offset_s, label=label, ref=ref)


def _described(recorded: Recorded, previews: dict[str, str]) -> tuple[MarkKind, str, str] | None:
    match recorded.event:
        case ActionProposed(action_id=ref, preview=preview):
            return "action", f"Proposed: {preview}", ref
        case ActionTaken(action_id=ref, effect=effect):
            return "action", f"Done: {effect}", ref
        case ActionUndone(action_id=ref):
            return "action", f"Undone: {previews.get(ref, 'an action')}", ref
        case ActionRefused(action_id=ref, reason=reason):
            return "action", f"Not done: {reason}", ref
        case HoldStarted(by=by):
            return "hold", f"Hold by {by}", ""
        case HoldEnded(by=by):
            return "hold", f"Hold ended by {by}", ""
        case CustomerIdentified(name=name):
            return "event", f"Customer identified: {name}", ""
        case CallAnswered(agent=agent):
            return "event", f"Answered by {agent}", ""
        case CallTransferred(from_agent=before, to_agent=after):
            return "event", f"Transferred by {before} to {after or 'the queue'}", ""
        case HelpRequested(reason=reason):
            return "event", f"Help requested: {reason}", ""
        case SupervisorJoined(supervisor=name, mode=mode):
            return "event", f"{name} on the line ({mode})", ""
        case RecordingPaused(reason=reason):
            return "event", f"Recording paused{f': {reason}' if reason else ''}", ""
        case RecordingResumed():
            return "event", "Recording resumed", ""
        case SpeechEngineChanged(party=party, engine=engine, reason=reason):
            return "event", f"{engine} hears the {party} from here: {reason}", ""
        case VoiceMood(raised=True, party=party, reasons=reasons):
            return "event", f"The {party}'s voice is raised: {', '.join(reasons)} than before", ""
        case VoiceCommandGiven(message=message):
            return "event", f"Said to Sidetone: {message}", ""
        case ProviderFailed(provider=provider, message=message):
            return "event", f"{provider}: {message}", ""
        case CallEnded(reason=reason):
            return "event", f"Ended: {reason}", ""
        case _:
            return None
