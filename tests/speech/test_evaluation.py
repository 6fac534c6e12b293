import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.bench.sentences_heard import SENTENCES
from core.speech.evaluation import entity_recall, normalise, word_error_rate
from core.speech.spoken_numbers import cardinal

words = st.lists(st.sampled_from(["order", "my", "is", "seven", "bill"]), min_size=1, max_size=12).map(" ".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Order #78901!", "order seven eight nine zero one"),
        ("I’m Mr. Doe — OK?", "i'm mister doe okay"),
        ("  one\ttwo\n", "one two"),
        ("", ""),
        ("It's $1,215.00, not 20%.", "it's one thousand two hundred fifteen dollars not twenty percent"),
        ("In 24 hours, 500 of 4G", "in twenty four hours five hundred of four g"),
        ("'Alright,' she said", "all right she said"),
        ("Write to jo.doe@example.com.", "write to jo dot doe at example dot com"),
        ("2.5 or 0", "two point five or zero"),
        ("at 9:05 on the 21st", "at nine oh five on the twenty first"),
        ("12345678", "one two three four five six seven eight"),
    ],
)
def test_normalised_texts_compare_what_was_said(text: str, expected: str) -> None:
    assert normalise(text) == expected


WRITTEN = [
    ("eighty four dollars and fifty cents", "$84.50"),
    ("forty nine ninety nine", "$49.99"),
    ("one hundred forty two dollars and seven cents", "$142.07"),
    ("two hundred and fifteen dollars", "$215"),
    ("one dollar", "$1.00"),
    ("only sixty", "only $60"),
    ("twelve thousand five hundred", "12,500"),
    ("a hundred miles", "100 miles"),
    ("two hundred and fifteen miles", "215 miles"),
    ("twenty percent", "20%"),
    ("twenty per cent", "20 %"),
    ("twelve point five percent", "12.5%"),
    ("within twenty four hours", "within 24 hours"),
    ("a twenty four hour line", "a 24-hour line"),
    ("june ninth", "June 9th"),
    ("june ninth", "June 9"),
    ("on the ninth of june", "on June 9th"),
    ("on the ninth of june", "on the 9th of June"),
    ("june the ninth", "June 9"),
    ("april nineteenth nineteen eighty eight", "April 19th, 1988"),
    ("twenty twenty four", "2024"),
    ("two thousand five", "2005"),
    ("four thirty", "4:30"),
    ("half past four p.m.", "4:30 PM"),
    ("nine o'clock", "9:00"),
    ("nine am", "9AM"),
    ("on the first", "on the 1st"),
    ("four one five five five five zero one nine two", "(415) 555-0192"),
    ("four one five five five five oh one nine two", "415.555.0192"),
    ("seven seven three one", "7731"),
    ("seventy seven thirty one", "7731"),
    ("three six nine zero two", "36902"),
    ("three six nine oh two", "#36902"),
    ("twenty four seven", "24/7"),
    ("all right my email", "Alright, my e-mail"),
    ("kim underscore lee at example dot com", "kim_lee@example.com"),
]


@pytest.mark.parametrize(("said", "written"), WRITTEN)
def test_the_form_in_which_an_engine_writes_is_no_error(said: str, written: str) -> None:
    assert word_error_rate([(f"It is {said}, thanks.", f"it is {written} thanks")]) == 0
    assert entity_recall([(said, f"it is {written} thanks")]) == 1


@pytest.mark.parametrize(
    ("said", "misheard", "errors"),
    [
        ("eighty four dollars and fifty cents", "$84.15", 1),
        ("three six nine zero two", "36903", 1),
        ("twenty percent", "30%", 1),
        ("ninth of june", "July 9", 1),
        ("two hundred and fifteen dollars", "$250", 1),
        ("four thirty", "4:13", 1),
    ],
)
def test_a_wrong_figure_is_as_wrong_as_its_words(said: str, misheard: str, errors: int) -> None:
    assert word_error_rate([(said, misheard)]) == pytest.approx(errors / len(said.split()))
    assert entity_recall([(said, misheard)]) == 0


def test_words_are_compared_as_they_are() -> None:
    """What PocketSphinx is measured with has no figures: nothing may be read into it."""
    for text, *_ in SENTENCES:
        plain = text.lower().replace("alright", "all right").replace(",", "").replace("?", "").replace(".", "")
        assert normalise(text) == plain


@given(st.integers(0, 999_999), st.booleans(), st.booleans())
def test_any_number_may_be_written(number: int, joined: bool, commas: bool) -> None:
    said = f"it was {cardinal(number, joined_by_and=joined)} miles"
    assert word_error_rate([(said, f"It was {number:,} miles." if commas else f"It was {number} miles.")]) == 0


@given(st.text(alphabet="0123456789", min_size=3, max_size=10))
def test_any_identifier_may_be_written(digits: str) -> None:
    said = " ".join(cardinal(int(digit)) for digit in digits)
    assert entity_recall([(said, f"My order is #{digits}.")]) == 1


@given(st.text())
def test_any_text_can_be_normalised(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_errors_are_counted_over_all_words() -> None:
    pairs = [("My order is late.", "my order was late"), ("Seven!", "seven eleven"), ("the bill", "bill")]
    assert word_error_rate(pairs) == pytest.approx(3 / 7)


@given(st.lists(st.tuples(words, words), min_size=1, max_size=5))
def test_capitals_and_marks_are_no_errors(pairs: list[tuple[str, str]]) -> None:
    marked = [(f"{reference.capitalize()}.", f"{heard.upper()}!") for reference, heard in pairs]
    assert word_error_rate(marked) == word_error_rate(pairs)


def test_without_a_reference_there_is_no_rate() -> None:
    assert math.isnan(word_error_rate([("", "anything")]))
