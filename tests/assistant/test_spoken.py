import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.assistant.spoken import digit_runs, phone_number

UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["", "", *["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]]
TIMES = {2: "double", 3: "triple"}


def digits_in(text: str) -> list[str]:
    return [run.value for run in digit_runs(text)]


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("seven eight nine zero one", "78901"),
        ("double oh seven", "007"),
        ("triple five", "555"),
        ("seventy eight nine oh one", "78901"),
        ("order number seventy eight nine oh one please", "78901"),
        ("one two three four five", "12345"),
        ("twelve three forty five", "12345"),
        ("7 8 9 oh 1", "78901"),
        ("#78901", "78901"),
        ("78,901", "78901"),
        ("it is 7-8-9-0-1.", "78901"),
        ("seventy-eight nine hundred one", "78901"),
        ("seventy eight thousand nine hundred and one", "78901"),
        ("Seven, eight, uh, nine, oh, one", "78901"),
        ("nine double o seven", "9007"),
        ("seven eight nine for one", "78941"),
        ("four one five, five five five, oh one two three", "4155550123"),
        ("(415) 555-0123", "4155550123"),
    ],
)
def test_numbers_are_written_as_they_are_meant(said: str, written: str) -> None:
    assert digits_in(said) == [written]


@pytest.mark.parametrize(
    "said",
    [
        "my bill is 129.99",
        "it costs $78901",
        "one hundred twenty nine dollars",
        "at 5:30 on the 15th",
        "wait for twenty four hours",
        "10/15/2025",
        "it is 100% sure",
        "for the two of us to go",
    ],
)
def test_amounts_times_and_dates_are_no_identifiers(said: str) -> None:
    assert [value for value in digits_in(said) if len(value) > 1] == []


def test_numbers_apart_stay_apart_and_point_at_their_words() -> None:
    text = "Account one two three four five and order 78901"
    assert [(run.value, text[run.start : run.end]) for run in digit_runs(text)] == [
        ("12345", "one two three four five"),
        ("78901", "78901"),
    ]


@st.composite
def read_out(draw: st.DrawFn) -> tuple[str, str]:
    """A digit string, and one way in which people read it out."""
    digits = draw(st.text("0123456789", min_size=3, max_size=12))
    spoken: list[str] = []
    at = 0
    while at < len(digits):
        pair, left = digits[at : at + 2], digits[at:]
        ways: list[tuple[str, int]] = [(UNITS[int(digits[at])], 1), (digits[at], 1)]
        if digits[at] == "0":
            ways.append(("oh", 1))
        for times, word in TIMES.items():
            if left.startswith(digits[at] * times):
                ways += [(f"{word} {UNITS[int(digits[at])]}", times), *([(f"{word} oh", times)] * (digits[at] == "0"))]
        if len(pair) == 2 and pair[0] == "1":
            ways.append((TEENS[int(pair[1])], 2))
        # "Seventy" before another digit would be heard as one number with it.
        if len(pair) == 2 and pair[0] > "1" and (pair[1] != "0" or len(left) == 2):
            ways.append((f"{TENS[int(pair[0])]} {UNITS[int(pair[1])]}" if pair[1] != "0" else TENS[int(pair[0])], 2))
        if len(left) >= 3:
            ways.append((left[:3], 3))
        words, taken = draw(st.sampled_from(ways))
        spoken.append(words)
        at += taken
    return digits, draw(st.sampled_from([" ", ", "])).join(spoken)


@given(read_out())
def test_any_number_read_out_comes_back(case: tuple[str, str]) -> None:
    digits, spoken = case
    assert digits_in(spoken) == [digits]
    assert digits_in(f"yes my number is {spoken} thanks") == [digits]


@given(st.text(max_size=80))
def test_no_text_breaks_it_and_positions_are_inside(text: str) -> None:
    for run in digit_runs(text):
        assert run.value.isdecimal()
        assert 0 <= run.start < run.end <= len(text)


@pytest.mark.parametrize(
    ("digits", "written"),
    [
        ("4155550123", "+14155550123"),
        ("14155550123", "+14155550123"),
        ("+442079460958", "+442079460958"),
        ("78901", None),
        ("1234567890123456", None),
    ],
)
def test_phone_numbers_need_their_area_code(digits: str, written: str | None) -> None:
    assert phone_number(digits) == written
