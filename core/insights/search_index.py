"""Which word stands where in which call: what full-text search asks.

The words of every call that is over are kept one row each, without case, accents and punctuation. A word is then found
by its beginning, and a phrase by words that stand one behind the other, without reading a text. The rows are made from
the projections whenever some are missing, so they can be dropped at any time.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Index,
    Integer,
    Select,
    String,
    Subquery,
    Table,
    and_,
    delete,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Field, SQLModel

from core.calls.bulk import insert_columns, insert_rows
from core.calls.records import CallRow, Row, SummaryRow, TranscriptRow, table
from core.errors import StorageError
from core.insights.reading import read
from core.insights.search import Term, words_of

CALLS_AT_ONCE = 2_000
SATURATION = 1.2
LENGTH_WEIGHT = 0.75
"""The two constants of BM25: how soon more of the same word counts no more, and how much long calls are discounted."""
TYPICAL_WORDS = 250
"""Of a call."""
_BEHIND_ALL = "\U0010ffff"
# A DuckDB file admits one process, so this keeps two searches from making the same rows.
_refreshing = threading.Lock()


class SearchRow(SQLModel, table=True):
    """A call whose words are in `WORDS`."""

    __tablename__ = "search_calls"

    call_id: str = Field(primary_key=True)
    number: int
    """Stands for the call there."""
    summaries: int
    """How many had been written of it by then; the words of the last one are among them."""
    words: int


# Without a key: DuckDB would keep all of it in memory a second time.
WORDS = Table(
    "search_words",
    SQLModel.metadata,
    Column("word", String().with_variant(String(collation="C"), "postgresql"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("place", Integer, nullable=False),
)
Index("search_words_by_word", WORDS.c.word).ddl_if(dialect="postgresql")


def refresh(engine: Engine) -> int:
    """Index the words of calls that are not, or not with their latest summary; returns of how many calls.

    Quick when there is nothing to do. About 3 s for the first 10,000 calls. Raises StorageError.
    """
    with _refreshing:
        try:
            SQLModel.metadata.create_all(engine, [table(SearchRow), WORDS])
            stale = _stale(engine) if _something_new(engine) else {}
            call_ids = sorted(stale)
            for start in range(0, len(call_ids), CALLS_AT_ONCE):
                chunk = call_ids[start : start + CALLS_AT_ONCE]
                with engine.begin() as connection:
                    _write(connection, {call_id: stale[call_id] for call_id in chunk})
        except SQLAlchemyError as error:
            raise StorageError(f"calls cannot be searched: {str(error).splitlines()[0]}") from error
    return len(call_ids)


def holding(terms: Sequence[Term]) -> Select[Any]:
    """Ids of the calls that hold all the terms. Only what `refresh` has seen is found."""
    indexed = table(SearchRow)
    return select(indexed.c.call_id).where(*(indexed.c.number.in_(select(_found(term).c.number)) for term in terms))


def scored(terms: Sequence[Term]) -> Subquery:
    """The calls that hold all the terms, with `call_id` and `score`: how much they are about them, as BM25 has it.

    A whole word counts as two beginnings. Among calls that all hold all the terms, how rare each is makes no
    difference, so that part is left out.
    """
    indexed = table(SearchRow)
    joined, scores = indexed, []
    discount = SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * indexed.c.words / float(TYPICAL_WORDS))
    for term in terms:
        found = _found(term)
        joined = joined.join(found, found.c.number == indexed.c.number)
        scores.append(found.c.times * (SATURATION + 1) / (found.c.times + discount))
    score: ColumnElement[float] = reduce(lambda one, other: one + other, scores, literal(0.0))
    return select(indexed.c.call_id, score.label("score")).select_from(joined).subquery("scored")


def _found(term: Term) -> Subquery:
    """The numbers of the calls a term is in, and how many times."""
    aliases = [WORDS.alias() for _ in term.words]
    first, last = aliases[0], aliases[-1]
    *before, ending = term.words
    chain: Any = first
    for offset, other in enumerate(aliases[1:], start=1):
        chain = chain.join(other, and_(other.c.number == first.c.number, other.c.place == first.c.place + offset))
    exact = last.c.word == ending
    begins = and_(last.c.word >= ending, last.c.word < ending + _BEHIND_ALL)
    return (
        select(first.c.number, (func.count() + func.count().filter(exact)).label("times"))
        .select_from(chain)
        .where(*(alias.c.word == word for alias, word in zip(aliases, before, strict=False)))
        .where(exact if term.whole else begins)
        .group_by(first.c.number)
        .subquery()
    )


def _something_new(engine: Engine) -> bool:
    """Whether there are calls that are over, or summaries, beside those in the index. Much quicker than which."""
    calls, indexed, summaries = table(CallRow), table(SearchRow), table(SummaryRow)
    over = select(func.count()).where(calls.c.ended_at.is_not(None)).scalar_subquery()
    written = select(func.count()).select_from(summaries).scalar_subquery()
    query = select(over, written, func.count(indexed.c.call_id), func.coalesce(func.sum(indexed.c.summaries), 0))
    ((calls_over, summaries_written, calls_seen, summaries_seen),) = read(engine, query)
    return (calls_over, summaries_written) != (calls_seen, int(summaries_seen))


def _stale(engine: Engine) -> dict[str, int]:
    """Calls that are over whose words are missing or lack the last summary, with how many were written."""
    calls, indexed, summaries = table(CallRow), table(SearchRow), table(SummaryRow)
    written = select(summaries.c.call_id, func.count().label("summaries")).group_by(summaries.c.call_id).subquery()
    count = func.coalesce(written.c.summaries, 0)
    query = (
        select(calls.c.call_id, count)
        .join(written, written.c.call_id == calls.c.call_id, isouter=True)
        .join(indexed, indexed.c.call_id == calls.c.call_id, isouter=True)
        .where(calls.c.ended_at.is_not(None), or_(indexed.c.call_id.is_(None), indexed.c.summaries != count))
    )
    return {row[0]: row[1] for row in read(engine, query)}


def _write(connection: Connection, wanted: dict[str, int]) -> None:
    """Index some calls, of each of which so many summaries were written, instead of what is indexed of them."""
    lines, summaries, indexed = table(TranscriptRow), table(SummaryRow), table(SearchRow)
    texts: dict[str, list[str]] = {call_id: [] for call_id in wanted}
    said = select(lines.c.call_id, lines.c.text, lines.c.translation).where(lines.c.call_id.in_(wanted))
    for call_id, text, translation in connection.execute(said.order_by(lines.c.call_id, lines.c.start_s)):
        texts[call_id] += [text, translation] if translation else [text]
    written = select(summaries.c.call_id, summaries.c.text).where(summaries.c.call_id.in_(wanted))
    last = {row.call_id: row.text for row in connection.execute(written.order_by(summaries.c.seq))}
    for call_id, text in last.items():
        texts[call_id].append(text)
    old = list(connection.execute(select(indexed.c.number).where(indexed.c.call_id.in_(wanted))).scalars())
    if old:
        connection.execute(delete(WORDS).where(WORDS.c.number.in_(old)))
        connection.execute(delete(indexed).where(indexed.c.number.in_(old)))
    start = connection.execute(select(func.coalesce(func.max(indexed.c.number), 0))).scalar_one() + 1
    rows: list[Row] = []
    places: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, (call_id, kept) in enumerate(texts.items(), start):
        count = _place(places, number, kept)
        rows.append({"call_id": call_id, "number": number, "summaries": wanted[call_id], "words": count})
    insert_rows(connection, {SearchRow: rows})
    _insert_words(connection, places)


def _place(places: defaultdict[str, list[tuple[int, int]]], number: int, texts: Iterable[str]) -> int:
    """Note where each word of a call stands, with a gap between texts; returns how many words there are."""
    place = count = 0
    for text in texts:
        words = words_of(text)
        for word in words:
            places[word].append((number, place))
            place += 1
        place += 1
        count += len(words)
    return count


def _insert_words(connection: Connection, places: dict[str, list[tuple[int, int]]]) -> None:
    # In the order of the words, so that a search can pass over most of them.
    columns: dict[str, list[Any]] = {"word": [], "number": [], "place": []}
    for word in sorted(places):
        found = places[word]
        columns["word"] += [word] * len(found)
        columns["number"] += [number for number, _ in found]
        columns["place"] += [place for _, place in found]
    if places:
        insert_columns(connection, WORDS, columns)
