"""What a browser plays, as aiortc takes it: 20 ms of Opus every 20 ms."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from fractions import Fraction

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from core.calls.bridge import FRAME_SAMPLES, RATE_HZ

FRAME_S = FRAME_SAMPLES / RATE_HZ
BEHIND_S = 0.1
"""Later than this nothing is caught up with."""
BIT_RATE = 64_000
_TIME_BASE = Fraction(1, RATE_HZ)


class VoiceTrack(MediaStreamTrack):
    """Sends what there is to hear now. What an event loop that stood still could not send is never sent.

    It gives Opus instead of samples: those aiortc hands to another thread to encode, and they pile up before it where
    threads have to wait for a processor. Used by one event loop.
    """

    kind = "audio"

    def __init__(
        self,
        pull: Callable[[], av.AudioFrame],
        now_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`pull` gives the next 20 ms, mono s16 at 48 kHz."""
        super().__init__()
        self._pull = pull
        self._now_s = now_s
        self._sleep = sleep
        self._encoder = _encoder()
        self._due_s: float | None = None
        self._sent_samples = 0

    async def recv(self) -> "av.Packet[av.AudioStream]":
        """The next 20 ms, when they are due. Raises MediaStreamError once stopped."""
        now_s = self._now_s()
        due_s = now_s if self._due_s is None else self._due_s + FRAME_S
        self._due_s = due_s if now_s - due_s <= BEHIND_S else now_s
        await self._sleep(max(0.0, self._due_s - now_s))
        if self.readyState != "live":
            raise MediaStreamError
        frame = self._pull()
        frame.pts, frame.time_base = self._sent_samples, _TIME_BASE
        (packet,) = self._encoder.encode(frame)
        packet.pts, packet.time_base = self._sent_samples, _TIME_BASE
        self._sent_samples += FRAME_SAMPLES
        return packet


def _encoder() -> av.AudioCodecContext:
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.format, encoder.layout = RATE_HZ, "s16", "mono"
    encoder.time_base = _TIME_BASE
    encoder.bit_rate = BIT_RATE
    encoder.options = {"application": "lowdelay"}
    return encoder
