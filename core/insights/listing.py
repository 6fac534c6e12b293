"""The list of calls, a page at a time: each page begins behind the last row of the one before, however far down.

Who looks for words calls `core.insights.search_index.refresh` before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Subquery, and_, func, or_, select

from core.calls.records import TopicRow, table
from core.insights.overview import CallFilter, overview
from core.insights.reading import read
from core.insights.search import terms_of
from core.insights.search_index import scored

PAGE_ROWS = 50
RANKED = 5_000
"""How many of the calls with some words are listed in order of relevance: in more of them nobody reads on."""
_LOWEST = -1e300
_TEXTS = ("agent", "customer_name", "tier", "channel", "disposition")
_NUMBERS = ("duration_s", "waited_s", "sentiment", "rating", "alerts", "flags")
SORTS: tuple[str, ...] = ("started_at", *_TEXTS, *_NUMBERS)
NEWEST_FIRST = "-started_at"
COLUMNS = (
    "call_id",
    "started_at",
    "agent",
    "customer_id",
    "customer_name",
    "tier",
    "channel",
    "title",
    "duration_s",
    "waited_s",
    "sentiment",
    "rating",
    "alerts",
    "flags",
    "end_reason",
    "disposition",
    "recording",
)


Row = Mapping[str, Any]
"""With `COLUMNS`."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a list a row stands."""

    key: Any
    started_at: datetime
    call_id: str


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Row]
    after: Place | None
    """Where the next page begins; None at the end of the list."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Calls in which words were found."""

    count: int
    call_ids: tuple[str, ...]
    """The `RANKED` most relevant, the best first."""


def count(engine: Engine, chosen: CallFilter) -> int:
    """How many calls are meant. Raises StorageError."""
    calls = overview()
    return int(read(engine, select(func.count()).select_from(calls).where(*chosen.on(calls)))[0][0])


def page(
    engine: Engine, chosen: CallFilter, sort: str = NEWEST_FIRST, after: Place | None = None, size: int = PAGE_ROWS
) -> Page:
    """Calls in an order: one of `SORTS`, with `-` before it from the highest down; empty values count as lowest.

    Raises StorageError.
    """
    calls = overview()
    downward = sort.startswith("-")
    key = _key(calls, sort.removeprefix("-"))
    query = select(key.label("place"), *(calls.c[column] for column in COLUMNS)).where(*chosen.on(calls))
    if after is not None:
        query = query.where(_behind(calls, key, after, downward))
    order = (key.desc() if downward else key.asc(), calls.c.started_at.desc(), calls.c.call_id)
    rows = read(engine, query.order_by(*order).limit(size + 1))
    kept = [_row(row) for row in rows[:size]]
    if len(rows) <= size:
        return Page(kept, None)
    last = rows[size - 1]
    return Page(kept, Place(last.place, last.started_at, last.call_id))


def ranking(engine: Engine, chosen: CallFilter) -> Ranking:
    """The calls with the words of `chosen`: the most relevant first, then the newest. Raises StorageError."""
    calls, found = overview(), scored(terms_of(chosen.words))
    query = (
        select(calls.c.call_id, func.count().over().label("found"))
        .join(found, found.c.call_id == calls.c.call_id)
        .where(*replace(chosen, words="").on(calls))
        .order_by(found.c.score.desc(), calls.c.started_at.desc(), calls.c.call_id)
        .limit(RANKED)
    )
    rows = read(engine, query)
    return Ranking(rows[0].found if rows else 0, tuple(row.call_id for row in rows))


def rows_of(engine: Engine, call_ids: Sequence[str]) -> list[Row]:
    """These calls, in this order. Raises StorageError."""
    calls = overview()
    query = select(*(calls.c[column] for column in COLUMNS)).where(calls.c.call_id.in_(call_ids))
    rows = {row.call_id: _row(row) for row in read(engine, query)}
    return [rows[call_id] for call_id in call_ids if call_id in rows]


def choices(engine: Engine, column: str) -> list[str]:
    """What there is to choose from in a column of text, or among the topics. Raises StorageError."""
    source = table(TopicRow) if column == "topic" else overview()
    found = source.c[column]
    return sorted(row[0] for row in read(engine, select(found).where(found != "").distinct()))


def _row(row: Any) -> Row:
    return {column: row._mapping[column] for column in COLUMNS}


def _key(calls: Subquery, name: str) -> ColumnElement[Any]:
    if name in _TEXTS:
        return func.coalesce(calls.c[name], "")
    if name in _NUMBERS:
        return func.coalesce(calls.c[name], _LOWEST)
    if name in SORTS:
        return calls.c[name]
    raise ValueError(f"calls cannot be put in order of {name}")


def _behind(calls: Subquery, key: ColumnElement[Any], after: Place, downward: bool) -> ColumnElement[bool]:
    started_at, call_id = calls.c.started_at, calls.c.call_id
    later = or_(started_at < after.started_at, and_(started_at == after.started_at, call_id > after.call_id))
    beyond = key < after.key if downward else key > after.key
    return or_(beyond, and_(key == after.key, later))
