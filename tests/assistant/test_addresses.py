import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.assistant.addresses import emails
from core.assistant.spoken import digit_runs

WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=8).filter(
    lambda word: word not in {"dot", "dash", "plus", "underscore", "point", "hyphen"} and not digit_runs(word)
)

WORDS = ["at", "dot", "com", "a", "sarah", "email", "is", "7", ",", ".", "@", "underscore", "my"]


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("sarah dot johnson at example dot com", "sarah.johnson@example.com"),
        ("my email is s a r a h underscore j at gmail dot com please", "sarah_j@gmail.com"),
        ("it's Sarah.Johnson@Example.com.", "sarah.johnson@example.com"),
        ("my email address is sarah johnson at g mail dot com and i need help", "sarahjohnson@gmail.com"),
        ("john doe 123 at yahoo dot co dot uk", "doe123@yahoo.co.uk"),
        ("my e-mail is john dot doe at example.com", "john.doe@example.com"),
        ("email j dash doe at example dot org", "j-doe@example.org"),
        ("email me at maria dot alvarez at example dot com by may fifth", "maria.alvarez@example.com"),
        ("my email's leo nineteen eighty five at g-mail.com", "leo1985@gmail.com"),
        ("doe one two three at yahoo dot com", "doe123@yahoo.com"),
        ("It's S-A-R-A-H dot Johnson at my dash company dot com.", "sarah.johnson@my-company.com"),
        ("write to sarah@example dot com", "sarah@example.com"),
    ],
)
def test_addresses_are_written_as_they_are_meant(said: str, written: str) -> None:
    assert [found.value for found in emails(said)] == [written]


@pytest.mark.parametrize(
    "said",
    [
        "email me at example dot com",
        "i looked at amazon dot com",
        "we met at the store",
        "at nine dot",
        "dot com at",
        "call me at home",
    ],
)
def test_not_everything_with_at_is_an_address(said: str) -> None:
    assert emails(said) == []


@given(WORD, WORD, WORD, st.sampled_from([("dot", "."), ("underscore", "_"), ("dash", "-")]))
@example("kim", "today", "example", ("dot", "."))
def test_any_two_part_address_comes_back(first: str, last: str, host: str, joined: tuple[str, str]) -> None:
    spoken, sign = joined
    found = emails(f"{first} {spoken} {last} at {host} dot com")
    assert [one.value for one in found] == [f"{first}{sign}{last}@{host}.com"]


@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_no_order_of_words_breaks_it(words: list[str]) -> None:
    text = " ".join(words)
    taken: set[int] = set()
    for found in emails(text):
        assert found.value.count("@") == 1
        assert taken.isdisjoint(range(found.start, found.end))
        taken.update(range(found.start, found.end))
