"""The KPIs over the calls chosen: as a whole, over time, and split by what the calls have in common."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Engine, Integer, Subquery, cast, extract, func, select

from core.calls.records import TopicRow, table
from core.insights.metrics.occupancy import Bounds, occupancy, occupancy_by_agent, occupancy_over_time
from core.insights.metrics.period import Bucket, bucket_key, bucket_start, bucket_starts
from core.insights.metrics.sums import NAMES, Kpis, grouped, kpis_of, selection, sums
from core.insights.overview import CallFilter
from core.insights.targets import Basis

Dimension = Literal["agent", "topic", "tier", "channel", "disposition", "hour", "weekday"]


@dataclass(frozen=True, slots=True)
class Point:
    """The KPIs of an hour, a day or a week that begins at `at`, in the viewer's zone."""

    at: datetime
    kpis: Kpis


@dataclass(frozen=True, slots=True)
class Group:
    """The KPIs of calls that have `value` in common: a name, an hour (0 to 23) or a weekday (1 is Monday)."""

    value: str | int
    kpis: Kpis


def kpis(engine: Engine, calls: CallFilter, basis: Basis) -> Kpis:
    """All KPIs over the calls chosen."""
    rows = selection(calls)
    with engine.connect() as connection:
        row = connection.execute(select(*sums(rows, basis)).select_from(rows)).mappings().one()
        busy = occupancy(connection, Bounds.of(calls, basis), calls.agents)
    return kpis_of(row, basis, of_agents=bool(calls.agents), occupancy=busy)


def series(
    engine: Engine, calls: CallFilter, basis: Basis, bucket: Bucket, only: Collection[str] = NAMES
) -> list[Point]:
    """The KPIs over time, in order. Buckets without calls are there, too, with nothing in them.

    FCR and occupancy take as long as all the others together: they are None when `only` does not name them.
    """
    rows = selection(calls, with_fcr="fcr" in only)
    key = bucket_key(rows.c.started_at, bucket, basis.zone, calls.since or basis.now).label("bucket")
    with engine.connect() as connection:
        # By UTC: to Python, the two hours of a night in which the clock is set back are equal in their own zone.
        found = {
            bucket_start(row["bucket"], bucket, basis.zone, calls.since or basis.now).astimezone(UTC): row
            for row in connection.execute(grouped(rows, [key], basis)).mappings()
        }
        if not found:
            return []
        first = calls.since or min(found)
        until = min(calls.until or basis.now, max(basis.now, max(found)))
        starts = [start.astimezone(UTC) for start in bucket_starts(first, until, bucket, basis.zone)]
        busy = occupancy_over_time(connection, [*starts, until], calls.agents) if "occupancy" in only else {}
    of_agents = bool(calls.agents)
    return [
        Point(
            at.astimezone(basis.zone),
            kpis_of(found[at], basis, of_agents=of_agents, occupancy=busy.get(at))
            if at in found
            else Kpis(occupancy=busy.get(at)),
        )
        for at in starts
    ]


def by(engine: Engine, calls: CallFilter, basis: Basis, dimension: Dimension) -> list[Group]:
    """The KPIs for each value of a dimension; most calls first, hours and weekdays in order.

    A call with several topics counts for each of them. Calls without a value, such as abandoned ones without an agent,
    are left out.
    """
    rows = selection(calls)
    if dimension == "topic":
        rows = _with_topics(rows)
    key = _key(rows, dimension, basis).label("value")
    busy: dict[str, float] = {}
    with engine.connect() as connection:
        found = [dict(row) for row in connection.execute(grouped(rows, [key], basis)).mappings()]
        if dimension == "agent":
            busy = occupancy_by_agent(connection, Bounds.of(calls, basis))
    of_agents = bool(calls.agents) or dimension == "agent"
    groups = [
        Group(row["value"], kpis_of(row, basis, of_agents=of_agents, occupancy=busy.get(row["value"])))
        for row in found
        if row["value"] not in (None, "")
    ]
    if dimension in ("hour", "weekday"):
        return sorted(groups, key=lambda group: group.value)
    return sorted(groups, key=lambda group: (-group.kpis.calls, group.value))


def _key(rows: Subquery, dimension: Dimension, basis: Basis) -> Any:
    local = func.timezone(basis.zone.key, rows.c.started_at)
    match dimension:
        case "hour":
            return cast(extract("hour", local), Integer)
        case "weekday":
            return cast(extract("isodow", local), Integer)
        case "channel":
            return func.coalesce(rows.c.channel, "voice")
        case _:
            return rows.c[dimension]


def _with_topics(rows: Subquery) -> Subquery:
    topics = table(TopicRow)
    return select(rows, topics.c.topic).join(topics, topics.c.call_id == rows.c.call_id).subquery("with_topics")
