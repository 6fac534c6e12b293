"""Calls in a database, made as they are made in life: by their events."""

from collections.abc import Sequence

from core.calls.events import (
    CallAnswered,
    CallEnded,
    CallQueued,
    CallRated,
    CallStarted,
    Channel,
    CustomerIdentified,
    Event,
    MomentFlagged,
    Party,
    SentimentScored,
    SuggestionCompleted,
    SuggestionStarted,
    SummaryWritten,
    TopicsSpotted,
    TranscriptFinal,
    WrapUpCompleted,
)
from core.calls.log import EventLog
from core.clock import ManualClock

HOUR_S = 3600.0
LINE_S = 10.0
Line = tuple[Party, str]


def events_of(
    call_id: str,
    lines: Sequence[Line],
    *,
    agent: str = "Alex Morgan",
    customer: str = "",
    tier: str = "",
    channel: Channel | None = None,
    topics: Sequence[str] = (),
    sentiment: float | None = None,
    flagged: bool = False,
    alert: bool = False,
    rating: int | None = None,
    summary: str = "",
    disposition: str = "Resolved",
) -> list[tuple[float, Event]]:
    """What happens in such a call, and when. Line k begins at 10 k + 1 seconds."""
    source = "microphone" if channel is None else "customer"
    events: list[tuple[float, Event]] = [(0.0, CallStarted(source=source, agent=agent, channel=channel or "voice"))]
    if channel is not None:
        events += [(0.0, CallQueued(tier=tier)), (0.0, CallAnswered(agent=agent, waited_s=0.0))]
    if customer:
        named = CustomerIdentified(
            customer_id=f"cust_{customer}", account_number="A-1", name=customer, matched_on=[], profile={}
        )
        events.append((0.5, named))
    end_s = LINE_S * len(lines) + 1.0
    for number, (speaker, text) in enumerate(lines):
        utterance_id, start_s = f"{call_id}_{number}", LINE_S * number + 1.0
        final = TranscriptFinal(
            utterance_id=utterance_id,
            speaker=speaker,
            text=text,
            start_s=start_s,
            end_s=start_s + 2.5,
            confidence=None,
            engine="scripted",
        )
        events.append((start_s + 3.0, final))
        if sentiment is not None:
            events.append((start_s + 3.0, SentimentScored(utterance_id=utterance_id, score=sentiment)))
    if topics:
        events.append((end_s, TopicsSpotted(utterance_id=f"{call_id}_0", topics=list(topics))))
    if flagged:
        events.append((end_s, MomentFlagged(moment_id=f"{call_id}_m", at_s=1.0)))
    if alert:
        events += [(end_s, event) for event in _alert(f"{call_id}_s")]
    events.append((end_s, CallEnded(reason="completed")))
    if summary:
        events.append((end_s + 1.0, summary_of(summary)))
    events.append((end_s + 2.0, WrapUpCompleted(disposition=disposition)))
    if rating is not None:
        events.append((end_s + 3.0, CallRated(score=rating)))
    return events


def summary_of(reason: str) -> SummaryWritten:
    return SummaryWritten(
        reason=reason, done="", outcome="", action_items=[], topics=[], sentiment="", written_by="playbook"
    )


def append(log: EventLog, call_id: str, events: Sequence[tuple[float, Event]]) -> None:
    log.open(call_id, lambda: 0.0)
    for offset_s, event in events:
        if isinstance(event, CallRated):
            log.sync()
        log.append(call_id, event, offset_s)
    log.sync()


def store(log: EventLog, clock: ManualClock, call_id: str, *lines: Line, **about: object) -> str:
    """Store a call that begins one hour after the last one; its id."""
    clock.advance(HOUR_S)
    append(log, call_id, events_of(call_id, lines, **about))  # type: ignore[arg-type]
    return call_id


def _alert(suggestion_id: str) -> list[Event]:
    return [
        SuggestionStarted(
            suggestion_id=suggestion_id,
            kind="alert",
            priority="urgent",
            rule="legal_threat",
            assistant="alerts",
            triggered_by=[],
        ),
        SuggestionCompleted(
            suggestion_id=suggestion_id,
            kind="alert",
            priority="urgent",
            message="Escalate",
            evidence=[],
            triggered_by=[],
        ),
    ]
