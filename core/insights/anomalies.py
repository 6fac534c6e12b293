"""Figures outside their usual band, found by comparing them with the same weekday and hour of the weeks before."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Literal

from core.insights.metrics.calls import Point
from core.insights.metrics.definitions import KPI_HELP, Unit, shown

MAD_TO_SD = 1.4826
"""The median distance from the median, times this, is the standard deviation of normal values."""
WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_VOLUME = {"abandonment": "offered", "service_level": "offered", "csat": "ratings", "rating": "ratings"}

Side = Literal["high", "low", "both"]
Span = Literal["hour", "day"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalyRule:
    """When a metric counts as unusual. data/anomalies.yaml explains the fields."""

    metric: str
    spread: float = 5.0
    weeks: int = 8
    least_history: int = 4
    least_volume: int = 8
    least_change: float = 0.1
    least_calls: int = 0
    side: Side = "both"
    buckets: tuple[Span, ...] = ("hour", "day")
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Observation:
    """A metric's value in the hour or on the day that begins at `at`."""

    at: datetime
    value: float | None
    volume: int | None = None
    """How many calls it is worked out from. None: the value is itself the number of calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """A value outside the band from `low` to `high`."""

    metric: str
    span: Span
    at: datetime
    """Beginning of the hour or day, in the viewer's zone."""
    value: float
    low: float
    high: float
    usual: float
    """The median of the weeks before."""
    why: str

    @property
    def key(self) -> str:
        """The same for the same anomaly whenever it is found again: what an acknowledgement names."""
        return f"{self.metric} {self.span} {self.at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"

    @property
    def strength(self) -> float:
        """How far outside the band, in widths of half the band."""
        return max(self.value - self.high, self.low - self.value) / max(self.high - self.low, 1e-9) * 2


def observations(points: Iterable[Point], metric: str) -> list[Observation]:
    """A metric's values out of a series of KPIs, from the first call on."""
    volume = _VOLUME.get(metric, "handled")
    found = [
        Observation(
            point.at,
            point.kpis.value(metric),
            None if metric == "calls" else int(point.kpis.value(volume) or 0),
        )
        for point in points
    ]
    begun = [number for number, point in enumerate(found) if point.value]
    return found[begun[0] :] if begun else []


def detect(
    rule: AnomalyRule, series: Sequence[Observation], span: Span, since: datetime | None = None
) -> list[Anomaly]:
    """What is unusual from `since` on, in order of time. `series` is in order and in the viewer's zone.

    The band is median ± spread x MAD of the same weekday and hour over the weeks before; where these weeks happen to
    agree more than those of other hours usually do, the median MAD of all hours counts, so that a calm hour is no trap.
    """
    if not rule.enabled or span not in rule.buckets:
        return []
    compared = list(_compared(rule, series, span))
    common = median(distance for *_, distance in compared) if compared else 0.0
    found = []
    for one, value, usual, distance in compared:
        reach = max(rule.spread * MAD_TO_SD * max(distance, common), rule.least_change * abs(usual))
        low, high = usual - reach, usual + reach
        if (since is None or one.at >= since) and _outside(rule, value, low, high) and _enough(rule, one, value, usual):
            found.append(_anomaly(rule.metric, span, one.at, value, usual, low, high))
    return found


def _compared(
    rule: AnomalyRule, series: Sequence[Observation], span: Span
) -> Iterable[tuple[Observation, float, float, float]]:
    """Each value with the median, and the median distance from it, of its weekday and hour in the weeks before."""
    earlier: defaultdict[tuple[int, int], list[tuple[datetime, float]]] = defaultdict(list)
    for one in series:
        if one.value is None or (one.volume is not None and one.volume < rule.least_volume):
            continue
        peers = earlier[one.at.weekday(), one.at.hour if span == "hour" else 0]
        oldest = one.at - timedelta(weeks=rule.weeks, hours=1)
        values = [value for at, value in peers if at >= oldest]
        if len(values) >= max(1, rule.least_history):
            usual = median(values)
            yield one, one.value, usual, median(abs(value - usual) for value in values)
        peers.append((one.at, one.value))


def _outside(rule: AnomalyRule, value: float, low: float, high: float) -> bool:
    return (value > high and rule.side != "low") or (value < low and rule.side != "high")


def _enough(rule: AnomalyRule, one: Observation, value: float, usual: float) -> bool:
    """Whether it is about enough calls to bother anybody."""
    if one.volume is None:
        return max(value, usual) >= rule.least_volume
    return abs(value - usual) * one.volume >= rule.least_calls


def _anomaly(metric: str, span: Span, at: datetime, value: float, usual: float, low: float, high: float) -> Anomaly:
    definition = KPI_HELP[metric]
    low, high = _possible(low, definition.unit), _possible(high, definition.unit)
    band = f"{shown(low, definition.unit, bare=True)}–{shown(high, definition.unit)}"
    when = f"on {WEEKDAYS[at.weekday()]}" + (f" at {at.hour}" if span == "hour" else "")
    why = f"{definition.label} {shown(value, definition.unit)}, usually {band} {when}"
    return Anomaly(metric=metric, span=span, at=at, value=value, low=low, high=high, usual=usual, why=why)


def _possible(value: float, unit: Unit) -> float:
    if unit == "-1 to 1":
        return min(1.0, max(-1.0, value))
    return min(1.0, max(0.0, value)) if unit == "%" else max(0.0, value)
