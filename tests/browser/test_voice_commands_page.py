"""The switch and the list of the voice commands, and what the agent sees of a command that was given."""

import pytest
from playwright.sync_api import Page, expect
from scenes import clicked, final, furnish, identified, mount, open_page, shows
from scripted import ScriptedCall, ScriptedServer

from core.calls.events import (
    CallAnswered,
    CallQueued,
    CallStarted,
    HoldStarted,
    PartyJoined,
    TranscriptFinal,
    VoiceCommandGiven,
    VoiceCommandsSwitched,
)

pytestmark = pytest.mark.browser
ALEX = "Alex Morgan"


def given(utterance_id: str, command: str, message: str, subject: str = "", done: bool = True) -> VoiceCommandGiven:
    return VoiceCommandGiven(utterance_id=utterance_id, command=command, message=message, done=done, subject=subject)


def said(utterance_id: str, text: str, start_s: float) -> TranscriptFinal:
    return TranscriptFinal(
        utterance_id=utterance_id,
        speaker="agent",
        text=text,
        start_s=start_s,
        end_s=start_s + 1,
        confidence=None,
        engine="pocketsphinx",
    )


def test_commands_are_switched_on_acknowledged_taken_back_and_shown_apart(
    page: Page, server: ScriptedServer, call: ScriptedCall
) -> None:
    call.add(CallStarted(source="customer", agent=""), CallQueued(), PartyJoined(party="customer", engine="x"))
    call.add(CallAnswered(agent=ALEX, waited_s=1.0), identified())
    open_page(page, server)
    mount(page, call)
    furnish(page, call, {"voice_commands": [{"say": "flag this", "does": "Marks the moment"}]})
    shows(page, call)
    button = page.get_by_role("button", name="Voice commands")
    switch = page.get_by_role("switch", name="Obey what I say to Sidetone")
    expect(switch).to_be_hidden()
    button.click()
    expect(page.get_by_text("“flag this”")).to_be_visible()
    expect(page.get_by_text("The customer hears it")).to_be_visible()
    expect(switch).not_to_be_checked()
    switch.check()
    assert clicked(page) == [{"name": "voice_commands", "on": True}]
    call.add(VoiceCommandsSwitched(on=True, by=ALEX))
    expect(button).to_have_text("Voice commands: on")
    page.keyboard.press("Escape")
    expect(switch).to_be_hidden()

    line = page.get_by_test_id("acknowledgement")
    expect(line).to_be_hidden()
    call.add(said("u1", "sidetone hold", 10.0), HoldStarted(by=ALEX), given("u1", "hold", "The customer is on hold."))
    expect(line).to_contain_text("The customer is on hold.")
    expect(page.locator(".announcements")).to_contain_text("The customer is on hold.")
    apart = page.get_by_test_id("to-sidetone")
    expect(apart).to_contain_text("“sidetone hold” → The customer is on hold.")
    expect(page.get_by_test_id("transcript-line")).to_have_count(0)
    line.get_by_role("button", name="Undo").click()
    assert clicked(page)[1:] == [{"name": "resume"}]
    expect(line).to_be_hidden()

    call.add(said("u2", "sidetone open order 70002", 12.0))
    call.add(given("u2", "open", "Here is order #70002.", "orders/70002"))
    expect(page.locator("[data-order='70002']")).to_have_attribute("data-opened", "")
    expect(page.locator("[data-order='70002']")).to_be_in_viewport()
    expect(line.get_by_role("button", name="Undo")).to_be_hidden()
    call.add(said("u3", "sidetone make coffee", 14.0))
    call.add(given("u3", "unknown", "Not understood: “make coffee”.", done=False))
    expect(line).to_contain_text("Not understood")
    expect(page.get_by_test_id("transcript-line")).to_have_count(1)
    call.add(said("u4", "sidetone help", 16.0), given("u4", "list", "These are the commands."))
    expect(switch).to_be_visible()

    # The next call of the same agent in this browser.
    call.add(CallAnswered(agent=ALEX, waited_s=3.0), final("utt_9", "hello", 20.0), offset_s=20.0)
    shows(page, call)
    expect(button).to_have_text("Voice commands")
    assert clicked(page)[2:] == [{"name": "voice_commands", "on": True}]
