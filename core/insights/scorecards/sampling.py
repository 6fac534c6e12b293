"""Which calls to rate next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Engine, Subquery, and_, func, literal, or_, select

from core.insights.metrics.period import bucket_key
from core.insights.overview import MOOD_FROM, CallFilter, overview
from core.insights.reading import reading
from core.insights.scorecards.store import Status, newest

Choice = Literal["sample", "alerts", "flagged", "negative", "rated", "all"]
PER_AGENT = 3
LISTED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A call that can be rated, and how it was."""

    call_id: str
    started_at: datetime
    agent: str
    customer_name: str | None
    channel: str
    duration_s: float | None
    sentiment: float | None
    alerts: int | None
    urgent_alerts: int | None
    flags: int | None
    mine: Status | None
    """How far the supervisor who asks has come with it."""
    score: float | None
    """Mean of the finished scorecards."""
    scorecards: int
    auto_failed: bool


def to_rate(
    engine: Engine,
    chosen: CallFilter,
    by: str,
    choice: Choice = "sample",
    per_agent: int = PER_AGENT,
    zone: ZoneInfo | None = None,
    limit: int = LISTED,
) -> list[Candidate]:
    """Answered calls to be rated by a supervisor.

    `sample` takes `per_agent` calls of each agent and week at random, the same ones every time they are asked
    for; those with alerts first, urgent ones before others, then flagged ones, then by the customer's mood. The other
    choices take all calls of that kind. Raises StorageError.
    """
    picked = _picked(chosen, zone or ZoneInfo("UTC"), drawn=choice == "sample")
    mine, finished = newest(final=False), newest(final=True)
    scores = (
        select(
            finished.c.call_id,
            func.avg(finished.c.score).label("score"),
            func.count().label("scorecards"),
            func.bool_or(finished.c.auto_failed).label("auto_failed"),
        )
        .group_by(finished.c.call_id)
        .subquery("scores")
    )
    calls = picked.c
    query = (
        select(
            *(calls[name] for name in _FROM_CALLS),
            mine.c.status.label("mine"),
            scores.c.score,
            func.coalesce(scores.c.scorecards, 0).label("scorecards"),
            func.coalesce(scores.c.auto_failed, False).label("auto_failed"),
        )
        .select_from(picked)
        .join(mine, and_(mine.c.call_id == calls.call_id, mine.c.by == by), isouter=True)
        .join(scores, scores.c.call_id == calls.call_id, isouter=True)
    )
    wanted: dict[Choice, list[ColumnElement[bool]]] = {
        "sample": [calls.draw <= per_agent],
        "alerts": [calls.alerts > 0],
        "flagged": [calls.flags > 0],
        "negative": [calls.sentiment < -MOOD_FROM],
        "rated": [scores.c.scorecards > 0],
        "all": [],
    }
    pressing = (func.coalesce(calls.urgent_alerts, 0) > 0).desc(), (func.coalesce(calls.alerts, 0) > 0).desc()
    orders: dict[Choice, list[Any]] = {
        "sample": [*pressing, (func.coalesce(calls.flags, 0) > 0).desc(), func.coalesce(calls.sentiment, 0.0)],
        "alerts": [calls.urgent_alerts.desc(), calls.alerts.desc()],
        "negative": [calls.sentiment],
    }
    order = [*orders.get(choice, []), calls.started_at.desc(), calls.call_id]
    with reading(engine) as connection:
        rows = connection.execute(query.where(*wanted[choice]).order_by(*order).limit(limit)).mappings().all()
    return [Candidate(**row) for row in rows]


_FROM_CALLS = (
    "call_id",
    "started_at",
    "agent",
    "customer_name",
    "channel",
    "duration_s",
    "sentiment",
    "alerts",
    "urgent_alerts",
    "flags",
)


def _picked(chosen: CallFilter, zone: ZoneInfo, *, drawn: bool) -> Subquery:
    """Answered calls; if `drawn`, with the place of each among those of its agent and week, otherwise all with 1."""
    calls = overview()
    week = bucket_key(calls.c.started_at, "week", zone, chosen.since)
    # A digest of the id is as good as chance, and the same tomorrow and for every supervisor.
    chance = (func.md5(calls.c.call_id), calls.c.call_id)
    place = func.row_number().over(partition_by=(calls.c.agent, week), order_by=chance)
    draw: ColumnElement[int] = place if drawn else literal(1)
    answered = and_(calls.c.agent != "", or_(~calls.c.queued, calls.c.waited_s.is_not(None)))
    names = (calls.c[name] for name in _FROM_CALLS)
    return select(*names, draw.label("draw")).where(*chosen.on(calls), answered).subquery("picked")
