"""What a supervisor sees of the calls going on: one row each, the one that needs somebody first on top."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from core.calls.call import Call, Suggestion
from core.calls.events import (
    Channel,
    Party,
    Priority,
    SupervisionMode,
    SupervisorJoined,
)
from core.calls.facts import SENTIMENT_LINES

FloorState = Literal["waiting", "ringing", "talking", "on hold"]
HEARD_SOURCES = ("customer", "scripted", "microphone", "demo")
"""Calls whose parties can be heard by others; a demo call plays from a file."""
URGENCY: Sequence[Priority] = ("urgent", "warning", "tip")


@dataclass(frozen=True, slots=True)
class FloorAlert:
    priority: Priority
    message: str


@dataclass(frozen=True, slots=True)
class FloorLine:
    """What was said or written last; `final` is False while it is still being spoken."""

    speaker: Party
    text: str
    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorRow:
    """A live call at this moment. Durations are in seconds."""

    call_id: str
    state: FloorState
    agent: str
    """Empty while nobody has answered; while it rings, at whose desk."""
    customer: str
    """As identified, else as given when they called, else empty."""
    identified: bool
    title: str
    source: str
    channel: Channel
    duration_s: float
    hold_s: float
    """How long the present hold has lasted."""
    sentiment: float | None
    """Mean score of the customer's last three scored utterances, to one decimal: -1 (negative) to 1 (positive)."""
    alerts: tuple[FloorAlert, ...]
    """Those neither used nor dismissed, most urgent first, of equals the newest."""
    latest: FloorLine | None
    help: str | None
    """Why the agent asks for a supervisor; None when nobody asks."""
    help_s: float
    """How long they have been asking."""
    supervisors: Mapping[str, SupervisionMode]
    problems: tuple[str, ...]
    """What failed, oldest first."""
    dropped_s: float
    """Sound lost, of both parties."""

    @property
    def urgent(self) -> bool:
        return any(alert.priority == "urgent" for alert in self.alerts)


def floor_rows(calls: Iterable[Call]) -> list[FloorRow]:
    """Live calls, each with its offset moved on to this moment (`EventLog.call_now`), in the order they need somebody.

    Help requests first, the oldest on top; then calls with an urgent alert; then the worst sentiment, no sentiment
    counting as neutral; then the longest.
    """
    rows = (_row(call) for call in calls if call.live)
    return sorted(rows, key=_need)


def shown_to_agent(mode: SupervisionMode, *, silently: bool, may_be_silent: bool) -> bool:
    """Whether the agent is shown a supervisor who would rather listen `silently`. Who speaks is always shown."""
    return not (silently and may_be_silent and mode == "listen")


def why_not_heard(call: Call) -> str | None:
    """Why a supervisor cannot listen to a call at this moment; None when they can."""
    if not call.live:
        return "This call is over."
    if call.channel == "chat":
        return "This is a chat: there is nothing to hear, but you can read along."
    if call.source not in HEARD_SOURCES:
        return "Nobody can be spoken to in this call: it is played from a recording. You can read along."
    if call.waiting:
        return "Nobody has answered yet. You can listen as soon as an agent does."
    return None


def _need(row: FloorRow) -> tuple[bool, float, bool, float, float, str]:
    return (row.help is None, -row.help_s, not row.urgent, row.sentiment or 0.0, -row.duration_s, row.call_id)


def _row(call: Call) -> FloorRow:
    now_s = call.duration_s
    queued = call.queued
    return FloorRow(
        call_id=call.call_id,
        state=_state(call),
        agent=call.agent or call.offered_to or "",
        customer=call.customer.name if call.customer else (queued.name if queued else ""),
        identified=call.customer is not None,
        title=call.title,
        source=call.source,
        channel=call.channel,
        duration_s=now_s,
        hold_s=0.0 if call.hold_started_s is None else max(0.0, now_s - call.hold_started_s),
        sentiment=_sentiment(call),
        alerts=_open_alerts(call.suggestions.values()),
        latest=_latest(call),
        help=call.help.reason if call.help else None,
        help_s=max(0.0, now_s - (now_s if call.help_s is None else call.help_s)) if call.help else 0.0,
        supervisors=_modes(call.supervisors),
        problems=tuple(problem.message for problem in call.problems),
        dropped_s=sum(leg.dropped_s for leg in call.legs.values()),
    )


def _state(call: Call) -> FloorState:
    if call.waiting:
        return "ringing" if call.offered_to else "waiting"
    return "on hold" if call.on_hold else "talking"


def _sentiment(call: Call) -> float | None:
    scores = [line.sentiment for line in call.transcript if line.speaker == "customer" and line.sentiment is not None]
    # A whole tenth, because rows that change places over a hundredth cannot be read.
    return round(fmean(scores[-SENTIMENT_LINES:]), 1) if scores else None


def _open_alerts(suggestions: Iterable[Suggestion]) -> tuple[FloorAlert, ...]:
    shown = [card for card in suggestions if card.kind == "alert" and card.state == "shown"]
    shown.sort(key=lambda card: (URGENCY.index(card.priority), -card.started_s))
    return tuple(FloorAlert(card.priority, card.message) for card in shown)


def _latest(call: Call) -> FloorLine | None:
    lines = call.transcript
    return FloorLine(lines[-1].speaker, lines[-1].text, lines[-1].final) if lines else None


def _modes(supervisors: Mapping[str, SupervisorJoined]) -> dict[str, SupervisionMode]:
    return {name: joined.mode for name, joined in supervisors.items()}
