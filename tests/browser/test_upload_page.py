"""Bringing a recording, as a person does it: real app, real Chromium."""

import re
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from chromium_launch import ARGUMENTS, chromium_path
from playwright.sync_api import Browser, Page, expect, sync_playwright
from running import Running, running_app

from core.audio.files import Recording
from core.audio.frames import Pcm
from core.config import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ANSWER_MS = 30_000
DONE_MS = 240_000
STEREO = ROOT / "data" / "scenarios" / "sarah_johnson.opus"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_app(tmp_path_factory.mktemp("app")) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def upload(app: Running, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(ANSWER_MS)
    page.goto(f"{app.url}/upload")
    expect(page.get_by_role("button", name="Analyse")).to_be_visible(timeout=ANSWER_MS)
    yield page
    context.close()


def write_wav(path: Path, pcm: Pcm) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(pcm.tobytes())
    return path


def mono(path: Path, times: int = 1) -> Path:
    """The demo call with both voices in one channel, so many times in a row."""
    with Recording.open(STEREO) as recording:
        both = np.concatenate([sum(block.values(), np.zeros(1, np.int16)) for block in recording])
    return write_wav(path, np.tile(both.astype(np.int16), times))


def send(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_role("button", name=f"Remove {path.name}")).to_be_visible()
    page.get_by_role("button", name="Analyse").click()


def test_a_stereo_recording_shows_its_progress_and_opens_in_the_replay(upload: Page, app: Running) -> None:
    send(upload, STEREO)
    expect(upload.get_by_text(re.compile(r"Writing down what was said: \d+:\d\d of \d+:\d\d"))).to_be_visible()
    upload.wait_for_url(re.compile(r"/replay\?.*call=call_"), timeout=DONE_MS)
    call_id = re.search(r"call=(call_\w+)", upload.url)
    assert call_id is not None
    events = app.events(call_id.group(1))
    assert {event["data"]["party"] for event in events if event["type"] == "PartyJoined"} == {"customer", "agent"}
    assert app.get(f"/api/calls/{call_id.group(1)}")["title"] == STEREO.name


def test_two_voices_in_one_channel_are_told_apart_and_can_be_swapped(upload: Page, tmp_path: Path) -> None:
    send(upload, mono(tmp_path / "both.wav"))
    expect(upload.get_by_text("Two voices were told apart in one channel")).to_be_visible(timeout=DONE_MS)
    upload.get_by_role("button", name="Swap speakers").first.click()
    expect(upload.get_by_role("link", name="Open in replay").nth(2)).to_be_visible(timeout=DONE_MS)


def test_a_reload_finds_the_analysis_again_and_it_can_be_cancelled(upload: Page, tmp_path: Path) -> None:
    send(upload, mono(tmp_path / "long.wav", times=10))
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
