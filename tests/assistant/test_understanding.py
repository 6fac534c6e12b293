"""Who is calling is found out sentence by sentence, and never changed behind the agent's back."""

from collections.abc import Callable

import pytest
from conversation import Conversation

from core.assistant.rules import Rulebook
from core.assistant.understanding import CHOSEN_BY_AGENT, Understanding
from core.assistant.vocabulary import Vocabulary
from core.assistant.written import written
from core.calls.call import Call, Utterance
from core.calls.events import (
    CandidatesFound,
    ChecklistItemMet,
    CustomerIdentified,
    EntitySpotted,
    Event,
    SentimentScored,
    TopicsSpotted,
)
from core.customers.store import CustomerStore


@pytest.fixture(params=[str, written], ids=["as heard", "as written"])
def conversation(
    request: pytest.FixtureRequest, store: CustomerStore, vocabulary: Vocabulary, rulebook: Rulebook
) -> Conversation:
    """Understanding reads lines in written form, and must lose nothing by that."""
    write: Callable[[str], str] = request.param
    return Conversation(store, vocabulary, rulebook, write=write)


def identified(events: list[Event]) -> list[str]:
    return [event.name for event in events if isinstance(event, CustomerIdentified)]


def candidates(events: list[Event]) -> list[set[str]]:
    return [{c.name for c in event.candidates} for event in events if isinstance(event, CandidatesFound)]


@pytest.mark.parametrize(
    "said",
    [
        "hi this is sarah john send i'm calling about order number seven eight nine oh one",
        "hi this is sarah johnson i am calling about order number seven eight nine zero one",
        "hi my name is sarah jonson and my order number is seventy eight nine oh one",
        "ain't sarah's johnson i have a question about order number seven eight nine oh one",
        "this is sarah johnson",
    ],
)
def test_sarah_johnson_is_found_however_she_was_heard(conversation: Conversation, said: str) -> None:
    events = conversation.says(said)
    assert identified(events) == ["Sarah Johnson"]
    assert conversation.call.customer is not None
    assert conversation.call.customer.profile["orders"][0]["order_id"] == "78901"


def test_what_fitted_is_named(conversation: Conversation) -> None:
    conversation.says("this is sarah john send about order number seven eight nine oh one")
    assert conversation.call.customer is not None
    assert conversation.call.customer.matched_on == ["order 78901", 'name "sarah john send"']


def test_evidence_adds_up_over_sentences(conversation: Conversation) -> None:
    assert candidates(conversation.says("hello this is sarah")) == [{"Sarah Johnson", "Sarah Mitchell"}]
    assert identified(conversation.says("it's about order seven eight nine oh one")) == ["Sarah Johnson"]
    assert conversation.call.candidates == ()


def test_the_same_question_is_not_put_twice(conversation: Conversation) -> None:
    assert candidates(conversation.says("hello this is sarah"))
    assert candidates(conversation.says("yes this is sarah")) == []


def test_the_same_customer_is_identified_once(conversation: Conversation) -> None:
    assert identified(conversation.says("my name is john doe"))
    assert identified(conversation.says("my account number is 12345")) == []


def test_later_contradiction_asks_the_agent_and_switches_nothing(conversation: Conversation) -> None:
    conversation.says("my name is john doe")
    events = conversation.says("it is about order number 78901")
    assert identified(events) == []
    assert candidates(events) == [{"John Doe", "Sarah Johnson"}]
    assert conversation.call.customer is not None
    assert conversation.call.customer.name == "John Doe"


def test_what_the_agent_chose_stays(conversation: Conversation) -> None:
    conversation.says("my name is john doe and the order number is 78901")
    conversation.add(
        CustomerIdentified(
            customer_id="cus-12345", account_number="12345", name="John Doe", matched_on=[CHOSEN_BY_AGENT], profile={}
        )
    )
    events = conversation.says("my name is sarah johnson and my account number is 24680")
    assert identified(events) == []
    assert candidates(events) == []


def test_the_agent_is_never_taken_for_the_customer(conversation: Conversation) -> None:
    events = conversation.says("thank you for calling my name is john doe how can i help", "agent")
    events += conversation.says("thank you sarah johnson one moment", "agent")
    assert {type(event) for event in events} <= {ChecklistItemMet}


def test_a_number_read_back_by_the_agent_counts_and_says_so(conversation: Conversation) -> None:
    conversation.says("it's order seven eight nine old one")
    assert identified(conversation.says("so that is order number 7 8 9 0 1", "agent")) == ["Sarah Johnson"]
    assert conversation.call.customer is not None
    assert conversation.call.customer.matched_on == ["order 78901 (read back by agent)"]


def test_a_question_gives_the_answer_its_meaning(conversation: Conversation) -> None:
    conversation.says("could you give me the order number please", "agent")
    events = conversation.says("five five five five five")
    assert [(e.kind, e.value, e.resolved) for e in events if isinstance(e, EntitySpotted)] == [("order", "55555", None)]
    conversation.says("may i have your name", "agent")
    assert identified(conversation.says("sarah johnson")) == ["Sarah Johnson"]


def test_a_number_broken_by_a_pause_is_put_together(conversation: Conversation) -> None:
    conversation.says("my order number is seven eight nine")
    assert identified(conversation.says("zero one", after_s=3.0)) == ["Sarah Johnson"]


def test_a_number_after_a_long_pause_is_another_one(conversation: Conversation) -> None:
    conversation.says("my order number is seven eight nine")
    assert identified(conversation.says("zero one", after_s=30.0)) == []


def test_topics_and_feeling_of_the_customer_only(conversation: Conversation) -> None:
    events = conversation.says("i'm really unhappy with this bill")
    assert [event.topics for event in events if isinstance(event, TopicsSpotted)] == [["billing"]]
    assert [event.score < -0.3 for event in events if isinstance(event, SentimentScored)] == [True]
    assert conversation.says("i'm sorry about that terrible bill", "agent") == []


def test_a_misheard_number_alone_picks_nobody(conversation: Conversation) -> None:
    events = conversation.says("my account number is one two three four six")
    assert identified(events) == []
    assert candidates(events) == [{"John Doe"}]


def test_the_record_brings_the_customers_earlier_calls(store: CustomerStore, vocabulary: Vocabulary) -> None:
    earlier = [{"date": "2025-12-20", "summary": "John Doe called about billing.", "open": []}]
    understanding = Understanding(store, vocabulary, earlier=lambda customer_id: earlier * (customer_id == "cus-12345"))
    said = Utterance(
        utterance_id="utt-1", speaker="customer", start_s=0.0, text="my account number is 12345", final=True
    )
    (event,) = [e for e in understanding.understand(Call("call-1"), said) if isinstance(e, CustomerIdentified)]
    assert event.profile["earlier_calls"] == earlier
    assert event.profile["name"] == "John Doe"
