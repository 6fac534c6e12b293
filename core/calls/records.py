"""The tables a call leaves behind: its events, and the projections made from them in the same transaction."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import singledispatch
from typing import Any

from sqlalchemy import JSON, Column, Connection, Double, insert, update
from sqlmodel import Field, SQLModel

from core.calls.events import (
    CallEnded,
    CallStarted,
    CustomerIdentified,
    Event,
    Recorded,
    SuggestionCompleted,
    SuggestionDiscarded,
    SuggestionDismissed,
    SuggestionStarted,
    SuggestionUsed,
    SummaryWritten,
    TranscriptFinal,
    WrapUpCompleted,
    data_of,
    event_from,
    type_name,
)

Row = dict[str, Any]


class EventRow(SQLModel, table=True):
    """The log itself: the only table a call can be rebuilt from."""

    __tablename__ = "call_events"

    call_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    offset_s: float = Field(sa_column=Column(Double, nullable=False))
    at: datetime
    type: str
    data: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class CallRow(SQLModel, table=True):
    __tablename__ = "calls"

    call_id: str = Field(primary_key=True)
    started_at: datetime
    ended_at: datetime | None = None
    duration_s: float | None = Field(default=None, sa_column=Column(Double))
    source: str
    title: str = ""
    agent: str
    customer_id: str | None = None
    customer_name: str | None = None
    end_reason: str | None = None
    disposition: str | None = None
    resolved: bool | None = None
    note: str = ""


class TranscriptRow(SQLModel, table=True):
    """Final utterances only."""

    __tablename__ = "transcripts"

    utterance_id: str = Field(primary_key=True)
    call_id: str
    speaker: str
    text: str
    start_s: float = Field(sa_column=Column(Double, nullable=False))
    end_s: float = Field(sa_column=Column(Double, nullable=False))
    confidence: float | None = Field(default=None, sa_column=Column(Double))
    engine: str


class SuggestionRow(SQLModel, table=True):
    __tablename__ = "ai_suggestions"

    suggestion_id: str = Field(primary_key=True)
    call_id: str
    kind: str
    priority: str
    rule: str
    assistant: str
    state: str
    message: str = ""
    evidence: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON))
    started_s: float = Field(sa_column=Column(Double, nullable=False))
    completed_s: float | None = Field(default=None, sa_column=Column(Double))
    settled_s: float | None = Field(default=None, sa_column=Column(Double))
    """When it was used, dismissed or discarded."""


class SummaryRow(SQLModel, table=True):
    """Every version of a call's summary; the one with the highest `seq` counts."""

    __tablename__ = "call_summaries"

    call_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    text: str
    """Reason, what was done and outcome, to be searched and shown."""
    action_items: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    topics: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    sentiment: str
    written_by: str


def table(model: type[SQLModel]) -> Any:
    return model.__table__  # type: ignore[attr-defined]


def write(connection: Connection, batch: Iterable[Recorded]) -> None:
    """Store events and bring the projections up to date, in the caller's transaction."""
    events = list(batch)
    connection.execute(insert(table(EventRow)), [event_row(recorded) for recorded in events])
    for recorded in events:
        project(recorded.event, recorded, connection.execute)


def event_row(recorded: Recorded) -> Row:
    return {
        "call_id": recorded.call_id,
        "seq": recorded.seq,
        "offset_s": recorded.offset_s,
        "at": recorded.at,
        "type": type_name(recorded.event),
        "data": data_of(recorded.event),
    }


def recorded_from(row: Any) -> Recorded:
    """The inverse of `event_row`."""
    return Recorded(row.call_id, row.seq, row.offset_s, row.at, event_from(row.type, row.data))


Execute = Callable[[Any], Any]


@singledispatch
def project(event: Event, recorded: Recorded, execute: Execute) -> None:
    """Update the projections for one event; most events have none."""


@project.register
def _(event: CallStarted, recorded: Recorded, execute: Execute) -> None:
    execute(
        insert(table(CallRow)).values(
            call_id=recorded.call_id,
            started_at=recorded.at,
            source=event.source,
            title=event.title,
            agent=event.agent,
            note="",
        )
    )


@project.register
def _(event: CallEnded, recorded: Recorded, execute: Execute) -> None:
    _update_call(recorded, execute, ended_at=recorded.at, duration_s=recorded.offset_s, end_reason=event.reason)


@project.register
def _(event: WrapUpCompleted, recorded: Recorded, execute: Execute) -> None:
    _update_call(recorded, execute, disposition=event.disposition, resolved=event.resolved, note=event.note)


@project.register
def _(event: CustomerIdentified, recorded: Recorded, execute: Execute) -> None:
    _update_call(recorded, execute, customer_id=event.customer_id, customer_name=event.name)


@project.register
def _(event: TranscriptFinal, recorded: Recorded, execute: Execute) -> None:
    if event.text:
        execute(insert(table(TranscriptRow)).values(call_id=recorded.call_id, **data_of(event)))


@project.register
def _(event: SuggestionStarted, recorded: Recorded, execute: Execute) -> None:
    execute(
        insert(table(SuggestionRow)).values(
            suggestion_id=event.suggestion_id,
            call_id=recorded.call_id,
            kind=event.kind,
            priority=event.priority,
            rule=event.rule,
            assistant=event.assistant,
            state="writing",
            message="",
            evidence=[],
            started_s=recorded.offset_s,
        )
    )


@project.register
def _(event: SuggestionCompleted, recorded: Recorded, execute: Execute) -> None:
    data = data_of(event)
    _update_suggestion(
        event.suggestion_id,
        execute,
        kind=event.kind,
        priority=event.priority,
        message=event.message,
        evidence=data["evidence"],
        state="shown",
        completed_s=recorded.offset_s,
    )


@project.register
def _(event: SuggestionUsed, recorded: Recorded, execute: Execute) -> None:
    _update_suggestion(event.suggestion_id, execute, state="used", settled_s=recorded.offset_s)


@project.register
def _(event: SuggestionDismissed, recorded: Recorded, execute: Execute) -> None:
    _update_suggestion(event.suggestion_id, execute, state="dismissed", settled_s=recorded.offset_s)


@project.register
def _(event: SuggestionDiscarded, recorded: Recorded, execute: Execute) -> None:
    _update_suggestion(event.suggestion_id, execute, state="discarded", settled_s=recorded.offset_s)


@project.register
def _(event: SummaryWritten, recorded: Recorded, execute: Execute) -> None:
    data = data_of(event)
    execute(
        insert(table(SummaryRow)).values(
            call_id=recorded.call_id,
            seq=recorded.seq,
            text=" ".join(part for part in (event.reason, event.done, event.outcome) if part),
            action_items=data["action_items"],
            topics=event.topics,
            sentiment=event.sentiment,
            written_by=event.written_by,
        )
    )


def _update_call(recorded: Recorded, execute: Execute, **values: object) -> None:
    calls = table(CallRow)
    execute(update(calls).where(calls.c.call_id == recorded.call_id).values(**values))


def _update_suggestion(suggestion_id: str, execute: Execute, **values: object) -> None:
    suggestions = table(SuggestionRow)
    execute(update(suggestions).where(suggestions.c.suggestion_id == suggestion_id).values(**values))
