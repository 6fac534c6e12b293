from core.speech.base import Known
from core.speech.deepgram import TERM_CHARACTERS
from core.speech.hints import entries, reads_back

KNOWN = Known(
    names=("Ada Quill", "John Doe", "Sarah Johnson"),
    products=("USB Hub", "usb  hub"),
    plans=("Gold Plan",),
    policies=("Warranty",),
    recent=("Sarah Johnson", "Ada Quill", "John Doe"),
)


def test_what_every_call_may_be_about_comes_before_whoever_may_call_and_they_by_how_recently_they_did() -> None:
    assert entries(KNOWN, 1000) == [
        "Gold Plan",
        "USB Hub",
        "Warranty",
        "Sidetone",
        "Sarah Johnson",
        "Ada Quill",
        "John Doe",
    ]


def test_they_are_cut_where_they_no_longer_fit() -> None:
    assert entries(KNOWN, 55) == ["Gold Plan", "USB Hub", "Warranty", "Sidetone", "Sarah Johnson"]
    assert entries(KNOWN, 54) == ["Gold Plan", "USB Hub", "Warranty", "Sidetone"]
    assert entries(KNOWN, 0) == []


def test_without_a_record_of_contacts_the_names_are_in_their_own_order() -> None:
    assert entries(Known(names=("Ada Quill", "John Doe")), 1000) == ["Sidetone", "Ada Quill", "John Doe"]


def test_deepgram_goes_silent_when_there_are_more_than_500_tokens() -> None:
    names = tuple(f"Aoife Ng-{number}" for number in range(500))
    given = entries(Known(names=names), TERM_CHARACTERS)
    # No tokenizer makes more tokens of names than one of every two characters.
    assert sum(map(len, given)) / 2 <= 500


def test_a_list_read_back_is_told_from_somebody_naming_a_product() -> None:
    given_list = ["Gold Plan", "USB Hub", "Sarah Johnson", "John Doe"]
    assert reads_back("Gold Plan, USB Hub, Sarah Johnson.", given_list)
    assert not reads_back("I'm Sarah Johnson and my USB hub is broken", given_list)
    assert not reads_back("", given_list)
    assert not reads_back("", [])
