"""The desk when something is in the way: no sound gets through, no microphone, no such call, no server any more."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect
from running import SCRIPTED_SPEECH, Running, running_app
from voices import person, tone_file

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def app_settings() -> dict[str, str]:
    """Nothing is heard here."""
    return SCRIPTED_SPEECH


def start_microphone_call(page: Page, app: Running) -> None:
    page.goto(app.url)
    page.get_by_role("button", name="Start a call with the microphone").click()
    page.wait_for_url(re.compile(r"call=call_"))


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


def test_a_microphone_that_cannot_connect_says_what_to_do(app: Running, playwright: Playwright, tmp_path: Path) -> None:
    with person(playwright, tone_file(tmp_path, 440.0), script=NO_WAY_THROUGH) as page:
        start_microphone_call(page, app)
        expect(page.get_by_text("No sound can get through")).to_be_visible()
        page.get_by_role("button", name="End call").click()
        expect(page.get_by_test_id("call-status")).to_have_attribute("data-state", "ended")


REFUSED = """
  window.asked = 0;
  navigator.mediaDevices.getUserMedia = () => {
    window.asked += 1;
    return Promise.reject(new DOMException("Permission denied", "NotAllowedError"));
  };
"""


def test_a_refused_microphone_says_what_to_do(app: Running, playwright: Playwright) -> None:
    with person(playwright, script=REFUSED) as page:
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
    with person(playwright) as page:
        page.goto(f"{app.url}/?call=call_nobody")
        expect(page.get_by_text("This call is not known here")).to_be_visible()
        page.get_by_role("button", name="Take a call").click()
        expect(page.get_by_role("heading", name="Take a call")).to_be_visible()


def test_stopping_the_server_ends_open_connections(tmp_path: Path, playwright: Playwright) -> None:
    with running_app(tmp_path) as app, person(playwright) as page:
        page.goto(app.url)
        page.get_by_role("button", name="Play demo call").first.click()
        expect(page.get_by_test_id("call-status")).to_have_attribute("data-state", "live")
        # Somebody speaks: the engine's processes are at work.
        expect(page.locator('.meter[aria-valuetext$="dBFS"]').first).to_be_visible()
        # The runtime's own status for a process ended by a signal, or 0: not a kill after a hang.
        assert app.stop() in (0, -15, 143)
        assert "Traceback" not in app.output.read_text()
