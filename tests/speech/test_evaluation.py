import math

import jiwer
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


@settings(deadline=None)
@given(st.lists(st.tuples(words, words), min_size=1, max_size=5))
def test_it_is_the_rate_jiwer_gives(pairs: list[tuple[str, str]]) -> None:
    references, heard = zip(*pairs, strict=True)
    assert word_error_rate(pairs) == pytest.approx(jiwer.wer(list(references), list(heard)))


def test_without_a_reference_there_is_no_rate() -> None:
    assert math.isnan(word_error_rate([("", "anything")]))
