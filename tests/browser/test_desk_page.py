"""The agent's desk as a person uses it: customers call in from pages of their own, and are answered."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from running import SCRIPTED_SPEECH, WAIT_MS, Running
from slow_line import SlowLine
from voices import FAKE_MICROPHONE

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def app_settings() -> dict[str, str]:
    """Nothing here is about what is heard."""
    return SCRIPTED_SPEECH


@pytest.fixture(scope="module")
def chromium_arguments() -> list[str]:
    return FAKE_MICROPHONE


@contextmanager
def person(chromium: Browser, address: str, width: int = 1280) -> Iterator[Page]:
    """Somebody at a browser of their own."""
    context = chromium.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(address)
    yield page
    context.close()


@contextmanager
def agent(chromium: Browser, app: Running, name: str, *, available: bool = True) -> Iterator[Page]:
    """Somebody at their desk, who finishes what they began and goes: no call of the next test finds them there."""
    with person(chromium, f"{app.url}/?as={name.replace(' ', '+')}") as page:
        expect(page.get_by_role("heading", name="Take a call")).to_be_visible()
        if available:
            page.get_by_role("button", name="Available", exact=True).click()
            expect(page.get_by_text("Available 0")).to_be_visible()
        yield page
        if available:
            page.get_by_role("button", name="Away", exact=True).click()
            expect(page.get_by_text(re.compile(r"^Away.* \d\d:\d\d$"))).to_be_visible()


@contextmanager
def customer(chromium: Browser, app: Running, name: str, reason: str, *, chat: bool = True) -> Iterator[Page]:
    address = f"{app.url}/customer?name={name.replace(' ', '+')}&reason={reason.replace(' ', '+')}"
    with person(chromium, address, width=400) as page:
        if chat:
            page.get_by_role("radio", name="Write").click()
        page.get_by_role("button", name="Start chat" if chat else "Call", exact=True).click()
        yield page


def call_id_of(page: Page) -> str:
    page.wait_for_url(re.compile(r"call=call_"))
    return page.url.split("call=")[1].split("&")[0]


def accept_by_key(desk: Page) -> None:
    # Quicker than a person, the key would come before the button listens for it: it does once it has been drawn anew.
    clock = desk.get_by_text(re.compile(r"^Ringing \d\d:\d\d$"))
    expect(clock).not_to_have_text(clock.inner_text())
    desk.keyboard.press("Alt+a")


def finish(desk: Page, *, chat: bool = True) -> None:
    """End the call on the page and wrap it up."""
    desk.get_by_role("button", name="End chat" if chat else "End call").click()
    expect(desk.get_by_test_id("call-status")).to_have_attribute("data-state", "ended")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("Wrapped up: Resolved")).to_be_visible()


def stop_waiting(caller: Page) -> None:
    caller.get_by_role("button", name="Stop waiting", exact=True).click()
    caller.get_by_role("button", name="Yes, stop waiting").click()


def lines(page: Page, speaker: str) -> Locator:
    return page.locator(f"[data-testid=transcript-line][data-speaker={speaker}]")


def test_a_chat_rings_is_answered_and_messages_go_both_ways(app: Running, chromium: Browser) -> None:
    with (
        agent(chromium, app, "Alex Morgan") as desk,
        customer(chromium, app, "Sarah Johnson", "Where is my order") as caller,
    ):
        expect(desk.get_by_text("Sarah Johnson wants to chat")).to_be_visible()
        expect(desk.get_by_test_id("situation")).to_contain_text("Calls about: “Where is my order”")
        expect(desk.get_by_text("Ringing 0")).to_be_visible()
        accept_by_key(desk)
        call_id = call_id_of(desk)
        box = desk.get_by_label("Message to the customer")
        box.fill("Hello Sarah, one moment.")
        box.press("Enter")
        expect(caller.get_by_text("Hello Sarah, one moment.")).to_be_visible()
        expect(lines(desk, "agent").locator(".delivery")).to_have_text("✓ Delivered")
        finish(desk)
    types = [event["type"] for event in app.events(call_id)]
    assert [kind for kind in types if kind in ("CallQueued", "CallOffered", "CallAnswered", "MessageSent")] == [
        "CallQueued",
        "CallOffered",
        "CallAnswered",
        "MessageSent",
    ]


def test_a_declined_call_waits_and_can_be_taken_by_hand(app: Running, chromium: Browser) -> None:
    with (
        agent(chromium, app, "Alex Morgan") as desk,
        customer(chromium, app, "Zoe *Star*", "A bill") as _,
    ):
        expect(desk.get_by_text("Zoe *Star* wants to chat")).to_be_visible()
        desk.get_by_role("button", name="Decline").click()
        expect(desk.get_by_role("heading", name="Waiting: 1")).to_be_visible()
        expect(desk.get_by_text("Zoe *Star*", exact=True)).to_be_visible()
        desk.get_by_role("button", name="Take", exact=True).click()
        call_id_of(desk)
        expect(desk.get_by_label("Message to the customer")).to_be_visible()
        finish(desk)


def test_what_was_drawn_before_a_choice_does_not_undo_it(app: Running, chromium: Browser) -> None:
    with person(chromium, "about:blank") as desk:
        line = SlowLine(desk)
        desk.goto(f"{app.url}/?as=Hannah+Lee")
        expect(desk.get_by_text("Away: not at the desk yet")).to_be_visible()
        with line.late(b"[Away", b"[Available]"):
            desk.get_by_role("button", name="Available", exact=True).click()
        # Several seconds later it still is; which of them the page shows depends on how busy the machine is.
        expect(desk.get_by_text(re.compile(r"^Available 00:(0[5-9]|[1-5]\d)$"))).to_be_visible()
        desk.get_by_role("button", name="Away", exact=True).click()
        expect(desk.get_by_text("Away 00:0")).to_be_visible()


def test_what_was_drawn_before_does_not_bring_back_the_agent_before(app: Running, chromium: Browser) -> None:
    with person(chromium, "about:blank") as desk:
        line = SlowLine(desk)
        desk.goto(f"{app.url}/?as=Grace+Kim")
        desk.get_by_role("button", name="Grace Kim").click()
        with line.late(b"[Away", b"as=Marcus"):
            desk.get_by_role("menuitem", name="Marcus Hill").click()
        expect(desk.get_by_role("button", name="Marcus Hill")).to_be_visible()
        expect(desk).to_have_url(re.compile("as=Marcus"))
        line.ask_twice()
        expect(desk.get_by_role("button", name="Marcus Hill")).to_be_visible()
        expect(desk).to_have_url(re.compile("as=Marcus"))


def test_whoever_is_away_is_told_to_be_available_first(app: Running, chromium: Browser) -> None:
    with (
        agent(chromium, app, "Tom Becker", available=False) as desk,
        customer(chromium, app, "Sarah Johnson", "A bill") as caller,
    ):
        desk.get_by_role("button", name="Take", exact=True).click()
        expect(desk.get_by_text("you are away; say that you are available first")).to_be_visible()
        expect(desk.get_by_text("Away: not at the desk yet")).to_be_visible()
        stop_waiting(caller)
        expect(desk.get_by_text("Nobody is waiting.")).to_be_visible()


def test_whoever_accepts_a_call_that_has_just_gone_is_told(app: Running, chromium: Browser) -> None:
    with person(chromium, "about:blank") as desk, customer(chromium, app, "Sarah Johnson", "A bill") as caller:
        line = SlowLine(desk)
        desk.goto(f"{app.url}/?as=Tom+Becker")
        desk.get_by_role("button", name="Available", exact=True).click()
        expect(desk.get_by_text("Sarah Johnson wants to chat")).to_be_visible()
        with line.at_once(b"this call is over"):
            stop_waiting(caller)
            expect(caller.get_by_role("button", name="Call again")).to_be_visible()
            desk.get_by_role("button", name="Accept").click()
        expect(desk.get_by_text("this call is over")).to_be_visible()
        expect(desk.get_by_text("Nobody is waiting.")).to_be_visible()
        desk.get_by_role("button", name="Away", exact=True).click()
        expect(desk.get_by_text(re.compile(r"^Away.* \d\d:\d\d$"))).to_be_visible()


def test_a_chat_is_passed_on_to_a_colleague_with_a_note(app: Running, chromium: Browser) -> None:
    with (
        agent(chromium, app, "Alex Morgan") as alex,
        customer(chromium, app, "Sarah Johnson", "A bill") as caller,
    ):
        alex.get_by_role("button", name="Accept").click()
        call_id = call_id_of(alex)
        with agent(chromium, app, "Priya Nair") as priya:
            alex.get_by_role("button", name="Transfer").click()
            to = alex.get_by_label("Transfer to")
            expect(to.locator("option", has_text="Priya Nair (available)")).to_have_count(1)
            to.select_option("Priya Nair")
            alex.get_by_label("What they should know").fill("Wants a refund")
            alex.keyboard.press("Enter")
            expect(alex.get_by_role("heading", name="Take a call")).to_be_visible()
            expect(priya.get_by_text("Note: “Wants a refund”")).to_be_visible()
            priya.get_by_role("button", name="Accept").click()
            assert call_id_of(priya) == call_id
            expect(priya.get_by_test_id("situation")).to_contain_text("Alex Morgan passed this on to Priya Nair")
            priya.get_by_label("Message to the customer").fill("Priya here.")
            priya.keyboard.press("Enter")
            expect(caller.get_by_text("Priya here.")).to_be_visible()
            with person(chromium, f"{app.url}/?as=Alex+Morgan&call={call_id}") as reader:
                expect(reader.get_by_text("Priya Nair has this call")).to_be_visible()
                expect(reader.get_by_role("button", name="End chat")).to_have_count(0)
            finish(priya)


def test_several_chats_are_told_apart_by_what_is_unread(app: Running, chromium: Browser) -> None:
    with (
        agent(chromium, app, "Alex Morgan") as desk,
        customer(chromium, app, "Sarah Johnson", "A bill") as sarah,
    ):
        desk.get_by_role("button", name="Accept").click()
        first = call_id_of(desk)
        expect(desk.get_by_label("Message to the customer")).to_be_visible()
        with customer(chromium, app, "John Doe", "An order") as _:
            expect(desk.get_by_text("John Doe wants to chat")).to_be_visible()
            accept_by_key(desk)
            expect(desk).not_to_have_url(re.compile(first))
            # What comes while her call is still shown has been read.
            expect(desk.get_by_role("heading", name="John Doe", level=2)).to_be_visible()
            write = sarah.get_by_role("textbox").last
            write.fill("Are you still there?")
            write.press("Enter")
            tab = desk.get_by_role("button", name="Sarah Johnson (1 new)")
            tab.click()
            expect(lines(desk, "customer")).to_contain_text("Are you still there?")
            expect(desk.get_by_role("button", name="Sarah Johnson", exact=True)).to_be_visible()
            desk.reload()
            expect(lines(desk, "customer")).to_contain_text("Are you still there?")
            finish(desk)
            desk.get_by_role("button", name="John Doe").click()
            finish(desk)


def test_a_voice_call_is_answered_and_put_on_hold(app: Running, chromium: Browser) -> None:
    with (
        agent(chromium, app, "Alex Morgan") as desk,
        customer(chromium, app, "Sarah Johnson", "My bill", chat=False) as _,
    ):
        desk.get_by_role("button", name="Accept").click()
        call_id = call_id_of(desk)
        for party in ("customer", "agent"):
            expect(desk.locator(f"[data-testid=audio-level][data-party={party}]")).to_be_visible()
            # Only a line that has been opened can be muted: their microphone is connected.
            expect(desk.get_by_role("button", name=f"Mute {party}")).to_be_visible()
        expect(desk.get_by_role("button", name="Hold")).to_be_visible()
        desk.keyboard.press("h")
        expect(desk.get_by_test_id("situation")).to_contain_text("On hold")
        desk.get_by_role("button", name="Resume").first.click()
        expect(desk.get_by_test_id("situation")).not_to_contain_text("On hold")
        finish(desk, chat=False)
    events = app.events(call_id)
    held = [event["data"]["held_s"] for event in events if event["type"] == "HoldEnded"]
    assert len(held) == 1
    assert {event["data"]["party"] for event in events if event["type"] == "PartyJoined"} == {"customer", "agent"}
