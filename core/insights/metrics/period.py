"""Stretches of time as the viewer means them: days begin at their midnight, whatever the clocks do in between."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func

from core.insights.overview import CallFilter

Bucket = Literal["hour", "day", "week"]
HOUR_S = 3600
ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""For how far a zone is from whole hours, which hardly any zone changes."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` up to, but without, `until`; both aware and in the viewer's zone."""

    since: datetime
    until: datetime

    def of(self, calls: CallFilter) -> CallFilter:
        """The same choice of calls, in this period."""
        return replace(calls, since=self.since, until=self.until)


def days(first: date, last: date, zone: ZoneInfo) -> Period:
    """Whole days of the viewer, `last` included."""
    return Period(_midnight(first, zone), _midnight(last + timedelta(days=1), zone))


def previous(period: Period) -> Period:
    """The period just before, as long by the viewer's clock: seven days before seven days, also when the clocks change.

    Both ends of `period` have to be in the same zone.
    """
    # Two times of one zone are subtracted as the clock on the wall shows them.
    until = period.until.astimezone(period.since.tzinfo)
    return Period(period.since - (until - period.since), period.since)


def bucket_key(at: ColumnElement[datetime], bucket: Bucket, zone: ZoneInfo, near: datetime | None) -> Any:
    """SQL for the beginning of the bucket a moment is in, as a time without zone that `bucket_start` understands."""
    if bucket == "hour":
        # Grouped in UTC, because an hour of the viewer's clock comes twice when it is set back.
        ahead = _past_the_hour(zone, near)
        return func.date_trunc("hour", func.timezone("UTC", at) + ahead)
    return func.date_trunc(bucket, func.timezone(zone.key, at))


def bucket_start(key: datetime, bucket: Bucket, zone: ZoneInfo, near: datetime | None) -> datetime:
    """The moment a key of `bucket_key` stands for, in the viewer's zone."""
    if bucket == "hour":
        return (key - _past_the_hour(zone, near)).replace(tzinfo=UTC).astimezone(zone)
    return key.replace(tzinfo=zone)


def bucket_starts(first: datetime, until: datetime, bucket: Bucket, zone: ZoneInfo) -> Iterator[datetime]:
    """Every bucket from the one `first` is in to the last that begins before `until`, in the viewer's zone."""
    local = first.astimezone(zone)
    if bucket == "hour":
        at = local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
        while at < until:
            yield at.astimezone(zone)
            at += timedelta(hours=1)
        return
    day = local.date() - timedelta(days=local.weekday() if bucket == "week" else 0)
    while (start := _midnight(day, zone)) < until:
        yield start
        day += timedelta(days=7 if bucket == "week" else 1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _past_the_hour(zone: ZoneInfo, at: datetime | None) -> timedelta:
    """How far the zone is from whole hours, such as 30 minutes in India."""
    offset = (at or ANY_DAY).astimezone(zone).utcoffset() or timedelta()
    return timedelta(seconds=offset.total_seconds() % HOUR_S)
