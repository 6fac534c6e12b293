"""Figures over many calls: what is drawn, and what a click on it stands for."""

from datetime import UTC, datetime, timedelta

import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.insights import board, charts
from core.insights.metrics import (
    KPI_HELP,
    DispositionCount,
    Funnel,
    Group,
    Kpis,
    Period,
    Point,
    StageLatency,
    Targets,
    TopicPoint,
    previous,
)
from core.insights.overview import CallFilter
from core.insights.scorecards.results import ScoreGroup

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = [MONDAY + timedelta(days=day) for day in range(3)]


def points(*kpis: Kpis) -> list[Point]:
    return [Point(MONDAY + timedelta(days=day), one) for day, one in enumerate(kpis)]


def trace(figure: go.Figure, name: str) -> go.Scatter | go.Bar:
    return next(one for one in figure.data if one.name == name)


def test_the_previous_period_is_drawn_under_the_same_days_even_when_it_is_longer() -> None:
    figure = charts.over_time(DAYS, [1, None, 3], [4, 5, 6, 7], name="Calls", bars=True)
    assert list(trace(figure, "Calls").y) == [1, None, 3]
    before = trace(figure, "Previous period")
    assert (list(before.x), list(before.y)) == (DAYS, [4, 5, 6])


@pytest.mark.parametrize("before", [(), (None, None)])
def test_without_a_previous_period_nothing_is_said_of_one(before: tuple[None, ...]) -> None:
    figure = charts.over_time(DAYS, [1, 2, 3], before, name="Calls")
    assert [one.name for one in figure.data] == ["Calls"]


@settings(max_examples=25)
@given(st.lists(st.text(min_size=1), unique=True, max_size=8), st.data())
def test_every_bar_names_the_group_it_stands_for(labels: list[str], data: st.DataObject) -> None:
    value = st.one_of(st.none(), st.floats(0, 1e6))
    values = data.draw(st.lists(value, min_size=len(labels), max_size=len(labels)))
    for figure in (
        charts.ranked(labels, values, values),
        charts.parts(labels, {"Talk": values, "Hold": values}, across=True),
        charts.parts(labels, {"Talk": values}),
    ):
        for one in figure.data:
            assert list(one.customdata) == labels


def test_mood_is_green_where_it_rose_red_where_it_fell_and_missing_where_it_is_not_known() -> None:
    figure = charts.shift(["up", "down", "unknown"], [-0.2, 0.3, None], [0.4, -0.1, 0.2])
    lines = [one for one in figure.data if one.mode == "lines"]
    assert [(one.y[0], one.line.color) for one in lines] == [("up", charts.GREEN), ("down", charts.RED)]


def test_the_week_shows_only_the_hours_in_which_somebody_called() -> None:
    calls = [[0] * 24 for _ in range(7)]
    calls[0][9], calls[6][17] = 4, 2
    heat = board.week(calls).figure.data[0]
    assert (heat.x[0], heat.x[-1]) == ("09", "17")
    assert (heat.z[0][0], heat.z[6][8]) == (4, 2)


def test_shares_are_drawn_in_percent_with_the_target() -> None:
    chart = board.kpi_over_time(
        "service_level", points(Kpis(service_level=0.5), Kpis()), points(Kpis(service_level=0.75)), Targets(percent=80)
    )
    assert list(trace(chart.figure, "Service level").y) == [50, None]
    assert list(trace(chart.figure, "Previous period").y) == [75]
    assert [shape.y0 for shape in chart.figure.layout.shapes] == [80]
    assert chart.help == KPI_HELP["service_level"].formula


def test_groups_are_compared_with_themselves_in_the_period_before() -> None:
    now = [Group("billing", Kpis(calls=5)), Group("refund", Kpis(calls=2))]
    figure = board.kpi_by("calls", now, [Group("refund", Kpis(calls=9))]).figure
    assert list(trace(figure, "Calls").x) == [5, 2]
    assert list(trace(figure, "Previous period").x) == [0, 9]


def test_topics_keep_their_days_when_one_did_not_come_up() -> None:
    chart = board.topic_trend(
        [
            TopicPoint("billing", DAYS[0], 1, 0.5),
            TopicPoint("billing", DAYS[1], 1, 0.25),
            TopicPoint("refund", DAYS[1], 2, 0.5),
        ]
    )
    assert list(trace(chart.figure, "billing").y) == [50, 25]
    assert list(trace(chart.figure, "refund").y) == [None, 50]


def test_what_became_of_suggestions_adds_up_to_what_was_written() -> None:
    one = Funnel(name="refund", written=10, discarded=2, shown=8, used=5, edited=2, dismissed=1, time_to_use_s=3.0)
    figure = board.funnel([one], "By rule").figure
    assert {part.name: part.x[0] for part in figure.data} == {
        "Used": 3,
        "Used, edited": 2,
        "Dismissed": 1,
        "Left alone": 2,
        "Taken back": 2,
    }
    assert sum(part.x[0] for part in figure.data) == one.written


def test_a_chart_says_in_words_what_it_shows() -> None:
    groups = [Group("Alex Morgan", Kpis(csat=0.8)), Group("Priya Nair", Kpis())]
    assert board.kpi_by("csat", groups).words == "CSAT. CSAT: Alex Morgan 80."
    ended = board.dispositions([DispositionCount("", 2, 0, 0)], [DispositionCount("", 3, 0, 0)])
    assert ended.words == "Dispositions. Calls: not wrapped up 2. Previous period: not wrapped up 3."
    stages = board.latency([StageLatency("tool call", 3, 10.0, 2000.0)])
    assert "p50: tool call 0.01. p95: tool call 2." in stages.words


@pytest.mark.parametrize(("days", "bucket"), [(1, "hour"), (2, "hour"), (3, "day"), (100, "day"), (101, "week")])
def test_long_periods_are_drawn_in_longer_steps(days: int, bucket: str) -> None:
    assert board.bucket_for(CallFilter(since=MONDAY, until=MONDAY + timedelta(days=days))) == bucket


def test_a_day_that_goes_on_is_compared_with_the_day_before_up_to_the_same_time() -> None:
    today = Period(MONDAY, MONDAY + timedelta(days=1))
    assert board.period_before(today, MONDAY + timedelta(hours=14)) == Period(
        MONDAY - timedelta(days=1), MONDAY - timedelta(hours=10)
    )
    assert board.period_before(today, MONDAY + timedelta(days=3)) == previous(today)


def test_quality_scores_keep_their_order_and_end_at_a_hundred() -> None:
    chart = board.scores([ScoreGroup("Priya Nair", 2, 2, 40.0, 1), ScoreGroup("Alex Morgan", 3, 4, 90.0, 0)])
    bars = trace(chart.figure, "Score")
    assert (list(bars.y), list(bars.x)) == (["Priya Nair", "Alex Morgan"], [40.0, 90.0])
    assert tuple(chart.figure.layout.xaxis.range) == (0, 100)
