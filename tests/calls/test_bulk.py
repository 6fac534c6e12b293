"""Calls stored in bulk leave the very rows that the event log leaves of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from histories import histories
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Engine, create_engine, select
from sqlmodel import SQLModel

from core.calls.bulk import insert_rows, rows_of, write_calls
from core.calls.call import Call, fold
from core.calls.events import (
    CallAnswered,
    CallEnded,
    CallQueued,
    CallRated,
    CallStarted,
    CustomerIdentified,
    Event,
    Evidence,
    HoldEnded,
    HoldStarted,
    MessageDelivered,
    MessageSent,
    MomentFlagged,
    Recorded,
    SentimentScored,
    SpeechEnded,
    SpeechStarted,
    SuggestionCompleted,
    SuggestionDelta,
    SuggestionDismissed,
    SuggestionStarted,
    SuggestionUsed,
    SummaryWritten,
    ToolCalled,
    ToolReturned,
    TopicsSpotted,
    TranscriptFinal,
    TranscriptPartial,
    WrapUpCompleted,
)
from core.calls.log import EventLog
from core.calls.outcome import outcome
from core.calls.records import (
    CallRow,
    EventRow,
    FactsRow,
    LatencyRow,
    ServiceRow,
    SuggestionRow,
    SummaryRow,
    TopicRow,
    TranscriptRow,
    recorded_from,
    table,
)
from core.clock import ManualClock
from core.database import open_database

MODELS = (
    CallRow,
    EventRow,
    FactsRow,
    LatencyRow,
    ServiceRow,
    SuggestionRow,
    SummaryRow,
    TopicRow,
    TranscriptRow,
)
CARD: dict[str, Any] = {"suggestion_id": "sug_1", "kind": "suggestion", "priority": "tip", "triggered_by": ["utt_1"]}
WHOLE_CALL: list[tuple[float, Event]] = [
    (0, CallStarted(source="customer", agent="")),
    (0, CallQueued(reason="bill", tier="gold", language="en", topic="billing")),
    (12, CallAnswered(agent="Alex", waited_s=12)),
    (13, SpeechStarted(party="customer", utterance_id="utt_1", start_s=13)),
    (13.5, TranscriptPartial(utterance_id="utt_1", speaker="customer", text="my", start_s=13)),
    (15.2, SpeechEnded(party="customer", utterance_id="utt_1", end_s=15)),
    (
        15.6,
        TranscriptFinal(
            utterance_id="utt_1",
            speaker="customer",
            text="my bill – señal",
            start_s=13,
            end_s=15,
            confidence=0.9,
            engine="x",
        ),
    ),
    (15.6, TopicsSpotted(utterance_id="utt_1", topics=["billing", "refund"])),
    (15.6, SentimentScored(utterance_id="utt_1", score=-0.4)),
    (15.7, CustomerIdentified(customer_id="c", account_number="1", name="Ann", matched_on=[], profile={"a": [1]})),
    (15.8, ToolCalled(tool_call_id="t", tool="list_charges", arguments={})),
    (15.9, ToolReturned(tool_call_id="t", tool="list_charges", result={"x": None}, duration_ms=12)),
    (16, SuggestionStarted(rule="r", assistant="playbook", **CARD)),
    (16.1, SuggestionDelta(suggestion_id="sug_1", text="Say ")),
    (
        16.2,
        SuggestionCompleted(message="Say so", evidence=[Evidence(kind="row", ref="charges/1", text="fee")], **CARD),
    ),
    (20, SuggestionUsed(suggestion_id="sug_1", text="Say it so")),
    (21, SuggestionStarted(rule="r", assistant="alerts", **CARD | {"suggestion_id": "sug_2", "kind": "alert"})),
    (22, SuggestionDismissed(suggestion_id="sug_2")),
    (24, MessageSent(message_id="msg_1", sender="agent", text="hello", suggestion_id="sug_1")),
    (24.5, MessageDelivered(message_id="msg_1")),
    (25, HoldStarted(by="Alex")),
    (45, HoldEnded(by="Alex", held_s=20)),
    (46, MomentFlagged(moment_id="m", at_s=46)),
    (60, CallEnded(reason="completed")),
    (
        61,
        SummaryWritten(
            reason="a", done="", outcome="b", action_items=[], topics=["billing"], sentiment="s", written_by="x"
        ),
    ),
    (75, WrapUpCompleted(disposition="Resolved", resolved=True, note="ok", by="Alex")),
    (75, CallRated(score=5, comment="good")),
]


@pytest.fixture
def bulk_database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"duckdb:///{tmp_path / 'bulk.duckdb'}")
    yield engine
    engine.dispose()


@pytest.fixture
def portable() -> Iterator[Engine]:
    """A database without a quick way of its own."""
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine, [table(model) for model in MODELS])
    yield engine
    engine.dispose()


def stored(engine: Engine, model: type[SQLModel]) -> list[tuple[Any, ...]]:
    columns = table(model).columns
    with engine.connect() as connection:
        rows = connection.execute(select(*columns).order_by(*table(model).primary_key.columns))
        return [tuple(row) for row in rows]


def logged(log: EventLog, clock: ManualClock, call_id: str, events: list[tuple[float, Event]]) -> list[Recorded]:
    log.open(call_id, clock.monotonic_s)
    recorded = [log.append(call_id, event, offset_s) for offset_s, event in events]
    log.sync()
    return recorded


def test_a_call_in_bulk_leaves_the_rows_the_log_leaves(
    event_log: EventLog, clock: ManualClock, database: Engine, bulk_database: Engine
) -> None:
    recorded = logged(event_log, clock, "call_1", WHOLE_CALL)
    with bulk_database.begin() as connection:
        assert write_calls(connection, [recorded]) == len(WHOLE_CALL)
    for model in MODELS:
        assert stored(bulk_database, model) == stored(database, model), model
        assert stored(bulk_database, model), model


def test_an_abandoned_call_too(
    event_log: EventLog, clock: ManualClock, database: Engine, bulk_database: Engine
) -> None:
    events = [*WHOLE_CALL[:2], (50, CallEnded(reason="abandoned")), (51, WrapUpCompleted(disposition="Abandoned"))]
    recorded = logged(event_log, clock, "call_1", events)
    with bulk_database.begin() as connection:
        write_calls(connection, [recorded])
    for model in MODELS:
        assert stored(bulk_database, model) == stored(database, model), model


@given(history=histories())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_not_folded_changes_no_number(history: list[Event]) -> None:
    """Deltas and what tools said are left out of the fold; a call folded whole must come to the same."""
    clock = ManualClock()
    within = [event for event in history if not isinstance(event, CallStarted | CallEnded | WrapUpCompleted)]
    events = [CallStarted(source="demo", agent="Alex"), *within, CallEnded(reason="completed")]
    recorded = [Recorded("call_1", seq, float(seq), clock.now(), event) for seq, event in enumerate(events, start=1)]
    kept = rows_of(recorded)

    whole = outcome(fold(recorded, Call("call_1")), recorded)
    assert kept[TopicRow] == whole[TopicRow]
    assert kept[LatencyRow] == whole[LatencyRow]
    assert kept[FactsRow] == whole[FactsRow]


def test_the_stored_events_fold_to_the_same_call(clock: ManualClock, bulk_database: Engine) -> None:
    recorded = [
        Recorded("call_1", seq, offset_s, clock.now(), event) for seq, (offset_s, event) in enumerate(WHOLE_CALL, 1)
    ]
    with bulk_database.begin() as connection:
        write_calls(connection, [recorded])
    with bulk_database.connect() as connection:
        rows = connection.execute(select(table(EventRow)).order_by(table(EventRow).c.seq)).all()
    assert fold(map(recorded_from, rows), Call("call_1")) == fold(recorded, Call("call_1"))


def test_without_events_everything_else_is_there(clock: ManualClock, bulk_database: Engine) -> None:
    recorded = [
        Recorded("call_1", seq, offset_s, clock.now(), event) for seq, (offset_s, event) in enumerate(WHOLE_CALL, 1)
    ]
    with bulk_database.begin() as connection:
        write_calls(connection, [recorded], with_events=False)
    assert stored(bulk_database, EventRow) == []
    assert [len(stored(bulk_database, model)) for model in (CallRow, FactsRow, TranscriptRow)] == [1, 1, 2]


def test_other_databases_are_written_with_plain_statements(clock: ManualClock, portable: Engine) -> None:
    recorded = [
        Recorded("call_1", seq, offset_s, clock.now(), event) for seq, (offset_s, event) in enumerate(WHOLE_CALL, 1)
    ]
    with portable.begin() as connection:
        insert_rows(connection, rows_of(recorded))
    assert len(stored(portable, EventRow)) == len(WHOLE_CALL)
    assert [row[0] for row in stored(portable, CallRow)] == ["call_1"]
