"""The cards of the demo calls, and when they come."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conversation import Conversation, refs

from core.assistant.rules import Rulebook, load_rules
from core.assistant.tools import Tools
from core.assistant.vocabulary import Vocabulary
from core.calls.events import (
    CustomerIdentified,
    SuggestionCompleted,
    SuggestionDelta,
    SuggestionDiscarded,
    SuggestionDismissed,
    SuggestionStarted,
    ToolCalled,
    ToolReturned,
    data_of,
    event_from,
    type_name,
)
from core.customers.store import CustomerStore

SARAH = "hi this is sarah john send i'm calling about order number seven eight nine oh one"
JOHN = "hello this is john doe my account number is one two three four five"
ORDER_CARD = "Order #78901 shipped yesterday by FedEx, arrives on Thu, Jan 8. Tracking number 794658123047."
BILL_CARD = (
    "Your Oct 15 bill of $129.99 is the $99.00 Premium Plan renewal of Oct 1 plus $30.99 Data Overage of Oct 15."
)


def test_sarah_hears_where_her_order_is(conversation: Conversation) -> None:
    conversation.says(SARAH)
    card = conversation.helps()[0]
    assert card.message == ORDER_CARD
    assert refs(card.evidence) == ["orders/78901", "utt-1"]
    assert card.evidence[-1].text == SARAH
    assert card.triggered_by == ["utt-1"]


def test_sarah_may_return_what_does_not_fit(conversation: Conversation) -> None:
    conversation.hears(SARAH)
    first, second = conversation.hears("can i return it if it does not fit")
    assert first == (
        "Yes, it can be returned: Pulse Fit Smartwatch until Feb 2, Sport Watch Band until Feb 2. "
        "Original packaging is needed."
    )
    assert second.startswith("Refunds go back to the original payment method")


def test_john_hears_what_his_bill_is_made_of(conversation: Conversation) -> None:
    conversation.hears(JOHN)
    conversation.says("my bill is higher than usual")
    (card,) = conversation.helps()
    assert card.message == BILL_CARD
    assert refs(card.evidence) == ["charges/chg-cus-12345-1", "charges/chg-cus-12345-2", "utt-2"]


def test_gold_tier_is_prioritised_once(conversation: Conversation) -> None:
    assert "Gold tier: prioritise this call. Lifetime value $2,340.00." in conversation.hears(JOHN)
    for _ in range(5):
        conversation.hears("i have a question", after_s=300)
    assert conversation.rules().count("priority-customer") == 1
    assert conversation.rules().count("who-is-this") == 1


def test_an_upset_customer_is_escalated_and_then_not_for_a_while(conversation: Conversation) -> None:
    assert conversation.hears("this is really frustrating i'm very unhappy")[0].startswith(
        "Customer upset: acknowledge"
    )
    assert conversation.hears("this is terrible i am so angry") == []
    conversation.clock.advance(200)
    conversation.hears("i want to speak to a manager")
    # The same words are still on the screen, so nothing new is shown.
    assert conversation.rules().count("upset-customer") == 1


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ("i want to cancel my plan", "Ask why before cancelling Premium Plan"),
        ("my internet is not working", "Open a technical ticket: first answer within 4 h for gold customers."),
        ("i can't log in", "Verify before resetting: have them name the e-mail on file."),
        ("i want my money back", "Refunds go back"),
        ("is this covered by the warranty", "Defects in material"),
    ],
)
def test_each_topic_of_a_known_customer_has_its_card(conversation: Conversation, said: str, begins: str) -> None:
    conversation.hears(JOHN)
    assert any(message.startswith(begins) for message in conversation.hears(said))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            "my order number is five five five five five",
            "No order 55555 on file: ask to repeat the number digit by digit.",
        ),
        ("my account number is 99998", "No account 99998 on file: ask to repeat the number digit by digit."),
        ("my name is peter parker", "No customer named Peter Parker: ask for the account or order number."),
        ("i have a problem with my bill", "Ask for the account number to see the charges."),
    ],
)
def test_what_is_not_known_is_asked_for(conversation: Conversation, said: str, message: str) -> None:
    assert message in conversation.hears(said)


def test_several_possible_customers_are_asked_about(conversation: Conversation) -> None:
    (message,) = conversation.hears("hello this is sarah")
    assert message.startswith("Ask for account or order number")
    assert "Sarah Johnson and Sarah Mitchell" in message


def test_contradiction_shows_no_facts_of_either(conversation: Conversation) -> None:
    messages = conversation.hears("my name is john doe and i ask about order 78901 and my bill")
    assert [message[:30] for message in messages] == ["Ask for account or order numbe"]


def test_somebody_elses_order_is_not_shared(conversation: Conversation, store: CustomerStore) -> None:
    conversation.add(
        CustomerIdentified(
            customer_id="cus-12345",
            account_number="12345",
            name="John Doe",
            matched_on=["chosen by agent"],
            profile=store.profile("cus-12345"),
        )
    )
    messages = conversation.hears("where is order 78901")
    assert messages[0] == "Order #78901 is not John Doe's: share no details before verifying."
    assert not any("FedEx" in message for message in messages)


def test_another_name_on_the_line_is_pointed_out(conversation: Conversation) -> None:
    messages = conversation.hears("my name is peter parker i call about order 78901")
    assert messages[0] == "Name given does not fit Sarah Johnson: verify who is calling. Heard: Peter Parker."


def test_the_same_card_is_not_shown_twice(conversation: Conversation) -> None:
    assert ORDER_CARD in conversation.hears(SARAH)
    conversation.clock.advance(600)
    assert ORDER_CARD not in conversation.hears("where is my order")


def test_a_discarded_draft_may_come_again_and_a_dismissed_card_not(conversation: Conversation) -> None:
    events = list(conversation.start(SARAH))
    started = next(event for event in events if isinstance(event, SuggestionStarted))
    conversation.add(started)
    conversation.add(SuggestionDiscarded(suggestion_id=started.suggestion_id, reason="overtaken"))
    assert ORDER_CARD in conversation.hears("where is order 78901")
    shown = next(card for card in conversation.call.suggestions.values() if card.message == ORDER_CARD)
    conversation.add(SuggestionDismissed(suggestion_id=shown.suggestion_id))
    assert ORDER_CARD not in conversation.hears("where is order 78901", after_s=600)


def test_a_card_is_written_word_by_word_after_its_tools_answered(conversation: Conversation) -> None:
    events = list(conversation.start(SARAH))
    names = [type_name(event) for event in events]
    first = names.index("SuggestionStarted")
    assert names[:first] == ["ToolCalled", "ToolReturned"]
    words = [
        e.text for e in events if isinstance(e, SuggestionDelta) and e.suggestion_id == events[first].suggestion_id
    ]  # type: ignore[union-attr]
    completed = next(event for event in events if isinstance(event, SuggestionCompleted))
    assert "".join(words) == completed.message
    assert len(words) == len(completed.message.split())


def test_tools_are_asked_once_for_the_same_thing(conversation: Conversation) -> None:
    events = list(conversation.start(SARAH))
    asked = [(event.tool, str(event.arguments)) for event in events if isinstance(event, ToolCalled)]
    assert len(set(asked)) == len(asked)


def test_work_is_done_only_as_it_is_asked_for(store: CustomerStore, vocabulary: Vocabulary, rulebook: Rulebook) -> None:
    asked: list[str] = []

    class Watched(Tools):
        def invoke(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
            asked.append(name)
            return super().invoke(name, arguments)

    events = Conversation(store, vocabulary, rulebook, Watched(store)).start(SARAH)
    assert asked == []
    assert isinstance(next(events), ToolCalled)
    assert asked == []
    assert isinstance(next(events), ToolReturned)
    assert asked == ["get_order_status"]
    assert isinstance(next(events), SuggestionStarted)
    assert asked == ["get_order_status"]


def test_every_event_survives_the_wire(conversation: Conversation) -> None:
    for event in [*conversation.start(SARAH), *conversation.events]:
        assert event_from(type_name(event), data_of(event)) == event


def test_a_burst_is_answered_as_one(conversation: Conversation) -> None:
    conversation.says(JOHN)
    conversation.says("my bill is too high")
    cards = conversation.helps(sentences=2)
    assert BILL_CARD in [card.message for card in cards]
    assert {tuple(card.triggered_by) for card in cards} == {("utt-1", "utt-2")}


def test_cards_are_few_and_alerts_come_on_top(conversation: Conversation) -> None:
    conversation.says(f"{JOHN} i'm furious cancel everything my bill is wrong my internet is down and i can't log in")
    cards = conversation.helps()
    assert sum(card.kind != "alert" for card in cards) == 2
    assert {card.kind for card in cards[:2]} == {"alert"}
    assert [card.priority for card in cards] == sorted(
        (card.priority for card in cards), key=("urgent", "warning", "tip").index
    )


def test_cards_can_be_read_in_two_seconds(conversation: Conversation) -> None:
    said = [SARAH, "can i return it", "cancel my plan", "i'm furious", "my internet is not working", "i can't log in"]
    for message in [message for text in said for message in conversation.hears(text, after_s=200)]:
        assert len(message.split()) <= 35
        assert message.count(". ") <= 2


def test_a_failing_tool_is_logged_and_the_rule_is_silent(
    store: CustomerStore, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(
        """
max_cards: 2
rules:
  - id: broken
    kind: suggestion
    priority: tip
    when: {topics: [billing]}
    tools: {found: {tool: lookup_customer, with: {query: x, search_type: shoe size}}}
    say: "Found {{ found.customers[0].name }}."
  - id: incomplete
    kind: suggestion
    priority: tip
    when: {topics: [billing]}
    tools: {order: {tool: get_order_status, with: {order_id: "64318"}}}
    say: "Arrives {{ order.order.eta | when(today) }} and {{ order.order.nonsense }}."
"""
    )
    conversation = Conversation(store, vocabulary, load_rules(path))
    assert conversation.hears("about my bill") == []
    errors = [event.error for event in conversation.events if isinstance(event, ToolReturned)]
    assert errors[0] is not None
    assert "search_type" in errors[0]
    assert errors[1:] == [None]


def test_the_order_under_way_is_meant_when_none_is_named(conversation: Conversation) -> None:
    conversation.hears("my name is sarah johnson")
    assert conversation.hears("where is my package")[0] == ORDER_CARD


def test_every_rule_of_the_file_can_speak(store: CustomerStore, vocabulary: Vocabulary, rulebook: Rulebook) -> None:
    silent = {rule.id for rule in rulebook.rules}
    asking = ["about my bill", "can i return it", "cancel it", "it is broken and not working", "i can't log in"]

    def hold(*sentences: str, days_later: int = 0) -> None:
        conversation = Conversation(store, vocabulary, rulebook)
        conversation.clock.advance(days_later * 86_400)
        for sentence in [*sentences, *asking]:
            conversation.hears(sentence, after_s=200)
        silent.difference_update(conversation.rules())

    hold("my name is peter parker", "my email is peter at parker dot com", "i'm furious", "account number 99998")
    hold("order number 55555", "this is sarah")
    hold("my name is peter parker and i ask about order 78901", days_later=20)
    for person in store.directory().people:
        if silent:
            hold(f"my account number is {person.account_number}", *(f"order number {o}" for o in person.order_ids))
    assert silent == set()
