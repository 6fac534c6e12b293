"""The event log: its order, its durability, and that live and stored calls are the same."""

import asyncio
import threading
from itertools import count
from pathlib import Path

import pytest
from histories import histories
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Engine, select, text
from sqlmodel import Session

from core.calls.call import Call, apply, fold
from core.calls.events import (
    CallEnded,
    CallStarted,
    CustomerIdentified,
    Event,
    PartyMuted,
    Recorded,
    SuggestionCompleted,
    SuggestionStarted,
    SuggestionUsed,
    TranscriptFinal,
    WrapUpCompleted,
    from_wire,
    to_wire,
)
from core.calls.follow import AsyncFollower, Follower
from core.calls.log import EventLog
from core.calls.records import CallRow, EventRow, SuggestionRow, TranscriptRow, recorded_from
from core.clock import ManualClock
from core.database import open_database
from core.errors import CallAlreadyEnded, StorageError, UnknownCall

STARTED = CallStarted(source="demo", agent="Alex")
call_numbers = count()


def begin(log: EventLog, clock: ManualClock, call_id: str = "call_1") -> str:
    log.open(call_id, clock.monotonic_s)
    log.append(call_id, STARTED)
    return call_id


@given(history=histories())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_folding_live_and_folding_from_disk_give_the_same_call(
    event_log: EventLog, database: Engine, clock: ManualClock, history: list[Event]
) -> None:
    call_id = f"call_{next(call_numbers)}"
    unique = [_with_ids_of(call_id, event) for event in history]
    event_log.open(call_id, clock.monotonic_s)
    follower = Follower(event_log, call_id)
    live = Call(call_id)
    for event in unique:
        clock.advance(0.1)
        event_log.append(call_id, event)
    event_log.sync()
    for recorded in follower.wait():
        live = apply(live, recorded)
    with Session(database) as session:
        rows = session.exec(select(EventRow).where(EventRow.call_id == call_id).order_by(EventRow.seq)).scalars().all()
    stored = fold((recorded_from(row) for row in rows), Call(call_id))
    assert live == stored == event_log.call(call_id)
    assert [row.seq for row in rows] == list(range(1, len(unique) + 1))
    offsets = [row.offset_s for row in rows]
    assert offsets == sorted(offsets)


@given(history=histories())
@settings(max_examples=60)
def test_the_wire_gives_back_the_same_event(history: list[Event]) -> None:
    clock = ManualClock()
    for seq, event in enumerate(history, start=1):
        recorded = Recorded("call_1", seq, seq / 10, clock.now(), event)
        assert from_wire(to_wire(recorded)) == recorded


def test_many_threads_get_gapless_numbers(event_log: EventLog, clock: ManualClock) -> None:
    call_id = begin(event_log, clock)

    def append() -> None:
        for _ in range(200):
            event_log.append(call_id, PartyMuted(party="customer"))

    threads = [threading.Thread(target=append) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    event_log.sync()
    assert [recorded.seq for recorded in event_log.events(call_id)] == list(range(1, 802))


def test_the_call_now_is_as_old_as_its_clock_says(event_log: EventLog, clock: ManualClock) -> None:
    call_id = begin(event_log, clock)
    clock.advance(30)
    assert (event_log.call(call_id).offset_s, event_log.call_now(call_id).offset_s) == (0.0, 30.0)


def test_a_late_offset_does_not_go_back(event_log: EventLog, clock: ManualClock) -> None:
    call_id = begin(event_log, clock)
    event_log.append(call_id, PartyMuted(party="customer"), offset_s=5.0)
    assert event_log.append(call_id, PartyMuted(party="agent"), offset_s=3.0).offset_s == 5.0


def test_events_are_stored_with_their_projections(event_log: EventLog, database: Engine, clock: ManualClock) -> None:
    call_id = begin(event_log, clock)
    for event in (
        TranscriptFinal(
            utterance_id="utt_1", speaker="customer", text="hello", start_s=0, end_s=1, confidence=None, engine="x"
        ),
        TranscriptFinal(
            utterance_id="utt_2", speaker="customer", text="", start_s=1, end_s=2, confidence=None, engine="x"
        ),
        CustomerIdentified(customer_id="cust_1", account_number="1", name="Ann", matched_on=[], profile={}),
        SuggestionStarted(
            suggestion_id="sug_1", kind="info", priority="tip", rule="r", assistant="playbook", triggered_by=["utt_1"]
        ),
        SuggestionCompleted(
            suggestion_id="sug_1",
            kind="info",
            priority="tip",
            message="Greet Ann.",
            evidence=[],
            triggered_by=["utt_1"],
        ),
        SuggestionUsed(suggestion_id="sug_1"),
        CallEnded(reason="completed"),
        WrapUpCompleted(disposition="Resolved", resolved=True, note="fine"),
    ):
        clock.advance(1)
        event_log.append(call_id, event)
    event_log.sync()
    with Session(database) as session:
        call = session.get(CallRow, call_id)
        lines = session.exec(select(TranscriptRow)).scalars().all()
        card = session.get(SuggestionRow, "sug_1")
    assert call is not None
    assert (call.customer_id, call.end_reason, call.duration_s) == ("cust_1", "completed", 7.0)
    assert (call.disposition, call.resolved, call.note) == ("Resolved", True, "fine")
    assert [line.text for line in lines] == ["hello"]
    assert card is not None
    assert (card.state, card.message, card.completed_s, card.settled_s) == ("used", "Greet Ann.", 5.0, 6.0)


def test_a_follower_sees_everything_after_its_seq_once(event_log: EventLog, clock: ManualClock) -> None:
    call_id = begin(event_log, clock)
    for _ in range(10):
        event_log.append(call_id, PartyMuted(party="customer"))
    event_log.sync()
    with Follower(event_log, call_id, after=4) as follower:
        seen = follower.wait()
        event_log.append(call_id, PartyMuted(party="agent"))
        while len(seen) < 8:
            seen += follower.wait(timeout_s=10)
        assert [recorded.seq for recorded in seen] == list(range(5, 13))
        assert follower.wait(timeout_s=0) == []
        assert not follower.over


def test_a_follower_of_a_wrapped_up_call_is_over_once_it_read_all(event_log: EventLog, clock: ManualClock) -> None:
    call_id = begin(event_log, clock)
    with Follower(event_log, call_id) as follower:
        event_log.append(call_id, CallEnded(reason="completed"))
        event_log.append(call_id, WrapUpCompleted(disposition="Resolved"))
        event_log.sync()
        assert not follower.over
        assert len(follower.wait()) == 3
        assert follower.over
    with Follower(event_log, call_id, after=1) as late:
        assert [type(recorded.event).__name__ for recorded in late.wait()] == ["CallEnded", "WrapUpCompleted"]
        assert late.over


async def _follow(log: EventLog, call_id: str, wanted: int) -> list[int]:
    seqs: list[int] = []
    async with AsyncFollower(log, call_id) as follower:
        log.append(call_id, PartyMuted(party="agent"))
        while len(seqs) < wanted:
            seqs += [recorded.seq for recorded in await follower.wait(10)]
    return seqs


def test_coroutines_follow_too(event_log: EventLog, clock: ManualClock) -> None:
    call_id = begin(event_log, clock)
    assert asyncio.run(_follow(event_log, call_id, 2)) == [1, 2]


def test_unknown_and_finished_calls_are_refused(event_log: EventLog, clock: ManualClock) -> None:
    with pytest.raises(UnknownCall):
        event_log.events("call_nobody")
    with pytest.raises(UnknownCall):
        event_log.append("call_nobody", STARTED)
    call_id = begin(event_log, clock)
    event_log.append(call_id, CallEnded(reason="completed"))
    event_log.append(call_id, WrapUpCompleted(disposition="Resolved"))
    with pytest.raises((CallAlreadyEnded, UnknownCall)):
        event_log.append(call_id, PartyMuted(party="customer"))


def test_a_refused_commit_is_said_and_stops_the_log(event_log: EventLog, database: Engine, clock: ManualClock) -> None:
    call_id = begin(event_log, clock)
    event_log.sync()
    with database.begin() as connection:
        connection.execute(text("DROP TABLE call_events"))
    event_log.append(call_id, PartyMuted(party="customer"))
    with pytest.raises(StorageError, match="cannot be stored"):
        event_log.sync()
    with pytest.raises(StorageError):
        event_log.append(call_id, PartyMuted(party="customer"))
    with pytest.raises(StorageError):
        event_log.check()


def test_a_call_left_open_is_taken_up_where_it_stopped(tmp_path: Path, clock: ManualClock) -> None:
    url = f"duckdb:///{tmp_path / 'left.duckdb'}"
    first = EventLog(open_database(url), clock)
    call_id = begin(first, clock)
    clock.advance(12)
    first.append(call_id, PartyMuted(party="customer"))
    first.close()
    first._engine.dispose()

    second = EventLog(open_database(url), clock)
    assert second.interrupted() == [call_id]
    closed = second.append(call_id, CallEnded(reason="interrupted"))
    assert (closed.seq, closed.offset_s) == (3, 12.0)
    second.append(call_id, WrapUpCompleted(disposition="not wrapped up"))
    second.sync()
    assert [recorded.seq for recorded in second.events(call_id)] == [1, 2, 3, 4]
    assert second.call(call_id).end_reason == "interrupted"
    assert second.interrupted() == []
    second.close()


def _with_ids_of(call_id: str, event: Event) -> Event:
    """Ids are unique over all calls; the histories' are only unique within one."""
    wire = to_wire(Recorded(call_id, 1, 0.0, ManualClock().now(), event))
    for key in ("utterance_id", "message_id", "suggestion_id"):
        if key in wire["data"]:
            wire["data"][key] = f"{call_id}-{wire['data'][key]}"
    return from_wire(wire).event
