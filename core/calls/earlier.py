"""A customer's earlier calls: what they were about and what was left to do."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, Select, and_, func, select
from sqlalchemy.exc import SQLAlchemyError

from core.calls.events import ActionItem
from core.calls.outcome import counting
from core.calls.records import CallRow, SummaryRow, table
from core.errors import StorageError


@dataclass(frozen=True, slots=True)
class EarlierCall:
    call_id: str
    date: date
    summary: str
    open: tuple[ActionItem, ...]
    """What somebody still had to do when it was over."""


def earlier_calls(
    engine: Engine, customer_id: str, before: datetime | None = None, limit: int = 3
) -> list[EarlierCall]:
    """Calls that ended with a summary, newest first. Raises StorageError."""
    calls, summaries = table(CallRow), table(SummaryRow)
    last = select(summaries.c.call_id, func.max(summaries.c.seq).label("seq")).group_by(summaries.c.call_id).subquery()
    query = (
        select(calls.c.call_id, calls.c.started_at, summaries.c.text, summaries.c.action_items)
        .join(summaries, summaries.c.call_id == calls.c.call_id)
        .join(last, and_(last.c.call_id == summaries.c.call_id, last.c.seq == summaries.c.seq))
        .where(calls.c.customer_id == customer_id, calls.c.ended_at.is_not(None), counting(calls.c.call_id))
        .order_by(calls.c.started_at.desc(), calls.c.call_id)
        .limit(limit)
    )
    return _read(engine, query if before is None else query.where(calls.c.started_at < before))


def earlier_in_profile(engine: Engine) -> Callable[[str], list[dict[str, Any]]]:
    """What `Understanding` puts into a customer's profile as `earlier_calls`: date, summary and what was left open."""

    def earlier(customer_id: str) -> list[dict[str, Any]]:
        return [
            {"date": call.date.isoformat(), "summary": call.summary, "open": [asdict(item) for item in call.open]}
            for call in earlier_calls(engine, customer_id)
        ]

    return earlier


def _read(engine: Engine, query: Select[Any]) -> list[EarlierCall]:
    try:
        with engine.connect() as connection:
            rows = connection.execute(query).all()
    except SQLAlchemyError as error:
        raise StorageError(f"earlier calls cannot be read: {str(error).splitlines()[0]}") from error
    return [
        EarlierCall(
            row.call_id, row.started_at.date(), row.text, tuple(ActionItem(**item) for item in row.action_items)
        )
        for row in rows
    ]
