"""Two and three people on one line: real browsers, each with a microphone of its own, told apart by frequency."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Playwright, expect
from running import SCRIPTED_SPEECH, Running
from voices import accepts, at_the_desk, both_sides, calls_in, hears, loudness_db, person, tone_file, until

from core.audio.frames import SPEECH_RATE_HZ

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.real_time]

CUSTOMER_HZ, AGENT_HZ, SUPERVISOR_HZ = 440.0, 1_000.0, 700.0
SETTLED_S = 2.0
"""By then sound that was on its way has been played."""


@pytest.fixture(scope="module")
def app_settings() -> dict[str, str]:
    """Nobody says anything here."""
    return SCRIPTED_SPEECH


@pytest.fixture
def tones(tmp_path: Path) -> dict[float, Path]:
    return {hz: tone_file(tmp_path, hz) for hz in (CUSTOMER_HZ, AGENT_HZ, SUPERVISOR_HZ)}


def wait_until(page: Page, holds: bool, hz: float, *, what: str) -> None:
    until(page, lambda: hears(page, hz) is holds, lambda: f"{what}: {loudness_db(page, hz):.0f} dB at {hz:.0f} Hz")


def tone_of(pcm: np.ndarray) -> float:
    """The strongest frequency of a sound at the speech rate."""
    spectrum = np.abs(np.fft.rfft(pcm.astype(float) * np.hanning(len(pcm))))
    return float(np.argmax(spectrum) * SPEECH_RATE_HZ / len(pcm))


def test_everybody_hears_whom_they_should(app: Running, playwright: Playwright, tones: dict[float, Path]) -> None:
    with (
        person(playwright, tones[AGENT_HZ]) as desk,
        person(playwright, tones[CUSTOMER_HZ], 390, 844) as caller,
        person(playwright, tones[SUPERVISOR_HZ]) as floor,
    ):
        at_the_desk(desk, app)
        calls_in(caller, app, recorded=True)
        call_id = accepts(desk)
        wait_until(desk, True, CUSTOMER_HZ, what="the agent hears the customer")
        wait_until(caller, True, AGENT_HZ, what="the customer hears the agent")
        assert not hears(desk, AGENT_HZ)
        assert not hears(caller, CUSTOMER_HZ)

        desk.get_by_role("button", name="Mute agent").click()
        wait_until(caller, False, AGENT_HZ, what="a muted agent is not heard")
        desk.get_by_role("button", name="Unmute agent").click()
        wait_until(caller, True, AGENT_HZ, what="the agent is heard again")
        desk.get_by_role("button", name="Hold").click()
        wait_until(caller, False, AGENT_HZ, what="a customer on hold does not hear the agent")
        wait_until(desk, False, CUSTOMER_HZ, what="nor the agent the customer")
        expect(caller.get_by_text("You are on hold")).to_be_visible()
        desk.get_by_role("button", name="Resume").first.click()
        wait_until(caller, True, AGENT_HZ, what="hold is over")

        floor.goto(f"{app.url}/floor?as=Robin+Castillo&call={call_id}")
        floor.get_by_role("button", name="Listen").click()
        wait_until(floor, True, CUSTOMER_HZ, what="the supervisor hears the customer")
        wait_until(floor, True, AGENT_HZ, what="and the agent")
        assert not hears(desk, SUPERVISOR_HZ)
        floor.get_by_role("button", name="Whisper").click()
        wait_until(desk, True, SUPERVISOR_HZ, what="the agent hears a whisper")
        caller.wait_for_timeout(SETTLED_S * 1000)
        assert not hears(caller, SUPERVISOR_HZ), "the customer hears a whisper"
        floor.get_by_role("button", name="Join").click()
        wait_until(caller, True, SUPERVISOR_HZ, what="the customer hears who has joined")
        assert "Robin" not in caller.content()
        floor.get_by_role("button", name="Stop").click()
        wait_until(caller, False, SUPERVISOR_HZ, what="a supervisor who left is not heard")

        desk.get_by_role("button", name="End call").click()
        expect(desk.get_by_test_id("call-status")).to_have_attribute("data-state", "ended")
        caller.get_by_role("radio", name=re.compile("^4")).first.click()
        caller.get_by_role("button", name=re.compile("Send")).first.click()
        desk.get_by_role("button", name="Save").click()
        expect(desk.get_by_text("Wrapped up: Resolved")).to_be_visible()

    events = app.events(call_id)
    kinds = [event["type"] for event in events]
    modes = [event["data"]["mode"] for event in events if event["type"] == "SupervisorJoined"]
    assert modes == ["listen", "whisper", "join"]
    assert {"ConsentRecorded", "RecordingStarted", "HoldStarted", "SupervisorLeft", "CallRated"} <= set(kinds)
    began_s = next(event["offset_s"] for event in events if event["type"] == "RecordingStarted")
    joined_s = next(event["offset_s"] for event in events if event["type"] == "SupervisorJoined")
    sound = both_sides(app.output.parent / "recordings" / f"{call_id}.opus")
    before_join = slice(
        round((joined_s - began_s - 2.0) * SPEECH_RATE_HZ), round((joined_s - began_s) * SPEECH_RATE_HZ)
    )
    assert tone_of(sound["customer"][before_join]) == pytest.approx(CUSTOMER_HZ, abs=5)
    assert tone_of(sound["agent"][before_join]) == pytest.approx(AGENT_HZ, abs=5)


def test_a_customer_who_comes_back_in_time_is_in_the_same_call_and_later_in_none(
    app: Running, playwright: Playwright, tones: dict[float, Path]
) -> None:
    with person(playwright, tones[AGENT_HZ]) as desk:
        at_the_desk(desk, app)
        with person(playwright, tones[CUSTOMER_HZ], 390, 844) as caller:
            calls_in(caller, app)
            call_id = accepts(desk)
            wait_until(caller, True, AGENT_HZ, what="the customer hears the agent")
            caller.reload()
            wait_until(caller, True, AGENT_HZ, what="the customer is back")
            wait_until(desk, True, CUSTOMER_HZ, what="and is heard")
            assert app.get(f"/api/calls/{call_id}")["end_reason"] is None
        # A browser that dies says nothing: WebRTC notices after about half a minute, and then the grace time begins.
        expect(desk.get_by_test_id("call-status")).to_contain_text("disconnected", timeout=90_000)
        desk.get_by_role("button", name="Save").click()
        expect(desk.get_by_text("Wrapped up: Resolved")).to_be_visible()
    assert [event["type"] for event in app.events(call_id)].count("CallAnswered") == 1


def test_a_call_goes_over_to_a_colleague_with_its_customer(
    app: Running, playwright: Playwright, tones: dict[float, Path]
) -> None:
    with (
        person(playwright, tones[AGENT_HZ]) as alex,
        person(playwright, tones[SUPERVISOR_HZ]) as priya,
        person(playwright, tones[CUSTOMER_HZ], 390, 844) as caller,
    ):
        at_the_desk(alex, app)
        calls_in(caller, app)
        call_id = accepts(alex)
        wait_until(caller, True, AGENT_HZ, what="the customer hears Alex")
        at_the_desk(priya, app, "Priya Nair")
        alex.get_by_role("button", name="Transfer").click()
        alex.get_by_label("Transfer to").select_option("Priya Nair")
        alex.get_by_label("What they should know").fill("Wants a refund")
        alex.keyboard.press("Enter")
        wait_until(caller, False, AGENT_HZ, what="Alex has left")
        assert accepts(priya) == call_id
        wait_until(caller, True, SUPERVISOR_HZ, what="the customer hears Priya")
        wait_until(priya, True, CUSTOMER_HZ, what="Priya hears the customer")
        assert not hears(alex, CUSTOMER_HZ)
        caller.get_by_role("button", name="Hang up").click()
        caller.get_by_role("button", name=re.compile("Yes|Hang up")).last.click()
        expect(priya.get_by_test_id("call-status")).to_have_attribute("data-state", "ended")
