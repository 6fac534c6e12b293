"""What calls are about and how they end."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, and_, func, select

from core.calls.records import TopicRow, table
from core.insights.metrics.period import Bucket, bucket_key, bucket_start
from core.insights.overview import CallFilter, overview
from core.insights.reading import reading
from core.insights.targets import Basis


@dataclass(frozen=True, slots=True)
class TopicPoint:
    """How often a topic came up in an hour, a day or a week that begins at `at`."""

    topic: str
    at: datetime
    calls: int
    share: float
    """Of all calls of that time; a call may have several topics."""


@dataclass(frozen=True, slots=True)
class DispositionCount:
    """Calls wrapped up with a disposition."""

    disposition: str
    """Empty for calls that are not wrapped up."""
    calls: int
    resolved: int
    unresolved: int
    """The others do not say."""


def topics_trend(
    engine: Engine, calls: CallFilter, basis: Basis, bucket: Bucket = "day", at_most: int = 8
) -> list[TopicPoint]:
    """The most frequent topics, each in order of time. Times without any call are left out."""
    rows, topics = overview(), table(TopicRow)
    key = bucket_key(rows.c.started_at, bucket, basis.zone, calls.since or basis.now).label("bucket")
    all_calls = select(key, func.count().label("calls")).where(*calls.on(rows)).group_by(key)
    spotted = (
        select(topics.c.topic, key, func.count().label("calls"))
        .join(topics, topics.c.call_id == rows.c.call_id)
        .where(*calls.on(rows))
        .group_by(topics.c.topic, key)
    )
    with reading(engine) as connection:
        of_all = {row.bucket: row.calls for row in connection.execute(all_calls)}
        found = {(row.topic, row.bucket): row.calls for row in connection.execute(spotted)}
    often: dict[str, int] = {}
    for (topic, _), count in found.items():
        often[topic] = often.get(topic, 0) + count
    kept = sorted(often, key=lambda topic: (-often[topic], topic))[:at_most]
    return [
        TopicPoint(topic, bucket_start(at, bucket, basis.zone, calls.since or basis.now), count, count / of_all[at])
        for topic in kept
        for at in sorted(of_all)
        for count in (found.get((topic, at), 0),)
    ]


def dispositions(engine: Engine, calls: CallFilter) -> list[DispositionCount]:
    """How calls ended, most frequent first."""
    rows = overview()
    name = func.coalesce(rows.c.disposition, "").label("disposition")
    query = select(
        name,
        func.count().label("calls"),
        func.count().filter(rows.c.resolved).label("resolved"),
        func.count().filter(and_(rows.c.resolved.is_not(None), ~rows.c.resolved)).label("unresolved"),
    ).where(*calls.on(rows))
    with reading(engine) as connection:
        found = [DispositionCount(*row) for row in connection.execute(query.group_by(name))]
    return sorted(found, key=lambda one: (-one.calls, one.disposition))
