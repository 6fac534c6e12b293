import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.speech.completeness import completeness

DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", "open"),
        ("my bill is too high", "open"),
        ("i have two", "open"),
        ("where is my order", "complete"),
        ("can i return it", "complete"),
        ("what is", "unfinished"),
        ("yes", "complete"),
        ("no thank you", "complete"),
        ("that's all", "complete"),
        ("my name is", "unfinished"),
        ("i would like to", "unfinished"),
        ("here is the order number", "unfinished"),
        ("i can help you with that what is the order number", "open"),
        ("what is your name", "complete"),
        ("i want it because um", "unfinished"),
        ("my order number is seven eight", "unfinished"),
        ("my order number is seven eight nine oh one", "open"),
        ("it is two zero six five five five", "unfinished"),
        ("two zero six five five five zero one four seven", "open"),
        ("it's j o h", "unfinished"),
        ("sarah dot", "unfinished"),
        ("is it order seven eight nine", "unfinished"),
    ],
)
def test_words_tell_whether_more_is_to_come(said: str, expected: str) -> None:
    assert completeness(said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("My bill is too high.", "complete"),
        ("Mi factura es muy alta.", "complete"),
        ("My bill is", "unfinished"),
        ("My order is 789.", "unfinished"),
        ("My order is 78901.", "complete"),
        ("My bill is too high", "open"),
    ],
)
def test_punctuation_tells_more(said: str, expected: str) -> None:
    assert completeness(said, punctuated=True) == expected


@given(st.lists(st.sampled_from(DIGITS), min_size=2, max_size=12))
def test_a_number_on_its_way_is_waited_for_whatever_comes_before_it(digits: list[str]) -> None:
    whole = len(digits) in (5, 10)
    assert (completeness(" ".join(["it", "is", *digits])) == "unfinished") is not whole


@given(st.text())
def test_anything_can_be_asked(text: str) -> None:
    assert completeness(text) in ("complete", "open", "unfinished")
    assert completeness(text, punctuated=True) in ("complete", "open", "unfinished")
