"""Which calls went worst and which went best."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, or_, select

from core.insights.overview import CallFilter, overview
from core.insights.reading import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class NotableCall:
    """A call worth opening."""

    call_id: str
    started_at: datetime
    agent: str
    customer_name: str | None
    reason: str | None
    disposition: str | None
    duration_s: float
    rating: int | None
    sentiment_start: float | None
    sentiment_end: float | None


def worst_calls(engine: Engine, calls: CallFilter, at_most: int = 5) -> list[NotableCall]:
    """The worst rated; where ratings are equal or missing, those that ended in the worst mood."""
    return _notable(engine, calls, at_most, best=False)


def best_calls(engine: Engine, calls: CallFilter, at_most: int = 5) -> list[NotableCall]:
    """The best rated; where ratings are equal or missing, those that ended in the best mood."""
    return _notable(engine, calls, at_most, best=True)


def _notable(engine: Engine, calls: CallFilter, at_most: int, *, best: bool) -> list[NotableCall]:
    rows = overview()
    answered = or_(~rows.c.queued, rows.c.waited_s.is_not(None))
    told = or_(rows.c.rating.is_not(None), rows.c.sentiment_end.is_not(None))
    order = [(column.desc() if best else column.asc()).nulls_last() for column in (rows.c.rating, rows.c.sentiment_end)]
    query = (
        select(*(rows.c[name] for name in NotableCall.__dataclass_fields__))
        .where(*calls.on(rows), answered, told)
        .order_by(*order, rows.c.started_at.desc(), rows.c.call_id)
        .limit(at_most)
    )
    with reading(engine) as connection:
        return [NotableCall(**row) for row in connection.execute(query).mappings()]
