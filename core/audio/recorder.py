"""Two parties' sound to one stereo file, written as it comes."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.errors import AudioError

MEDIA_TYPE = "audio/ogg; codecs=opus"
BIT_RATE = 48_000
"""At 32,000 what coding adds is 8 dB louder, and a trace of each party comes into the other's channel."""
PAGE_S = 0.25
"""Sound per Ogg page, the smallest piece a player can use: a killed process loses one page."""
_REMEDY = "free some disk space, or let RECORDINGS name another folder"


class StereoRecorder:
    """Writes Ogg/Opus, left the customer, right the agent (`core.audio.files.STEREO_PARTIES`).

    Opus, because browsers play it, it needs less than half of FLAC's space, and its container says how many samples the
    encoder put in front: sample k of what is read is sample k of what was written. A file without an end is whole up to
    its last page. Not thread-safe.
    """

    def __init__(self, path: Path, rate_hz: int = SPEECH_RATE_HZ) -> None:
        """`rate_hz` is 8,000, 12,000, 16,000, 24,000 or 48,000. Raises AudioError."""
        self._rate_hz = rate_hz
        self._path = path
        self._samples = 0
        # Without flush_packets FFmpeg gathers 32 kB, which is ten seconds, before the file grows.
        options = {"page_duration": str(round(PAGE_S * 1e6)), "flush_packets": "1"}
        try:
            self._container = av.open(f"file:{path}", "w", format="opus", options=options)
            self._stream = self._container.add_stream(
                "libopus", rate=rate_hz, layout="stereo", bit_rate=BIT_RATE, options={"application": "audio"}
            )
            self._container.start_encoding()
        except (av.FFmpegError, OSError, ValueError) as error:
            raise AudioError(f"{path} cannot be written ({error}); {_REMEDY}") from error

    @property
    def duration_s(self) -> float:
        """What has been written."""
        return self._samples / self._rate_hz

    def write(self, customer: Pcm, agent: Pcm) -> None:
        """Add the same stretch of both parties: mono s16 at `rate_hz`, as many samples of each. Raises AudioError."""
        pairs = np.stack([customer, agent], axis=1).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(pairs, format="s16", layout="stereo")
        frame.sample_rate = self._rate_hz
        frame.time_base = Fraction(1, self._rate_hz)
        frame.pts = self._samples
        self._encode(frame)
        self._samples += len(customer)

    def close(self) -> None:
        """Write what is left. Raises AudioError; the file is given back all the same."""
        try:
            self._encode(None)
        finally:
            try:
                self._container.close()
            except (av.FFmpegError, OSError) as error:
                raise AudioError(f"{self._path} cannot be finished ({error}); {_REMEDY}") from error

    def _encode(self, frame: av.AudioFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(frame))
        except (av.FFmpegError, OSError) as error:
            raise AudioError(f"{self._path} cannot be written ({error}); {_REMEDY}") from error
