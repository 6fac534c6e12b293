"""Which calls are meant, as the part of an address behind the question mark: what pages link to each other with.

`since`, `until` (a day, or a moment with its offset), `agent`, `topic`, `tier`, `channel`, `disposition`, `mood`,
`flagged=1`, `alert=1`, `words`, `customer`. Those of which there may be several are repeated.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import get_args
from urllib.parse import urlencode

from core.errors import ConfigurationError
from core.insights.overview import CallFilter, Mood

MOODS: tuple[Mood, ...] = get_args(Mood)
NAMES = (
    "since",
    "until",
    "agent",
    "topic",
    "tier",
    "channel",
    "disposition",
    "mood",
    "flagged",
    "alert",
    "words",
    "customer",
)
_YES = ("1", "true", "yes", "on")


def filter_of(pairs: Iterable[tuple[str, str]], zone: tzinfo) -> CallFilter:
    """The calls an address names; a day is one of `zone`, and `until` a day includes it. Raises ConfigurationError."""
    given: dict[str, list[str]] = {name: [] for name in NAMES}
    for name, value in pairs:
        if name in given and value.strip():
            given[name].append(value.strip())

    def one(name: str) -> str:
        return given[name][-1] if given[name] else ""

    return CallFilter(
        since=_moment("since", one("since"), zone),
        until=_moment("until", one("until"), zone, days=1),
        agents=tuple(given["agent"]),
        topics=tuple(given["topic"]),
        tiers=tuple(given["tier"]),
        channels=tuple(given["channel"]),
        dispositions=tuple(given["disposition"]),
        moods=tuple(_mood(value) for value in given["mood"]),
        flagged=one("flagged").lower() in _YES,
        with_alert=one("alert").lower() in _YES,
        words=one("words"),
        customer=one("customer"),
    )


def pairs_of(chosen: CallFilter) -> list[tuple[str, str]]:
    """The inverse of `filter_of`."""
    moments = {"since": chosen.since, "until": chosen.until}
    several = {
        "agent": chosen.agents,
        "topic": chosen.topics,
        "tier": chosen.tiers,
        "channel": chosen.channels,
        "disposition": chosen.dispositions,
        "mood": chosen.moods,
    }
    said = {
        "flagged": "1" if chosen.flagged else "",
        "alert": "1" if chosen.with_alert else "",
        "words": chosen.words,
        "customer": chosen.customer or chosen.customer_id,
    }
    return [
        *((name, moment.isoformat()) for name, moment in moments.items() if moment is not None),
        *((name, value) for name, values in several.items() for value in values),
        *((name, value) for name, value in said.items() if value),
    ]


def query_of(chosen: CallFilter) -> str:
    """What to put behind the question mark of a link to these calls."""
    return urlencode(pairs_of(chosen))


def last_day(until: datetime, zone: tzinfo) -> date:
    """The last day that has a moment before `until`."""
    return (until - timedelta(microseconds=1)).astimezone(zone).date()


def _moment(name: str, value: str, zone: tzinfo, days: int = 0) -> datetime | None:
    if not value:
        return None
    try:
        if len(value) == len("2026-11-01"):
            day = date.fromisoformat(value) + timedelta(days=days)
            return datetime.combine(day, time(), zone).astimezone(UTC)
        moment = datetime.fromisoformat(value.replace(" ", "+"))
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(f"{name}={value} in the address is no day: write it like {name}=2026-11-01") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _mood(value: str) -> Mood:
    for mood in MOODS:
        if value == mood:
            return mood
    raise ConfigurationError(f"mood={value} in the address is none: write one of {', '.join(MOODS)}")
