"""What the agent is warned of, and how often."""

from itertools import pairwise
from pathlib import Path

import pytest
from conversation import Conversation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.assistant.alert_rules import AlertBook, load_alerts
from core.assistant.rules import Rulebook
from core.assistant.vocabulary import Vocabulary
from core.calls.events import (
    ChecklistItemMet,
    CustomerIdentified,
    Party,
    SpeechStarted,
    SuggestionDismissed,
    SuggestionStarted,
    TranscriptFinal,
)
from core.customers.store import CustomerStore
from core.errors import RulesError

ALERTS = Path(__file__).parents[2] / "data" / "alerts.yaml"
JOHN = "hello this is john doe my account number is one two three four five"


def warned(conversation: Conversation, said: str, speaker: Party = "agent", *, after_s: float = 5.0) -> list[str]:
    """The rules that speak up at a sentence."""
    before = len(conversation.rules())
    conversation.says(said, speaker, after_s=after_s)
    conversation.warns(speaker, (conversation.call.transcript[-1],))
    return conversation.rules()[before:]


def dismiss_all(conversation: Conversation) -> None:
    for card in list(conversation.call.suggestions):
        conversation.add(SuggestionDismissed(suggestion_id=card))


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("i guarantee it will be there tomorrow", "no-guarantees"),
        ("I'm 100% sure it will be there.", "no-guarantees"),
        ("all 16 digits please", "card-number-asked"),
        ("Okay, I'll waive all of your fees.", "fees-not-for-the-agent-to-waive"),
        ("we can remove all the charges for you", "fees-not-for-the-agent-to-waive"),
        ("could you read me your full card number please", "card-number-asked"),
        ("and the three digits on the back", "card-number-asked"),
    ],
)
def test_the_agent_is_stopped(conversation: Conversation, said: str, rule: str) -> None:
    assert warned(conversation, said) == [rule]


@pytest.mark.parametrize(
    "said",
    [
        "i can't guarantee that it will be there tomorrow",
        "i can waive this late fee for you",
        "i can not waive all of your fees",
        "please do not tell me your card number",
        "the last four digits of your card number please",
        "how can i help you today",
    ],
)
def test_an_agent_who_does_it_right_is_left_alone(conversation: Conversation, said: str) -> None:
    assert warned(conversation, said) == []


def test_the_customers_words_are_not_the_agents(conversation: Conversation) -> None:
    assert warned(conversation, "can you guarantee that, or waive all fees", "customer") == []
    assert warned(conversation, "my card number is four one one one", "customer") == ["card-number-read-out"]


def test_a_card_number_is_noticed_by_its_length(conversation: Conversation) -> None:
    phone = "call me at four one five five five five zero one two three"
    assert "card-number-read-out" not in warned(conversation, phone, "customer")
    card = "four one one one one one one one one one one one one one one one"
    assert "card-number-read-out" in warned(conversation, f"okay it is {card}", "customer")


def test_a_refund_is_promised_only_within_the_window(conversation: Conversation) -> None:
    conversation.says("hi this is sarah johnson about order seven eight nine zero one", "customer")
    promise = "no problem i will give you a refund"
    assert "refund-after-the-window" not in warned(conversation, promise)
    order = conversation.call.customer.profile["orders"][0]  # type: ignore[union-attr]
    assert (float(order["total"]) > 100) == ("refund-above-the-limit" in conversation.rules())


def test_a_refund_of_an_old_order_is_pointed_out(conversation: Conversation, store: CustomerStore) -> None:
    old = next(
        order
        for person in store.directory().people
        for order_id in person.order_ids
        if (order := store.order(order_id))
        and order["status"] == "delivered"
        and all(item["return_by"] and item["return_by"] < "2026-01-05" for item in order["items"])
    )
    conversation.says(f"i call about order number {old['order_id']}", "customer")
    assert "refund-after-the-window" in warned(conversation, "sure we'll refund that")
    (card,) = [card for card in conversation.call.suggestions.values() if card.rule == "refund-after-the-window"]
    assert card.message.startswith(f"Return window is over for order #{old['order_id']}")
    assert f"orders/{old['order_id']}" in [evidence.ref for evidence in card.evidence]


def test_leaving_and_buying_more_are_noticed_once(conversation: Conversation) -> None:
    conversation.says(JOHN)
    assert "churn-risk" in warned(conversation, "then i am going to another provider", "customer")
    card = next(card for card in conversation.call.suggestions.values() if card.rule == "churn-risk")
    assert card.message.startswith("Churn risk: John Doe speaks of leaving, customer since ")
    assert (card.kind, card.assistant, card.triggered_by) == ("alert", "alerts", ("utt-2",))
    dismiss_all(conversation)
    assert warned(conversation, "i will switch to another provider", "customer", after_s=600) == []
    assert "upsell-opening" in warned(conversation, "i always run out of data", "customer")


def test_nobody_sells_to_the_upset(conversation: Conversation) -> None:
    conversation.says(JOHN)
    rules = warned(conversation, "this is terrible i am so angry i always run out of data", "customer")
    assert "upset-customer" in rules
    assert "upsell-opening" not in rules


def test_a_repeated_alert_waits_for_its_cooldown_and_for_the_one_on_screen(conversation: Conversation) -> None:
    said = "your card number please"
    assert warned(conversation, said) == ["card-number-asked"]
    assert warned(conversation, said, after_s=100) == [], "still on screen"
    dismiss_all(conversation)
    assert warned(conversation, said, after_s=100) == ["card-number-asked"]
    dismiss_all(conversation)
    assert warned(conversation, said, after_s=10) == [], "cooling down"


def test_no_alert_comes_more_often_than_its_most(conversation: Conversation) -> None:
    for _ in range(6):
        warned(conversation, "i guarantee that", after_s=100)
        dismiss_all(conversation)
    assert conversation.rules().count("no-guarantees") == 3


SENTENCES: list[tuple[Party, str]] = [
    ("agent", "i guarantee that"),
    ("agent", "your card number please"),
    ("agent", "i'll waive all of your fees"),
    ("agent", "one moment"),
    ("customer", JOHN),
    ("customer", "this is terrible i am so angry"),
    ("customer", "i am going to another provider"),
    ("customer", "i run out of data"),
]


@given(
    turns=st.lists(st.tuples(st.sampled_from(SENTENCES), st.integers(1, 90), st.booleans()), max_size=12),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_a_call_goes_the_brakes_hold(
    store: CustomerStore,
    vocabulary: Vocabulary,
    rulebook: Rulebook,
    alert_book: AlertBook,
    turns: list[tuple[tuple[Party, str], int, bool]],
) -> None:
    conversation = Conversation(store, vocabulary, rulebook, alerts=alert_book)
    for (speaker, said), after_s, dismiss in turns:
        warned(conversation, said, speaker, after_s=after_s)
        on_screen = [card.message for card in conversation.call.suggestions.values() if card.state == "shown"]
        assert len(set(on_screen)) == len(on_screen)
        if dismiss:
            dismiss_all(conversation)
    for rule in alert_book.rulebook.rules:
        times = [card.started_s for card in conversation.call.suggestions.values() if card.rule == rule.id]
        assert len(times) <= (1 if rule.once else rule.max_per_call or len(times))
        assert all(later - earlier >= rule.cooldown_s for earlier, later in pairwise(times))


def test_long_silence_is_noticed_while_time_passes(conversation: Conversation) -> None:
    conversation.says("where is my order")

    def tick(after_s: float) -> list[str]:
        conversation.clock.advance(after_s)
        # Live, a tick sees the call at the time it is; here an event of no consequence moves it there.
        conversation.add(ChecklistItemMet(item="none", utterance_id=""))
        return [card.message for card in conversation.warns("tick")]

    assert tick(10) == []
    assert conversation.warns("end") == []
    assert tick(6) == ["Long silence: say what you are doing, or ask whether to hold."]
    assert tick(120) == [], "still on screen"
    dismiss_all(conversation)
    assert len(tick(1)) == 1
    conversation.add(SpeechStarted(party="agent", utterance_id="utt-9", start_s=conversation.clock.monotonic_s()))
    dismiss_all(conversation)
    assert tick(120) == [], "the agent is speaking"


def test_time_passing_brings_nothing_but_alerts_about_time(conversation: Conversation) -> None:
    conversation.says(f"{JOHN} i am furious")
    assert conversation.warns("tick") == []


def test_talking_at_once_is_noticed(conversation: Conversation) -> None:
    conversation.clock.advance(12)
    for speaker, start_s in (("customer", 0.0), ("agent", 3.0)):
        conversation.add(
            TranscriptFinal(
                utterance_id=f"utt-{speaker}",
                speaker=speaker,  # type: ignore[arg-type]
                text="but listen",
                start_s=start_s,
                end_s=start_s + 8.0,
                confidence=None,
                engine="scripted",
            )
        )
    (card,) = conversation.warns("agent", (conversation.call.transcript[-1],))
    assert card.message.startswith("Both talk at once")


def test_each_checklist_item_is_met_once_by_the_agent(conversation: Conversation) -> None:
    def met(said: str, speaker: Party = "agent") -> list[str]:
        return [e.item for e in conversation.says(said, speaker) if isinstance(e, ChecklistItemMet)]

    assert met("how can i help you", "customer") == []
    assert met("thank you for calling how can i help you") == ["greeting"]
    assert met("how can i help you") == []
    assert met("this call is being recorded may i have your name please") == ["recording", "verification"]
    assert conversation.call.checklist == {"greeting": "utt-2", "recording": "utt-4", "verification": "utt-4"}


def test_the_page_gets_items_with_labels() -> None:
    items = [{"item": one.item, "label": one.label} for one in load_alerts(ALERTS).checklist]
    assert [item["item"] for item in items] == ["greeting", "recording", "verification"]
    assert all(item["label"] for item in items)


def test_every_topic_an_alert_waits_for_can_come_up(alert_book: AlertBook, vocabulary: Vocabulary) -> None:
    waited_for = {topic for rule in alert_book.rulebook.rules for when in rule.when for topic in when.topics or ()}
    assert waited_for <= set(vocabulary.topic_names)


def test_every_alert_has_brakes(alert_book: AlertBook) -> None:
    assert [rule.id for rule in alert_book.rulebook.rules if not rule.once and not rule.cooldown_s] == []


def test_facts_of_one_customer_are_not_shown_to_another(conversation: Conversation, store: CustomerStore) -> None:
    conversation.add(
        CustomerIdentified(
            customer_id="cus-12345",
            account_number="12345",
            name="John Doe",
            matched_on=["chosen by agent"],
            profile=store.profile("cus-12345"),
        )
    )
    assert "somebody-elses-order" in warned(conversation, "where is order 78901", "customer")
    assert "refund-above-the-limit" not in warned(conversation, "i'll refund that")


GOOD = """
rules:
  - {id: loud, priority: tip, when: {phrases: [hello]}, say: "Quiet."}
checklist:
  - {item: greeting, label: Greet, phrases: [good morning]}
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("priority: tip", "kind: suggestion, priority: tip", "rule 'loud': kind"),
        ("phrases: [hello]", "speaker: boss", "rule 'loud': when.*speaker"),
        ('say: "Quiet."', 'say: "Quiet.", max_per_call: 0', "rule 'loud': max_per_call"),
        ("label: Greet, ", "", "checklist.*label"),
        (
            "  - {item: greeting",
            "  - {item: greeting, label: A, phrases: [a]}\n  - {item: greeting",
            "'greeting' is there twice",
        ),
    ],
)
def test_a_wrong_file_is_one_clear_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = tmp_path / "alerts.yaml"
    path.write_text(GOOD)
    assert [rule.kind for rule in load_alerts(path).rulebook.rules] == ["alert"]
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(RulesError, match=says) as caught:
        load_alerts(path)
    assert "alerts.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_alerts_are_written_word_by_word(conversation: Conversation) -> None:
    warned(conversation, "i guarantee that")
    kinds = [type(event).__name__ for event in conversation.events]
    begun = next(i for i, event in enumerate(conversation.events) if isinstance(event, SuggestionStarted))
    assert set(kinds[begun + 1 : -1]) == {"SuggestionDelta"}
    assert kinds[-1] == "SuggestionCompleted"
