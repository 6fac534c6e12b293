"""From whatever a microphone or a file delivers to the s16 16 kHz everything else works on."""

from typing import Literal, cast

import av
import numpy as np
from numpy.typing import NDArray

from core.audio.frames import SPEECH_RATE_HZ, Pcm

Planes = NDArray[np.int16]
"""Samples of several channels, shape (channels, n), s16."""


class PlanarResampler:
    """Converts a stream of frames to s16 at `SPEECH_RATE_HZ`, one row per channel, losing no sample.

    A source that changes its rate or layout in mid-stream is followed.
    """

    def __init__(self, channels: Literal[1, 2]) -> None:
        self._channels = channels
        self._source: tuple[str, str, int] | None = None
        self._resampler: av.AudioResampler | None = None

    def push(self, frame: av.AudioFrame) -> Planes:
        """Shape (channels, n). The converter holds a few milliseconds back until more sound comes."""
        source = (frame.format.name, frame.layout.name, frame.sample_rate)
        head: list[av.AudioFrame] = []
        if source != self._source:
            head = self._drained()
            self._source = source
            self._resampler = av.AudioResampler(
                format="s16p", layout="mono" if self._channels == 1 else "stereo", rate=SPEECH_RATE_HZ
            )
        assert self._resampler is not None
        return self._joined(head + self._resampler.resample(frame))

    def flush(self) -> Planes:
        """What was held back; the next frame starts a new stream."""
        return self._joined(self._drained())

    def _drained(self) -> list[av.AudioFrame]:
        resampler, self._resampler, self._source = self._resampler, None, None
        # A resampler with nothing to convert passes the None straight through.
        return [frame for frame in resampler.resample(None) if frame is not None] if resampler else []

    def _joined(self, frames: list[av.AudioFrame]) -> Planes:
        planes = [cast(Planes, frame.to_ndarray()) for frame in frames]
        return np.concatenate(planes, axis=1) if planes else np.zeros((self._channels, 0), np.int16)


class Resampler:
    """Converts one party's stream to mono; several channels are averaged."""

    def __init__(self) -> None:
        self._planar = PlanarResampler(1)

    def push(self, frame: av.AudioFrame) -> Pcm:
        mono: Pcm = self._planar.push(frame)[0]
        return mono

    def push_samples(self, samples: NDArray[np.int16], rate_hz: int) -> Pcm:
        """`samples` is s16 of shape (n,) or (n, 2)."""
        channels = 1 if samples.ndim == 1 else samples.shape[1]
        packed = np.ascontiguousarray(samples).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout="mono" if channels == 1 else "stereo")
        frame.sample_rate = rate_hz
        return self.push(frame)

    def flush(self) -> Pcm:
        """What was held back; call at the end of the stream."""
        mono: Pcm = self._planar.flush()[0]
        return mono
