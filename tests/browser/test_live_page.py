"""The live page as a person uses it: real app, real Chromium, real WebRTC, a fake microphone that speaks."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from chromium_launch import ARGUMENTS, chromium_path
from playwright.sync_api import Locator, Page, Playwright, expect, sync_playwright
from running import Running, running_app

from core.audio.files import Recording
from core.config import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.alone]

SCENARIO = ROOT / "data" / "scenarios" / "sarah_johnson.opus"
ANSWER_MS = 30_000
CALL_MS = 120_000
expect.set_options(timeout=ANSWER_MS)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_app(tmp_path_factory.mktemp("app")) as started:
        yield started


@pytest.fixture(scope="module")
def spoken_wav(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the customer of the demo call says, as the file Chromium's fake microphone plays, over and over."""
    with Recording.open(SCENARIO) as recording:
        customer = np.concatenate([block["customer"] for block in recording])
    path = tmp_path_factory.mktemp("microphone") / "customer.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(customer[np.newaxis, :], format="s16", layout="mono")
        frame.sample_rate = 16_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@contextmanager
def browser_page(playwright: Playwright, *arguments: str, script: str = "") -> Iterator[Page]:
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*ARGUMENTS, *arguments])
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(ANSWER_MS)
    outside: list[str] = []
    page.on("requestfailed", lambda request: outside.append(request.url))
    if script:
        page.add_init_script(script)
    yield page
    browser.close()
    assert [url for url in outside if "127.0.0.1" not in url] == []


def speaking(spoken_wav: Path) -> list[str]:
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={spoken_wav}",
    ]


def start_microphone_call(page: Page, app: Running) -> str:
    page.goto(app.url)
    page.get_by_role("button", name="Start a call with the microphone").click()
    return call_id_of(page)


def call_id_of(page: Page) -> str:
    page.wait_for_url(re.compile(r"call=call_"))
    return page.url.split("call=")[1]


def lines(page: Page, final: bool | None = None) -> Locator:
    state = "" if final is None else f"[data-final={str(final).lower()}]"
    return page.locator(f"[data-testid=transcript-line]{state}")


def watch_cards(page: Page) -> None:
    """Note every text a suggestion card shows, frame by frame."""
    page.evaluate(
        """() => {
          window.seen = {};
          const look = () => {
            for (const host of document.querySelectorAll("*")) {
              for (const card of host.shadowRoot?.querySelectorAll("[data-testid=suggestion-card]") ?? []) {
                const texts = (window.seen[card.dataset.suggestion] ??= []);
                if (texts.at(-1) !== card.innerText) texts.push(card.innerText);
              }
            }
            requestAnimationFrame(look);
          };
          look();
        }"""
    )


def end_and_wrap_up(page: Page) -> None:
    page.get_by_role("button", name="End call").click()
    expect(page.get_by_test_id("call-status")).to_have_attribute("data-state", "ended", timeout=ANSWER_MS)
    page.get_by_label("Note").fill("Order is on its way.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Wrapped up: Resolved")).to_be_visible()


def test_a_spoken_call_from_the_microphone_to_the_stored_call(
    app: Running, playwright: Playwright, spoken_wav: Path
) -> None:
    with browser_page(playwright, *speaking(spoken_wav)) as page:
        call_id = start_microphone_call(page, app)
        expect(page.get_by_test_id("connection-status")).to_contain_text("Connected")
        watch_cards(page)
        partial = lines(page, final=False).first
        expect(partial).to_be_visible()
        utterance_id = partial.get_attribute("data-utterance")
        settled = page.locator(f"[data-utterance={utterance_id}][data-final=true]")
        expect(settled).to_be_visible(timeout=ANSWER_MS)
        panel = page.get_by_test_id("customer-panel")
        expect(panel).to_have_attribute("data-customer-id", re.compile("sarah|.+"), timeout=CALL_MS)
        expect(panel).to_contain_text("Sarah Johnson")
        expect(panel).to_contain_text("In question", timeout=CALL_MS)
        answer = page.locator("[data-testid=suggestion-card]").filter(has_text="#78901 shipped").first
        expect(answer).to_have_attribute("data-state", "shown", timeout=CALL_MS)
        grown = page.evaluate("id => window.seen[id]", answer.get_attribute("data-suggestion"))
        assert len(grown) >= 4, "the suggestion did not grow word by word"
        expect(page.get_by_test_id("audio-level").first).to_be_visible()
        answer.get_by_role("button", name="Use").click()
        expect(page.locator("[data-testid=suggestion-card][data-state=used]")).to_have_count(1)
        end_and_wrap_up(page)

    stored = app.get(f"/api/calls/{call_id}")
    assert stored["customer"]["name"] == "Sarah Johnson"
    assert (stored["end_reason"], stored["disposition"], stored["resolved"]) == ("completed", "Resolved", True)
    assert "used" in [card["state"] for card in stored["suggestions"]]
    types = [event["type"] for event in app.events(call_id)]
    assert "AudioDropped" not in types
    assert types.index("TranscriptPartial") < types.index("TranscriptFinal")


def test_a_reload_in_mid_call_comes_back_to_the_same_call(
    app: Running, playwright: Playwright, spoken_wav: Path
) -> None:
    with browser_page(playwright, *speaking(spoken_wav)) as page:
        call_id = start_microphone_call(page, app)
        expect(lines(page, final=True).nth(1)).to_be_visible(timeout=CALL_MS)
        before = lines(page, final=True).all_inner_texts()
        page.reload()
        assert call_id_of(page) == call_id
        expect(lines(page, final=True).nth(len(before) - 1)).to_be_visible()
        assert lines(page, final=True).all_inner_texts()[: len(before)] == before
        expect(page.get_by_test_id("call-status")).to_have_attribute("data-state", "live")
        expect(lines(page, final=True).nth(len(before) + 1)).to_be_visible(timeout=CALL_MS)
        end_and_wrap_up(page)
    joined = [event["data"]["party"] for event in app.events(call_id) if event["type"] == "PartyJoined"]
    assert joined == ["customer", "customer"]


def test_the_demo_call_plays_to_its_end(app: Running, playwright: Playwright) -> None:
    with browser_page(playwright) as page:
        page.goto(app.url)
        page.get_by_role("button", name="Play demo call").filter(has_text="order").click()
        call_id = call_id_of(page)
        expect(page.locator("[data-testid=transcript-line][data-speaker=agent]").first).to_be_visible()
        expect(page.locator("[data-testid=transcript-line][data-speaker=customer]").first).to_be_visible()
        expect(page.get_by_test_id("customer-panel")).to_contain_text("Sarah Johnson", timeout=CALL_MS)
        page.get_by_text("Hear the call").click()
        expect(page.locator("audio")).to_have_js_property("paused", False)
        page.get_by_role("link", name="Calls").click()
        expect(page.get_by_role("heading", name="Calls")).to_be_visible()
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        page.go_back()
        expect(page.get_by_test_id("customer-panel")).to_contain_text("Sarah Johnson", timeout=CALL_MS)
        status = page.get_by_test_id("call-status")
        expect(status).to_have_attribute("data-state", "ended", timeout=CALL_MS)
        expect(page.get_by_label("Note")).to_be_visible()
    stored = app.get(f"/api/calls/{call_id}")
    assert {line["speaker"] for line in stored["transcript"]} == {"customer", "agent"}
    assert any("78901" in card["message"] for card in stored["suggestions"])


# Without candidates no packet can find its way: what a firewall or a VPN does to WebRTC.
NO_WAY_THROUGH = """
  const real = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (description) {
    const sdp = description.sdp.replace(/a=candidate:.*\\r\\n/g, "");
    return real.call(this, { type: description.type, sdp });
  };
  RTCPeerConnection.prototype.addEventListener = new Proxy(RTCPeerConnection.prototype.addEventListener, {
    apply: (target, self, args) => (args[0] === "icecandidate" ? undefined : Reflect.apply(target, self, args)),
  });
"""


def test_a_microphone_that_cannot_connect_says_what_to_do(
    app: Running, playwright: Playwright, spoken_wav: Path
) -> None:
    with browser_page(playwright, *speaking(spoken_wav), script=NO_WAY_THROUGH) as page:
        start_microphone_call(page, app)
        expect(page.get_by_text("No sound can get through")).to_be_visible(timeout=ANSWER_MS)
        page.get_by_role("button", name="End call").click()
        expect(page.get_by_test_id("call-status")).to_have_attribute("data-state", "ended", timeout=ANSWER_MS)


REFUSED = """
  window.asked = 0;
  navigator.mediaDevices.getUserMedia = () => {
    window.asked += 1;
    return Promise.reject(new DOMException("Permission denied", "NotAllowedError"));
  };
"""


def test_a_refused_microphone_says_what_to_do(app: Running, playwright: Playwright) -> None:
    with browser_page(playwright, script=REFUSED) as page:
        start_microphone_call(page, app)
        expect(page.get_by_text("The browser refuses the microphone")).to_be_visible()
        expect(page.get_by_test_id("audio-level")).to_contain_text("refused")
        asked = page.evaluate("window.asked")
        page.get_by_role("button", name="Try again").click()
        page.wait_for_function("asked => window.asked > asked", arg=asked)
        assert asked == 1
        page.get_by_role("button", name="End call").click()
        expect(page.get_by_test_id("call-status")).to_have_attribute("data-state", "ended")


def test_an_address_of_an_unknown_call_offers_a_way_on(app: Running, playwright: Playwright) -> None:
    with browser_page(playwright) as page:
        page.goto(f"{app.url}/?call=call_nobody")
        expect(page.get_by_text("This call is not known here")).to_be_visible()
        page.get_by_role("button", name="Take a call").click()
        expect(page.get_by_role("heading", name="Take a call")).to_be_visible()


def test_stopping_the_server_ends_open_connections(tmp_path: Path, playwright: Playwright) -> None:
    with running_app(tmp_path) as app, browser_page(playwright) as page:
        page.goto(app.url)
        page.get_by_role("button", name="Play demo call").first.click()
        expect(lines(page).first).to_be_visible()
        # The runtime's own status for a process ended by a signal, or 0: not a kill after a hang.
        assert app.stop() in (0, -15, 143)
        assert "Traceback" not in app.output.read_text()
