"""A click on a mark opens as many calls as the mark counts, through the address of the calls page."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from insights.tallies import Floor, basis
from sqlalchemy import Engine

from core.insights.address import filter_of
from core.insights.behind import (
    Behind,
    address,
    agent_calls,
    calls_at,
    calls_in,
    disposition_calls,
    tier_calls,
    topic_calls,
)
from core.insights.board import NOT_WRAPPED_UP, kpi_over_time
from core.insights.listing import count
from core.insights.metrics import Bucket, by, days, dispositions, leaderboard, series
from core.insights.overview import CallFilter

BERLIN = ZoneInfo("Europe/Berlin")
CLOCK_SET_BACK = datetime(2026, 10, 25, tzinfo=UTC)
"""A Sunday; in Berlin it is 02:00 at 00:00 UTC and again at 01:00."""
PERIOD = days(date(2026, 10, 24), date(2026, 10, 27), BERLIN)
"""A Saturday to a Tuesday: parts of two weeks."""
MEANT = PERIOD.of(CallFilter())
BASIS = basis(datetime(2026, 11, 20, tzinfo=UTC), BERLIN.key)


@pytest.fixture
def floor(database: Engine) -> Floor:
    floor = Floor(database)
    for minutes in (-3000, -1600, -130, -30, 0, 15, 59, 60, 61, 130, 1380, 2000, 3500, 6000):
        number = minutes % 3
        floor.call(
            CLOCK_SET_BACK + timedelta(minutes=minutes),
            agent=f"Agent {number}",
            tier=("gold", "silver")[number % 2],
            topics=("billing", "orders")[: number + 1],
            disposition=("Resolved", None)[number % 2],
        )
    return floor


def opened(floor: Floor, behind: CallFilter | None) -> int:
    """How many calls the calls page shows, by the address alone."""
    assert behind is not None
    pairs = [(name, value) for name, values in address(behind).items() for value in values]
    return count(floor.engine, filter_of(pairs, UTC))


@pytest.mark.parametrize("bucket", ["hour", "day", "week"])
def test_a_bar_over_time_opens_the_calls_it_counts(floor: Floor, bucket: Bucket) -> None:
    points = series(floor.engine, MEANT, BASIS, bucket)
    bars = kpi_over_time("calls", points).figure.data[0]
    counted = {str(mark): calls for mark, calls in zip(bars.customdata, bars.y, strict=True) if calls}
    assert sum(counted.values()) == count(floor.engine, MEANT) > 0
    behind = calls_at(MEANT, bucket)
    assert {mark: opened(floor, behind(mark)) for mark in counted} == counted


def test_a_row_of_the_leaderboard_opens_that_agents_calls(floor: Floor) -> None:
    standings = leaderboard(floor.engine, MEANT, BASIS, "handled")
    assert len(standings) == 3
    for standing in standings:
        assert opened(floor, agent_calls(MEANT)(standing.agent)) == standing.kpis.calls


@pytest.mark.parametrize(("dimension", "behind"), [("topic", topic_calls(MEANT)), ("tier", tier_calls(MEANT))])
def test_a_bar_of_a_group_opens_the_calls_it_counts(floor: Floor, dimension: str, behind: Behind) -> None:
    groups = by(floor.engine, MEANT, BASIS, dimension)  # type: ignore[arg-type]
    assert len(groups) == 2
    for group in groups:
        assert opened(floor, behind(str(group.value))) == group.kpis.calls


def test_a_disposition_opens_its_calls_and_none_opens_nothing(floor: Floor) -> None:
    found = {one.disposition: one.calls for one in dispositions(floor.engine, MEANT)}
    assert opened(floor, disposition_calls(MEANT)("Resolved")) == found["Resolved"]
    assert disposition_calls(MEANT)(NOT_WRAPPED_UP) is None


def test_an_unusual_hour_or_day_opens_its_calls(floor: Floor) -> None:
    for bucket in ("hour", "day"):
        for point in series(floor.engine, MEANT, BASIS, bucket)[:30]:
            assert opened(floor, calls_in(point.at, bucket, BERLIN)) == point.kpis.calls
