"""What happens in the calls of the browser tests, and how their pages are opened and read."""

from typing import Any

from playwright.sync_api import Locator, Page, expect
from scripted import ScriptedCall, ScriptedServer

from core.calls.events import (
    CallStarted,
    CustomerIdentified,
    EntitySpotted,
    Event,
    Evidence,
    PartyJoined,
    SuggestionCompleted,
    SuggestionStarted,
    TranscriptFinal,
    TranscriptPartial,
)

STARTED = (CallStarted(source="demo", agent="demo"), PartyJoined(party="customer", engine="pocketsphinx"))
PROFILE = {
    "customer_id": "cus_2",
    "account_number": "20417",
    "name": "Sarah Johnson",
    "tier": "silver",
    "since": "2024-03-02",
    "lifetime_value": "1280.50",
    "plan": "Standard",
    "email": "sarah@example.com",
    "phone": "+14155550100",
    "language": "en",
    "preferences": {"channel": "phone", "newsletter": False},
    "last_contact": {"date": "2026-09-12", "about": "delivery window"},
    "orders": [
        {"order_id": "70002", "status": "delivered", "placed_on": "2026-08-01", "total": "19.00", "items": []},
        {
            "order_id": "78901",
            "status": "shipped",
            "placed_on": "2026-10-17",
            "shipped_on": "2026-10-19",
            "carrier": "FedEx",
            "tracking": "FX123",
            "eta": "2026-10-23",
            "total": "249.00",
            "items": [{"product_id": "p1", "name": "Desk lamp", "quantity": 2, "price": "124.50"}],
        },
    ],
    "tickets": [{"ticket_id": "T-9", "subject": "Late parcel", "status": "open", "opened_on": "2026-10-18"}],
    "charges": [{"date": "2026-10-15", "description": "Data overage", "amount": "30.99"}],
    "notes": [{"date": "2026-09-12", "text": "Prefers mornings"}],
}


NO_CLICKS = ("identified",)
"""What the page tells by itself; `ended` is looked at in tests of its own."""
DESK = {
    "actions": [
        {
            "action": "discount",
            "label": "Apply 10 % discount",
            "fields": [
                {"name": "percent", "label": "Percent", "type": "percent", "default": "10", "required": True},
                {"name": "of", "label": "Order or charge", "type": "text", "default": None, "required": False},
            ],
        },
        {
            "action": "callback",
            "label": "Schedule callback",
            "fields": [
                {"name": "due", "label": "On", "type": "date", "default": "2026-10-21", "required": True},
                {"name": "about", "label": "About", "type": "text", "default": None, "required": True},
                {
                    "name": "hour",
                    "label": "Hour",
                    "type": "choice",
                    "default": "afternoon",
                    "required": True,
                    "choices": ["morning", "afternoon"],
                },
            ],
        },
    ],
    "checklist": [
        {"item": "greeting", "label": "Greet the customer"},
        {"item": "recording", "label": "Say that the call is recorded"},
    ],
    "templates": [{"name": "On its way", "text": "Your order is on its way."}, {"name": "Apology", "text": "Sorry."}],
    "assistant": "gpt-test",
}


def open_page(page: Page, server: ScriptedServer, theme: str = "light") -> None:
    page.goto(f"{server.url}/?theme={theme}")
    page.wait_for_function("window.ready")


def mount(page: Page, call: ScriptedCall) -> None:
    page.evaluate("id => { window.shadow = place(); window.cleanUp = invoke(shadow, id) }", call.call_id)


def furnish(page: Page, call: ScriptedCall, desk: dict[str, Any]) -> None:
    """What another script run does: the same place, with this beside the call."""
    page.evaluate("([id, desk]) => { window.cleanUp = invoke(shadow, id, desk) }", [call.call_id, desk])


def shows(page: Page, call: ScriptedCall, place: int = 0) -> None:
    """Wait until everything logged so far is drawn."""
    expect(page.get_by_test_id("call-view").nth(place)).to_have_attribute("data-seq", str(len(call.wires)))


def commands(page: Page) -> list[dict[str, Any]]:
    """What the agent clicked so far, once each."""
    sent = page.evaluate("window.commands")
    assert {name for name, _ in sent} <= {"command"}
    once = {command["id"]: command for _, value in sent for command in value}
    return [command for command in once.values() if command["name"] not in NO_CLICKS]


def clicked(page: Page) -> list[dict[str, Any]]:
    """The commands without their ids."""
    return [{name: value for name, value in sent.items() if name != "id"} for sent in commands(page)]


def top_px(place: Locator) -> float:
    box = place.bounding_box()
    assert box is not None
    return box["y"]


def lines(page: Page) -> Locator:
    return page.get_by_test_id("transcript-line")


def card(page: Page, suggestion_id: str) -> Locator:
    return page.locator(f"[data-suggestion={suggestion_id}]")


def partial(utterance_id: str, text: str, start_s: float = 1.0) -> TranscriptPartial:
    return TranscriptPartial(utterance_id=utterance_id, speaker="customer", text=text, start_s=start_s)


def final(utterance_id: str, text: str, start_s: float = 1.0, speaker: Any = "customer") -> TranscriptFinal:
    return TranscriptFinal(
        utterance_id=utterance_id,
        speaker=speaker,
        text=text,
        start_s=start_s,
        end_s=start_s + 1,
        confidence=None,
        engine="scripted",
    )


def begun(suggestion_id: str, priority: Any = "tip", kind: Any = "suggestion") -> SuggestionStarted:
    return SuggestionStarted(
        suggestion_id=suggestion_id,
        kind=kind,
        priority=priority,
        rule="order_status",
        assistant="playbook",
        triggered_by=["u1"],
    )


def done(suggestion_id: str, message: str, priority: Any = "tip", kind: Any = "suggestion") -> SuggestionCompleted:
    return SuggestionCompleted(
        suggestion_id=suggestion_id,
        kind=kind,
        priority=priority,
        message=message,
        evidence=[
            Evidence(kind="row", ref="orders/78901", text="shipped by FedEx on Oct 19"),
            Evidence(kind="words", ref="u1", text="Where is my order?"),
        ],
        triggered_by=["u1"],
    )


def shown(suggestion_id: str, message: str = "Say this.", priority: Any = "tip") -> list[Event]:
    return [begun(suggestion_id, priority), done(suggestion_id, message, priority)]


def identified(profile: dict[str, Any] = PROFILE) -> CustomerIdentified:
    return CustomerIdentified(
        customer_id="cus_2",
        account_number="20417",
        name="Sarah Johnson",
        matched_on=["order 78901", 'name "sarah john send"'],
        profile=profile,
    )


def order_spotted(order_id: str) -> EntitySpotted:
    return EntitySpotted(
        utterance_id="u1", kind="order", value=order_id, spoken="seven eight", resolved=f"orders/{order_id}"
    )
