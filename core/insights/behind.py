"""The calls behind a mark of a chart, a row or an anomaly: what a click on it opens."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo

from core.insights.address import pairs_of
from core.insights.board import NOT_WRAPPED_UP
from core.insights.metrics import Bucket
from core.insights.overview import CallFilter

Behind = Callable[[str], CallFilter | None]
"""The calls behind a mark, by the name of the group it stands for; None where no address names them."""
STEPS: dict[Bucket, timedelta] = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}


def agent_calls(calls: CallFilter) -> Behind:
    return lambda name: replace(calls, agents=(name,))


def topic_calls(calls: CallFilter) -> Behind:
    return lambda name: replace(calls, topics=(name,))


def tier_calls(calls: CallFilter) -> Behind:
    return lambda name: replace(calls, tiers=(name,))


def disposition_calls(calls: CallFilter) -> Behind:
    return lambda name: None if name == NOT_WRAPPED_UP else replace(calls, dispositions=(name,))


def calls_at(calls: CallFilter, bucket: Bucket) -> Behind:
    """The mark is the beginning of an hour, a day or a week; of the first and the last one, what is in the period."""

    def behind(name: str) -> CallFilter:
        zone = calls.since.tzinfo if calls.since else None
        begins = datetime.fromisoformat(name)
        since = begins.astimezone(zone) if begins.tzinfo else begins.replace(tzinfo=zone)
        until = _end(since, bucket)
        return replace(
            calls,
            since=max(since, calls.since) if calls.since else since,
            until=min(until, calls.until) if calls.until else until,
        )

    return behind


def calls_in(at: datetime, bucket: Bucket, zone: tzinfo) -> CallFilter:
    """The calls of the hour, the day or the week that begins at a moment."""
    since = at.astimezone(zone)
    return CallFilter(since=since, until=_end(since, bucket))


def address(calls: CallFilter) -> dict[str, list[str]]:
    """What the calls page understands."""
    found: dict[str, list[str]] = {}
    for name, value in pairs_of(calls):
        found.setdefault(name, []).append(value)
    return found


def _end(since: datetime, bucket: Bucket) -> datetime:
    """An hour is 60 minutes; a day and a week end at the same time on the clock, whatever the clock did meanwhile."""
    if bucket == "hour":
        return (since.astimezone(UTC) + STEPS[bucket]).astimezone(since.tzinfo)
    return since + STEPS[bucket]
