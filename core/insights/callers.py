"""Customers who called, to be found by name."""

from dataclasses import dataclass

from sqlalchemy import Engine, func, select

from core.insights.overview import CallFilter, overview
from core.insights.reading import reading


@dataclass(frozen=True, slots=True)
class Caller:
    customer_id: str
    name: str
    calls: int


def callers(engine: Engine, words: str, at_most: int = 20) -> list[Caller]:
    """Customers with that id, or with all of these words in their name; those who called most first."""
    rows = overview()
    query = (
        select(rows.c.customer_id, func.max(rows.c.customer_name).label("name"), func.count().label("calls"))
        .where(*CallFilter(customer=words).on(rows), rows.c.customer_id.is_not(None))
        .group_by(rows.c.customer_id)
        .order_by(func.count().desc(), rows.c.customer_id)
        .limit(at_most)
    )
    with reading(engine) as connection:
        return [Caller(row.customer_id, row.name or row.customer_id, row.calls) for row in connection.execute(query)]
