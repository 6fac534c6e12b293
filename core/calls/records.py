"""The tables a call leaves behind: its events, and the projections made from them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Double
from sqlmodel import Field, SQLModel

from core.calls.events import Recorded, data_of, event_from, type_name

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


class ServiceRow(SQLModel, table=True):
    """How a customer who waited was served; other calls have none. Times are seconds from call start."""

    __tablename__ = "call_service"

    call_id: str = Field(primary_key=True)
    channel: str
    reason: str = ""
    tier: str = ""
    language: str = ""
    topic: str = ""
    waited_s: float | None = Field(default=None, sa_column=Column(Double))
    """Time in the queue until the last agent answered."""
    held_s: float = Field(default=0.0, sa_column=Column(Double, nullable=False))
    rating: int | None = None
    rating_comment: str = ""
    recording: str = ""
    """File in the recordings folder."""


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
    translation: str | None = None
    """In the language of the agent who had the call, where that is another."""


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
    edited: bool | None = None
    """Used in other words than it was written in."""


class FactsRow(SQLModel, table=True):
    """What a call comes to in numbers (see `core.calls.facts.CallFacts`); empty until it is over."""

    __tablename__ = "call_facts"

    call_id: str = Field(primary_key=True)
    talk_s: float | None = Field(default=None, sa_column=Column(Double))
    held_s: float | None = Field(default=None, sa_column=Column(Double))
    acw_s: float | None = Field(default=None, sa_column=Column(Double))
    waited_s: float | None = Field(default=None, sa_column=Column(Double))
    first_response_s: float | None = Field(default=None, sa_column=Column(Double))
    customer_speech_s: float | None = Field(default=None, sa_column=Column(Double))
    agent_speech_s: float | None = Field(default=None, sa_column=Column(Double))
    overlap_s: float | None = Field(default=None, sa_column=Column(Double))
    silence_s: float | None = Field(default=None, sa_column=Column(Double))
    interruptions: int | None = None
    customer_words: int | None = None
    agent_words: int | None = None
    sentiment: float | None = Field(default=None, sa_column=Column(Double))
    sentiment_start: float | None = Field(default=None, sa_column=Column(Double))
    sentiment_end: float | None = Field(default=None, sa_column=Column(Double))
    alerts: int | None = None
    urgent_alerts: int | None = None
    checklist_met: int | None = None
    flags: int | None = None
    transfers: int | None = None


class TopicRow(SQLModel, table=True):
    """A topic that came up in a call."""

    __tablename__ = "call_topics"

    call_id: str = Field(primary_key=True)
    topic: str = Field(primary_key=True)


class LatencyRow(SQLModel, table=True):
    """How long a call's party waited for one step of ours (see `core.calls.latency`)."""

    __tablename__ = "call_latencies"

    call_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    stage: str
    duration_s: float = Field(sa_column=Column(Double, nullable=False))


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
