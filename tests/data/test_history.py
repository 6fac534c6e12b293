"""The made-up past: believable, the same every time, and stored like calls that were."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from core.assistant.alert_rules import load_alerts
from core.assistant.rules import load_rules
from core.assistant.vocabulary import Vocabulary
from core.calls.call import Call, fold
from core.calls.log import EventLog
from core.calls.records import (
    CallRow,
    EventRow,
    FactsRow,
    ServiceRow,
    SuggestionRow,
    SummaryRow,
    TranscriptRow,
    recorded_from,
    table,
)
from core.clock import ManualClock, SystemClock
from core.config import ROOT
from core.customers.models import Customer, Order
from core.customers.store import CustomerStore
from core.database import open_database
from core.errors import StorageError
from core.routing.records import AgentStateRow
from core.routing.roster import Agent, load_roster
from data.history import days_in, past_calls, seed_history
from data.past_customers import records
from data.past_demand import OUTAGE_DAYS_AGO, arrivals, outage_day, shifts
from data.past_desks import Desks
from data.past_lines import material

ROSTER = load_roster(ROOT / "data" / "agents.yaml")
NAMES = [agent.name for agent in ROSTER if agent.role == "agent"]
TODAY = SystemClock().now().date()
DAYS, CALLS = 21, 450


def make(source: Path, target: Path, **changes: Any) -> Engine:
    copyfile(source, target)
    engine = open_database(f"duckdb:///{target}")
    wanted: dict[str, Any] = {"today": TODAY, "zone": UTC, "days": DAYS, "calls": CALLS} | changes
    seed_history(engine, ROSTER, **wanted)
    return engine


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Iterator[Engine]:
    engine = make(seeded, tmp_path_factory.mktemp("past") / "past.duckdb")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def calls(past: Engine) -> dict[str, Call]:
    """Every call, folded from its stored events."""
    events = table(EventRow)
    with past.connect() as connection:
        found = list(map(recorded_from, connection.execute(select(events).order_by(events.c.call_id, events.c.seq))))
    return {call_id: fold(own, Call(call_id)) for call_id, own in groupby(found, lambda one: one.call_id)}


def rows(engine: Engine, model: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(table(model)).order_by(*table(model).primary_key.columns)))


def test_there_are_as_many_calls_as_asked_for_up_to_yesterday(past: Engine) -> None:
    calls = rows(past, CallRow)
    assert len(calls) == CALLS == past_calls(past)
    days = {call.started_at.astimezone(UTC).date() for call in calls}
    assert min(days) >= TODAY - timedelta(days=DAYS)
    assert max(days) < TODAY
    assert all(call.disposition and call.ended_at > call.started_at for call in calls)


def test_the_same_seed_gives_the_same_past(seeded: Path, tmp_path: Path) -> None:
    past = make(seeded, tmp_path / "past.duckdb", days=5, calls=60)
    again = make(seeded, tmp_path / "again.duckdb", days=5, calls=60)
    other = make(seeded, tmp_path / "other.duckdb", days=5, calls=60, seed=8)
    for model in (CallRow, ServiceRow, FactsRow, TranscriptRow, SuggestionRow, AgentStateRow, Customer, Order):
        assert rows(past, model) == rows(again, model), model
    assert rows(past, EventRow) == rows(again, EventRow)
    assert rows(past, TranscriptRow) != rows(other, TranscriptRow)
    for engine in (past, again, other):
        engine.dispose()


def test_it_is_made_once(past: Engine) -> None:
    with pytest.raises(StorageError, match="already"):
        seed_history(past, ROSTER, today=TODAY, zone=UTC, days=DAYS, calls=CALLS)


def test_every_call_is_a_log_that_folds_to_what_is_stored(past: Engine) -> None:
    facts = {row.call_id: row for row in rows(past, FactsRow)}
    service = {row.call_id: row for row in rows(past, ServiceRow)}
    log = EventLog(past, ManualClock())
    try:
        for stored in rows(past, CallRow)[::10]:
            events = log.events(stored.call_id)
            assert [one.seq for one in events] == list(range(1, len(events) + 1))
            offsets = [one.offset_s for one in events]
            assert offsets == sorted(offsets)
            call = fold(events, Call(stored.call_id))
            assert not call.live
            assert call.wrap_up is not None
            assert (call.agent, call.duration_s) == (stored.agent, stored.duration_s)
            assert call.waited_s == service[stored.call_id].waited_s
            assert facts[stored.call_id].transfers == len(call.transfers)
            assert all(card.state != "writing" for card in call.suggestions.values())
            assert all(line.final for line in call.transcript)
        assert log.interrupted() == []
    finally:
        log.close()


def test_what_is_understood_is_what_the_vocabulary_says(past: Engine, calls: dict[str, Call]) -> None:
    vocabulary = Vocabulary(ROOT / "data" / "vocabulary.yaml")
    for stored in rows(past, CallRow)[::25]:
        for line in calls[stored.call_id].transcript:
            if line.speaker == "customer":
                assert list(line.topics) == vocabulary.topics(line.text)
                assert line.sentiment == round(vocabulary.sentiment(line.text), 3)


def test_customers_name_what_they_had_on_file_that_day(past: Engine, calls: dict[str, Call]) -> None:
    orders = {order.order_id: order for order in rows(past, Order)}
    named = 0
    for stored in rows(past, CallRow):
        call = calls[stored.call_id]
        for entity in call.entities:
            if entity.kind == "order":
                order = orders[entity.value]
                assert order.customer_id == stored.customer_id
                assert order.placed_on <= stored.started_at.astimezone(UTC).date()
                named += 1
    assert named > 10


def test_nobody_talks_twice_at_once(past: Engine, calls: dict[str, Call]) -> None:
    spans: dict[str, list[tuple[Any, Any]]] = {}
    for stored in rows(past, CallRow):
        call = calls[stored.call_id]
        if call.agent and not call.transfers and call.answered_s is not None:
            begins = stored.started_at + timedelta(seconds=call.answered_s)
            spans.setdefault(call.agent, []).append((begins, stored.ended_at))
    assert len(spans) == len(NAMES)
    for taken in spans.values():
        taken.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(taken))


def test_an_agents_states_follow_each_other(past: Engine) -> None:
    states: dict[str, list[Any]] = {}
    for row in sorted(rows(past, AgentStateRow), key=lambda row: row.change_id):
        states.setdefault(row.agent, []).append(row)
    assert set(states) <= set(NAMES)
    for own in states.values():
        assert all(before.at < after.at for before, after in pairwise(own))
        assert own[-1].state == "away"


def test_waiting_and_giving_up_follow_from_load(past: Engine) -> None:
    bad_day = outage_day(TODAY - timedelta(days=1), DAYS)
    gone: Counter[bool] = Counter()
    count: Counter[bool] = Counter()
    for call in rows(past, CallRow):
        bad = call.started_at.astimezone(UTC).date() == bad_day
        count[bad] += 1
        gone[bad] += call.end_reason == "abandoned"
    assert gone[True] / count[True] > 2 * gone[False] / count[False]


def test_everything_the_pages_show_is_there(past: Engine) -> None:
    service, calls, cards = rows(past, ServiceRow), rows(past, CallRow), rows(past, SuggestionRow)
    answered = sum(call.end_reason != "abandoned" for call in calls)
    assert {row.channel for row in service} == {"voice", "chat"}
    assert {row.language for row in service} == {"en", "es"}
    assert {row.topic for row in service} == {"billing", "orders", "technical", "retention", "account"}
    assert {card.state for card in cards} == {"shown", "used", "dismissed"}
    assert {card.assistant for card in cards} == {"playbook", "alerts", "model"}
    assert 0.25 < sum(row.rating is not None for row in service) / answered < 0.45
    assert len(rows(past, SummaryRow)) == answered
    with past.connect() as connection:
        kinds = set(connection.execute(select(table(EventRow).c.type).distinct()).scalars())
    assert kinds > {
        "HoldEnded",
        "MomentFlagged",
        "ActionTaken",
        "CommitmentMade",
        "QuestionAnswered",
    }


def test_a_transferred_call_is_answered_where_it_went(seeded: Path, tmp_path: Path) -> None:
    busy = make(seeded, tmp_path / "busy.duckdb", days=2, calls=160)
    log = EventLog(busy, ManualClock())
    handed_over = [log.call(stored.call_id) for stored in rows(busy, FactsRow) if stored.transfers]
    log.close()
    busy.dispose()
    assert handed_over
    for call in handed_over:
        assert call.agent == call.transfers[-1].to_agent != call.transfers[-1].from_agent
        assert call.waited_s is not None
        assert call.wrap_up is not None
        assert call.wrap_up.by == call.agent


def test_callers_come_back(past: Engine) -> None:
    with past.connect() as connection:
        calls = table(CallRow)
        often = select(calls.c.customer_id).group_by(calls.c.customer_id).having(func.count() > 1)
        assert len(connection.execute(often.where(calls.c.customer_id.is_not(None))).all()) > 10


def test_cards_are_of_rules_that_exist() -> None:
    rulebooks = (load_rules(ROOT / "data" / "playbook.yaml"), load_alerts(ROOT / "data" / "alerts.yaml").rulebook)
    rules = {rule.id: rule for rulebook in rulebooks for rule in rulebook.rules}
    for name, card in material().cards.items():
        assert (card.kind, card.priority) == (rules[name].kind, rules[name].priority)


def test_as_many_arrivals_as_calls_with_a_bad_day_and_quiet_weekends() -> None:
    last_day = date(2026, 11, 20)
    coming = arrivals(last_day, 90, 4000, UTC, 7)
    by_day = Counter(one.at.date() for one in coming)
    assert len(coming) == 4000
    assert [one.at for one in coming] == sorted(one.at for one in coming)
    assert by_day.most_common(1)[0][0] == outage_day(last_day, 90)
    by_weekday = Counter(one.at.weekday() for one in coming if not one.outage)
    assert by_weekday[0] == max(by_weekday.values())
    assert max(by_weekday[5], by_weekday[6]) < min(by_weekday[day] for day in range(5)) / 1.5
    by_hour = Counter(one.at.hour for one in coming if not one.outage)
    assert by_hour[12] < min(by_hour[11], by_hour[14])


def test_a_short_past_has_no_outage() -> None:
    assert outage_day(date(2026, 11, 20), OUTAGE_DAYS_AGO) is None


def test_too_many_calls_for_the_desks_are_refused() -> None:
    with pytest.raises(StorageError, match="ask for fewer calls"):
        shifts(date(2026, 11, 20), 7, 50_000, NAMES, UTC, 7)


def test_calls_go_to_who_speaks_the_language_and_knows_the_topic() -> None:
    day = date(2026, 11, 18)
    team = [Agent(name="A", skills=["billing"]), Agent(name="B", skills=["orders"], languages=["es", "en"])]
    desks = Desks(team, shifts(day, 1, 50, ["A", "B"], UTC, 7))
    at = datetime(2026, 11, 18, 9, tzinfo=UTC)
    for topic, language, name in (("billing", "en", "A"), ("orders", "en", "B"), ("billing", "es", "B")):
        found = desks.next_free(at, topic=topic, language=language)
        assert found is not None
        assert found[0].agent.name == name
    assert desks.next_free(at, topic="billing", language="fr") is None


def test_a_record_of_today_is_the_one_the_store_gives(past: Engine) -> None:
    store = CustomerStore(past)
    for record in records(past)[::50]:
        mine, theirs = record.on(TODAY).profile(), store.profile(record.customer.customer_id)
        assert {order["order_id"] for order in theirs["orders"]} <= {order["order_id"] for order in mine["orders"]}
        assert {name: mine[name] for name in ("name", "tier", "plan")} == {
            name: theirs[name] for name in ("name", "tier", "plan")
        }


@pytest.mark.parametrize(("text", "days"), [("90d", 90), ("12w", 84), (" 1D ", 1)])
def test_lengths_of_time_are_read(text: str, days: int) -> None:
    assert days_in(text) == days


@pytest.mark.parametrize("text", ["", "90", "d", "0d", "-3d", "3m", "99999d"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="90d or 12w"):
        days_in(text)
