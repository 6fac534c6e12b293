"""People at browsers for tests of sound: each a Chromium of its own, with a microphone that plays a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
from chromium_launch import ARGUMENTS, chromium_path
from playwright.sync_api import Page, Playwright

RATE_HZ = 48_000
SILENT_DB = -200.0
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
def person(playwright: Playwright, microphone: Path, width: int = 1280, height: int = 800) -> Iterator[Page]:
    browser = playwright.chromium.launch(
        executable_path=chromium_path(),
        args=[
            *ARGUMENTS,
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={microphone}",
            "--autoplay-policy=user-gesture-required",
        ],
    )
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.set_default_timeout(30_000)
    try:
        yield page
    finally:
        browser.close()


def loudness_db(page: Page, hz: float) -> float:
    """How loud a tone is in what the page plays at this moment; -200 when it plays nothing."""
    for frame in page.frames:
        heard = frame.evaluate(_HEARD)
        if heard is not None:
            middle = round(hz / heard["bin_hz"])
            return max(SILENT_DB, *heard["level_db"][middle - 3 : middle + 4])
    return SILENT_DB


def hears(page: Page, hz: float) -> bool:
    """Whether a page plays a tone of ours: it stands far above what codecs leave beside other tones."""
    return loudness_db(page, hz) > -55
