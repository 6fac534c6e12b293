"""What is unusual is found, what comes every week is not."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.insights.anomalies import AnomalyRule, Observation, detect, observations
from core.insights.metrics import Kpis, Point

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
RULE = AnomalyRule(metric="asa_s", least_volume=5)
WEEKS = 10
values = st.lists(st.floats(1, 1000), min_size=24, max_size=24)


def hourly(at: datetime, value: float | None, volume: int = 50) -> Observation:
    return Observation(at, value, volume)


def weekly(values: list[float | None], volume: int = 50) -> list[Observation]:
    """One value a week, on Mondays at midnight."""
    return [hourly(MONDAY + timedelta(weeks=number), value, volume) for number, value in enumerate(values)]


def test_a_constant_series_has_nothing_unusual() -> None:
    series = [hourly(MONDAY + timedelta(hours=number), 20.0) for number in range(WEEKS * 168)]
    assert detect(RULE, series, "hour") == []


def test_a_planted_spike_is_found_and_nothing_else() -> None:
    series = [hourly(MONDAY + timedelta(hours=number), 20.0 + number % 3) for number in range(WEEKS * 168)]
    spike = 8 * 168 + 34  # a Tuesday at 10
    series[spike] = hourly(series[spike].at, 300.0)
    (found,) = detect(RULE, series, "hour")
    assert (found.at, found.value) == (series[spike].at, 300.0)
    assert found.low <= found.usual <= found.high < 300.0
    assert found.why == "Average speed of answer 5:00 min, usually 19–23 s on Tuesdays at 10"
    assert found.key == "asa_s hour 2026-04-28T10:00Z"
    assert found.strength > 1


def test_what_comes_every_monday_is_usual() -> None:
    series = [
        hourly(at, 500.0 if at.weekday() == 0 and at.hour == 9 else 20.0)
        for number in range(WEEKS * 168)
        for at in (MONDAY + timedelta(hours=number),)
    ]
    assert detect(RULE, series, "hour") == []


def test_days_are_compared_with_the_same_weekday() -> None:
    series = [
        Observation(at, 100.0 if at.weekday() < 5 else 10.0)
        for number in range(WEEKS * 7)
        for at in (MONDAY + timedelta(days=number),)
    ]
    rule = AnomalyRule(metric="calls", least_volume=10)
    assert detect(rule, series, "day") == []
    series[-1] = Observation(series[-1].at, 100.0)  # a Sunday as busy as a Monday
    (found,) = detect(rule, series, "day")
    assert found.why == "Calls 100, usually 9–11 on Sundays"


def test_history_is_needed() -> None:
    rule = AnomalyRule(metric="asa_s", least_history=4)
    assert detect(rule, weekly([20.0, 20.0, 20.0, 900.0]), "hour") == []
    assert len(detect(rule, weekly([20.0, 20.0, 20.0, 20.0, 900.0]), "hour")) == 1


def test_what_is_too_long_ago_is_no_history() -> None:
    rule = AnomalyRule(metric="asa_s", least_history=4, weeks=4)
    gap: list[float | None] = [20.0, 20.0, 20.0, 20.0, None, None, 900.0]
    assert detect(rule, weekly(gap), "hour") == []
    assert len(detect(AnomalyRule(metric="asa_s", least_history=4, weeks=8), weekly(gap), "hour")) == 1


def test_few_calls_bother_nobody() -> None:
    series = weekly([20.0] * 8)
    rule = AnomalyRule(metric="asa_s", least_volume=8)
    last = MONDAY + timedelta(weeks=8)
    assert detect(rule, [*series, hourly(last, 900.0, volume=7)], "hour") == []
    assert len(detect(rule, [*series, hourly(last, 900.0, volume=8)], "hour")) == 1


def test_a_share_must_concern_some_calls() -> None:
    rule = AnomalyRule(metric="abandonment", least_calls=3, least_volume=5)
    last = MONDAY + timedelta(weeks=8)
    assert detect(rule, [*weekly([0.0] * 8), hourly(last, 2 / 10, volume=10)], "hour") == []
    (found,) = detect(rule, [*weekly([0.0] * 8), hourly(last, 3 / 10, volume=10)], "hour")
    assert found.why == "Abandonment 30 %, usually 0–0 % on Mondays at 0"


def test_an_hour_without_the_usual_calls_is_unusual() -> None:
    points = [Point(MONDAY + timedelta(weeks=number), Kpis(calls=40 if number < 8 else 0)) for number in range(9)]
    (found,) = detect(AnomalyRule(metric="calls"), observations(points, "calls"), "hour")
    assert found.value == 0


def test_observations_begin_with_the_first_call_and_know_their_volume() -> None:
    points = [
        Point(MONDAY, Kpis()),
        Point(MONDAY + timedelta(hours=1), Kpis(calls=5, offered=4, handled=3, abandonment=0.25, aht_s=9.0)),
        Point(MONDAY + timedelta(hours=2), Kpis()),
    ]
    assert [(one.value, one.volume) for one in observations(points, "abandonment")] == [(0.25, 4), (None, 0)]
    assert [(one.value, one.volume) for one in observations(points, "aht_s")] == [(9.0, 3), (None, 0)]
    assert [(one.value, one.volume) for one in observations(points, "calls")] == [(5, None), (0, None)]


@pytest.mark.parametrize(("side", "found"), [("high", 1), ("low", 0), ("both", 1)])
def test_only_the_side_that_matters(side: str, found: int) -> None:
    rule = AnomalyRule(metric="asa_s", side=side)  # type: ignore[arg-type]
    assert len(detect(rule, weekly([20.0] * 8 + [900.0]), "hour")) == found


def test_switched_off_or_not_for_this_span() -> None:
    series = weekly([20.0] * 8 + [900.0])
    assert detect(AnomalyRule(metric="asa_s", enabled=False), series, "hour") == []
    assert detect(AnomalyRule(metric="asa_s", buckets=("day",)), series, "hour") == []


def test_only_what_is_recent_is_told_and_all_is_compared_with() -> None:
    series = weekly([20.0] * 8 + [900.0, 20.0])
    assert detect(RULE, series, "hour", since=MONDAY + timedelta(weeks=9)) == []
    assert len(detect(RULE, series, "hour", since=MONDAY + timedelta(weeks=8))) == 1


def test_the_viewers_hour_stays_the_same_when_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    nine = datetime(2026, 3, 2, 9, tzinfo=zone)  # the clocks are set forward on March 29
    series = [hourly(nine + timedelta(weeks=number), 20.0) for number in range(8)]
    (found,) = detect(RULE, [*series, hourly(nine + timedelta(weeks=8), 900.0)], "hour")
    assert found.why.endswith("on Mondays at 9")


@given(values, st.floats(0.01, 100))
def test_scaling_the_series_scales_what_is_found(numbers: list[float], factor: float) -> None:
    rule = AnomalyRule(metric="aht_s", spread=2.0, least_volume=0)
    plain = detect(rule, weekly(list(numbers)), "hour")
    scaled = detect(rule, weekly([factor * number for number in numbers]), "hour")
    # A value exactly at the edge of its band may fall to either side of it by rounding.
    clear = {one.at for one in plain if one.strength > 1e-6}
    assert clear <= {one.at for one in scaled}
    assert {one.at for one in scaled if one.strength > 1e-6} <= {one.at for one in plain}


@given(values, st.floats(1, 1e6))
def test_a_value_far_above_everything_is_always_found(numbers: list[float], above: float) -> None:
    series = weekly([*numbers, 100_000.0 + above])
    assert detect(RULE, series, "hour")[-1].at == series[-1].at
