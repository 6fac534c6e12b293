"""Summaries hold what happened in a call and nothing else."""

from pathlib import Path

import pytest
from conversation import Conversation

from core.assistant.summary import Extraction, extract
from core.bootstrap import build
from core.calls.call import Call
from core.calls.events import (
    ActionItem,
    ActionProposed,
    ActionTaken,
    CallEnded,
    CustomerIdentified,
    SuggestionDismissed,
    SuggestionUsed,
    SummaryWritten,
)
from core.clock import ManualClock
from core.config import Settings
from core.scenarios import load_scenario
from core.speech.scripted import ScriptedEngine

SCENARIOS = Path(__file__).parents[2] / "data" / "scenarios"


def played(name: str, folder: Path) -> Call:
    """A demo call run through the whole pipeline on 5 January 2026."""
    scenario = load_scenario(SCENARIOS / f"{name}.yaml")
    settings = Settings(database_url=f"duckdb:///{folder / 'sidetone.duckdb'}")
    services = build(settings, clock=ManualClock(), speech=ScriptedEngine(scenario.timeline()))
    try:
        return services.recorded_call().run(scenario.audio_path)
    finally:
        services.close()


def test_sarahs_call_is_summed_up(tmp_path: Path) -> None:
    summary = extract(played("sarah_johnson", tmp_path))
    assert summary == SummaryWritten(
        reason="Sarah Johnson called about shipping and refund, order #78901. "
        "Asked: Where is it now? When will it get here? Can I return it if it does not fit?",
        done="The agent was shown: Order #78901 shipped yesterday by FedEx, arrives on Thu, Jan 8. "
        "Tracking number 794658123047. Yes, it can be returned: Pulse Fit Smartwatch until Feb 2, "
        "Sport Watch Band until Feb 2. Original packaging is needed.",
        outcome="Every question was answered.",
        action_items=[ActionItem(text="I will send you the return policy by email", owner="agent")],
        topics=["shipping", "refund"],
        sentiment="Started neutral, ended content.",
        written_by="playbook",
    )


def test_johns_call_is_summed_up(tmp_path: Path) -> None:
    summary = extract(played("john_doe", tmp_path))
    assert summary.reason == "John Doe called about billing and cancellation. Asked: Why is it so high?"
    assert "Your Oct 15 bill of $129.99 is the $99.00 Premium Plan renewal" in summary.done
    assert summary.outcome == (
        "Not answered: Why is it so high? "
        "The customer spoke of cancelling: “If this happens again I want to cancel my account.”"
    )
    assert summary.action_items == []
    assert summary.topics == ["billing", "cancellation"]
    assert summary.sentiment == "Started neutral, frustrated in between, ended neutral."


def test_a_call_without_words_claims_nothing() -> None:
    summary = extract(Call("call-1"))
    assert summary.reason == "The caller called; no topic was recognised."
    assert summary.done == "No action was taken and no suggestion used."
    assert summary.outcome == "No question was left open."
    assert summary.action_items == []
    assert summary.sentiment.startswith("Not known")


def test_what_the_agent_used_and_did_counts_before_what_was_shown(conversation: Conversation) -> None:
    conversation.hears("hi this is sarah johnson where is order seven eight nine zero one")
    assert extract(conversation.call).done.startswith("The agent was shown: Order #78901 shipped yesterday")
    card = next(card for card in conversation.call.suggestions.values() if card.rule == "order-on-its-way")
    conversation.add(SuggestionUsed(suggestion_id=card.suggestion_id, text="it left yesterday"))
    assert extract(conversation.call).done == "Used: It left yesterday."


def test_a_dismissed_card_was_not_shown(conversation: Conversation) -> None:
    conversation.hears("hi this is sarah johnson where is order seven eight nine zero one")
    for card in list(conversation.call.suggestions):
        conversation.add(SuggestionDismissed(suggestion_id=card))
    assert extract(conversation.call).done == "No action was taken and no suggestion used."


def proposal(action_id: str, action: str, preview: str) -> ActionProposed:
    return ActionProposed(
        action_id=action_id,
        action=action,
        customer_id="cus-12345",
        arguments={},
        preview=preview,
        proposed_by="agent",
    )


def test_promises_kept_by_an_action_are_not_left_to_do(conversation: Conversation) -> None:
    conversation.says("okay i'll waive that fee and i'll call you back tomorrow", "agent")
    conversation.add(proposal("act-1", "waive_fee", "Waive $30.99"))
    conversation.add(proposal("act-2", "ticket", "Open a ticket: slow internet"))
    assert [(item.text, item.due) for item in extract(conversation.call).action_items] == [
        ("I'll waive that fee", None),
        ("I'll call you back tomorrow", "2026-01-06"),
        ("Decide on: Waive $30.99", None),
        ("Decide on: Open a ticket: slow internet", None),
    ]
    conversation.add(ActionTaken(action_id="act-1", effect="Waived the fee of $30.99.", taken_by="Alex"))
    summary = extract(conversation.call)
    assert summary.done == "Waived the fee of $30.99."
    assert [item.text for item in summary.action_items] == [
        "I'll call you back tomorrow",
        "Decide on: Open a ticket: slow internet",
    ]


def test_a_promise_made_twice_is_one_thing_to_do(conversation: Conversation) -> None:
    for _ in range(2):
        conversation.says("i'll send you the form", "agent")
    assert len(extract(conversation.call).action_items) == 1


@pytest.mark.parametrize("reason", ["interrupted", "failed"])
def test_a_call_cut_off_says_so(conversation: Conversation, reason: str) -> None:
    conversation.add(CallEnded(reason=reason))  # type: ignore[arg-type]
    assert extract(conversation.call).outcome == "The call was cut off."


def test_long_lines_are_cut(conversation: Conversation) -> None:
    conversation.says("where is my order " + "that i have been waiting for " * 20)
    assert len(extract(conversation.call).reason) < 260


def test_the_summarist_writes_one_event(conversation: Conversation) -> None:
    conversation.add(
        CustomerIdentified(customer_id="c", account_number="1", name="John Doe", matched_on=[], profile={})
    )
    (event,) = Extraction().summarise(conversation.call)
    assert event == extract(conversation.call)
