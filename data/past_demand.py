"""When customers of the made-up past call, and who is at a desk then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import accumulate
from math import ceil
from statistics import fmean

from core.errors import StorageError
from data.past_customers import spread

OPENS, CLOSES = 8, 20
WEEKDAYS = (1.35, 1.1, 1.0, 1.0, 0.95, 0.4, 0.25)
HOURS = (0.6, 1.0, 1.35, 1.25, 0.7, 0.85, 1.15, 1.1, 1.0, 0.8, 0.5, 0.3)
"""From opening on: two peaks and a dip at lunch."""
OUTAGE_DAYS_AGO = 18
OUTAGE_HOURS = range(10, 15)
OUTAGE_TIMES = 6.0
"""So many times the usual number call while it lasts."""
HANDLE_S = 330.0
"""What planning takes a contact to cost."""
TARGET_OCCUPANCY = 0.36
SHIFT_HOURS = 6


@dataclass(frozen=True, slots=True)
class Arrival:
    at: datetime
    """UTC."""
    outage: bool
    """It comes while the network is down."""


@dataclass(frozen=True, slots=True)
class Shift:
    agent: str
    begins: datetime
    ends: datetime


def outage_day(last_day: date, days: int) -> date | None:
    """The day on which the network was down: a working day, where the past is long enough for one."""
    if days <= OUTAGE_DAYS_AGO:
        return None
    day = last_day - timedelta(days=OUTAGE_DAYS_AGO)
    return day - timedelta(days=max(0, day.weekday() - 4))


def arrivals(last_day: date, days: int, calls: int, zone: tzinfo, seed: int) -> list[Arrival]:
    """Exactly `calls` of them over `days` days up to `last_day`, in order."""
    chance = spread(seed, "arrivals")
    bad_day = outage_day(last_day, days)
    slots = [(last_day - timedelta(days=ago), hour) for ago in reversed(range(days)) for hour in range(OPENS, CLOSES)]
    weights = []
    for day, hour in slots:
        weight = expected(day, hour) * chance.uniform(0.8, 1.2)
        weights.append(weight * OUTAGE_TIMES if day == bad_day and hour in OUTAGE_HOURS else weight)
    chosen = chance.choices(range(len(slots)), cum_weights=list(accumulate(weights)), k=calls)
    found = []
    for slot in chosen:
        day, hour = slots[slot]
        at = _moment(day, hour, zone) + timedelta(seconds=round(chance.uniform(0, 3600), 3))
        usual = 1 / OUTAGE_TIMES
        found.append(Arrival(at, day == bad_day and hour in OUTAGE_HOURS and chance.random() > usual))
    return sorted(found, key=lambda one: one.at)


def expected(day: date, hour: int) -> float:
    """How busy an hour is against an average one of a working day."""
    return WEEKDAYS[day.weekday()] * HOURS[hour - OPENS]


def shifts(last_day: date, days: int, calls: int, agents: Sequence[str], zone: tzinfo, seed: int) -> list[Shift]:
    """Who works when: enough desks for what is expected, taking turns. Outages are not expected.

    Raises StorageError when there are not agents enough for so many calls.
    """
    chance = spread(seed, "shifts")
    every_day = [last_day - timedelta(days=ago) for ago in reversed(range(days))]
    usual = sum(expected(day, hour) for day in every_day for hour in range(OPENS, CLOSES))
    worked = dict.fromkeys(agents, 0)
    planned: list[Shift] = []
    for day in every_day:
        today = dict.fromkeys(agents, 0)
        for begins in range(OPENS, CLOSES, SHIFT_HOURS):
            an_hour = fmean(calls / usual * expected(day, hour) for hour in range(begins, begins + SHIFT_HOURS))
            desks = max(1, ceil(an_hour * HANDLE_S / 3600 / TARGET_OCCUPANCY))
            if desks > len(agents):
                raise StorageError(
                    f"{len(agents)} agents cannot take {calls} calls in {days} days: ask for fewer calls or more days, "
                    "or add agents to data/agents.yaml"
                )
            for agent in sorted(agents, key=lambda name: (today[name], worked[name], chance.random()))[:desks]:
                today[agent] += 1
                worked[agent] += 1
                ends = _moment(day, begins + SHIFT_HOURS, zone)
                planned.append(Shift(agent, _moment(day, begins, zone), ends))
    return sorted(planned, key=lambda shift: (shift.begins, shift.agent))


def _moment(day: date, hour: int, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).replace(hour=hour).astimezone(UTC)
