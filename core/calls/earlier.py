"""A customer's earlier calls: what they were about and what was left to do."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, func, select
from sqlalchemy.exc import SQLAlchemyError

from core.calls.events import ActionItem
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
    calls = table(CallRow)
    mine = [calls.c.customer_id == customer_id, calls.c.ended_at.is_not(None)]
    if before is not None:
        mine.append(calls.c.started_at < before)
    return _read(engine, _summarised().where(*mine), limit)


def find_calls(engine: Engine, words: str, limit: int = 50) -> list[EarlierCall]:
    """Calls of anybody whose summary holds all the words, newest first. Raises StorageError."""
    text = func.lower(table(SummaryRow).c.text)
    wanted: list[ColumnElement[bool]] = [text.contains(word, autoescape=True) for word in words.lower().split()]
    return _read(engine, _summarised().where(*wanted), limit)


def earlier_in_profile(engine: Engine) -> Callable[[str], list[dict[str, Any]]]:
    """What `Understanding` puts into a customer's profile as `earlier_calls`: date, summary and what was left open."""

    def earlier(customer_id: str) -> list[dict[str, Any]]:
        return [
            {"date": call.date.isoformat(), "summary": call.summary, "open": [asdict(item) for item in call.open]}
            for call in earlier_calls(engine, customer_id)
        ]

    return earlier


def _summarised() -> Select[Any]:
    """Calls with the last summary written for each."""
    calls, summaries = table(CallRow), table(SummaryRow)
    last = select(summaries.c.call_id, func.max(summaries.c.seq).label("seq")).group_by(summaries.c.call_id).subquery()
    return (
        select(calls.c.call_id, calls.c.started_at, summaries.c.text, summaries.c.action_items)
        .join(summaries, summaries.c.call_id == calls.c.call_id)
        .join(last, and_(last.c.call_id == summaries.c.call_id, last.c.seq == summaries.c.seq))
        .order_by(calls.c.started_at.desc(), calls.c.call_id)
    )


def _read(engine: Engine, query: Select[Any], limit: int) -> list[EarlierCall]:
    try:
        with engine.connect() as connection:
            rows = connection.execute(query.limit(limit)).all()
    except SQLAlchemyError as error:
        raise StorageError(f"earlier calls cannot be read: {str(error).splitlines()[0]}") from error
    return [
        EarlierCall(
            row.call_id, row.started_at.date(), row.text, tuple(ActionItem(**item) for item in row.action_items)
        )
        for row in rows
    ]
