"""Speech to feed to what is measured: the customer of a demo call, as a browser would send it."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.calls.events import Party

BROWSER_RATE_HZ = 48_000
FRAME_S = 0.02
FRAME_SAMPLES = round(FRAME_S * BROWSER_RATE_HZ)


def customer_speech(path: Path) -> Pcm:
    """The customer's side of a recording, mono at `SPEECH_RATE_HZ`."""
    return speech_of(path, "customer")


def speech_of(path: Path, party: Party) -> Pcm:
    """One party's side of a recording, mono at `SPEECH_RATE_HZ`, with the silence while the other speaks."""
    with Recording.open(path) as recording:
        return np.concatenate([block[party] for block in recording])


def browser_frames(pcm: Pcm) -> Iterator[av.AudioFrame]:
    """Frames of 20 ms, stereo s16 at 48 kHz, as aiortc gives them."""
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=BROWSER_RATE_HZ, frame_size=FRAME_SAMPLES)
    frame = av.AudioFrame.from_ndarray(pcm[np.newaxis, :], format="s16", layout="mono")
    frame.sample_rate = SPEECH_RATE_HZ
    yield from resampler.resample(frame)
