"""Whatever is said, a card holds no number, date or name that is neither in a row nor in the customer's own words."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

from conversation import Conversation
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core.assistant.rules import Rulebook
from core.assistant.vocabulary import Vocabulary
from core.calls.events import CandidatesFound, CustomerIdentified, SuggestionCompleted, ToolReturned
from core.customers.store import CustomerStore

RULES = (Path(__file__).parents[2] / "data" / "playbook.yaml").read_text()
ASKING = [
    "where is my order",
    "my bill is wrong",
    "i want a refund",
    "my internet is not working",
    "i want to cancel",
    "i can't log in",
    "this is really frustrating",
    "is it under warranty",
    "can i return it",
]
LETTERS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=9)


def facts(conversation: Conversation) -> str:
    """Everything cards may draw on: tool answers, the customer's record, candidates, and what was said."""
    sources = [
        event.result
        if isinstance(event, ToolReturned)
        else event.profile
        if isinstance(event, CustomerIdentified)
        else None
        for event in conversation.events
    ]
    said = [utterance.text for utterance in conversation.call.transcript]
    understood = [entity.value for entity in conversation.call.entities]
    candidates = [c.name for e in conversation.events if isinstance(e, CandidatesFound) for c in e.candidates]
    return json.dumps([sources, said, understood, candidates])


def as_written(facts: str) -> set[str]:
    """The numbers among the facts, in every way a card writes them."""
    numbers = set(re.findall(r"\d+(?:\.\d+)?", facts))
    numbers |= {f"{Decimal(number):,.2f}" for number in numbers}
    for iso in re.findall(r"\d{4}-\d\d-\d\d", facts):
        numbers.add(str(date.fromisoformat(iso).day))
    return numbers


def invented(conversation: Conversation) -> list[str]:
    known = facts(conversation)
    numbers, words = as_written(known), known.lower() + RULES.lower()
    months = {f"{date(2026, month, 1):%b}" for month in range(1, 13)}
    weekdays = {f"{date(2026, 1, day):%a}" for day in range(1, 8)}
    found = []
    for card in (event for event in conversation.events if isinstance(event, SuggestionCompleted)):
        found += [n for n in re.findall(r"\d[\d,]*(?:\.\d+)?", card.message) if n.rstrip(",") not in numbers]
        names = re.findall(r"\b[A-Z][a-z]+\b", card.message)
        found += [name for name in names if name.lower() not in words and name not in months | weekdays]
    return found


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=LETTERS,
    last=LETTERS,
    order=st.from_regex(r"[1-9][0-9]{4}", fullmatch=True),
    account=st.from_regex(r"[1-9][0-9]{4}", fullmatch=True),
    asking=st.lists(st.sampled_from(ASKING), min_size=1, max_size=6),
)
def test_unknown_people_and_orders_bring_no_facts(
    store: CustomerStore,
    vocabulary: Vocabulary,
    rulebook: Rulebook,
    first: str,
    last: str,
    order: str,
    account: str,
    asking: list[str],
) -> None:
    directory = store.directory()
    assume(not directory.named(f"{first} {last}"))
    assume(not directory.named(first))
    for number in (order, account):
        assume(not any(directory.nearly(kind, number) for kind in ("order", "account")))
    conversation = Conversation(store, vocabulary, rulebook)
    for sentence in [
        f"hello my name is {first} {last}",
        f"it is about order number {' '.join(order)}",
        f"my account number is {account}",
        *asking,
    ]:
        conversation.hears(sentence, after_s=40)
    assert conversation.call.customer is None
    assert conversation.call.candidates == ()
    assert invented(conversation) == []
    cards = json.dumps([card.message for card in conversation.call.suggestions.values()])
    assert f"No order {order} on file" in cards
    for person in directory.people:
        assert person.name not in cards
        assert person.email not in cards
    policies = ("refund", "warranty", "cancellation", "escalation")
    amounts = set(re.findall(r"\$[\d,.]+\d", cards))
    assert amounts <= set(re.findall(r"\$[\d,.]+\d", json.dumps([store.policy(name) for name in policies])))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_cards_for_anybody_on_file_hold_only_facts_from_rows(
    store: CustomerStore, vocabulary: Vocabulary, rulebook: Rulebook, data: st.DataObject
) -> None:
    person = data.draw(st.sampled_from(store.directory().people))
    conversation = Conversation(store, vocabulary, rulebook)
    conversation.hears(f"hello my name is {person.name} my account number is {person.account_number}")
    assert conversation.call.customer is not None
    assert conversation.call.customer.customer_id == person.customer_id
    order = data.draw(st.sampled_from(person.order_ids))
    conversation.hears(f"it is about order number {order}", after_s=100)
    for sentence in data.draw(st.lists(st.sampled_from(ASKING), min_size=1, max_size=5)):
        conversation.hears(sentence, after_s=100)
    assert invented(conversation) == []
    rows = {evidence.ref for card in conversation.call.suggestions.values() for evidence in card.evidence}
    mine = {f"orders/{order_id}" for order_id in person.order_ids}
    assert {ref for ref in rows if ref.startswith("orders/")} <= mine


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_no_words_at_all_break_it(
    store: CustomerStore, vocabulary: Vocabulary, rulebook: Rulebook, said: list[str]
) -> None:
    conversation = Conversation(store, vocabulary, rulebook)
    for sentence in said:
        conversation.hears(sentence)
    assert invented(conversation) == []
