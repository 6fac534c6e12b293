"""The charts of the dashboard and of the report: which figures go into which, and what each means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import plotly.graph_objects as go

from core.insights import charts
from core.insights.metrics import (
    KPI_HELP,
    Bucket,
    DispositionCount,
    Funnel,
    Group,
    Kpis,
    Period,
    Point,
    StageLatency,
    Targets,
    TopicPoint,
    Unit,
    previous,
)
from core.insights.overview import CallFilter
from core.insights.scorecards.results import SCORE_FORMULA, ScoreGroup

HANDLE_TIME = {"Talk": "talk_s", "Hold": "hold_s", "After-call work": "acw_s"}
MOST_GROUPS = 12
MOST_SAID = 40
HOURLY_UP_TO_DAYS = 2
DAILY_UP_TO_DAYS = 100
NOT_WRAPPED_UP = "not wrapped up"
MS_PER_S = 1000
WRITTEN_UNITS: dict[Unit, str] = {"%": "%", "s": "s", "words/min": "words/min"}


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure with its title and what it shows, in words and as a formula."""

    title: str
    figure: go.Figure
    help: str

    @property
    def words(self) -> str:
        """What it shows, for those who do not see it."""
        spoken = [f"{trace.name}: {said}" for trace in self.figure.data if trace.name and (said := _said(trace))]
        return f"{self.title}. {' '.join(spoken)}"


def bucket_for(calls: CallFilter) -> Bucket:
    """The step in which a period is drawn. ValueError unless both its ends are given."""
    if calls.since is None or calls.until is None:
        raise ValueError("what is drawn over time needs a first and a last day")
    length = calls.until - calls.since
    if length <= timedelta(days=HOURLY_UP_TO_DAYS):
        return "hour"
    return "day" if length <= timedelta(days=DAILY_UP_TO_DAYS) else "week"


def period_before(period: Period, now: datetime) -> Period:
    """What a period is compared with: as long, and while it still goes on, up to the same point of it."""
    before = previous(period)
    left = max(timedelta(), period.until - now)
    return Period(before.since, max(before.since, before.until - left))


def kpi_over_time(
    name: str, now: Sequence[Point], before: Sequence[Point] = (), targets: Targets | None = None
) -> Chart:
    """One KPI per hour, day or week, over the same stretch of the period before."""
    definition = KPI_HELP[name]
    figure = charts.over_time(
        [point.at for point in now],
        _values(name, [point.kpis for point in now]),
        _values(name, [point.kpis for point in before]),
        name=definition.label,
        unit=WRITTEN_UNITS.get(definition.unit, ""),
        target=targets.percent if targets and name == "service_level" else None,
        bars=definition.unit == "calls",
    )
    return Chart(definition.label, figure, definition.formula)


def handle_time(groups: Sequence[Group]) -> Chart:
    """What handle time is made of, per group."""
    kept = groups[:MOST_GROUPS]
    parts = {label: _values(name, [group.kpis for group in kept]) for label, name in HANDLE_TIME.items()}
    figure = charts.parts([str(group.value) for group in kept], parts, unit="s", across=True)
    return Chart("Handle time", figure, KPI_HELP["aht_s"].formula)


def handle_time_over_time(points: Sequence[Point]) -> Chart:
    """What handle time is made of, per hour, day or week."""
    parts = {label: _values(name, [point.kpis for point in points]) for label, name in HANDLE_TIME.items()}
    figure = charts.parts([point.at for point in points], parts, unit="s")
    return Chart("Handle time", figure, KPI_HELP["aht_s"].formula)


def kpi_by(name: str, now: Sequence[Group], before: Sequence[Group] = (), title: str = "") -> Chart:
    """One KPI per group, most calls first."""
    definition = KPI_HELP[name]
    kept = now[:MOST_GROUPS]
    earlier = {group.value: group.kpis for group in before}
    figure = charts.ranked(
        [str(group.value) for group in kept],
        _values(name, [group.kpis for group in kept]),
        _values(name, [earlier.get(group.value, Kpis()) for group in kept]) if before else (),
        name=definition.label,
        unit=WRITTEN_UNITS.get(definition.unit, ""),
        most=100 if definition.unit == "%" else None,
    )
    return Chart(title or definition.label, figure, definition.formula)


def mood(groups: Sequence[Group]) -> Chart:
    """How customers' mood moved during calls, per group."""
    kept = [group for group in groups if group.kpis.sentiment_end is not None][:MOST_GROUPS]
    figure = charts.shift(
        [str(group.value) for group in kept],
        [group.kpis.sentiment_start for group in kept],
        [group.kpis.sentiment_end for group in kept],
    )
    return Chart("Mood from start to end", figure, KPI_HELP["sentiment_end"].formula)


def scores(groups: Sequence[ScoreGroup]) -> Chart:
    """What supervisors gave on scorecards, per agent or question; the lowest first."""
    kept = groups[:MOST_GROUPS]
    figure = charts.ranked(
        [str(group.value) for group in kept], [group.score for group in kept], name="Score", most=100
    )
    return Chart("Quality score", figure, SCORE_FORMULA)


def topic_trend(points: Sequence[TopicPoint]) -> Chart:
    """The most frequent topics over time."""
    moments = sorted({point.at for point in points})
    series: dict[str, list[float | None]] = {}
    for point in points:
        series.setdefault(point.topic, [None] * len(moments))[moments.index(point.at)] = 100 * point.share
    formula = "Calls in which the topic came up ÷ all calls of that time. A call may have several topics."
    return Chart("Topics over time", charts.trend(moments, series, unit="%"), formula)


def dispositions(now: Sequence[DispositionCount], before: Sequence[DispositionCount] = ()) -> Chart:
    """How calls were wrapped up."""
    kept = now[:MOST_GROUPS]
    earlier = {one.disposition: one.calls for one in before}
    figure = charts.ranked(
        [one.disposition or NOT_WRAPPED_UP for one in kept],
        [one.calls for one in kept],
        [earlier.get(one.disposition, 0) for one in kept] if before else (),
    )
    return Chart("Dispositions", figure, "Calls wrapped up with each disposition.")


def funnel(funnels: Sequence[Funnel], title: str) -> Chart:
    """What became of suggestions, per rule or source."""
    kept = funnels[:MOST_GROUPS]
    parts: dict[str, list[float | None]] = {
        "Used": [one.used - one.edited for one in kept],
        "Used, edited": [one.edited for one in kept],
        "Dismissed": [one.dismissed for one in kept],
        "Left alone": [one.left_alone for one in kept],
        "Taken back": [one.discarded for one in kept],
    }
    formula = (
        "Suggestions by what became of them. Shown = used + dismissed + left alone; what was taken back had lost its "
        "reason before anybody answered it."
    )
    return Chart(title, charts.parts([one.name or "no rule" for one in kept], parts, across=True), formula)


def time_to_use(funnels: Sequence[Funnel], title: str) -> Chart:
    """How long it took until suggestions were used, per rule or source."""
    kept = [one for one in funnels if one.time_to_use_s is not None][:MOST_GROUPS]
    labels = [one.name or "no rule" for one in kept]
    figure = charts.ranked(labels, [one.time_to_use_s for one in kept], name="Median", unit="s")
    return Chart(title, figure, "Median time from the complete card to its use.")


def latency(stages: Sequence[StageLatency]) -> Chart:
    """How long each stage of the assistant took."""
    figure = charts.spans(
        [stage.stage for stage in stages],
        [stage.p50_ms / MS_PER_S for stage in stages],
        [stage.p95_ms / MS_PER_S for stage in stages],
        unit="s",
    )
    return Chart("Latency per stage", figure, "Half of the waits are shorter than p50, 95 % are shorter than p95.")


def week(calls: Sequence[Sequence[int]]) -> Chart:
    """When calls come: hours across, weekdays down."""
    busy = [hour for hour in range(24) if any(day[hour] for day in calls)]
    figure = charts.week(calls, first_hour=busy[0] if busy else 0, last_hour=busy[-1] if busy else 23)
    return Chart("When calls come", figure, "Calls that began in each hour of the week, in your time zone.")


def _values(name: str, kpis: Sequence[Kpis]) -> list[float | None]:
    factor = 100 if KPI_HELP[name].unit == "%" else 1
    values = (one.value(name) for one in kpis)
    return [None if value is None else factor * value for value in values]


def _said(trace: go.Bar | go.Scatter | go.Heatmap) -> str:
    if trace.type == "heatmap":
        return ""
    lying = trace.orientation == "h" or (len(trace.y) > 0 and isinstance(trace.y[0], str))
    labels, values = (trace.y, trace.x) if lying else (trace.x, trace.y)
    told = [f"{label:%d %B %H:%M}" if hasattr(label, "strftime") else str(label) for label in labels]
    pairs = [f"{label} {value:,.3g}" for label, value in zip(told, values, strict=False) if value is not None]
    return f"{', '.join(pairs[:MOST_SAID])}."
