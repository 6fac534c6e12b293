"""The supervisor's floor: its view over real services in a real Chromium, and the page of the running app."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import Error as PlaywrightError
from running import SCRIPTED_SPEECH, WAIT_MS, Running, pick
from serving import serving
from sheets import COMPONENTS
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from voices import FAKE_MICROPHONE, in_frames, until

from core.bootstrap import Services
from core.calls.events import PartyJoined, SentimentScored, TranscriptFinal
from core.routing.switchboard import CallRequest
from core.web.floor import floor_socket

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SUPERVISOR = "Robin Castillo"
AGENT = "Alex Morgan"
COLLEAGUE = "Priya Nair"

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Sidetone</title><main id="place"></main>
<script type="module">
  import mount from "/ui/floor_view/mount.js";
  const parentElement = document.querySelector("#place").attachShadow({ mode: "open" });
  window.clicks = [];
  const setTriggerValue = (name, { name: what, call_id }) => window.clicks.push([name, what, call_id]);
  window.show = (as, open = null) => mount({ parentElement, data: { as, open }, setTriggerValue });
</script></html>
"""


@pytest.fixture
def floor_url(services: Services) -> Iterator[str]:
    """A page with nothing but the view, fed by `services`."""

    async def page(_: Request) -> HTMLResponse:
        return HTMLResponse(PAGE)

    routes = [
        Route("/", page),
        Mount("/ui", StaticFiles(directory=COMPONENTS)),
        WebSocketRoute("/api/floor", floor_socket(lambda: services)),
    ]
    with serving(Starlette(routes=routes), "floor-server") as (url, _):
        yield url
        services.stopping.set()


def show(page: Page, url: str, supervisor: str = SUPERVISOR) -> None:
    page.goto(url)
    page.wait_for_function("window.show")
    page.evaluate("name => { window.show(name) }", supervisor)


def calls(page: Page) -> Locator:
    return page.get_by_test_id("floor-call")


def say(services: Services, call_id: str, text: str, score: float) -> None:
    said = TranscriptFinal(
        utterance_id="u1", speaker="customer", text=text, start_s=0, end_s=1, confidence=None, engine="scripted"
    )
    for event in (PartyJoined(party="customer", engine="scripted"), said):
        services.log.append(call_id, event)
    services.log.append(call_id, SentimentScored(utterance_id="u1", score=score))


def test_an_empty_floor_says_what_will_appear(page: Page, floor_url: str) -> None:
    show(page, floor_url)
    expect(page.get_by_test_id("floor-empty")).to_contain_text("Calls appear here by themselves")
    expect(page.get_by_role("link", name="classroom")).to_have_attribute("href", re.compile("/classroom"))
    expect(page.get_by_test_id("tile-calls")).to_have_text("0")
    expect(page.get_by_test_id("tile-longest")).to_have_text("–")


def test_a_call_shows_who_how_long_how_it_goes_and_the_latest_words(
    page: Page, floor_url: str, services: Services
) -> None:
    show(page, floor_url)
    call_id = services.desk.start(AGENT)
    say(services, call_id, "This is terrible.", -0.5)
    row = calls(page)
    expect(row).to_contain_text(f"{AGENT} with")
    expect(row.get_by_test_id("floor-latest")).to_have_text("Customer: This is terrible.")
    expect(row.get_by_test_id("floor-sentiment")).to_contain_text("Negative −0.5")
    expect(row.get_by_test_id("floor-duration")).to_have_text(re.compile(r"^00:(0[1-9]|[1-5]\d)$"))
    row.get_by_role("button", name="Open").click()
    assert page.evaluate("window.clicks") == [["command", "open", call_id]]
    services.desk.end(call_id)
    expect(page.get_by_test_id("floor-empty")).to_be_visible()


def test_a_help_request_rises_to_the_top_and_marks_the_tab(page: Page, floor_url: str, services: Services) -> None:
    first, second = services.desk.start("Priya Nair"), services.desk.start(AGENT)
    show(page, floor_url)
    expect(calls(page).first).to_have_attribute("data-call-id", first)
    services.desk.request_help(second, "refund over my limit")
    expect(calls(page).first).to_have_attribute("data-call-id", second)
    expect(calls(page).first.get_by_test_id("floor-help")).to_have_text(f"{AGENT} asks for help: refund over my limit")
    expect(page).to_have_title("(1) Help asked · Sidetone")
    expect(page.locator(".announcements")).to_contain_text("refund over my limit")
    calls(page).first.get_by_role("button", name="I'm on it").click()
    assert page.evaluate("window.clicks") == [["command", "on_it", second]]
    services.desk.end_help(second, SUPERVISOR)
    expect(page).to_have_title("Sidetone")


def test_with_a_call_open_only_the_help_others_ask_for_is_shown(page: Page, floor_url: str, services: Services) -> None:
    opened, other = services.desk.start("Priya Nair"), services.desk.start(AGENT)
    show(page, floor_url)
    expect(calls(page)).to_have_count(2)
    page.evaluate("([name, open]) => { window.show(name, open) }", [SUPERVISOR, opened])
    expect(calls(page)).to_have_count(0)
    services.desk.request_help(opened, "here")
    services.desk.request_help(other, "there")
    expect(calls(page)).to_have_count(1)
    expect(calls(page)).to_contain_text("there")
    expect(page.get_by_test_id("floor-agents")).to_be_hidden()


def test_who_waits_is_in_the_queue_and_not_among_the_calls(page: Page, floor_url: str, services: Services) -> None:
    services.switchboard.set_availability(AGENT, "available")
    services.switchboard.call_in(CallRequest(name="Somebody <b>New</b>", reason="my invoice", channel="chat"))
    show(page, floor_url)
    waiting = page.get_by_test_id("floor-waiting")
    expect(waiting).to_contain_text("Somebody <b>New</b>")
    expect(waiting).to_contain_text(f"rings at {AGENT}")
    expect(page.get_by_test_id("tile-waiting")).to_have_text("1")
    expect(page.locator(f"[data-agent='{AGENT}']")).to_have_attribute("data-state", "ringing")
    expect(calls(page)).to_have_count(0)


def test_an_agent_is_told_why_there_is_nothing_to_see(page: Page, floor_url: str) -> None:
    show(page, floor_url, AGENT)
    expect(page.get_by_test_id("floor-status")).to_contain_text("may not supervise")


@pytest.fixture(scope="module")
def app_settings() -> dict[str, str]:
    """What is heard is what was said: this is about what a supervisor sees of it."""
    return SCRIPTED_SPEECH


@pytest.fixture(scope="module")
def chromium_arguments() -> list[str]:
    return FAKE_MICROPHONE


@pytest.fixture
def people(chromium: Browser) -> Iterator[list[Page]]:
    """Three people, each at a browser of their own."""
    contexts = [chromium.new_context(viewport={"width": 1280, "height": 900}) for _ in range(3)]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.set_default_timeout(WAIT_MS)
    yield pages
    for context in contexts:
        context.close()


def test_the_page_shows_a_demo_call_and_follows_it(people: list[Page], app: Running) -> None:
    desk, floor, _ = people
    desk.goto(app.url)
    desk.get_by_role("button", name="Play demo call").filter(has_text="order").first.click()
    floor.goto(f"{app.url}/floor")
    floor.get_by_role("button", name=SUPERVISOR).click()
    row = calls(floor).first
    expect(row).to_contain_text(AGENT)
    expect(row.get_by_test_id("floor-latest")).to_contain_text(re.compile("(Agent|Customer): .+"))
    row.get_by_role("button", name="Open").click()
    floor.wait_for_url(re.compile("call=call_"))
    expect(floor.get_by_test_id("transcript-line").first).to_be_visible()
    expect(floor.get_by_role("button", name="End call")).to_have_count(0)
    floor.get_by_role("button", name="Back to the floor").click()
    expect(calls(floor).first).to_contain_text(AGENT)
    desk.get_by_role("button", name="End call").click()
    expect(floor.get_by_test_id("floor-empty")).to_be_visible()


# What comes out of every connection's loudspeaker, wherever in the page it was made.
COUNT_SOUND = """
  window.connections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args) {
      super(...args);
      window.connections.push(this);
    }
  };
  window.heard = async () => {
    let energy = 0;
    for (const connection of window.connections) {
      for (const report of (await connection.getStats()).values()) {
        if (report.type === "inbound-rtp" && report.kind === "audio") energy += report.totalAudioEnergy ?? 0;
      }
    }
    return energy;
  };
"""


def connections(page: Page) -> list[str]:
    """The state of every WebRTC connection the page has made."""
    states = "(window.connections ?? []).map(connection => connection.connectionState)"
    return [state for frame_states in in_frames(page, states) for state in frame_states]


def heard(page: Page) -> float:
    """Sound energy received so far."""
    return sum(in_frames(page, "window.heard ? window.heard() : 0"))


# A page that is drawn again while it is asked has taken a frame away, however long that frame would have thought.
ASKED_AS_IT_GOES = """async () => {
  if (top === self) return "the page";
  setTimeout(() => frameElement.remove());
  await new Promise(() => {});
}"""


def test_a_frame_that_goes_while_it_is_asked_says_nothing(page: Page) -> None:
    page.set_content("<iframe srcdoc='a player'></iframe>")
    assert len(page.frames) == 2
    assert in_frames(page, ASKED_AS_IT_GOES) == ["the page"]
    with pytest.raises(PlaywrightError, match="is not defined"):
        in_frames(page, "nobody")


def test_help_is_asked_for_and_the_supervisor_listens_whispers_and_leaves(people: list[Page], app: Running) -> None:
    desk, floor, classroom = people
    floor.add_init_script(COUNT_SOUND)
    desk.goto(f"{app.url}/?as={COLLEAGUE}")
    desk.get_by_role("button", name="Available", exact=True).click()
    classroom.goto(f"{app.url}/classroom")
    pick(classroom, "Who calls", "Why is my bill so high?")
    classroom.keyboard.press("Escape")
    classroom.get_by_role("button", name="Start callers").click()
    desk.get_by_role("button", name="Accept").click()
    # Only a line that has been opened can be muted: who is to be heard is there.
    for party in ("customer", "agent"):
        expect(desk.get_by_role("button", name=f"Mute {party}")).to_be_visible()
    desk.get_by_role("button", name="Ask for help").click()
    desk.get_by_label("Why you need help").fill("a refund over my limit")
    desk.get_by_role("button", name="Ask", exact=True).click()

    floor.goto(f"{app.url}/floor?as={SUPERVISOR}")
    expect(calls(floor).first.get_by_test_id("floor-help")).to_contain_text("a refund over my limit")
    expect(floor).to_have_title(re.compile(r"^\(1\) Help asked"))
    calls(floor).first.get_by_role("button", name="I'm on it").click()
    floor.get_by_role("button", name="Listen").click()
    # The button under the pointer says so, too.
    expect(floor.get_by_test_id("stCaptionContainer").filter(has_text="Nobody hears you")).to_be_visible()
    expect(desk.get_by_text(f"{SUPERVISOR} listens")).to_be_visible()
    until(
        floor,
        lambda: "connected" in connections(floor),
        lambda: f"the supervisor is not connected: {connections(floor)}",
    )
    before = heard(floor)
    until(floor, lambda: heard(floor) > before, lambda: f"the supervisor hears nothing: {connections(floor)}")
    floor.get_by_role("button", name="Whisper").click()
    expect(desk.get_by_text(f"{SUPERVISOR} listens, and can whisper to you")).to_be_visible()
    floor.get_by_role("button", name="Stop").click()
    expect(desk.get_by_text(f"{SUPERVISOR} listens, and can whisper to you")).to_have_count(0)
