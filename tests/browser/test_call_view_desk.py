"""A call between two people on the agent's screen: waiting, hold, transfer, help, recording, listeners, messages."""

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from scenes import card, clicked, final, furnish, identified, lines, mount, open_page, shown, shows
from scripted import ScriptedCall, ScriptedServer

from core.calls.events import (
    CallAnswered,
    CallEnded,
    CallOffered,
    CallQueued,
    CallRated,
    CallStarted,
    CallTransferred,
    Event,
    HelpEnded,
    HelpRequested,
    HoldEnded,
    HoldStarted,
    LanguageSpotted,
    MessageDelivered,
    MessageSent,
    PartyJoined,
    PartyLeft,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    SuggestionTranslated,
    SuggestionUsed,
    SupervisorJoined,
    SupervisorLeft,
    TranslationWritten,
)

pytestmark = pytest.mark.browser

ALEX = "Alex Morgan"
COLLEAGUES = {
    "colleagues": [
        {"name": "Priya Nair", "state": "available", "free": True},
        {"name": "Tom Becker", "state": "busy", "free": False},
    ]
}


def calling(channel: Any = "voice", reason: str = "My order is broken") -> list[Event]:
    return [CallStarted(source="customer", agent="", channel=channel), CallQueued(reason=reason, name="Sarah")]


def answered(channel: Any = "voice") -> list[Event]:
    engine = "chat" if channel == "chat" else "pocketsphinx"
    return [
        *calling(channel),
        PartyJoined(party="customer", engine=engine),
        CallOffered(agent=ALEX),
        CallAnswered(agent=ALEX, waited_s=12.0),
    ]


def wrote(message_id: str, text: str, sender: Any = "customer") -> MessageSent:
    return MessageSent(message_id=message_id, sender=sender, text=text)


@pytest.fixture
def desk(page: Page, server: ScriptedServer, call: ScriptedCall) -> Page:
    """The page of a voice call that was answered."""
    return opened(page, server, call, *answered())


@pytest.fixture
def chat(page: Page, server: ScriptedServer, call: ScriptedCall) -> Page:
    return opened(page, server, call, *answered("chat"))


def opened(page: Page, server: ScriptedServer, call: ScriptedCall, *events: Event) -> Page:
    said: list[dict[str, Any]] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda text: said.append(json.loads(text))))
    page.said = said  # type: ignore[attr-defined]
    call.add(*events)
    open_page(page, server)
    mount(page, call)
    shows(page, call)
    return page


def said(page: Page, type_: str) -> list[dict[str, Any]]:
    """What the page said over its socket."""
    return [message for message in page.said if message["type"] == type_]  # type: ignore[attr-defined]


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def control(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="Call controls").get_by_role("button", name=name)


def composer(page: Page) -> Locator:
    return page.get_by_label("Message to the customer")


def test_a_waiting_call_says_so_and_offers_nothing_to_do(
    page: Page, server: ScriptedServer, call: ScriptedCall
) -> None:
    opened(page, server, call, *calling())
    situation = page.get_by_test_id("situation")
    expect(situation).to_contain_text("Waiting for an agent")
    expect(situation).to_contain_text("Calls about: “My order is broken”")
    expect(situation).to_contain_text("Says to be: Sarah")
    call.add(CallOffered(agent=ALEX))
    expect(situation).to_contain_text(f"Ringing at {ALEX}")
    expect(page.get_by_test_id("call-status")).to_have_text("Ringing")
    expect(page.get_by_role("group", name="Call controls")).to_be_hidden()
    expect(composer(page)).to_be_hidden()
    call.add(CallAnswered(agent=ALEX, waited_s=5))
    expect(page.get_by_role("group", name="Call controls")).to_be_visible()
    expect(page.get_by_test_id("call-status")).to_have_text("Live")


def test_a_call_without_a_queue_has_neither_hold_nor_composer(view: Page) -> None:
    expect(view.get_by_role("group", name="Call controls")).to_be_hidden()
    expect(composer(view)).to_be_hidden()
    view.keyboard.press("h")
    view.keyboard.press("x")
    assert clicked(view) == []


def test_hold_and_resume_by_button_and_key(desk: Page, call: ScriptedCall) -> None:
    control(desk, "Hold").click()
    expect(control(desk, "Holding…")).to_be_disabled()
    call.add(HoldStarted(by=ALEX), offset_s=20)
    expect(desk.get_by_test_id("situation")).to_contain_text("On hold: the customer hears a tone")
    expect(desk.get_by_test_id("call-status")).to_have_text("On hold")
    expect(control(desk, "Resume")).to_have_attribute("aria-pressed", "true")
    desk.keyboard.press("h")
    call.add(HoldEnded(by=ALEX, held_s=8))
    expect(desk.get_by_test_id("situation")).not_to_contain_text("On hold")
    assert clicked(desk) == [{"name": "hold"}, {"name": "resume"}]


def test_the_time_on_hold_runs(desk: Page, call: ScriptedCall) -> None:
    call.add(HoldStarted(by=ALEX))
    notice = desk.locator("[data-kind=hold] time")
    expect(notice).to_have_text("00:00")
    expect(notice).to_have_text("00:01")


def test_a_call_is_handed_to_a_colleague_who_is_free(desk: Page, call: ScriptedCall) -> None:
    furnish(desk, call, COLLEAGUES)
    desk.keyboard.press("x")
    to = desk.get_by_label("Transfer to")
    expect(to).to_be_focused()
    expect(to.locator("option:disabled")).to_have_text("Tom Becker (busy)")
    to.select_option("Priya Nair")
    desk.get_by_label("What they should know").fill("Wants a refund")
    desk.get_by_role("form", name="Transfer").get_by_role("button", name="Transfer").click()
    expect(desk.get_by_role("form", name="Transfer")).to_be_hidden()
    assert clicked(desk) == [
        {"name": "colleagues"},
        {"name": "transfer", "to": "Priya Nair", "note": "Wants a refund"},
    ]
    call.add(CallTransferred(from_agent=ALEX, to_agent="Priya Nair", note="Wants a refund"))
    expect(desk.get_by_test_id("situation")).to_contain_text(
        "Alex Morgan passed this on to Priya Nair: “Wants a refund”"
    )


def test_a_call_goes_back_to_the_queue(desk: Page, call: ScriptedCall) -> None:
    control(desk, "Transfer").click()
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    assert clicked(desk)[-1] == {"name": "transfer", "to": "", "note": ""}
    call.add(CallTransferred(from_agent=ALEX), *calling()[1:])
    expect(desk.get_by_test_id("situation")).to_contain_text("Alex Morgan gave this back to the queue.")


def test_escape_leaves_the_call_where_it_is(desk: Page) -> None:
    control(desk, "Transfer").click()
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("form", name="Transfer")).to_be_hidden()
    expect(control(desk, "Transfer")).to_be_focused()
    control(desk, "Ask for help").click()
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("form", name="Ask for help")).to_be_hidden()
    assert clicked(desk) == [{"name": "colleagues"}]


def test_help_is_asked_for_until_it_came(desk: Page, call: ScriptedCall) -> None:
    control(desk, "Ask for help").click()
    desk.get_by_label("Why you need help").fill("Refund above my limit")
    desk.keyboard.press("Enter")
    assert clicked(desk) == [{"name": "request_help", "reason": "Refund above my limit"}]
    call.add(HelpRequested(reason="Refund above my limit"))
    expect(desk.get_by_test_id("situation")).to_contain_text("You asked for help: “Refund above my limit”")
    expect(control(desk, "Ask for help")).to_be_hidden()
    button(desk, "No longer needed").click()
    call.add(HelpEnded(by=ALEX))
    expect(desk.get_by_test_id("situation")).not_to_contain_text("help")
    expect(control(desk, "Ask for help")).to_be_visible()
    assert clicked(desk)[1:] == [{"name": "end_help"}]


def test_who_listens_is_shown_unless_the_rules_hide_it(desk: Page, call: ScriptedCall) -> None:
    situation = desk.get_by_test_id("situation")
    call.add(
        SupervisorJoined(supervisor="Dana Reed", mode="listen"),
        SupervisorJoined(supervisor="Robin Shadow", mode="listen", visible=False),
    )
    shows(desk, call)
    expect(situation).to_contain_text("Dana Reed listens.")
    expect(situation).not_to_contain_text("Robin")
    call.add(SupervisorJoined(supervisor="Dana Reed", mode="whisper"))
    expect(situation).to_contain_text("can whisper to you")
    call.add(SupervisorJoined(supervisor="Dana Reed", mode="join"))
    expect(situation).to_contain_text("Dana Reed is on the line.")
    call.add(SupervisorLeft(supervisor="Dana Reed"))
    expect(situation).not_to_contain_text("Dana")


def test_recording_is_paused_while_card_data_is_spoken(desk: Page, call: ScriptedCall) -> None:
    badge = desk.get_by_test_id("recording")
    expect(badge).to_be_hidden()
    call.add(RecordingStarted(file="call.opus"))
    expect(badge).to_have_text("Recording")
    desk.get_by_role("button", name="Pause recording while card data is spoken").click()
    call.add(RecordingPaused(by=ALEX, reason="card data"))
    expect(badge).to_have_text("Recording paused")
    button(desk, "Record again").click()
    call.add(RecordingResumed(by=ALEX))
    expect(badge).to_have_attribute("data-state", "on")
    assert clicked(desk) == [{"name": "pause_recording", "reason": "card data"}, {"name": "resume_recording"}]


def test_a_customer_who_was_cut_off_is_waited_for(desk: Page, call: ScriptedCall) -> None:
    call.add(PartyLeft(party="customer"))
    expect(desk.get_by_test_id("situation")).to_contain_text("The customer was cut off")
    call.add(PartyJoined(party="customer", engine="pocketsphinx"))
    expect(desk.get_by_test_id("situation")).not_to_contain_text("cut off")


def test_messages_are_lines_of_the_transcript_with_their_delivery(chat: Page, call: ScriptedCall) -> None:
    call.add(wrote("m1", "Where is\nmy order?"), offset_s=3)
    call.add(wrote("m2", "One moment.", "agent"), offset_s=5)
    expect(lines(chat)).to_have_count(2)
    expect(lines(chat).first).to_have_attribute("data-channel", "chat")
    expect(lines(chat).first).to_have_attribute("data-speaker", "customer")
    expect(lines(chat).first.locator(".delivery")).to_have_count(0)
    expect(lines(chat).last.locator(".delivery")).to_have_text("Sent")
    call.add(MessageDelivered(message_id="m2"))
    expect(lines(chat).last.locator(".delivery")).to_have_text("✓ Delivered")


def test_spoken_lines_are_no_messages(desk: Page, call: ScriptedCall) -> None:
    call.add(final("u1", "Hello."))
    expect(lines(desk)).not_to_have_attribute("data-channel", "chat")


def test_what_the_agent_sees_is_reported_once(chat: Page, call: ScriptedCall) -> None:
    call.add(wrote("m1", "Hello?"), wrote("m2", "Yes?", "agent"), wrote("m3", "Are you there?"))
    shows(chat, call)
    call.add(MessageDelivered(message_id="m1"))
    shows(chat, call)
    chat.wait_for_timeout(0)
    assert [message["data"]["message_id"] for message in said(chat, "Seen")] == ["m1", "m3"]


def test_enter_sends_and_shift_enter_begins_a_line(chat: Page, call: ScriptedCall) -> None:
    chat.keyboard.press("w")
    expect(composer(chat)).to_be_focused()
    chat.keyboard.type("First")
    chat.keyboard.press("Shift+Enter")
    chat.keyboard.type("second ")
    chat.keyboard.press("Enter")
    expect(composer(chat)).to_have_value("")
    chat.keyboard.press("Enter")
    assert clicked(chat) == [{"name": "send", "text": "First\nsecond"}]
    assert len(said(chat, "Typing")) == 1
    call.add(wrote("m1", "First\nsecond", "agent"))
    expect(lines(chat)).to_contain_text("First")


def test_the_customer_typing_shows(chat: Page, call: ScriptedCall) -> None:
    note = chat.get_by_test_id("composer-note")
    call.send({"type": "Typing", "data": {"customer": True}})
    expect(note).to_have_text("The customer is typing…")
    call.send({"type": "Typing", "data": {"customer": False}})
    expect(note).to_be_empty()


def test_using_a_suggestion_in_a_chat_puts_it_into_the_box(chat: Page, call: ScriptedCall) -> None:
    call.add(*shown("s1", "Your order ships."))
    card(chat, "s1").get_by_role("button", name="Use").click()
    expect(composer(chat)).to_be_focused()
    expect(composer(chat)).to_have_value("Your order ships.")
    assert clicked(chat) == []
    chat.keyboard.type(" Today.")
    button(chat, "Send").click()
    assert clicked(chat) == [{"name": "send", "text": "Your order ships. Today.", "suggestion_id": "s1"}]
    expect(card(chat, "s1")).to_contain_text("using…")
    call.add(
        wrote("m1", "Your order ships. Today.", "agent"),
        SuggestionUsed(suggestion_id="s1", text="Your order ships. Today."),
    )
    expect(card(chat, "s1")).to_have_attribute("data-state", "used")


def test_another_language_is_translated_and_answered_in(chat: Page, call: ScriptedCall) -> None:
    call.add(
        wrote("m1", "¿Dónde está mi pedido?"),
        LanguageSpotted(utterance_id="m1", language="es"),
        *shown("s1", "Your order ships on 23 October."),
    )
    expect(chat.get_by_test_id("customers-language")).to_have_text("Speaks Spanish")
    call.add(
        TranslationWritten(utterance_id="m1", language="en", text="Where is my order?"),
        SuggestionTranslated(
            suggestion_id="s1", language="es", text="Su pedido sale el 25 de octubre.", unverified=["25"]
        ),
    )
    line = lines(chat).first
    expect(line.locator(".text")).to_have_attribute("lang", "es")
    expect(line.get_by_test_id("translation")).to_have_text("Translation: Where is my order?")
    expect(chat.locator(".announcements")).to_contain_text("Translation: Where is my order?")
    offered = card(chat, "s1").get_by_test_id("card-translation")
    expect(offered).to_contain_text("In Spanish: Su pedido sale el 25 de octubre.")
    expect(offered).to_contain_text("Check: 25")
    offered.get_by_role("button", name="Use in chat, in Spanish").click()
    expect(composer(chat)).to_have_value("Su pedido sale el 25 de octubre.")
    button(chat, "Send").click()
    text = "Su pedido sale el 25 de octubre."
    assert clicked(chat) == [{"name": "send", "text": text, "suggestion_id": "s1"}]
    call.add(wrote("m2", text, "agent"), SuggestionUsed(suggestion_id="s1", text=text))
    expect(card(chat, "s1")).to_contain_text("Used, in Spanish")
    expect(offered).to_be_hidden()


def test_a_suggestion_goes_behind_what_is_written(chat: Page, call: ScriptedCall) -> None:
    composer(chat).fill("Hello Sarah.")
    call.add(*shown("s1", "Your order ships."))
    shows(chat, call)
    chat.keyboard.press("Escape")
    chat.keyboard.press("u")
    expect(composer(chat)).to_have_value("Hello Sarah.\nYour order ships.")


def test_a_message_of_ones_own_uses_no_suggestion(chat: Page, call: ScriptedCall) -> None:
    call.add(*shown("s1", "Your order ships."))
    card(chat, "s1").get_by_role("button", name="Use").click()
    composer(chat).fill("")
    composer(chat).fill("Hello.")
    chat.keyboard.press("Enter")
    assert clicked(chat) == [{"name": "send", "text": "Hello."}]


def test_in_a_voice_call_using_copies_and_writing_is_at_hand(desk: Page, call: ScriptedCall) -> None:
    call.add(*shown("s1"))
    card(desk, "s1").get_by_role("button", name="Use").click()
    assert clicked(desk) == [{"name": "use", "suggestion_id": "s1"}]
    composer(desk).fill("The tracking number is FX123.")
    desk.keyboard.press("Enter")
    assert clicked(desk)[1:] == [{"name": "send", "text": "The tracking number is FX123."}]


def test_a_message_that_got_lost_comes_back_to_the_box(chat: Page, call: ScriptedCall) -> None:
    chat.clock.install()
    composer(chat).fill("Hello.")
    chat.keyboard.press("Enter")
    expect(composer(chat)).to_have_value("")
    chat.clock.run_for(9_000)
    expect(composer(chat)).to_have_value("Hello.")
    expect(chat.get_by_test_id("composer-note")).to_have_text("This was not sent. Try again.")


def test_a_chat_has_no_meter_no_mute_and_no_hold(chat: Page) -> None:
    leg = chat.get_by_role("group", name="Customer line")
    expect(leg).to_contain_text("in the chat")
    expect(leg.get_by_role("button")).to_be_hidden()
    expect(control(chat, "Hold")).to_be_hidden()
    expect(chat.locator(".engine").first).to_be_hidden()


def test_the_rating_is_shown_after_the_call(desk: Page, call: ScriptedCall) -> None:
    call.add(CallEnded(reason="completed"), CallRated(score=4, comment="Quick"))
    expect(desk.get_by_test_id("situation")).to_contain_text("The customer rated this 4 of 5: “Quick”")
    expect(desk.get_by_role("group", name="Call controls")).to_be_hidden()
    expect(composer(desk)).to_be_hidden()


def test_whoever_reads_along_sends_nothing(page: Page, server: ScriptedServer, call: ScriptedCall) -> None:
    call.add(*answered("chat"), identified(), wrote("m1", "Hello?"), *shown("s1"))
    open_page(page, server)
    page.evaluate("window.sent = []")
    page.on("websocket", lambda socket: socket.on("framesent", lambda text: page.evaluate("window.sent.push(1)")))
    page.evaluate(
        "id => { window.shadow = place(); window.cleanUp = invoke(shadow, id, { reading: true }) }", call.call_id
    )
    shows(page, call)
    for key in ("h", "x", "w", "u", "m"):
        page.keyboard.press(key)
    call.add(CallEnded(reason="completed"))
    shows(page, call)
    assert page.evaluate("[window.commands, window.sent]") == [[], []]
    for name in ("Hold", "Transfer", "Ask for help", "End call", "Send", "Use"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)


def test_answering_makes_a_reader_the_agent(page: Page, server: ScriptedServer, call: ScriptedCall) -> None:
    call.add(*answered())
    open_page(page, server)
    page.evaluate("id => { window.shadow = place(); invoke(shadow, id, { reading: true }) }", call.call_id)
    shows(page, call)
    expect(control(page, "Hold")).to_have_count(0)
    page.evaluate("id => invoke(shadow, id, {})", call.call_id)
    expect(control(page, "Hold")).to_be_visible()
    expect(page.get_by_test_id("call-view")).to_have_count(1)


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_scrolls_sideways(page: Page, server: ScriptedServer, call: ScriptedCall, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    opened(page, server, call, *answered("chat"), identified())
    call.add(
        RecordingStarted(file="call.opus"),
        HoldStarted(by=ALEX),
        HelpRequested(reason="x" * 90),
        CallTransferred(from_agent=ALEX, to_agent="Priya Nair", note="y" * 90),
        HelpRequested(reason="x" * 90),
        wrote("m1", "z" * 200),
    )
    shows(page, call)
    control(page, "Transfer").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_click_that_python_has_not_got_is_sent_again_until_the_call_shows_it(desk: Page, call: ScriptedCall) -> None:
    call.add(*shown("s1"))
    desk.clock.install()
    card(desk, "s1").get_by_role("button", name="Use").click()
    sent = "window.commands.filter(([, value]) => value.some(({ name }) => name === 'use')).length"
    assert desk.evaluate(sent) == 1
    desk.clock.run_for(1_600)
    assert desk.evaluate(sent) == 2
    assert len(clicked(desk)) == 1
    call.add(SuggestionUsed(suggestion_id="s1", text="Hello."))
    shows(desk, call)
    desk.clock.run_for(5_000)
    assert desk.evaluate(sent) == 2
