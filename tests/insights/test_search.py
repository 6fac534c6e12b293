"""Searching calls: what is found, what is marked, and that new words are found, too."""

import re
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from insights.stored import append, events_of, store, summary_of
from sqlalchemy import Engine, func, select

from core.calls.events import TranslationWritten
from core.calls.log import EventLog
from core.clock import ManualClock
from core.database import open_database
from core.insights.listing import ranking
from core.insights.overview import CallFilter
from core.insights.search import Term, hits_in, spans_of, terms_of
from core.insights.search_index import holding, refresh

REFUND = ("customer", "I want a refund for my last bill, number 78901.")
SORRY = ("agent", "I'm sorry about that.")


def found(database: Engine, words: str) -> set[str]:
    refresh(database)
    with database.connect() as connection:
        return set(connection.execute(holding(terms_of(words))).scalars())


def in_lines(lines: Sequence[str], terms: Sequence[Term]) -> bool:
    return all(any(spans_of(line, [term]) for line in lines) for term in terms)


def words_in(text: str) -> list[str]:
    """An independent reading of what the words of a text are."""
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return re.sub(r"[\W_]+", " ", bare.casefold()).split()


@pytest.mark.parametrize(
    ("words", "terms"),
    [
        ("", []),
        (" !? ", []),
        ("Refund", [Term(("refund",), whole=False)]),
        ("refund* refund", [Term(("refund",), whole=False)]),
        ('"My LAST bill"', [Term(("my", "last", "bill"), whole=True)]),
        ('"not closed', [Term(("not", "closed"), whole=True)]),
        ("#78901 don't", [Term(("78901",), whole=False), Term(("don", "t"), whole=False)]),
        ("$129.99", [Term(("129", "99"), whole=False)]),
        ("canción", [Term(("cancion",), whole=False)]),
        ('a"b c"d', [Term(("a",), False), Term(("b", "c"), True), Term(("d",), False)]),
    ],
)
def test_what_is_asked_for(words: str, terms: list[Term]) -> None:
    assert list(terms_of(words)) == terms


def test_what_was_said_is_found_by_words_beginnings_and_phrases(
    database: Engine, event_log: EventLog, clock: ManualClock
) -> None:
    store(event_log, clock, "refund", REFUND, SORRY)
    store(event_log, clock, "song", ("customer", "¿Qué canción es? Está en español."), summary="Asked about refunds.")
    assert found(database, "refund sorry") == {"refund"}
    assert found(database, "REFUND") == {"refund", "song"}
    assert found(database, '"refund"') == {"refund"}
    assert found(database, "ref bil") == {"refund"}
    assert found(database, "fund") == set()
    assert found(database, '"last bill number"') == {"refund"}
    assert found(database, '"bill last"') == set()
    assert found(database, '"78901 i m sorry"') == set()
    assert found(database, "cancion espanol") == found(database, "CANCIÓN") == {"song"}
    assert found(database, "i'm #78901") == {"refund"}
    assert found(database, "100%") == found(database, "re_und") == set()


texts = st.lists(
    st.lists(st.sampled_from(["refund", "refunds", "réfund", "bill", "Bill.", "last", "i'm", "¡no!", ""]), max_size=5),
    min_size=1,
    max_size=3,
)


@settings(max_examples=200)
@given(
    lines=texts.map(lambda lines: [" ".join(line) for line in lines]),
    asked=st.lists(st.sampled_from(["refund", "ref", "BILL", "bi", "last", "no", "i'm"]), min_size=1, max_size=3),
    phrase=st.lists(st.sampled_from(["refund", "bill", "last", "no"]), max_size=2),
)
def test_a_text_is_found_exactly_when_it_has_all_the_words(
    lines: list[str], asked: list[str], phrase: list[str]
) -> None:
    terms = terms_of(" ".join([*asked, f'"{" ".join(phrase)}"' if phrase else ""]))
    said = [words_in(line) for line in lines]

    def begins(first: str) -> bool:
        *before, last = words_in(first)
        size = len(before) + 1
        return any(
            line[start : start + size - 1] == before and line[start + size - 1].startswith(last)
            for line in said
            for start in range(len(line) - size + 1)
        )

    together = any(
        line[start : start + len(phrase)] == phrase for line in said for start in range(len(line) - len(phrase) + 1)
    )
    has_all = all(begins(word) for word in asked) and (together or not phrase)
    assert in_lines(lines, terms) == has_all


@settings(max_examples=300)
@given(text=st.text(max_size=40), words=st.text(max_size=10))
def test_marks_are_in_order_and_lie_in_the_text(text: str, words: str) -> None:
    spans = spans_of(text, terms_of(words))
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)
    assert all(0 <= first < last <= len(text) for first, last in spans)
    assert all(spans_of(text, [term]) for term in terms_of(text))


@settings(max_examples=25)
@given(
    calls=st.lists(texts, min_size=1, max_size=4),
    asked=st.sampled_from(["refund", '"last bill"', "bi no", "i'm", '"refund bill la"', '"last bill" ref']),
)
def test_the_database_finds_what_the_text_holds(
    tmp_path_factory: pytest.TempPathFactory, calls: list[list[list[str]]], asked: str
) -> None:
    database = open_database(f"duckdb:///{tmp_path_factory.mktemp('search') / 'some.duckdb'}")
    log = EventLog(database, clock := ManualClock())
    said = {f"call_{number}": [" ".join(line) for line in lines] for number, lines in enumerate(calls)}
    for call_id, lines in said.items():
        store(log, clock, call_id, *(("customer", line) for line in lines))
    assert found(database, asked) == {call_id for call_id, lines in said.items() if in_lines(lines, terms_of(asked))}
    log.close()
    database.dispose()


def test_marks_are_where_the_words_were_written() -> None:
    text = "Mi última FACTURA, la última."
    assert [text[first:last] for first, last in spans_of(text, terms_of("ultima fact"))] == [
        "última",
        "FACTURA",
        "última",
    ]
    assert spans_of("the last bill", terms_of('"last bill" bill the')) == ((0, 3), (4, 13))
    assert spans_of("refunded", terms_of("refund")) == ((0, 8),)


def test_only_new_words_are_made_searchable(database: Engine, event_log: EventLog, clock: ManualClock) -> None:
    store(event_log, clock, "first", REFUND)
    assert refresh(database) == 1
    assert refresh(database) == 0
    late = events_of("second", [SORRY])
    clock.advance(60)
    append(event_log, "second", late[:-1])
    assert found(database, "sorry") == {"second"}
    event_log.append("second", summary_of("A broken router"), 20.0)
    event_log.sync()
    assert found(database, "router") == {"second"}
    event_log.append("second", summary_of("A slow modem"), 21.0)
    event_log.append("second", late[-1][1], 22.0)
    event_log.sync()
    assert found(database, "modem sorry") == {"second"}
    assert found(database, "router") == set()


def test_what_was_translated_is_found_in_both_languages(
    database: Engine, event_log: EventLog, clock: ManualClock
) -> None:
    events = events_of("call", [("customer", "¿Dónde está mi reembolso?"), ("agent", "Mañana llega.")])
    translated = TranslationWritten(utterance_id="call_0", language="en", text="Where is my refund?")
    append(event_log, "call", [*events[:2], (5.0, translated), *events[2:]])
    assert found(database, "reembolso") == found(database, "refund") == found(database, "refund mañana") == {"call"}
    assert found(database, '"reembolso where"') == set()
    (original,) = hits_in(database, ["call"], terms_of("reembolso"))["call"]
    (hit,) = hits_in(database, ["call"], terms_of("refund"))["call"]
    assert not original.translated
    assert (hit.speaker, hit.start_s, hit.text, hit.translated) == ("customer", 1.0, "Where is my refund?", True)


def test_a_call_that_goes_on_is_not_found(database: Engine, event_log: EventLog, clock: ManualClock) -> None:
    append(event_log, "live", events_of("live", [REFUND])[:2])
    assert found(database, "refund") == set()
    with database.connect() as connection:
        assert connection.execute(select(func.count()).select_from(holding(terms_of("")).subquery())).scalar() == 0


def test_more_of_the_words_comes_first_then_the_newer(
    database: Engine, event_log: EventLog, clock: ManualClock
) -> None:
    store(event_log, clock, "often", ("customer", "Refund, refund, I said refund."))
    store(event_log, clock, "longer", ("customer", "refunds refunds refunds"))
    store(event_log, clock, "once, older", REFUND)
    store(event_log, clock, "once, newer", REFUND)
    store(event_log, clock, "never", SORRY)
    refresh(database)
    ranked = ranking(database, CallFilter(words="refund"))
    assert ranked.count == 4
    assert ranked.call_ids == ("often", "longer", "once, newer", "once, older")
    assert ranking(database, CallFilter(words="nothing")).call_ids == ()


def test_lines_with_most_of_the_words_are_shown_in_order(
    database: Engine, event_log: EventLog, clock: ManualClock
) -> None:
    lines = [("customer", "a refund"), SORRY, ("agent", "a refund of the bill"), ("customer", "refund")]
    store(event_log, clock, "call", *lines, summary="Refund of a bill.")
    hits = hits_in(database, ["call"], terms_of("refund bill"), at_most=3)["call"]
    assert [(hit.speaker, hit.start_s) for hit in hits] == [("customer", 1.0), ("agent", 21.0), ("summary", 41.0)]
    assert [hit.text[first:last] for hit in hits for first, last in hit.spans][1:3] == ["refund", "bill"]
    assert hits_in(database, [], terms_of("refund")) == {}
