"""The assistant's help in the real app, from the card on the screen to what is stored."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from running import SCRIPTED_SPEECH, Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CALL_MS = 120_000


@pytest.fixture(scope="module")
def app_settings() -> dict[str, str]:
    """What is heard is what was said: this is about what comes of it."""
    return SCRIPTED_SPEECH


@pytest.fixture
def demo(page: Page, app: Running) -> Page:
    """The page of a demo call in which the customer was just identified."""
    page.goto(app.url)
    page.get_by_role("button", name="Play demo call").filter(has_text="order").click()
    page.wait_for_url(re.compile(r"call=call_"))
    expect(page.get_by_test_id("customer-panel")).to_contain_text("Sarah Johnson", timeout=CALL_MS)
    return page


def call_id_of(page: Page) -> str:
    return page.url.split("call=")[1]


def shown_card(page: Page) -> Locator:
    """A card that is open now, and stays the same one whatever comes after it."""
    some = page.locator("[data-testid=suggestion-card][data-state=shown]")
    expect(some.first).to_be_visible(timeout=CALL_MS)
    return page.locator(f"[data-suggestion={some.last.get_attribute('data-suggestion')}]")


def settled(card: Locator, state: str) -> None:
    expect(card).to_have_attribute("data-state", state)


def end(page: Page) -> None:
    page.get_by_role("button", name="End call").click()
    expect(page.get_by_test_id("call-status")).to_have_attribute("data-state", "ended")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Wrapped up: ")).to_be_visible()


def logged(app: Running, call_id: str, kind: str) -> list[dict[str, Any]]:
    return [event["data"] for event in app.events(call_id) if event["type"] == kind]


def test_what_the_agent_does_with_suggestions_is_stored(demo: Page, app: Running) -> None:
    used = shown_card(demo)
    used.get_by_role("button", name="Pin").click()
    expect(used).to_contain_text("Pinned")
    used.get_by_role("button", name="Helpful", exact=True).click()
    used.get_by_role("button", name="Edit").click()
    used.get_by_label("Edit before use").fill("In my own words.")
    used.get_by_role("button", name="Use edited").click()
    settled(used, "used")
    expect(used).to_contain_text("In my own words.")
    dismissed = shown_card(demo)
    dismissed.get_by_role("button", name="Dismiss").click()
    dismissed.get_by_role("button", name="known already").click()
    settled(dismissed, "dismissed")
    demo.get_by_role("button", name="Flag").click()
    demo.get_by_label("Why this moment matters").fill("Listen to this again")
    demo.get_by_role("button", name="Flag it").click()
    expect(demo.get_by_test_id("moment")).to_contain_text("Listen to this again")
    ids = [card.get_attribute("data-suggestion") for card in (used, dismissed)]
    end(demo)
    save(demo)

    call_id = call_id_of(demo)
    states = {card["suggestion_id"]: card["state"] for card in app.get(f"/api/calls/{call_id}")["suggestions"]}
    assert [states[str(each)] for each in ids] == ["used", "dismissed"]
    assert logged(app, call_id, "SuggestionUsed") == [{"suggestion_id": ids[0], "text": "In my own words."}]
    assert logged(app, call_id, "SuggestionDismissed") == [{"suggestion_id": ids[1], "reason": "known already"}]
    assert logged(app, call_id, "SuggestionRated") == [{"suggestion_id": ids[0], "helpful": True}]
    assert [moment["note"] for moment in logged(app, call_id, "MomentFlagged")] == ["Listen to this again"]


def test_the_agent_asks_and_is_answered(demo: Page, app: Running) -> None:
    question = "What is the return policy?"
    demo.get_by_role("textbox", name="Ask about this call or customer").fill(question)
    demo.keyboard.press("Enter")
    answer = demo.locator("[data-testid=suggestion-card]").filter(has_text=f"You asked: {question}")
    expect(answer).to_have_attribute("data-state", "shown")
    expect(answer.locator(".message")).to_contain_text(re.compile("return", re.IGNORECASE))
    end(demo)
    save(demo)
    assert [asked["text"] for asked in logged(app, call_id_of(demo), "QuestionAsked")] == [question]


def test_an_action_is_confirmed_undone_and_the_summary_is_corrected(demo: Page, app: Running) -> None:
    demo.get_by_role("button", name="Schedule callback").click()
    form = demo.get_by_role("form", name="Schedule callback")
    form.get_by_label("About").fill("whether the parcel came")
    form.get_by_role("button", name="Preview").click()
    action = demo.get_by_test_id("action-card")
    expect(action).to_contain_text("To confirm")
    expect(action).to_contain_text("whether the parcel came")
    action.get_by_role("button", name="Confirm").dblclick()
    settled(action, "taken")
    end(demo)
    expect(demo.get_by_test_id("after-call-time")).to_contain_text("After-call")
    action.get_by_role("button", name="Undo").click()
    settled(action, "undone")

    expect(demo.get_by_text("Summary by ")).to_be_visible()
    expect(demo.get_by_label("Reason for the call")).not_to_have_value("")
    demo.get_by_label("Outcome").fill("She waits for the parcel.")
    demo.get_by_text("Follow-up", exact=True).click()
    demo.get_by_label("Note").fill("Ring her if it is late.")
    save(demo)

    call_id = call_id_of(demo)
    stored = app.get(f"/api/calls/{call_id}")
    assert (stored["disposition"], stored["resolved"]) == ("Follow-up", False)
    done = [event["type"] for event in app.events(call_id) if event["type"].startswith("Action")]
    assert done == ["ActionProposed", "ActionTaken", "ActionUndone"]
    first, last = logged(app, call_id, "SummaryWritten")
    assert last["outcome"] == "She waits for the parcel."
    assert last["written_by"] != first["written_by"]
    assert (last["reason"], last["topics"]) == (first["reason"], first["topics"])
