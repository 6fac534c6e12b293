"""Full-text search over what was said and written in calls, its translations, and the calls' summaries: what is asked
for, and the lines it is in. `core.insights.search_index` finds the calls.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Engine, func, literal, select

from core.calls.records import CallRow, SummaryRow, TranscriptRow, table
from core.insights.reading import reading
from core.letters import without_accents

_WORD = re.compile(r"[^\W_]+")
_ASKED = re.compile(r'"([^"]*)"?|([^\s"]+)')


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for: words that follow each other."""

    words: tuple[str, ...]
    whole: bool
    """The last word has to end there, too."""


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
    translated: bool = False
    """It was said in other words, of which this is the translation."""


def terms_of(words: str) -> tuple[Term, ...]:
    """What somebody asks for: beginnings of words, and in quotes exact words in that order."""
    asked = ((quoted, plain) for quoted, plain in _ASKED.findall(words))
    terms = (Term(tuple(words_of(quoted or plain)), bool(quoted)) for quoted, plain in asked)
    return tuple(dict.fromkeys(term for term in terms if term.words))


def words_of(text: str) -> list[str]:
    """The words of a text in their order, without case and accents."""
    return _WORD.findall(_plain(text))


def spans_of(text: str, terms: Sequence[Term]) -> tuple[tuple[int, int], ...]:
    """Where the terms are in a text as it was written, without overlaps, in order."""
    plain, origin = _traced(text)
    found = [(match.start(), match.end(), match.group()) for match in _WORD.finditer(plain)]
    spans = []
    for term in terms:
        for first in range(len(found) - len(term.words) + 1):
            here = found[first : first + len(term.words)]
            if _fits(term, [word for _, _, word in here]):
                spans.append((origin[here[0][0]], origin[here[-1][1] - 1] + 1))
    return tuple(_merged(sorted(spans)))


def hits_in(engine: Engine, call_ids: Sequence[str], terms: Sequence[Term], at_most: int = 3) -> dict[str, list[Hit]]:
    """For each call the lines the terms are in: those with the most of them, in the order they were said."""
    if not call_ids or not terms:
        return {}
    lines, ends, summaries = table(TranscriptRow), table(CallRow), table(SummaryRow)
    with reading(engine) as connection:
        said = select(lines.c.call_id, lines.c.speaker, lines.c.start_s, lines.c.text, lines.c.translation)
        rows = list(connection.execute(said.where(lines.c.call_id.in_(call_ids))))
        written = (
            select(
                ends.c.call_id,
                literal("summary"),
                func.coalesce(ends.c.duration_s, 0.0),
                summaries.c.text,
                literal(None),
            )
            .join(summaries, summaries.c.call_id == ends.c.call_id)
            .where(ends.c.call_id.in_(call_ids), summaries.c.seq == _latest_seq(ends.c.call_id))
        )
        rows += connection.execute(written)
    found: dict[str, list[Hit]] = {call_id: [] for call_id in call_ids}
    for call_id, speaker, start_s, text, translation in rows:
        if spans := spans_of(text, terms):
            found[call_id].append(Hit(call_id, speaker, start_s, text, spans))
        elif translation and (spans := spans_of(translation, terms)):
            found[call_id].append(Hit(call_id, speaker, start_s, translation, spans, translated=True))
    return {call_id: _best(hits, terms, at_most) for call_id, hits in found.items()}


def _plain(text: str) -> str:
    return text.lower() if text.isascii() else "".join(map(_letter, text))


def _traced(text: str) -> tuple[str, Sequence[int]]:
    """What `_plain` gives, and for each of its letters the position it comes from."""
    if text.isascii():
        return text.lower(), range(len(text))
    plain = [_letter(letter) for letter in text]
    return "".join(plain), [position for position, letters in enumerate(plain) for _ in letters]


@cache
def _letter(letter: str) -> str:
    """A letter without case and accents: nothing for an accent, several for a ligature."""
    return without_accents(letter).casefold()


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
        return sum(bool(spans_of(hit.text, [term])) for term in terms), len(hit.spans)

    best = sorted(hits, key=worth, reverse=True)[:at_most]
    return sorted(best, key=lambda hit: (hit.speaker == "summary", hit.start_s))


def _latest_seq(call_id: ColumnElement[str]) -> Any:
    other = table(SummaryRow).alias()
    return select(func.max(other.c.seq)).where(other.c.call_id == call_id).scalar_subquery()
