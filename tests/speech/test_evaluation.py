import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.speech.evaluation import normalise, word_error_rate

words = st.lists(st.sampled_from(["order", "my", "is", "seven", "bill"]), min_size=1, max_size=12).map(" ".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Order #78901!", "order seven eight nine zero one"),
        ("I’m Mr. Doe — OK?", "i'm mister doe okay"),
        ("  one\ttwo\n", "one two"),
        ("", ""),
    ],
)
def test_normalised_texts_compare_what_was_said(text: str, expected: str) -> None:
    assert normalise(text) == expected


def test_errors_are_counted_over_all_words() -> None:
    pairs = [("My order is late.", "my order was late"), ("Seven!", "seven eleven"), ("the bill", "bill")]
    assert word_error_rate(pairs) == pytest.approx(3 / 7)


@settings(deadline=None)
@given(st.lists(st.tuples(words, words), min_size=1, max_size=5))
def test_capitals_and_marks_are_no_errors(pairs: list[tuple[str, str]]) -> None:
    marked = [(f"{reference.capitalize()}.", f"{heard.upper()}!") for reference, heard in pairs]
    assert word_error_rate(marked) == word_error_rate(pairs)


def test_without_a_reference_there_is_no_rate() -> None:
    assert math.isnan(word_error_rate([("", "anything")]))
