from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.assistant.spotting import Entity, asked_for, spot
from core.assistant.vocabulary import Vocabulary
from core.assistant.written import written
from core.calls.events import EntityKind
from core.customers.store import CustomerStore

Read = Callable[..., list[tuple[str, str, str | None]]]


@pytest.fixture(params=[str, written], ids=["as heard", "as written"])
def entities(request: pytest.FixtureRequest, store: CustomerStore, vocabulary: Vocabulary) -> Read:
    """What is found in lines as engines hear them must be found in their written form, which is what is read live."""

    def read(text: str, **options: object) -> list[tuple[str, str, str | None]]:
        spotted = spot(request.param(text), vocabulary, store.directory(), **options)  # type: ignore[arg-type]
        return [(entity.kind, entity.value, entity.resolved) for entity in spotted.entities]

    return read


SARAH, JOHN = "customers/cus-24680", "customers/cus-12345"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            "hi this is sarah john send i'm calling about order number seven eight nine oh one",
            [("order", "78901", "orders/78901"), ("name", "Sarah John Send", None)],
        ),
        (
            "Hi, my name is Sarah Johnson and I'm calling about order #78901.",
            [("order", "78901", "orders/78901"), ("name", "Sarah Johnson", SARAH)],
        ),
        (
            "this is john doe account number one two three four five",
            [("account", "12345", JOHN), ("name", "John Doe", JOHN)],
        ),
        ("one two three four five is my account number", [("account", "12345", JOHN)]),
        ("reach me at four one five five five five oh one three two", [("phone", "+14155550132", JOHN)]),
        ("my email is john dot doe at example dot com", [("email", "john.doe@example.com", JOHN)]),
        ("seven eight nine zero one", [("order", "78901", "orders/78901")]),
        ("oh seven eight nine oh one", [("order", "78901", "orders/78901")]),
        ("my order number is five five five five five", [("order", "55555", None)]),
        ("hello my name is peter parker and my bill is wrong", [("name", "Peter Parker", None)]),
        ("this is peter parker i need help", [("name", "Peter Parker", None)]),
        ("Hi, this is Robert here", [("name", "Robert", None)]),
        ("it's sarah johnson", [("name", "Sarah Johnson", SARAH)]),
        ("sarah johnson calling about my order", [("name", "Sarah Johnson", SARAH)]),
        ("you're speaking with john doe", [("name", "John Doe", JOHN)]),
        ("my name is linda last name london", [("name", "Linda London", None)]),
        ("the name is s a r a h johnson", [("name", "Sarah Johnson", SARAH)]),
        ("The name is S-A-R-A-H Johnson.", [("name", "Sarah Johnson", SARAH)]),
        (
            "my first name is s as in sam a as in apple r as in robert a as in apple h as in harry",
            [("name", "Sarah", None)],
        ),
        ("Order 78901, 2 boxes are missing.", [("order", "78901", "orders/78901")]),
        ("it's order seven eight nine oh one for twenty dollars", [("order", "78901", "orders/78901")]),
    ],
)
def test_what_a_customer_gives_away(entities: Read, said: str, expected: list[tuple[str, str, str | None]]) -> None:
    assert entities(said) == expected


@pytest.mark.parametrize(
    "said",
    [
        "i'm calling about my bill",
        "this is really frustrating",
        "i'm locked out of my account",
        "this is total nonsense and i want my money back",
        "I'm very unhappy",
        "this is regarding a delivery",
        "i spoke with john dawson yesterday",
        "my husband john doe called last week",
        "my zip code is 12345",
        "the card ending in 78901",
        "it cost me 12345 dollars",
        "five five five five five",
        "",
    ],
)
def test_what_gives_nothing_away(entities: Read, said: str) -> None:
    assert entities(said) == []


def test_a_question_tells_what_a_bare_answer_is(entities: Read) -> None:
    assert entities("peter parker", asked="name") == [("name", "Peter Parker", None)]
    assert entities("yes it's peter parker", asked=None) == []
    assert entities("five five five five five", asked="order") == [("order", "55555", None)]
    assert entities("five five five five five", asked="account") == [("account", "55555", None)]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("can i have your account number please", "account"),
        ("What is the order number?", "order"),
        ("may i have your name", "name"),
        ("who am i speaking with", "name"),
        ("what email do you use", "email"),
        ("how can i help you today", None),
        ("hello my name is alex how can i help", None),
        ("what is the name of the company", None),
    ],
)
def test_what_the_agent_asks_for(question: str, kind: EntityKind | None) -> None:
    assert asked_for(question) == kind


def test_from_the_agent_only_numbers_on_file_are_taken(entities: Read) -> None:
    assert entities("thank you sarah my name is john doe", speaker="agent") == []
    assert entities("so that is order 78901 right", speaker="agent") == [("order", "78901", "orders/78901")]
    assert entities("i made you a new order 55555", speaker="agent") == []


def test_the_agents_mood_and_topics_are_not_judged(store: CustomerStore, vocabulary: Vocabulary) -> None:
    spotted = spot("i am so sorry about this terrible refund", vocabulary, store.directory(), "agent")
    assert (spotted.topics, spotted.sentiment) == ((), None)


def test_the_words_read_are_kept(store: CustomerStore, vocabulary: Vocabulary) -> None:
    spotted = spot("Order seven eight nine OH one!", vocabulary, store.directory())
    assert spotted.entities == (
        Entity(kind="order", value="78901", spoken="seven eight nine OH one", resolved="orders/78901"),
    )


WORDS = [
    "order", "account", "number", "is", "my", "name", "sarah", "john", "seven", "eight", "nine", "oh", "one", "78901",
    "at", "dot", "com", "email", "i'm", "this", ",", ".", "call",
]  # fmt: skip


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join)))
def test_nothing_said_breaks_it(store: CustomerStore, vocabulary: Vocabulary, text: str) -> None:
    spotted = spot(text, vocabulary, store.directory())
    assert spotted.sentiment is not None
    assert -1 <= spotted.sentiment <= 1
    for entity in spotted.entities:
        assert entity.value
        assert entity.spoken in text
