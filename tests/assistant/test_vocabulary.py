from pathlib import Path

import pytest

from core.assistant.vocabulary import Vocabulary, plain
from core.errors import RulesError


@pytest.mark.parametrize(
    ("said", "topics"),
    [
        ("my bill is higher than usual", ["billing"]),
        ("why was i charged two times for this", ["billing"]),
        ("i want a refund", ["refund"]),
        ("can i return it if it does not fit", ["refund"]),
        ("my internet isn't working", ["technical"]),
        ("I'd like to cancel my subscription", ["cancellation"]),
        ("where is order number seven eight nine oh one", ["shipping"]),
        ("has my package been delivered", ["shipping"]),
        ("i can't log in", ["account access"]),
        ("I forgot my pasword", ["account access"]),
        ("cancel my plan and refund the last bill", ["billing", "refund", "cancellation"]),
        ("the weather is nice today", []),
    ],
)
def test_topics_come_up_by_their_phrases(vocabulary: Vocabulary, said: str, topics: list[str]) -> None:
    assert vocabulary.topics(said) == topics


@pytest.mark.parametrize(
    "said", ["i'm not calling about a refund", "I don't want to cancel", "not interested in a refund"]
)
def test_a_topic_denied_does_not_come_up(vocabulary: Vocabulary, said: str) -> None:
    assert vocabulary.topics(said) == []


@pytest.mark.parametrize(
    "said",
    [
        "this is really frustrating",
        "i'm very unhappy about this",
        "i am not happy with this",
        "this is the third time i'm calling and nobody helps",
        "what a waste of time",
        "it doesn't work",
    ],
)
def test_unhappy_sentences_score_below_zero(vocabulary: Vocabulary, said: str) -> None:
    assert vocabulary.sentiment(said) < -0.2


@pytest.mark.parametrize("said", ["thank you so much", "that's great", "not bad at all"])
def test_happy_sentences_score_above_zero(vocabulary: Vocabulary, said: str) -> None:
    assert vocabulary.sentiment(said) > 0.2


@pytest.mark.parametrize(
    "said",
    ["can you help me please", "i'd like to cancel my plan", "yes my account number is 12345", "where is my order", ""],
)
def test_business_as_usual_is_neutral(vocabulary: Vocabulary, said: str) -> None:
    assert vocabulary.sentiment(said) == 0


def test_contractions_are_written_out() -> None:
    assert plain("I can’t, and it's not — I'm sure they didn't.") == "i can not and it is not i am sure they did not"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("topics: [", "is not YAML"),
        ("topics: {billing: 3}", "topics.billing"),
        ("subjects: {}", "topics: Field required"),
        ("", "vocabulary.yaml"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "vocabulary.yaml"
    path.write_text(content)
    with pytest.raises(RulesError, match=r"vocabulary\.yaml") as caught:
        Vocabulary(path)
    assert says in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="nowhere"):
        Vocabulary(tmp_path / "nowhere.yaml")
