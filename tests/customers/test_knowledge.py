import pytest

from core.customers.knowledge import HITS, Passage, passages, search
from core.customers.store import CustomerStore


@pytest.mark.parametrize(
    ("question", "ref"),
    [
        ("can an opened gift card be returned", "policies/return"),
        ("how long does a refund take", "policies/refund"),
        ("may i dispute a charge from last month", "policies/billing"),
        ("is accidental damage covered by the warranty", "policies/warranty"),
        ("customer wants to cancel the plan is there a fee", "policies/cancellation"),
        ("asks for a supervisor", "policies/escalation"),
        ("price of the pulse fit smartwatch", "products/prd-pulse-watch"),
        ("how much is a gift card", "products/prd-gift-card"),
        ("supervizor", "policies/escalation"),
    ],
)
def test_questions_find_what_answers_them(store: CustomerStore, question: str, ref: str) -> None:
    assert ref in [hit.ref for hit in search(question, passages(store))[:2]]


def test_the_excerpt_is_the_sentence_that_answers(store: CustomerStore) -> None:
    best = search("are lost items or accidental damage covered", passages(store))[0]
    assert best.excerpt == "Accidental damage and lost items are not covered."


def test_there_are_few_hits_and_none_for_nothing(store: CustomerStore) -> None:
    assert len(search("the order and the product and the month and the days", passages(store))) <= HITS
    assert search("", passages(store)) == []
    assert search("zzzz qqqq", passages(store)) == []


def test_rare_words_count_more() -> None:
    documents = [Passage(ref, ref, (f"blue {ref}",)) for ref in ("parcel", "car", "sea")]
    best = search("blue parcel", documents)[0]
    assert best.ref == "parcel"
