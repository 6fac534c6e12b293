"""What the history page asks of the database: pages of the list, and of what is found."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import Engine, func, select

from core.insights.listing import NEWEST_FIRST, Place, count, page, ranking, rows_of
from core.insights.overview import CallFilter, overview
from core.insights.reading import read
from core.insights.search import hits_in, terms_of
from core.insights.search_index import WORDS, refresh

FOUND_AT_ONCE = 25
ONE, TWO, PHRASE, NOBODY = "refund", "refund bill", '"thank you for"', "xylophone"


def queries(engine: Engine) -> Mapping[str, Callable[[], object]]:
    """Every way down the list and into the search, by what is shown. The calls are searchable already."""
    common, rare = _words(engine)
    searches = {
        "one word": ONE,
        "two words": TWO,
        "a phrase": PHRASE,
        "the commonest word": common,
        "the commonest letter": common[0],
        "a rare word": rare,
        "a word nobody said": NOBODY,
    }
    calls = count(engine, CallFilter())
    return {
        "first page": partial(_listed, engine, None),
        "a page half-way down": partial(_listed, engine, _place(engine, calls // 2)),
        "first page, longest first": partial(page, engine, CallFilter(), "-duration_s"),
        **{f"search for {what}": partial(_found, engine, words) for what, words in searches.items()},
        "search for the commonest word, page 100": partial(_found, engine, common, 99 * FOUND_AT_ONCE),
        "search for one word, newest first": partial(page, engine, CallFilter(words=ONE), NEWEST_FIRST),
        "how many calls have one word": partial(count, engine, CallFilter(words=ONE)),
    }


def _listed(engine: Engine, after: Place | None) -> object:
    return count(engine, CallFilter()), page(engine, CallFilter(), after=after)


def _found(engine: Engine, words: str, start: int = 0) -> object:
    """All that the page does to show what was found."""
    refresh(engine)
    ranked = ranking(engine, CallFilter(words=words))
    call_ids = ranked.call_ids[start : start + FOUND_AT_ONCE]
    return rows_of(engine, call_ids), hits_in(engine, call_ids, terms_of(words))


def _place(engine: Engine, number: int) -> Place:
    """Of the call that so many newer ones are before."""
    calls = overview()
    order = (calls.c.started_at.desc(), calls.c.call_id)
    (row,) = read(engine, select(calls.c.started_at, calls.c.call_id).order_by(*order).offset(number).limit(1))
    return Place(row.started_at, row.started_at, row.call_id)


def _words(engine: Engine) -> tuple[str, str]:
    """The word that is in most calls, and one that is in fewest."""
    in_calls: Any = func.count(WORDS.c.number.distinct())
    counted = select(WORDS.c.word).where(WORDS.c.word.regexp_match("^[a-z]{3,}$")).group_by(WORDS.c.word)
    most, least = counted.order_by(in_calls.desc(), WORDS.c.word), counted.order_by(in_calls, WORDS.c.word)
    return read(engine, most.limit(1))[0].word, read(engine, least.limit(1))[0].word
