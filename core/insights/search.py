"""Full-text search over what was said and written in calls, and over their summaries.

Every call that is over has one row of searchable text: its words without case, accents and punctuation, each between
single spaces, one line per utterance. A search for words is then a search for substrings: ` refund` is the beginning of
a word, ` my last bill ` is a phrase. The rows are made from the projections whenever some are missing, so they can be
dropped at any time.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, delete, func, literal, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Field, SQLModel

from core.calls.bulk import insert_rows
from core.calls.records import CallRow, Row, SummaryRow, TranscriptRow, table
from core.errors import StorageError

CALLS_AT_ONCE = 2_000
SATURATION = 1.2
LENGTH_WEIGHT = 0.75
"""The two constants of BM25: how soon more of the same word counts no more, and how much long calls are discounted."""
TYPICAL_LENGTH = 1_500
"""Characters of a call's searchable text."""
_WORD = re.compile(r"[^\W_]+")
_ASKED = re.compile(r'"([^"]*)"?|([^\s"]+)')
# A DuckDB file admits one process, so this keeps two searches from making the same rows.
_refreshing = threading.Lock()


class SearchRow(SQLModel, table=True):
    """A call's searchable text."""

    __tablename__ = "call_search"

    call_id: str = Field(primary_key=True)
    summary_seq: int
    """Of the summary that is in it; 0 without one."""
    text: str


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for: words that follow each other."""

    words: tuple[str, ...]
    whole: bool
    """The last word has to end there, too."""

    @property
    def needle(self) -> str:
        """What a searchable text contains if and only if the term is in it."""
        return f" {' '.join(self.words)}{' ' if self.whole else ''}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A line of a call, or of its summary, in which something was found."""

    call_id: str
    speaker: str
    """A party, or `summary`."""
    start_s: float
    text: str
    spans: tuple[tuple[int, int], ...]
    """Where in the text, as pairs of positions."""


def terms_of(words: str) -> tuple[Term, ...]:
    """What somebody asks for: beginnings of words, and in quotes exact words in that order."""
    asked = ((quoted, plain) for quoted, plain in _ASKED.findall(words))
    terms = (Term(tuple(_WORD.findall(_plain(quoted or plain))), bool(quoted)) for quoted, plain in asked)
    return tuple(dict.fromkeys(term for term in terms if term.words))


def searchable(lines: Iterable[str]) -> str:
    """The searchable text of some lines."""
    return "\n".join(f" {' '.join(words)} " for line in lines if (words := _WORD.findall(_plain(line))))


def spans_of(text: str, terms: Sequence[Term]) -> tuple[tuple[int, int], ...]:
    """Where the terms are in a text as it was written, without overlaps, in order."""
    letters = list(_letters(text))
    found = [
        (match.start(), match.end(), match.group())
        for match in _WORD.finditer("".join(letter for letter, _ in letters))
    ]
    spans = []
    for term in terms:
        for first in range(len(found) - len(term.words) + 1):
            here = found[first : first + len(term.words)]
            if _fits(term, [word for _, _, word in here]):
                spans.append((letters[here[0][0]][1], letters[here[-1][1] - 1][1] + 1))
    return tuple(_merged(sorted(spans)))


def holding(terms: Sequence[Term]) -> Select[Any]:
    """Ids of the calls that hold all the terms. Only what `refresh` has seen is found."""
    texts = table(SearchRow)
    return select(texts.c.call_id).where(*(Contains(texts.c.text, term.needle) for term in terms))


def relevance(text: ColumnElement[str], terms: Sequence[Term]) -> ColumnElement[float]:
    """How much a searchable text is about the terms, as BM25 has it; a whole word counts as two beginnings.

    Among calls that all hold all the terms, how rare each is makes no difference, so that part is left out.
    """
    discount = SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * func.length(text) / TYPICAL_LENGTH)
    scores = []
    for term in terms:
        times = _times(text, Term(term.words, whole=False)) + _times(text, Term(term.words, whole=True))
        scores.append(times * (SATURATION + 1) / (times + discount))
    return reduce(lambda one, other: one + other, scores, literal(0.0))


def refresh(engine: Engine) -> int:
    """Make what is missing of the searchable texts; returns of how many calls. Raises StorageError.

    Quick when there is nothing to do. About 2 s for the first 10,000 calls.
    """
    with _refreshing:
        try:
            SearchRow.__table__.create(engine, checkfirst=True)  # type: ignore[attr-defined]
            stale = _stale(engine)
            call_ids = sorted(stale)
            for start in range(0, len(call_ids), CALLS_AT_ONCE):
                chunk = call_ids[start : start + CALLS_AT_ONCE]
                with engine.begin() as connection:
                    _write(connection, {call_id: stale[call_id] for call_id in chunk})
        except SQLAlchemyError as error:
            raise StorageError(f"calls cannot be searched: {str(error).splitlines()[0]}") from error
    return len(call_ids)


def hits_in(engine: Engine, call_ids: Sequence[str], terms: Sequence[Term], at_most: int = 3) -> dict[str, list[Hit]]:
    """For each call the lines the terms are in: those with the most of them, in the order they were said."""
    if not call_ids or not terms:
        return {}
    lines, ends, summaries = table(TranscriptRow), table(CallRow), table(SummaryRow)
    with engine.connect() as connection:
        said = select(lines.c.call_id, lines.c.speaker, lines.c.start_s, lines.c.text)
        rows = list(connection.execute(said.where(lines.c.call_id.in_(call_ids))))
        written = (
            select(ends.c.call_id, literal("summary"), func.coalesce(ends.c.duration_s, 0.0), summaries.c.text)
            .join(summaries, summaries.c.call_id == ends.c.call_id)
            .where(ends.c.call_id.in_(call_ids), summaries.c.seq == _latest_seq(ends.c.call_id))
        )
        rows += connection.execute(written)
    found: dict[str, list[Hit]] = {call_id: [] for call_id in call_ids}
    for call_id, speaker, start_s, text in rows:
        if spans := spans_of(text, terms):
            found[call_id].append(Hit(call_id, speaker, start_s, text, spans))
    return {call_id: _best(hits, terms, at_most) for call_id, hits in found.items()}


class Contains(FunctionElement[bool]):
    """Whether a text contains another one, letter by letter: LIKE takes four times as long."""

    inherit_cache = True
    name = "contains"


@compiles(Contains)
def _anywhere(element: Contains, compiler: Any, **options: Any) -> str:
    return f"(strpos({compiler.process(element.clauses, **options)}) > 0)"


@compiles(Contains, "duckdb")
def _in_duckdb(element: Contains, compiler: Any, **options: Any) -> str:
    return f"contains({compiler.process(element.clauses, **options)})"


def _plain(text: str) -> str:
    return text.lower() if text.isascii() else "".join(map(_letter, text))


def _letters(text: str) -> Iterator[tuple[str, int]]:
    """The letters of `_plain`, each with the position it comes from."""
    return ((plain, position) for position, letter in enumerate(text) for plain in _letter(letter))


@cache
def _letter(letter: str) -> str:
    """A letter without case and accents: nothing for an accent, several for a ligature."""
    parts = unicodedata.normalize("NFKD", letter)
    return "".join(part.casefold() for part in parts if not unicodedata.combining(part))


def _fits(term: Term, words: Sequence[str]) -> bool:
    *before, last = words
    *wanted, ending = term.words
    return before == wanted and (last == ending if term.whole else last.startswith(ending))


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    start, end = -1, -1
    for first, last in spans:
        if first > end:
            if end > start:
                yield start, end
            start, end = first, last
        end = max(end, last)
    if end > start:
        yield start, end


def _best(hits: list[Hit], terms: Sequence[Term], at_most: int) -> list[Hit]:
    def worth(hit: Hit) -> tuple[int, int]:
        text = searchable([hit.text])
        return sum(term.needle in text for term in terms), len(hit.spans)

    best = sorted(hits, key=worth, reverse=True)[:at_most]
    return sorted(best, key=lambda hit: (hit.speaker == "summary", hit.start_s))


def _times(text: ColumnElement[str], term: Term) -> ColumnElement[Any]:
    without = func.replace(text, term.needle, "")
    return (func.length(text) - func.length(without)) / float(len(term.needle))


def _latest_seq(call_id: ColumnElement[str]) -> Any:
    other = table(SummaryRow).alias()
    return select(func.max(other.c.seq)).where(other.c.call_id == call_id).scalar_subquery()


def _stale(engine: Engine) -> dict[str, int]:
    """Calls that are over whose text is missing or lacks the latest summary, with that summary's seq."""
    calls, texts, summaries = table(CallRow), table(SearchRow), table(SummaryRow)
    latest = (
        select(summaries.c.call_id, func.max(summaries.c.seq).label("seq")).group_by(summaries.c.call_id).subquery()
    )
    seq = func.coalesce(latest.c.seq, 0)
    query = (
        select(calls.c.call_id, seq)
        .join(latest, latest.c.call_id == calls.c.call_id, isouter=True)
        .join(texts, texts.c.call_id == calls.c.call_id, isouter=True)
        .where(calls.c.ended_at.is_not(None), or_(texts.c.call_id.is_(None), texts.c.summary_seq != seq))
    )
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def _write(connection: Connection, wanted: dict[str, int]) -> None:
    lines, summaries, texts = table(TranscriptRow), table(SummaryRow), table(SearchRow)
    said = select(lines.c.call_id, lines.c.text).where(lines.c.call_id.in_(wanted))
    text: dict[str, list[str]] = {call_id: [] for call_id in wanted}
    for call_id, line in connection.execute(said.order_by(lines.c.call_id, lines.c.start_s)):
        text[call_id].append(line)
    written = select(summaries.c.call_id, summaries.c.seq, summaries.c.text).where(summaries.c.call_id.in_(wanted))
    for call_id, seq, summary in connection.execute(written):
        if seq == wanted[call_id]:
            text[call_id].append(summary)
    connection.execute(delete(texts).where(texts.c.call_id.in_(wanted)))
    rows: list[Row] = [
        {"call_id": call_id, "summary_seq": wanted[call_id], "text": searchable(kept)} for call_id, kept in text.items()
    ]
    insert_rows(connection, {SearchRow: rows})
