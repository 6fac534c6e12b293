"""People at browsers for tests of sound: each a Chromium of its own, with a microphone that plays a file."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
from chromium_launch import ARGUMENTS, chromium_path
from playwright.sync_api import Error, Page, Playwright, expect
from running import WAIT_MS, Running

from core.audio.files import Recording

FAKE_MICROPHONE = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
"""One that may be used without asking, and beeps once a second unless it is given a file to play."""
RATE_HZ = 48_000
SILENT_DB = -200.0
PATIENCE_S = 40.0
# What a page plays sits in the streamer's own frame; its strongest tone over the last moments tells who is heard.
_HEARD = """async () => {
  const audible = (one) => one.srcObject?.getAudioTracks().length;
  const players = [...document.querySelectorAll("audio, video")].filter(audible);
  if (!players.length) return null;
  const context = (window.earContext ??= new AudioContext({ sampleRate: 48000 }));
  await context.resume();
  const stream = players[0].srcObject;
  if (window.earStream !== stream) {
    window.earStream = stream;
    window.ear = context.createAnalyser();
    window.ear.fftSize = 16384;
    window.ear.smoothingTimeConstant = 0;
    context.createMediaStreamSource(stream).connect(window.ear);
    await new Promise((done) => setTimeout(done, 500));
  }
  const bins = new Float32Array(window.ear.frequencyBinCount);
  window.ear.getFloatFrequencyData(bins);
  return { level_db: [...bins], bin_hz: 48000 / window.ear.fftSize, paused: players[0].paused };
}"""


def tone_file(folder: Path, hz: float, duration_s: float = 10.0) -> Path:
    """What a microphone hears of one tone: whole periods, so that it plays over and over without a click."""
    times_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    pcm = (9_000 * np.sin(2 * np.pi * hz * times_s)).astype(np.int16)
    return wave_file(folder / f"tone_{hz:.0f}.wav", pcm, RATE_HZ)


def wave_file(path: Path, pcm: np.ndarray, rate_hz: int) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=rate_hz, layout="mono")
        frame = av.AudioFrame.from_ndarray(pcm[np.newaxis, :], format="s16", layout="mono")
        frame.sample_rate = rate_hz
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@contextmanager
def person(
    playwright: Playwright, microphone: Path | None = None, width: int = 1280, height: int = 800, script: str = ""
) -> Iterator[Page]:
    """Somebody whose microphone plays a file, or who has none; `script` runs in every frame before anything else.

    Whatever the pages ask for has to be on this machine.
    """
    arguments = [*ARGUMENTS]
    if microphone:
        # Where the microphone is on, sound has to come without a click of its own.
        arguments += [*FAKE_MICROPHONE, "--autoplay-policy=user-gesture-required"]
        arguments.append(f"--use-file-for-fake-audio-capture={microphone}")
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=arguments)
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.set_default_timeout(WAIT_MS)
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    if script:
        page.add_init_script(script)
    try:
        yield page
    finally:
        browser.close()
    assert [url for url in failed if "127.0.0.1" not in url] == []


def until(page: Page, holds: Callable[[], bool], what: Callable[[], str]) -> None:
    """Wait until it holds, for as long as a busy machine may take; `what` tells what has not come about."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, what()
        page.wait_for_timeout(300)


def in_frames(page: Page, script: str) -> list[Any]:
    """What a script gives in each frame of a page; a frame that goes or loads while it is asked gives nothing."""
    answers = []
    for frame in page.frames:
        try:
            answers.append(frame.evaluate(script))
        except Error as error:
            if not re.search("Frame was detached|Execution context was destroyed", error.message):
                raise
    return answers


def loudness_db(page: Page, hz: float) -> float:
    """How loud a tone is in what the page plays at this moment; -200 when it plays nothing."""
    for heard in in_frames(page, _HEARD):
        if heard is not None:
            middle = round(hz / heard["bin_hz"])
            return max(SILENT_DB, *heard["level_db"][middle - 3 : middle + 4])
    return SILENT_DB


def hears(page: Page, hz: float) -> bool:
    """Whether a page plays a tone of ours: it stands far above what codecs leave beside other tones."""
    return loudness_db(page, hz) > -55


def at_the_desk(page: Page, app: Running, name: str = "Alex Morgan") -> None:
    page.goto(f"{app.url}/?as={name.replace(' ', '+')}")
    page.get_by_role("button", name="Available", exact=True).click()
    expect(page.get_by_text("Available 0")).to_be_visible()


def calls_in(page: Page, app: Running, *, recorded: bool = False) -> None:
    page.goto(f"{app.url}/customer?name=Sarah+Johnson&reason=my+bill")
    if recorded:
        page.get_by_text("Yes, you may record this call").click()
    page.get_by_role("button", name="Call", exact=True).click()


def accepts(desk: Page) -> str:
    desk.get_by_role("button", name="Accept").click()
    desk.wait_for_url(re.compile(r"[?&]call=\w+"))
    found = re.search(r"[?&]call=(\w+)", desk.url)
    assert found is not None
    return found[1]


def both_sides(path: Path) -> dict[str, np.ndarray]:
    """What each party says in a recording, at the speech rate."""
    parts: dict[str, list[np.ndarray]] = {"customer": [], "agent": []}
    with Recording.open(path) as recording:
        for block in recording:
            for party, pcm in block.items():
                parts[party].append(pcm)
    return {party: np.concatenate(pcm) for party, pcm in parts.items()}
