import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.assistant.number_words import cardinal as understood
from core.assistant.number_words import tokens
from core.assistant.spoken import digit_runs
from core.speech.spoken_numbers import cardinal, digit_by_digit, money, ordinal, year


@given(st.integers(1, 999_999), st.booleans())
def test_a_number_in_words_is_understood_as_that_number(number: int, joined: bool) -> None:
    words = tokens(cardinal(number, joined_by_and=joined))
    assert understood(words, 0) == (number, len(words))


@given(st.text(alphabet="123456789", min_size=3, max_size=10), st.integers())
def test_an_identifier_is_understood_however_it_is_said(digits: str, seed: int) -> None:
    (found,) = digit_runs(digit_by_digit(digits, random.Random(seed)))
    assert found.value == digits


@pytest.mark.parametrize(("number", "words"), [(1, "first"), (12, "twelfth"), (20, "twentieth"), (23, "twenty third")])
def test_ordinals(number: int, words: str) -> None:
    assert ordinal(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1987, "nineteen eighty seven"),
        (2005, "two thousand five"),
        (2024, "twenty twenty four"),
        (1900, "nineteen hundred"),
    ],
)
def test_years(number: int, words: str) -> None:
    assert year(number) == words


def test_money_names_dollars_and_cents() -> None:
    assert {money(49, 99, random.Random(seed)) for seed in range(40)} == {
        "forty nine dollars and ninety nine cents",
        "forty nine dollars ninety nine cents",
        "forty nine ninety nine",
    }
