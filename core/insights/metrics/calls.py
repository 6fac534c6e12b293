"""The KPIs over the calls chosen: as a whole, over time, and split by what the calls have in common."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Integer, Subquery, cast, extract, func, select

from core.calls.records import TopicRow, table
from core.insights.metrics.occupancy import Bounds, occupancy, occupancy_by_agent, occupancy_over_time
from core.insights.metrics.period import Bucket, bucket_key, bucket_start, bucket_starts
from core.insights.metrics.sums import NAMES, Kpis, grouped, kpis_of, selection, sums, together
from core.insights.overview import CallFilter
from core.insights.reading import reading
from core.insights.targets import Basis

Sums = Mapping[datetime, Mapping[str, Any]]
"""What `kpis_of` divides, by the beginning of a bucket in UTC: to Python, the two hours of a night in which the clock
is set back are equal in their own zone."""
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
    with reading(engine) as connection:
        row = connection.execute(select(*sums(rows, basis)).select_from(rows)).mappings().one()
        busy = occupancy(connection, Bounds.of(calls, basis), calls.agents)
    return kpis_of(row, basis, of_agents=bool(calls.agents), occupancy=busy)


def series(
    engine: Engine, calls: CallFilter, basis: Basis, bucket: Bucket, only: Collection[str] = NAMES
) -> list[Point]:
    """The KPIs over time, in order. Buckets without calls are there, too, with nothing in them.

    FCR and occupancy take as long as all the others together: they are None when `only` does not name them.
    Raises StorageError.
    """
    with reading(engine) as connection:
        found = _sums_over_time(connection, calls, basis, bucket, with_fcr="fcr" in only)
        starts = _starts(found, calls, basis, bucket)
        edges = [*starts, _end(found, calls, basis)] if found else []
        busy = occupancy_over_time(connection, edges, calls.agents) if "occupancy" in only else {}
    return _points(found, starts, calls, basis, busy)


def by_hour_and_day(engine: Engine, calls: CallFilter, basis: Basis) -> tuple[list[Point], list[Point]]:
    """The KPIs of `series` by hour and by day, without FCR and occupancy, for little more than those by hour cost.

    Raises StorageError.
    """
    with reading(engine) as connection:
        hours = _sums_over_time(connection, calls, basis, "hour", with_fcr=False)
    of_days: defaultdict[datetime, list[Mapping[str, Any]]] = defaultdict(list)
    for at, row in hours.items():
        local = at.astimezone(basis.zone)
        of_days[datetime.combine(local.date(), time(), basis.zone).astimezone(UTC)].append(row)
    days = {at: together(rows) for at, rows in of_days.items()}
    return (
        _points(hours, _starts(hours, calls, basis, "hour"), calls, basis, {}),
        _points(days, _starts(days, calls, basis, "day"), calls, basis, {}),
    )


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
    with reading(engine) as connection:
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


def _sums_over_time(connection: Connection, calls: CallFilter, basis: Basis, bucket: Bucket, *, with_fcr: bool) -> Sums:
    rows = selection(calls, with_fcr=with_fcr)
    near = calls.since or basis.now
    key = bucket_key(rows.c.started_at, bucket, basis.zone, near).label("bucket")
    return {
        bucket_start(row["bucket"], bucket, basis.zone, near).astimezone(UTC): dict(row)
        for row in connection.execute(grouped(rows, [key], basis)).mappings()
    }


def _starts(found: Sums, calls: CallFilter, basis: Basis, bucket: Bucket) -> list[datetime]:
    """Beginnings of all buckets, in UTC, from the first one meant to the last."""
    if not found:
        return []
    first = calls.since or min(found)
    return [start.astimezone(UTC) for start in bucket_starts(first, _end(found, calls, basis), bucket, basis.zone)]


def _end(found: Sums, calls: CallFilter, basis: Basis) -> datetime:
    return min(calls.until or basis.now, max(basis.now, max(found)))


def _points(
    found: Sums, starts: Iterable[datetime], calls: CallFilter, basis: Basis, busy: Mapping[datetime, float]
) -> list[Point]:
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
