"""Bringing a recording, as a person does it: real app, real Chromium."""

import re
import wave
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from running import Running
from voices import both_sides

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.recorder import StereoRecorder
from core.config import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DONE_MS = 240_000
DEMO_CALL = ROOT / "data" / "scenarios" / "sarah_johnson.opus"
FIRST_S, VOICES_S = 12, 22
"""Seconds of it: some turns, and enough for two voices to be known from each other."""


@pytest.fixture
def upload(app: Running, page: Page) -> Page:
    page.goto(f"{app.url}/upload")
    expect(page.get_by_role("button", name="Analyse")).to_be_visible()
    return page


def write_wav(path: Path, pcm: Pcm) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(pcm.tobytes())
    return path


def stereo(path: Path) -> Path:
    """The first turns of the demo call, each party in a channel."""
    sides = both_sides(DEMO_CALL)
    recorder = StereoRecorder(path)
    recorder.write(*(sides[party][: FIRST_S * SPEECH_RATE_HZ] for party in ("customer", "agent")))
    recorder.close()
    return path


def mono(path: Path, times: int = 1) -> Path:
    """The same with both voices in one channel, so many times in a row."""
    both = sum(side[: VOICES_S * SPEECH_RATE_HZ] for side in both_sides(DEMO_CALL).values())
    return write_wav(path, np.tile(np.asarray(both, np.int16), times))


def send(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_role("button", name=f"Remove {path.name}")).to_be_visible()
    page.get_by_role("button", name="Analyse").click()


def test_a_stereo_recording_shows_its_progress_and_opens_in_the_replay(
    upload: Page, app: Running, tmp_path: Path
) -> None:
    send(upload, stereo(tmp_path / "both.opus"))
    expect(upload.get_by_text(re.compile(r"Writing down what was said: \d+:\d\d of \d+:\d\d"))).to_be_visible()
    upload.wait_for_url(re.compile(r"/replay\?.*call=call_"), timeout=DONE_MS)
    call_id = re.search(r"call=(call_\w+)", upload.url)
    assert call_id is not None
    events = app.events(call_id.group(1))
    assert {event["data"]["party"] for event in events if event["type"] == "PartyJoined"} == {"customer", "agent"}
    assert app.get(f"/api/calls/{call_id.group(1)}")["title"] == "both.opus"


def test_two_voices_in_one_channel_are_told_apart_and_can_be_swapped(upload: Page, tmp_path: Path) -> None:
    send(upload, mono(tmp_path / "both.wav"))
    expect(upload.get_by_text("Two voices were told apart in one channel")).to_be_visible(timeout=DONE_MS)
    upload.get_by_role("button", name="Swap speakers").first.click()
    expect(upload.get_by_text("the call made anew counts instead")).to_be_visible(timeout=DONE_MS)
    made_anew = upload.get_by_role("link", name="Open in replay").first.get_attribute("href")
    upload.goto(f"{upload.url.rpartition('/')[0]}/{made_anew}")
    upload.get_by_role("link", name="open it as it was before").click()
    expect(upload.get_by_text("it counts no more")).to_be_visible()
    expect(upload.get_by_role("link", name="Open the call that counts")).to_be_visible()


def test_a_reload_finds_the_analysis_again_and_it_can_be_cancelled(upload: Page, tmp_path: Path) -> None:
    send(upload, mono(tmp_path / "long.wav", times=20))
    expect(upload.get_by_role("button", name="Cancel")).to_be_visible()
    upload.reload()
    upload.get_by_role("button", name="Cancel").click()
    expect(upload.get_by_text("Cancelled. Nothing of its sound was kept.")).to_be_visible()
    expect(upload.get_by_role("button", name="Cancel")).to_have_count(0)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty (0 bytes)"),
        (b"these are words" * 1000, "is not a recording that can be read"),
    ],
)
def test_what_is_no_recording_is_said_clearly(upload: Page, tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "file.mp3"
    path.write_bytes(content)
    send(upload, path)
    expect(upload.get_by_role("alert").filter(has_text=says)).to_be_visible()


def test_silence_is_said_to_be_silence(upload: Page, tmp_path: Path) -> None:
    send(upload, write_wav(tmp_path / "silence.wav", np.zeros(32_000, np.int16)))
    expect(upload.get_by_role("alert").filter(has_text="silent from start to end")).to_be_visible()


def test_it_fits_a_phone(upload: Page) -> None:
    upload.set_viewport_size({"width": 390, "height": 800})
    expect(upload.get_by_role("button", name="Analyse")).to_be_visible()
    assert not upload.evaluate("document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth")
