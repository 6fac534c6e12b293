"""Choosing calls, listing them page by page, and saying in an address which are meant."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from insights.stored import append, events_of, store
from sqlalchemy import Engine

from core.calls.log import EventLog
from core.clock import ManualClock
from core.errors import ConfigurationError, StorageError
from core.insights.address import filter_of, last_day, pairs_of, query_of
from core.insights.listing import SORTS, choices, count, page, rows_of
from core.insights.overview import CallFilter
from core.insights.search_index import refresh

HELLO = ("customer", "Hello, my bill is wrong.")
MADRID = ZoneInfo("Europe/Madrid")


@pytest.fixture
def three(database: Engine, event_log: EventLog, clock: ManualClock) -> Engine:
    """Three calls at 10, 11 and 12 o'clock."""
    store(event_log, clock, "a", HELLO, customer="Ann Lee", topics=["billing"], sentiment=-0.8, flagged=True)
    store(
        event_log,
        clock,
        "b",
        HELLO,
        agent="Priya Nair",
        customer="Bo Lee",
        channel="chat",
        tier="gold",
        sentiment=0.1,
        rating=1,
    )
    store(
        event_log, clock, "c", HELLO, topics=["refund", "billing"], sentiment=0.9, alert=True, disposition="Escalated"
    )
    return database


def listed(database: Engine, chosen: CallFilter, sort: str = "started_at") -> list[str]:
    return [row["call_id"] for row in page(database, chosen, sort).rows]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (CallFilter(), "abc"),
        (CallFilter(since=datetime(2026, 1, 5, 11, tzinfo=UTC)), "bc"),
        (CallFilter(until=datetime(2026, 1, 5, 11, tzinfo=UTC)), "a"),
        (CallFilter(agents=("Alex Morgan",)), "ac"),
        (CallFilter(agents=("Alex Morgan", "Priya Nair")), "abc"),
        (CallFilter(topics=("refund",)), "c"),
        (CallFilter(topics=("refund", "billing")), "ac"),
        (CallFilter(tiers=("gold",)), "b"),
        (CallFilter(channels=("voice",)), "ac"),
        (CallFilter(channels=("chat",)), "b"),
        (CallFilter(customer="lee"), "ab"),
        (CallFilter(customer="LEE bo"), "b"),
        (CallFilter(customer="cust_Ann Lee"), "a"),
        (CallFilter(customer="l_e"), ""),
        (CallFilter(customer_id="cust_Bo Lee"), "b"),
        (CallFilter(moods=("negative",)), "a"),
        (CallFilter(moods=("neutral", "positive")), "bc"),
        (CallFilter(dispositions=("Escalated",)), "c"),
        (CallFilter(flagged=True), "a"),
        (CallFilter(with_alert=True), "c"),
        (CallFilter(words="bill wrong", topics=("billing",)), "ac"),
        (CallFilter(words="refund"), ""),
    ],
)
def test_each_filter_chooses_its_calls(three: Engine, chosen: CallFilter, expected: str) -> None:
    refresh(three)
    assert "".join(listed(three, chosen)) == expected
    assert count(three, chosen) == len(expected)


def test_a_call_that_goes_on_is_not_listed(three: Engine, event_log: EventLog) -> None:
    append(event_log, "live", events_of("live", [HELLO])[:2])
    assert listed(three, CallFilter()) == ["a", "b", "c"]


def test_empty_values_come_last_from_the_highest_down(three: Engine) -> None:
    assert listed(three, CallFilter(), "-rating") == ["b", "c", "a"]
    assert listed(three, CallFilter(), "-sentiment") == ["c", "b", "a"]
    assert listed(three, CallFilter(), "-tier") == ["b", "c", "a"]
    assert listed(three, CallFilter(), "-started_at") == ["c", "b", "a"]
    with pytest.raises(ValueError, match="order of call_id; drop"):
        page(three, CallFilter(), "call_id; drop")


@pytest.mark.parametrize("sort", [f"{sign}{name}" for name in SORTS for sign in ("", "-")])
def test_pages_together_are_the_list(database: Engine, event_log: EventLog, clock: ManualClock, sort: str) -> None:
    for number in range(11):
        clock.advance(-3600 if number % 3 else 0)
        about = {"customer": ["", "Ann", "Bo"][number % 3], "rating": [None, 3][number % 2]}
        store(event_log, clock, f"call_{number:02}", HELLO, sentiment=number % 2, flagged=number % 4 == 0, **about)
    whole = [row["call_id"] for row in page(database, CallFilter(), sort).rows]
    pieces, after = [], None
    for _ in range(6):
        piece = page(database, CallFilter(), sort, after, size=2)
        pieces += [row["call_id"] for row in piece.rows]
        after = piece.after
    assert pieces == whole
    assert sorted(whole) == [f"call_{number:02}" for number in range(11)]
    assert after is None


def test_calls_are_given_in_the_order_asked_for(three: Engine) -> None:
    assert [row["call_id"] for row in rows_of(three, ["c", "nobody", "a"])] == ["c", "a"]
    assert choices(three, "agent") == ["Alex Morgan", "Priya Nair"]
    assert choices(three, "topic") == ["billing", "refund"]
    assert choices(three, "tier") == ["gold"]


def test_what_cannot_be_read_is_said(three: Engine) -> None:
    with three.begin() as connection:
        connection.exec_driver_sql("DROP TABLE call_facts")
    with pytest.raises(StorageError, match="calls cannot be read"):
        count(three, CallFilter())


several = st.lists(st.text("ab &=,é", min_size=1).map(str.strip).filter(bool), unique=True, max_size=3).map(tuple)
moments = st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(
    st.builds(
        CallFilter,
        since=moments,
        until=moments,
        agents=several,
        topics=several,
        tiers=several,
        moods=st.sampled_from([(), ("negative",), ("neutral", "positive")]),
        dispositions=several,
        channels=several,
        flagged=st.booleans(),
        with_alert=st.booleans(),
        words=st.text('ab "', max_size=5).map(str.strip),
        customer=st.text("ab ", max_size=5).map(str.strip),
    )
)
def test_an_address_names_the_same_calls(chosen: CallFilter) -> None:
    read = filter_of(pairs_of(chosen), UTC)
    assert pairs_of(read) == pairs_of(chosen)
    assert (read.agents, read.moods, read.words, read.flagged) == (
        chosen.agents,
        chosen.moods,
        chosen.words,
        chosen.flagged,
    )
    assert (read.since, read.until) == (chosen.since, chosen.until)


def test_days_are_the_viewers_and_the_last_one_is_included() -> None:
    chosen = filter_of([("since", "2026-03-28"), ("until", "2026-03-29"), ("as", "Ann"), ("agent", " ")], MADRID)
    assert chosen == CallFilter(
        since=datetime(2026, 3, 27, 23, tzinfo=UTC), until=datetime(2026, 3, 29, 22, tzinfo=UTC)
    )
    assert chosen.until is not None
    assert last_day(chosen.until, MADRID).isoformat() == "2026-03-29"
    assert chosen.until - (chosen.since or chosen.until) == timedelta(hours=47)
    spaced = filter_of([("since", "2026-01-05T10:00:00 00:00")], MADRID)
    assert spaced.since == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert query_of(CallFilter(agents=("A B", "C"), flagged=True)) == "agent=A+B&agent=C&flagged=1"


@pytest.mark.parametrize(
    "pair", [("since", "yesterday"), ("until", "2026-02-30"), ("until", "9999-12-31"), ("mood", "x")]
)
def test_what_an_address_gets_wrong_is_said(pair: tuple[str, str]) -> None:
    with pytest.raises(ConfigurationError, match=f"{pair[0]}={pair[1]} in the address"):
        filter_of([pair], UTC)
