import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.assistant.spoken import digit_runs
from core.assistant.written import written
from core.speech.spoken_numbers import cardinal, ordinal

WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("my order number is seven eight nine zero one", "my order number is #78901"),
        ("order seven eight nine oh one please", "order #78901 please"),
        ("ticket number six two zero four four", "ticket number #62044"),
        ("my account number is one two three four five", "my account number is 12345"),
        ("the bill is one hundred twenty nine dollars and ninety nine cents", "the bill is $129.99"),
        ("it costs twenty dollars a month", "it costs $20 a month"),
        ("one thousand two hundred dollars", "$1,200"),
        ("five dollars and five cents", "$5.05"),
        ("ten percent off", "10% off"),
        ("delivered on march fifteenth", "delivered on March 15"),
        ("the twenty first of june", "June 21"),
        ("on october the third", "on October 3"),
        ("within twenty four hours", "within 24 hours"),
        ("it is sarah dot johnson at example dot com", "it is sarah.johnson@example.com"),
        ("call two zero six five five five zero one four seven", "call 2065550147"),
    ],
)
def test_it_is_written_as_people_write_it(said: str, expected: str) -> None:
    assert written(said) == expected


@pytest.mark.parametrize(
    "said",
    [
        "one moment please",
        "i have two boxes",
        "forty nine ninety nine",
        "you may first call me",
        "the second time",
        "order #78901 costs $129.99",
        "",
        "no one told me",
        "I'm on hold, again!",
    ],
)
def test_what_can_be_read_in_two_ways_or_is_written_already_stays(said: str) -> None:
    assert written(said) == said


@given(st.text(alphabet="0123456789", min_size=3, max_size=10))
def test_digits_said_one_by_one_come_back(digits: str) -> None:
    said = " ".join(WORDS[int(digit)] for digit in digits)
    assert written(f"it is {said}") == f"it is {digits}"


@given(st.integers(1, 999_999), st.integers(1, 99))
def test_money_comes_back(whole: int, cents: int) -> None:
    said = f"{cardinal(whole)} dollars and {cardinal(cents)} cents"
    assert written(f"i paid {said} today") == f"i paid ${whole:,}.{cents:02d} today"


@given(st.integers(1, 31))
def test_days_come_back(day: int) -> None:
    assert written(f"by july {ordinal(day)} at noon") == f"by July {day} at noon"


PHRASES = ["order seven eight nine oh one", "ten percent", "five dollars", "june first", "two boxes", "forty two"]


@given(st.lists(st.sampled_from(PHRASES)).map(" so ".join))
def test_written_text_is_not_written_again(said: str) -> None:
    once = written(said)
    assert written(once) == once


@given(st.text(max_size=60))
def test_nothing_breaks_it(text: str) -> None:
    assert isinstance(written(text), str)
    assert not text or written(text)


@given(st.lists(st.sampled_from(["hello", "thank", "you", "order", "refund", "where", "is", "it"])))
def test_words_without_numbers_stay(words: list[str]) -> None:
    text = " ".join(words)
    assert written(text) == text
    assert not digit_runs(text)
