"""How far what is shown lags behind."""

import pytest

from core.bench.partials import ages_s, arrivals_s, changes_s, gaps_s, seen_s

WORDS = ["my", "order", "number"]
ENDS_S = [1.0, 1.3, 2.0]


def test_a_word_counts_from_the_first_line_that_has_it() -> None:
    lines = [(1.2, ["my"]), (1.5, ["mine", "order"]), (2.4, ["my", "other", "number"])]
    assert seen_s(WORDS, lines) == {0: 1.2, 1: 1.5, 2: 2.4}
    assert seen_s(WORDS, lines[:2]) == {0: 1.2, 1: 1.5}
    assert seen_s(WORDS, []) == {}


def test_only_other_words_are_something_new() -> None:
    lines = [(1.0, []), (1.1, ["my"]), (1.2, ["my"]), (1.3, ["mine"]), (1.4, [])]
    assert changes_s(lines) == [1.1, 1.3, 1.4]


def test_the_same_words_again_tell_that_somebody_listens() -> None:
    assert arrivals_s([(1.0, []), (1.1, ["my"]), (1.2, ["my"]), (1.3, [])]) == [1.1, 1.2]


def test_gaps_reach_from_the_first_word_to_the_last() -> None:
    assert gaps_s(ENDS_S, [0.5, 1.25, 1.5, 2.5]) == pytest.approx([0.25, 0.25, 0.5])
    assert gaps_s(ENDS_S, []) == [1.0]
    assert gaps_s([1.0], [1.0, 2.0]) == []


def test_who_looks_sees_words_grow_old_until_the_next() -> None:
    ages = list(ages_s(ENDS_S, {0: 1.15, 1: 1.55}))
    assert ages == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.3, 0.4, 0.5, 0.6, 0.7])


def test_until_something_is_shown_it_is_waited_for() -> None:
    assert list(ages_s(ENDS_S, {}))[-1] == pytest.approx(1.0)
