"""What is kept of a call that is over: its numbers, its topics, how long each step took."""

import re
from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import ColumnElement, Connection, insert, select, update
from sqlmodel import Field, SQLModel

from core.calls.call import Call
from core.calls.events import Recorded, RecordingStarted, WrapUpCompleted
from core.calls.facts import after_call_work_s, facts_of
from core.calls.latency import stage_times
from core.calls.records import FactsRow, LatencyRow, Row, TopicRow, table

_REPLACES = "replaces"
Rows = dict[type[FactsRow] | type[TopicRow] | type[LatencyRow], list[Row]]


class UploadRow(SQLModel, table=True):
    """A recording from elsewhere that has become a call."""

    __tablename__ = "call_uploads"

    call_id: str = Field(primary_key=True)
    file: str
    """In the recordings folder; empty when its sound was not kept."""
    replaces: str
    """The call this one counts instead of, because that one has the speakers the wrong way round; empty without one."""


def outcome(call: Call, events: Iterable[Recorded]) -> Rows:
    """Rows for a call that is over. `events` are all of its events, or what is there of them."""
    call_id = call.call_id
    times = enumerate(stage_times(events), start=1)
    return {
        FactsRow: [{"call_id": call_id, **asdict(facts_of(call))}],
        TopicRow: [{"call_id": call_id, "topic": topic} for topic in call.topics],
        LatencyRow: [
            {"call_id": call_id, "number": number, "stage": time.stage, "duration_s": time.duration_s}
            for number, time in times
        ],
    }


def write_outcome(connection: Connection, call: Call, events: Iterable[Recorded]) -> None:
    """Store what a call that has just ended came to, in the caller's transaction."""
    for model, rows in outcome(call, events).items():
        if rows:
            connection.execute(insert(table(model)), rows)


def upload(call: Call, note: str, events: Iterable[Recorded]) -> list[Row]:
    """The row of a call that was made of a recording and went through to its end; of any other call none."""
    if call.source != "recording" or call.end_reason != "completed":
        return []
    files = [recorded.event.file for recorded in events if isinstance(recorded.event, RecordingStarted)]
    return [{"call_id": call.call_id, "file": files[-1] if files else "", "replaces": replaced_in(note)}]


def counting(call_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether no other call counts instead of the one with this id."""
    uploads = table(UploadRow)
    return call_id.not_in(select(uploads.c.replaces).where(uploads.c.replaces != ""))


def write_wrap_up(connection: Connection, call: Call, wrapped_up: Recorded, events: Iterable[Recorded]) -> None:
    """Store what is known of a call only when it is wrapped up, in the caller's transaction."""
    assert isinstance(wrapped_up.event, WrapUpCompleted)
    facts = table(FactsRow)
    acw_s = after_call_work_s(call, wrapped_up.offset_s)
    connection.execute(update(facts).where(facts.c.call_id == call.call_id).values(acw_s=acw_s))
    for row in upload(call, wrapped_up.event.note, events):
        connection.execute(insert(table(UploadRow)), row)


def replacing(call_id: str) -> str:
    """How the note of a call says that it counts instead of another one, which was made of the same sound."""
    return f"{_REPLACES} {call_id}"


def replaced_in(note: str) -> str:
    """The inverse of `replacing`, wherever it is in a note; empty when it is not."""
    found = re.search(rf"\b{_REPLACES} ([^\s;]+)", note)
    return found[1] if found else ""
