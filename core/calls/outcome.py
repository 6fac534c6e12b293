"""What is kept of a call that is over: its numbers, its topics, how long each step took."""

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import Connection, insert, update

from core.calls.call import Call
from core.calls.events import Recorded
from core.calls.facts import facts_of
from core.calls.latency import stage_times
from core.calls.records import FactsRow, LatencyRow, Row, TopicRow, table

Rows = dict[type[FactsRow] | type[TopicRow] | type[LatencyRow], list[Row]]


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


def write_after_call_work(connection: Connection, call_id: str, acw_s: float) -> None:
    """Store how long the call was worked on after its end, in the caller's transaction."""
    facts = table(FactsRow)
    connection.execute(update(facts).where(facts.c.call_id == call_id).values(acw_s=acw_s))
