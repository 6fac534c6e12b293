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
    ("said", "expected"),
    [
        ("my order number is seventy eight nine oh one", "my order number is #78901"),
        ("order id seven eight nine oh one", "order id #78901"),
        ("order number double seven eight nine oh", "order number #77890"),
        ("order seven eight nine oh one and seven eight nine oh two", "order #78901 and #78902"),
        ("the account number is twelve three forty five", "the account number is 12345"),
        ("the card ending in forty two forty two", "the card ending in 4242"),
        ("call one eight hundred five five five oh one nine nine please", "call 18005550199 please"),
        ("four one five five five five twelve thirty four", "4155551234"),
        ("the order number is seven eight nine um zero one", "the order number is #78901"),
        ("order seven eight nine oh one for twenty dollars", "order #78901 for $20"),
        ("i need order three hundred twelve please", "i need order #312 please"),
        ("i want to order two hundred boxes", "i want to order 200 boxes"),
    ],
)
def test_an_identifier_is_read_in_every_style(said: str, expected: str) -> None:
    assert written(said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("a hundred and twenty nine dollars", "$129"),
        ("a hundred and twenty nine dollars and ninety nine cents", "$129.99"),
        ("forty nine dollars ninety nine", "$49.99"),
        (
            "i was charged forty nine ninety nine instead of thirty nine ninety nine",
            "i was charged $49.99 instead of $39.99",
        ),
        ("the total was one twenty nine ninety nine", "the total was $129.99"),
        ("it is nineteen ninety nine a month", "it is $19.99 a month"),
        ("the bill is one twenty nine dollars", "the bill is $129"),
        ("twelve hundred dollars", "$1,200"),
        ("two million three hundred thousand dollars", "$2,300,000"),
        ("a dollar fifty", "$1.50"),
        ("a hundred dollar voucher", "a $100 voucher"),
        ("between five and ten dollars", "between $5 and $10"),
        ("between one hundred and two hundred dollars", "between $100 and $200"),
        ("twenty dollars twenty minutes ago", "$20 20 minutes ago"),
        ("a hundred percent", "100%"),
        ("between five and ten percent", "between 5 and 10%"),
        ("ninety nine point nine percent", "99.9%"),
    ],
)
def test_an_amount_is_read_from_its_first_word(said: str, expected: str) -> None:
    assert written(said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("delivered on march fifteenth twenty twenty four", "delivered on March 15, 2024"),
        ("March 15 twenty twenty four", "March 15, 2024"),
        ("the twenty-first of June two thousand and five", "June 21, 2005"),
        ("born july four nineteen eighty seven", "born July 4, 1987"),
        ("since june twenty twenty three", "since June 2023"),
        ("in nineteen ninety nine", "in 1999"),
        ("between may first and may fifth", "between May 1 and May 5"),
        ("tomorrow at two thirty p m", "tomorrow at 2:30 pm"),
        ("between two and four pm", "between 2 and 4 pm"),
        ("At ten thirty p.m.", "At 10:30 p.m."),
    ],
)
def test_days_and_times_have_their_year_and_their_half_of_the_day(said: str, expected: str) -> None:
    assert written(said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("it's s as in sam a as in apple r as in robert a as in apple h as in harry", "it's S-A-R-A-H"),
        ("s as in sam a as in apple m for mike at example dot com", "sam@example.com"),
        ("m i double l e r at gmail dot com", "miller@gmail.com"),
        ("sarah underscore johnson eighty five at gmail dot com", "sarah_johnson85@gmail.com"),
        ("i sent an email yesterday from sarah at example dot com", "i sent an email yesterday from sarah@example.com"),
    ],
)
def test_what_is_spelled_is_joined(said: str, expected: str) -> None:
    assert written(said) == expected


@pytest.mark.parametrize(
    ("engines", "expected"),
    [
        ("My order number is 7 8 9 0 1.", "My order number is #78901."),
        ("It's 7-8-9-0-1.", "It's 78901."),
        ("It's seven, eight, nine, zero, one.", "It's 78901."),
        ("That's order 7 8 9 oh 1.", "That's order #78901."),
        ("Order 78 901, please.", "Order #78901, please."),
        ("Order no. 78901.", "Order no. #78901."),
        ("My order number's 78901.", "My order number's #78901."),
        ("The order number, 78901, is wrong.", "The order number, #78901, is wrong."),
        ("Order 78901, 2 boxes.", "Order #78901, 2 boxes."),
        ("Order 78901, account 12345.", "Order #78901, account 12345."),
        ("Orders 78901, 78902, and 78903.", "Orders #78901, #78902, and #78903."),
        ("My PIN is 1 2 3 4.", "My PIN is 1234."),
        ("It cost 129 dollars and 99 cents.", "It cost $129.99."),
        ("It cost $129 and 99 cents.", "It cost $129.99."),
        ("It cost $49 99.", "It cost $49.99."),
        ("It cost 1,299.99 dollars.", "It cost $1,299.99."),
        ("Twenty-one dollars, a twenty-dollar fee.", "$21, a $20 fee."),
        ("20.5 percent, 20 per cent.", "20.5%, 20%."),
        ("s a r a h at example dot com", "sarah@example.com"),
        ("It's S-A-R-A-H at Example.com.", "It's sarah@example.com."),
        ("It's sarah @ g-mail.com", "It's sarah@gmail.com"),
    ],
)
def test_what_an_engine_has_partly_written_is_finished(engines: str, expected: str) -> None:
    assert written(engines) == expected


@pytest.mark.parametrize(
    "said",
    [
        "one moment please",
        "i have two boxes",
        "forty nine ninety nine",
        "it costs twelve fifty",
        "i owe three fifty",
        "this one twenty dollars cheaper",
        "a couple hundred and fifty dollars",
        "half a million dollars",
        "one hundred, and twenty nine dollars",
        "twenty uh five dollars",
        "point five percent",
        "between one hundred and two thousand dollars",
        "i have told you a hundred times",
        "on a scale of one to ten",
        "from nine to five",
        "twenty four seven",
        "one one one question",
        "you may first call me",
        "the second time",
        "the twenty first time",
        "i like ice a lot",
        "b as in boy",
        "no one told me",
        "I'm on hold, again!",
        "",
    ],
)
def test_what_can_be_read_in_two_ways_stays_in_words(said: str) -> None:
    assert written(said) == said


@pytest.mark.parametrize(
    "right",
    [
        "order #78901 costs $129.99",
        "I have 78,901 points.",
        "Order 200 boxes.",
        "I'd like to order 500.",
        "In that case 150 would be fine.",
        "Steps 1, 2, 3, and 4 are done.",
        "It was placed on 2024-05-01, 10/15/2025 or March 15th, 2024, at 10:30 a.m.",
        "Invoice 2024-05-01 is wrong.",
        "Call 415-555-0192, (415) 555-0192, 415 555 0192 or 1-800-555-0199.",
        "My phone number is 415 555 0192.",
        "Tracking number 9400 1112 0255.",
        "It's $49.99, $1.5 million, 20% of it.",
        "It's $20 20 minutes ago.",
        "100 and 29 dollars",
        "From 9 to 5, 24/7, COVID-19 and 7-Eleven.",
        "It's Sarah.Johnson@Example.com.",
        "My name is Sarah, S-A-R-A-H.",
        "Order A1234.",
        "My order? 78901.",
    ],
)
def test_what_is_right_already_stays_byte_for_byte(right: str) -> None:
    assert written(right) == right


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


@given(st.text(max_size=60))
def test_nothing_breaks_it(text: str) -> None:
    assert isinstance(written(text), str)
    assert not text or written(text)


@given(st.lists(st.sampled_from(["hello", "thank", "you", "order", "refund", "where", "is", "it"])))
def test_words_without_numbers_stay(words: list[str]) -> None:
    text = " ".join(words)
    assert written(text) == text
    assert not digit_runs(text)
