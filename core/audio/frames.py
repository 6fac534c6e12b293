"""The unit of sound that moves through a call."""

from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

SPEECH_RATE_HZ = 16_000
"""Rate at which endpointing and the speech engines work: mono, s16."""

Pcm = NDArray[np.int16]
"""Mono samples, s16, at `SPEECH_RATE_HZ` unless said otherwise."""


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A stretch of one party's sound, mono s16 at `SPEECH_RATE_HZ`."""

    pcm: Pcm
    start_s: float
    """Seconds from call start, counted in samples."""

    @property
    def duration_s(self) -> float:
        return len(self.pcm) / SPEECH_RATE_HZ

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s


def frame_of(pcm: Pcm) -> av.AudioFrame:
    """Samples as a frame of their own, as a decoder or a browser gives it."""
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm)[np.newaxis, :], format="s16", layout="mono")
    frame.sample_rate = SPEECH_RATE_HZ
    return frame
