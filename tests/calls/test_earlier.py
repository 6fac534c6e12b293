"""Earlier calls come back at the customer's next one."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from core.calls.earlier import earlier_calls, earlier_in_profile
from core.calls.events import ActionItem, CallEnded, CallStarted, CustomerIdentified, Event, SummaryWritten
from core.calls.log import EventLog
from core.clock import ManualClock
from core.database import open_database
from core.errors import StorageError

DAY_S = 86_400
CALL_BACK = ActionItem(text="I'll call you back", owner="agent", due="2026-01-06")


def summary(reason: str, *items: ActionItem) -> SummaryWritten:
    return SummaryWritten(
        reason=reason,
        done="Nothing.",
        outcome="Open.",
        action_items=list(items),
        topics=["billing"],
        sentiment="Started neutral, ended neutral.",
        written_by="playbook",
    )


def store(log: EventLog, clock: ManualClock, call_id: str, *events: Event, customer_id: str = "cus-1") -> None:
    begun_s = clock.monotonic_s()
    log.open(call_id, lambda: clock.monotonic_s() - begun_s)
    log.append(call_id, CallStarted(source="demo", agent="Alex"))
    log.append(
        call_id,
        CustomerIdentified(customer_id=customer_id, account_number="1", name="Ann", matched_on=[], profile={}),
    )
    for event in events:
        log.append(call_id, event)
    log.sync()
    clock.advance(DAY_S)


def test_summaries_of_ended_calls_newest_first(event_log: EventLog, database: Engine, clock: ManualClock) -> None:
    ended = CallEnded(reason="completed")
    for number in range(4):
        store(event_log, clock, f"call_{number}", ended, summary(f"Reason {number}.", CALL_BACK))
    store(event_log, clock, "call_of_another", ended, summary("Secret."), customer_id="cus-2")
    store(event_log, clock, "call_without_summary", ended)
    store(event_log, clock, "call_going_on", summary("Not over."))

    found = earlier_calls(database, "cus-1")
    assert [call.call_id for call in found] == ["call_3", "call_2", "call_1"]
    assert found[0].date == date(2026, 1, 8)
    assert found[0].summary == "Reason 3. Nothing. Open."
    assert found[0].open == (CALL_BACK,)
    assert [call.call_id for call in earlier_calls(database, "cus-1", limit=1)] == ["call_3"]
    third = clock.now() - timedelta(days=5, hours=1)
    assert [call.call_id for call in earlier_calls(database, "cus-1", before=third)] == ["call_1", "call_0"]
    assert earlier_calls(database, "cus-3") == []


def test_a_corrected_summary_replaces_the_first(event_log: EventLog, database: Engine, clock: ManualClock) -> None:
    ended = CallEnded(reason="completed")
    store(event_log, clock, "call_1", ended, summary("Wrong.", CALL_BACK), summary("Right."))
    (call,) = earlier_calls(database, "cus-1")
    assert (call.summary, call.open) == ("Right. Nothing. Open.", ())


def test_the_profile_says_what_was_left_open(event_log: EventLog, database: Engine, clock: ManualClock) -> None:
    store(event_log, clock, "call_1", CallEnded(reason="completed"), summary("Bill too high.", CALL_BACK))
    assert earlier_in_profile(database)("cus-1") == [
        {
            "date": "2026-01-05",
            "summary": "Bill too high. Nothing. Open.",
            "open": [{"text": "I'll call you back", "owner": "agent", "due": "2026-01-06"}],
        }
    ]


def test_a_database_that_cannot_be_read_is_one_clear_line() -> None:
    engine = open_database("duckdb:///:memory:")
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE call_summaries")
    with pytest.raises(StorageError, match="earlier calls cannot be read"):
        earlier_calls(engine, "cus-1")
    engine.dispose()
