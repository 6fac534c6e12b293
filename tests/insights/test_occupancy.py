"""Busy ÷ signed in, from what agents were doing and since when."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from insights.tallies import BASIS, MONDAY, Floor, basis
from sqlalchemy import Engine

from core.insights.metrics import Period, by, kpis, series
from core.insights.metrics.occupancy import CELL_S, _per_cell
from core.insights.overview import CallFilter

HOUR = timedelta(hours=1)


@pytest.fixture
def floor(database: Engine) -> Floor:
    return Floor(database)


def ann_works(floor: Floor) -> None:
    """9:00 available, 9:30 rings, 9:30 busy, 10:15 after-call work, 10:30 available, 11:00 away, 15:00 available."""
    for minutes, state in (
        (0, "available"),
        (29, "ringing"),
        (30, "busy"),
        (75, "after-call work"),
        (90, "available"),
        (120, "away"),
        (360, "available"),
    ):
        floor.state("Ann", state, MONDAY + timedelta(minutes=minutes))


def test_busy_and_after_call_work_over_signed_in(floor: Floor) -> None:
    ann_works(floor)
    day = Period(MONDAY, MONDAY + 6 * HOUR).of(CallFilter())
    assert kpis(floor.engine, day, BASIS).occupancy == pytest.approx((45 + 15) / 120)


def test_only_what_is_in_the_period_counts(floor: Floor) -> None:
    ann_works(floor)
    hour = Period(MONDAY + HOUR, MONDAY + 2 * HOUR).of(CallFilter())
    assert kpis(floor.engine, hour, BASIS).occupancy == pytest.approx(30 / 60), "busy since 9:30 counts from 10:00"


def test_the_last_state_lasts_until_now(floor: Floor) -> None:
    floor.state("Ann", "busy", MONDAY)
    floor.state("Bob", "available", MONDAY + HOUR)
    assert kpis(floor.engine, CallFilter(), basis(MONDAY + 3 * HOUR)).occupancy == pytest.approx(3 / (3 + 2))


def test_nobody_signed_in_has_no_occupancy(floor: Floor) -> None:
    floor.state("Ann", "away", MONDAY)
    assert kpis(floor.engine, CallFilter(), BASIS).occupancy is None


def test_of_some_agents(floor: Floor) -> None:
    ann_works(floor)
    floor.state("Bob", "available", MONDAY)
    floor.call(agent="Ann")
    floor.call(agent="Bob")
    day = Period(MONDAY, MONDAY + 2 * HOUR)
    assert kpis(floor.engine, day.of(CallFilter(agents=("Bob",))), BASIS).occupancy == 0.0
    found = {group.value: group.kpis.occupancy for group in by(floor.engine, day.of(CallFilter()), BASIS, "agent")}
    assert found == {"Ann": pytest.approx(0.5), "Bob": 0.0}


def test_over_time(floor: Floor) -> None:
    ann_works(floor)
    floor.call()
    found = series(floor.engine, Period(MONDAY, MONDAY + 4 * HOUR).of(CallFilter()), BASIS, "hour")
    shares = [point.kpis.occupancy for point in found]
    assert shares == [pytest.approx(30 / 60), pytest.approx(30 / 60), None, None]


@given(st.lists(st.tuples(st.floats(0, 50_000), st.floats(0, 50_000)), min_size=1, max_size=20))
def test_cells_hold_exactly_the_time_of_their_stretches(stretches: list[tuple[float, float]]) -> None:
    """Summed per cell as one by one, whichever way the stretches are grouped."""
    total: dict[int, float] = {}
    for pair in stretches:
        from_s, to_s = min(pair), max(pair)
        for cell, length_s in _per_cell(int(from_s // CELL_S), int(to_s // CELL_S), 1, from_s, to_s):
            total[cell] = total.get(cell, 0.0) + length_s
    expected: dict[int, float] = {}
    for cell in range(30):
        for pair in stretches:
            begin_s, end_s = max(min(pair), cell * CELL_S), min(max(pair), (cell + 1) * CELL_S)
            expected[cell] = expected.get(cell, 0.0) + max(0.0, end_s - begin_s)
    assert {cell: pytest.approx(length_s, abs=1e-6) for cell, length_s in expected.items() if length_s > 1e-6} == {
        cell: length_s for cell, length_s in total.items() if length_s > 1e-6
    }
