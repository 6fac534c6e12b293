"""Hours, days and weeks are the viewer's, also where the clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from insights.tallies import BASIS, MONDAY, Floor, basis
from sqlalchemy import Engine

from core.insights.metrics import KPI_HELP, Period, by, by_hour_and_day, days, previous, series, topics_trend
from core.insights.metrics.period import bucket_starts
from core.insights.overview import CallFilter

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")


@pytest.fixture
def floor(database: Engine) -> Floor:
    return Floor(database)


def test_a_day_is_the_viewers_day(floor: Floor) -> None:
    floor.call(datetime(2026, 3, 3, 4, 30, tzinfo=UTC))  # 23:30 on March 2 in New York
    floor.call(datetime(2026, 3, 3, 5, 30, tzinfo=UTC))  # 00:30 on March 3
    chosen = days(date(2026, 3, 2), date(2026, 3, 3), NEW_YORK).of(CallFilter())
    found = series(floor.engine, chosen, basis(zone="America/New_York"), "day")
    assert [(point.at, point.kpis.calls) for point in found] == [
        (datetime(2026, 3, 2, tzinfo=NEW_YORK), 1),
        (datetime(2026, 3, 3, tzinfo=NEW_YORK), 1),
    ]
    in_utc = series(floor.engine, CallFilter(), basis(), "day")
    assert in_utc[0].kpis.calls == 2


def test_a_day_of_25_hours_is_one_day(floor: Floor) -> None:
    """In Berlin 2026-10-25 lasts from 22:00 UTC to 23:00 UTC of the next day."""
    first, last = datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 22, 59, tzinfo=UTC)
    for at in (first - timedelta(minutes=1), first, last, last + timedelta(minutes=1)):
        floor.call(at)
    now = datetime(2026, 12, 1, tzinfo=UTC)
    chosen = days(date(2026, 10, 24), date(2026, 10, 26), BERLIN).of(CallFilter())
    found = series(floor.engine, chosen, basis(now, "Europe/Berlin"), "day")
    assert [(point.at.day, point.kpis.calls) for point in found] == [(24, 1), (25, 2), (26, 1)]


def test_the_hour_that_comes_twice_is_two_hours(floor: Floor) -> None:
    """In Berlin it is 02:30 at 00:30 and at 01:30 UTC that night."""
    for minute in (0, 30):
        floor.call(datetime(2026, 10, 25, 0, minute, tzinfo=UTC))
    floor.call(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    now = datetime(2026, 12, 1, tzinfo=UTC)
    chosen = days(date(2026, 10, 25), date(2026, 10, 25), BERLIN).of(CallFilter())
    found = series(floor.engine, chosen, basis(now, "Europe/Berlin"), "hour")
    assert len(found) == 25
    assert [(point.at.hour, point.kpis.calls) for point in found if point.kpis.calls] == [(2, 2), (2, 1)]


def test_hours_begin_with_the_viewers_hour_in_india(floor: Floor) -> None:
    floor.call(datetime(2026, 3, 2, 9, 29, tzinfo=UTC))  # 14:59
    floor.call(datetime(2026, 3, 2, 9, 30, tzinfo=UTC))  # 15:00
    chosen = days(date(2026, 3, 2), date(2026, 3, 2), KOLKATA).of(CallFilter())
    found = series(floor.engine, chosen, basis(zone="Asia/Kolkata"), "hour")
    assert [(f"{point.at:%H:%M}", point.kpis.calls) for point in found if point.kpis.calls] == [
        ("14:00", 1),
        ("15:00", 1),
    ]


def test_weeks_begin_on_monday_and_empty_ones_are_there(floor: Floor) -> None:
    floor.call(MONDAY)
    floor.call(MONDAY + timedelta(days=6))
    floor.call(MONDAY + timedelta(days=14))
    chosen = Period(MONDAY, MONDAY + timedelta(days=15)).of(CallFilter())
    found = series(floor.engine, chosen, BASIS, "week")
    assert [(point.at.day, point.kpis.calls, point.kpis.aht_s is None) for point in found] == [
        (2, 2, False),
        (9, 0, True),
        (16, 1, False),
    ]


def test_what_has_not_come_yet_is_no_bucket(floor: Floor) -> None:
    floor.call(MONDAY)
    chosen = days(date(2026, 3, 2), date(2026, 3, 31), ZoneInfo("UTC")).of(CallFilter())
    assert len(series(floor.engine, chosen, basis(MONDAY + timedelta(hours=30)), "day")) == 2


def test_without_calls_there_is_no_series(floor: Floor) -> None:
    assert series(floor.engine, CallFilter(), BASIS, "day") == []


def test_fcr_is_told_when_it_is_asked_for(floor: Floor) -> None:
    floor.call(customer_id="one", resolved=True)
    (with_all,) = series(floor.engine, Period(MONDAY, MONDAY + timedelta(hours=1)).of(CallFilter()), BASIS, "day")
    (without,) = series(
        floor.engine, Period(MONDAY, MONDAY + timedelta(hours=1)).of(CallFilter()), BASIS, "day", ["calls"]
    )
    assert (with_all.kpis.fcr, without.kpis.fcr, without.kpis.calls) == (1.0, None, 1)


def test_hours_and_weekdays_are_the_viewers(floor: Floor) -> None:
    floor.call(datetime(2026, 3, 2, 3, tzinfo=UTC))  # Sunday 22:00 in New York
    zone = basis(zone="America/New_York")
    assert [group.value for group in by(floor.engine, CallFilter(), zone, "hour")] == [22]
    assert [group.value for group in by(floor.engine, CallFilter(), zone, "weekday")] == [7]
    assert [group.value for group in by(floor.engine, CallFilter(), BASIS, "weekday")] == [1]


def test_topics_over_time(floor: Floor) -> None:
    floor.call(MONDAY, topics=("billing", "refund"))
    floor.call(MONDAY, topics=("billing",))
    floor.call(MONDAY + timedelta(days=1), topics=())
    found = topics_trend(floor.engine, CallFilter(), BASIS, "day")
    assert [(point.topic, point.at.day, point.calls, point.share) for point in found] == [
        ("billing", 2, 2, 1.0),
        ("billing", 3, 0, 0.0),
        ("refund", 2, 1, 0.5),
        ("refund", 3, 0, 0.0),
    ]


def test_the_week_before_is_seven_days_although_the_clocks_changed() -> None:
    week = days(date(2026, 10, 25), date(2026, 10, 31), BERLIN)
    assert (week.until - week.since, week.until.astimezone(UTC) - week.since.astimezone(UTC)) == (
        timedelta(days=7),
        timedelta(days=7, hours=1),
    )
    assert previous(week) == days(date(2026, 10, 18), date(2026, 10, 24), BERLIN)


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(1, 60),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
)
def test_buckets_cover_a_period_without_gap_or_overlap(first: date, length: int, name: str) -> None:
    zone = ZoneInfo(name)
    period = days(first, first + timedelta(days=length - 1), zone)
    starts = list(bucket_starts(period.since, period.until, "day", zone))
    assert [start.date() for start in starts] == [first + timedelta(days=number) for number in range(length)]
    assert starts[0] == period.since
    assert previous(period).until == period.since
    assert (previous(period).until.date() - previous(period).since.date()).days == length


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata"])
def test_hours_make_up_days(floor: Floor, zone: str) -> None:
    """Over the night in which Berlin's clocks are set back, with an hour and a day that nobody called in."""
    first = datetime(2026, 10, 24, 9, 15, tzinfo=UTC)
    for number in range(14):
        at = first + timedelta(hours=3 * number if number < 10 else 30 + 3 * number)
        floor.call(at, talk_s=10.0 * number, sentiment_end=number / 40, first_response_s=number / 7, rating=number % 6)
    floor.abandoned(first + timedelta(hours=3))
    now = basis(datetime(2026, 10, 29, 12, tzinfo=UTC), zone)
    chosen = CallFilter(since=first - timedelta(days=1), until=datetime(2026, 10, 28, 12, tzinfo=UTC))
    measured = [name for name in KPI_HELP if name not in ("fcr", "occupancy")]
    for found, bucket in zip(by_hour_and_day(floor.engine, chosen, now), ("hour", "day"), strict=True):
        expected = series(floor.engine, chosen, now, bucket, only=measured)
        assert [point.at for point in found] == [point.at for point in expected]
        for one, other in zip(found, expected, strict=True):
            assert {name: one.kpis.value(name) for name in measured} == pytest.approx(
                {name: other.kpis.value(name) for name in measured}, abs=1e-9
            )
