"""The customer's screen in a real browser, over the real socket, with the test as the agent."""

import os
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from customer_stage import Stage, customer_stage
from playwright.sync_api import Browser, Page, WebSocketRoute, expect
from waiting import WAIT_S, wait_for

from core.bootstrap import Services, build
from core.calls.events import CallEnded, CallRated, MessageDelivered, MessageSent
from core.config import Settings
from core.routing.switchboard import CallRequest, Visit
from core.speech.scripted import ScriptedEngine

pytestmark = pytest.mark.browser

AGENT = "Alex Morgan"
PHONES = [(390, 844), (320, 640)]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    settings = Settings(database_url=f"duckdb:///{tmp_path / 'stage.duckdb'}", recordings_path=tmp_path)
    services = build(settings, speech=ScriptedEngine([]))
    services.switchboard.set_availability(AGENT, "available")
    with customer_stage(services) as running:
        yield running
    services.close()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.set_default_timeout(10_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def calling(stage: Stage, channel: str = "chat") -> Visit:
    return stage.services.switchboard.call_in(CallRequest(channel=channel, name="Sarah Johnson"))  # type: ignore[arg-type]


def answer(services: Services, visit: Visit) -> None:
    services.switchboard.accept(visit.call_id, AGENT)


def headline(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=2)).to_have_text(text)


def test_a_chat_from_the_queue_to_the_rating(stage: Stage, phone: Page) -> None:
    services = stage.services
    services.switchboard.set_availability(AGENT, "away")
    first, visit = calling(stage), calling(stage)
    phone.goto(stage.address(visit.visit_id))
    headline(phone, "You are number 2 in line")
    services.switchboard.hang_up(first.call_id)
    headline(phone, "You are next")
    services.switchboard.set_availability(AGENT, "available")
    headline(phone, "Connecting you now")
    answer(services, visit)
    headline(phone, "You are chatting with Alex")

    box = phone.get_by_label("Message", exact=True)
    box.fill("Where is my order?")
    box.press("Enter")
    mine = phone.get_by_test_id("message").filter(has_text="Where is my order?")
    expect(mine).to_contain_text("Sent")
    sent = wait_for(services, visit.call_id, MessageSent).event
    assert isinstance(sent, MessageSent)
    services.desk.delivered(visit.call_id, sent.message_id, "agent")
    expect(mine).to_contain_text("Delivered")
    expect(box).to_have_value("")

    services.desk.typing(visit.call_id, "agent")
    expect(phone.get_by_test_id("agent-typing")).to_have_text("Alex is typing…")
    reply = services.desk.send(visit.call_id, "agent", "<b>It</b> is on its way.")
    expect(phone.get_by_test_id("message").last).to_contain_text("<b>It</b> is on its way.")
    waited = wait_for(services, visit.call_id, MessageDelivered)
    assert waited.event == MessageDelivered(message_id=sent.message_id)
    expect(phone.get_by_test_id("agent-typing")).to_have_text("")
    assert reply in services.desk.call(visit.call_id).utterances

    services.desk.hold(visit.call_id, AGENT)
    headline(phone, "You are on hold")
    services.desk.resume(visit.call_id, AGENT)
    headline(phone, "You are chatting with Alex")

    phone.get_by_role("button", name="End chat", exact=True).click()
    phone.get_by_role("button", name="Stay").click()
    headline(phone, "You are chatting with Alex")
    phone.get_by_role("button", name="End chat", exact=True).click()
    phone.get_by_role("button", name="Yes, end chat").click()
    headline(phone, "The chat is over")
    assert phone.evaluate("window.told") == ["ended"]

    expect(phone.get_by_role("button", name="Send rating")).to_be_disabled()
    phone.get_by_role("radio", name="3 of 5").focus()
    phone.keyboard.press("ArrowRight")
    phone.get_by_label("Comment").fill("Quick answer.")
    phone.get_by_role("button", name="Send rating").click()
    expect(phone.get_by_text("Thank you for your rating.")).to_be_visible()
    assert services.desk.call(visit.call_id).rating == CallRated(score=4, comment="Quick answer.")
    phone.get_by_role("button", name="Call again").click()
    assert phone.evaluate("window.told") == ["ended", "again"]


def chat_loses_its_connection(stage: Stage, phone: Page) -> None:
    visit = calling(stage)
    answer(stage.services, visit)
    phone.goto(stage.address(visit.visit_id))
    headline(phone, "You are chatting with Alex")
    stage.services.stopping.set()
    expect(phone.get_by_test_id("connection-notice")).to_have_text("Connection lost, coming back…")


def test_a_lost_connection_comes_back_to_the_same_call(stage: Stage, phone: Page) -> None:
    chat_loses_its_connection(stage, phone)
    expect(phone.get_by_role("button", name="End chat", exact=True)).to_be_disabled()
    phone.get_by_label("Message", exact=True).fill("kept")
    phone.get_by_label("Message", exact=True).press("Enter")
    stage.services.stopping.clear()
    expect(phone.get_by_test_id("connection-notice")).to_be_hidden()
    expect(phone.get_by_label("Message", exact=True)).to_have_value("kept")
    phone.get_by_label("Message", exact=True).press("Enter")
    expect(phone.get_by_test_id("message")).to_contain_text("kept")


def until_there_is_one(phone: Page, found: Sequence[object]) -> None:
    """What the page does comes to the test only while the test waits for the page."""
    deadline = time.monotonic() + WAIT_S
    while not found and time.monotonic() < deadline:
        phone.wait_for_timeout(50)
    assert found


def test_what_is_written_to_a_server_that_has_told_nothing_yet_is_kept(stage: Stage, phone: Page) -> None:
    """One that goes away still takes connections, and closes them without reading."""
    silent: list[WebSocketRoute] = []
    phone.route_web_socket(
        re.compile("/api/customer/"),
        lambda route: silent.append(route) if stage.services.stopping.is_set() else route.connect_to_server(),
    )
    chat_loses_its_connection(stage, phone)
    message = phone.get_by_label("Message", exact=True)
    message.fill("kept")
    until_there_is_one(phone, silent)
    message.press("Enter")
    expect(message).to_have_value("kept")
    stage.services.stopping.clear()
    silent.pop().close(code=1012)
    expect(phone.get_by_test_id("connection-notice")).to_be_hidden()
    message.press("Enter")
    expect(phone.get_by_test_id("message")).to_contain_text("kept")


def test_muting_and_the_notices_of_a_voice_call(stage: Stage, phone: Page) -> None:
    visit = calling(stage, "voice")
    phone.goto(stage.address(visit.visit_id))
    headline(phone, "Connecting you now")
    expect(phone.get_by_role("button", name="Stop waiting", exact=True)).to_be_visible()
    answer(stage.services, visit)
    headline(phone, "You are talking to Alex")
    expect(phone.get_by_test_id("recording-notice")).to_be_hidden()
    stage.services.desk.record(visit.call_id)
    expect(phone.get_by_test_id("recording-notice")).to_contain_text("This call is being recorded")
    stage.services.desk.pause_recording(visit.call_id, AGENT)
    expect(phone.get_by_test_id("recording-notice")).to_contain_text("paused")
    stage.services.desk.end(visit.call_id)
    wait_for(stage.services, visit.call_id, CallEnded)
    headline(phone, "The call is over")
    expect(phone.get_by_role("button", name="Mute")).to_be_hidden()


def test_an_unknown_visit_says_so_and_offers_another_call(stage: Stage, phone: Page) -> None:
    phone.goto(stage.address("nobody"))
    expect(phone.get_by_role("alert")).to_contain_text("not known here any more")
    phone.get_by_role("button", name="Call again").click()
    assert phone.evaluate("window.told") == ["again"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", PHONES)
def test_everything_fits_a_phone_and_a_thumb(stage: Stage, phone: Page, size: tuple[int, int], theme: str) -> None:
    phone.set_viewport_size({"width": size[0], "height": size[1]})
    visit = calling(stage)
    answer(stage.services, visit)
    phone.goto(stage.address(visit.visit_id, theme))
    for sender, text in (
        ("agent", "Hello, this is Alex. How can I help you?"),
        ("customer", "My order 78901 has not come. https://example.com/" + "a-very-long-address" * 6),
        ("agent", "I am sorry about that. It left the warehouse on Monday."),
    ):
        stage.services.desk.send(visit.call_id, sender, text)  # type: ignore[arg-type]
    expect(phone.get_by_test_id("message")).to_have_count(3)
    assert_fits(phone)
    picture(phone, f"chat_{theme}_{size[0]}")
    phone.get_by_role("button", name="End chat", exact=True).click()
    assert_fits(phone)
    picture(phone, f"leaving_{theme}_{size[0]}")
    phone.get_by_role("button", name="Yes, end chat").click()
    headline(phone, "The chat is over")
    phone.get_by_role("radio", name="4 of 5").check(force=True)
    assert_fits(phone)
    picture(phone, f"rating_{theme}_{size[0]}")


def assert_fits(page: Page) -> None:
    """Nothing is wider than the screen, and every control is at least 44 px high."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for control in page.locator("button:visible, textarea:visible, label.star:visible").all():
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= 43.5, control.inner_text()
        assert box["x"] >= 0, control.inner_text()
        assert box["x"] + box["width"] <= page.viewport_size["width"] + 0.5, control.inner_text()  # type: ignore[index]


def picture(page: Page, name: str) -> None:
    """Kept where SIDETONE_SHOTS says, for somebody to look at."""
    if folder := os.environ.get("SIDETONE_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"customer_{name}.png"))
