"""What holds for whatever is said: no digit is lost, no amount is wrong, and nothing is written twice."""

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.assistant.spoken import digit_runs
from core.assistant.written import written
from core.speech.spoken_numbers import cardinal, digit_by_digit, ordinal, year

FRAMES = [
    "{}", "order number {}", "my order number is {} please", "account number is {}", "it is {}", "yes {} thanks",
    "call me at {} after nine", "{} is my order", "order {} and account one two three four five", "my number's {} ok",
]  # fmt: skip
NUMBER_WORDS = """
zero one two three four five six seven eight nine oh o double triple ten eleven twelve fifteen nineteen twenty thirty
forty ninety hundred thousand million a
"""
OTHER_WORDS = """
and 7 8 12 49 99 415 555 2024 78901 78,901 $49 $129.99 10:30 20% 15th , . - # @ : ? ( ) / '
dollars dollar cents percent per cent point half am pm p m minutes boxes people times of order orders ticket number id
account is it costs charged for to in the between march may june first second sarah dot com at email s as sam
underscore example uh um please yes I i
"""
WORDS = [*NUMBER_WORDS.split(), *OTHER_WORDS.split()]


def digits_in(text: str) -> list[str]:
    return [run.value for run in digit_runs(text)]


@st.composite
def identifiers(draw: st.DrawFn) -> tuple[str, str]:
    """Digits, and a way of saying them: one by one, in pairs, with "oh" and "double", by the hundred."""
    digits = draw(st.text("0123456789", min_size=3, max_size=11))
    said = digit_by_digit(digits, random.Random(draw(st.integers(0, 10_000))))
    return digits, draw(st.sampled_from(FRAMES)).format(said)


@settings(max_examples=500)
@given(identifiers())
def test_whatever_way_digits_are_said_writing_changes_none(case: tuple[str, str]) -> None:
    digits, text = case
    assert digits_in(written(text)) == digits_in(text)
    assert digits_in(text)[:1] == [digits]


@settings(max_examples=500)
@given(st.text("0123456789", min_size=3, max_size=9), st.integers(0, 10_000))
def test_the_number_of_an_order_is_written_in_every_style(digits: str, seed: int) -> None:
    said = digit_by_digit(digits, random.Random(seed))
    assert written(f"my order number is {said} thanks") == f"my order number is #{digits} thanks"
    assert written(f"my account number is {said}") == f"my account number is {digits}"


@pytest.mark.parametrize("separator", [" ", ", ", "-"])
@pytest.mark.parametrize("frame", ["Order {}.", "It's order number {}, please."])
@given(st.text("0123456789", min_size=4, max_size=9))
def test_digits_an_engine_wrote_one_by_one_are_joined(separator: str, frame: str, digits: str) -> None:
    assert written(frame.format(separator.join(digits))) == frame.format(f"#{digits}")


@st.composite
def amounts(draw: st.DrawFn) -> tuple[str, int, int]:
    """What is said for an amount of dollars and cents, with the word "dollars"."""
    whole, cents = draw(st.integers(2, 2_999_999)), draw(st.integers(0, 99))
    if draw(st.booleans()):
        whole = draw(st.integers(2, 3000))
    said = _whole(whole, joined_by_and=draw(st.booleans()))
    if said.startswith("one ") and draw(st.booleans()):
        said = f"a {said.removeprefix('one ')}"
    if 1100 <= whole < 10_000 and whole % 1000 > 99 and draw(st.booleans()):
        said = f"{cardinal(whole // 100)} hundred" + (f" {cardinal(whole % 100)}" if whole % 100 else "")
    said = draw(st.sampled_from([said, said, str(whole)]))
    said += draw(st.sampled_from([" dollars", " dollars", " bucks"]))
    if cents:
        joint = draw(st.sampled_from([" and ", " ", ", "]))
        said += f"{joint}{draw(st.sampled_from([cardinal(cents), str(cents)]))} {'cent' if cents == 1 else 'cents'}"
    return said, whole, cents


def _whole(number: int, *, joined_by_and: bool) -> str:
    millions, rest = divmod(number, 1_000_000)
    parts = [f"{cardinal(millions)} million"] if millions else []
    return " ".join([*parts, *([cardinal(rest, joined_by_and=joined_by_and)] if rest else [])])


@settings(max_examples=500)
@given(amounts(), st.sampled_from(["{}", "i paid {} today", "It's {}.", "a refund of {}, please", "you owe me {} for"]))
def test_an_amount_comes_back_to_the_cent(case: tuple[str, int, int], frame: str) -> None:
    said, whole, cents = case
    exact = f"${whole:,}" + (f".{cents:02d}" if cents else "")
    assert written(frame.format(said)) == frame.format(exact)


@given(st.integers(1, 999_999), st.integers(10, 99), st.sampled_from(["it was {}", "i was charged {}", "{}"]))
def test_an_amount_cut_short_comes_back_or_stays_in_words(whole: int, cents: int, frame: str) -> None:
    said = frame.format(f"{cardinal(whole)} dollars {cardinal(cents)}")
    assert written(said) == frame.format(f"${whole:,}.{cents}")
    unsaid = frame.format(f"{cardinal(whole)} {cardinal(cents)}")
    assert "$" not in written(unsaid) or written(unsaid) == frame.format(f"${whole:,}.{cents}")


@given(st.integers(1, 31), st.integers(1900, 2099))
def test_a_day_and_its_year_come_back(day: int, of: int) -> None:
    exact = f"it came on July {day}, {of}"
    assert written(f"it came on july {ordinal(day)} {year(of)}") == exact
    assert written(f"it came on the {ordinal(day)} of july {year(of)}") == exact
    assert digits_in(exact) == []


@settings(max_examples=1000)
@given(st.lists(st.sampled_from(WORDS), max_size=9), st.sampled_from([" ", " ", ""]))
@example(["order", "one", "hundred", "order"], " ")
@example(["june", "first", "percent"], " ")
@example(["june", "four", "to", "forty"], " ")
def test_what_is_written_is_not_written_again(words: list[str], between_marks: str) -> None:
    text = words[0] if words else ""
    for word in words[1:]:
        text += (between_marks if not word[0].isalnum() else " ") + word
    once = written(text)
    assert written(once) == once


@settings(max_examples=500)
@given(st.lists(st.sampled_from(NUMBER_WORDS.split()), max_size=9).map(" ".join))
@example("oh a hundred one")
def test_no_digit_is_lost_between_numbers(text: str) -> None:
    """Among nothing but number words there are no amounts, so what is read afterwards is what was said."""
    assert "".join(digits_in(written(text))) == "".join(digits_in(text))
