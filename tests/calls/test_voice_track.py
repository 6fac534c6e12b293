import asyncio

import av
import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError

from core.calls.bridge import FRAME_SAMPLES, RATE_HZ
from core.calls.voice_track import BEHIND_S, FRAME_S, VoiceTrack

CODEC_DELAY_SAMPLES = 300
"""More than Opus with low delay holds back."""


class Loop:
    """An event loop's clock: time goes on while somebody sleeps, and when told."""

    def __init__(self) -> None:
        self.now_s = 100.0

    async def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now_s += seconds


class Heard:
    """What there is to hear: a tone, and when it was asked for."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.asked_s: list[float] = []

    def pull(self) -> av.AudioFrame:
        self.asked_s.append(self._loop.now_s)
        times_s = len(self.asked_s) * FRAME_S + np.arange(FRAME_SAMPLES) / RATE_HZ
        pcm = (8_000 * np.sin(2 * np.pi * 500 * times_s)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(pcm[np.newaxis, :], format="s16", layout="mono")
        frame.sample_rate = RATE_HZ
        return frame


def made() -> tuple[VoiceTrack, Loop, Heard]:
    loop = Loop()
    heard = Heard(loop)
    return VoiceTrack(heard.pull, lambda: loop.now_s, loop.sleep), loop, heard


def test_twenty_milliseconds_are_asked_for_when_they_are_due() -> None:
    track, _, heard = made()

    async def listen() -> None:
        for _ in range(50):
            await track.recv()

    asyncio.run(listen())
    assert heard.asked_s == pytest.approx([100.0 + number * FRAME_S for number in range(50)])


def test_a_loop_that_is_a_little_late_catches_up() -> None:
    track, loop, heard = made()

    async def listen() -> None:
        await track.recv()
        loop.now_s += BEHIND_S
        for _ in range(10):
            await track.recv()

    asyncio.run(listen())
    assert heard.asked_s[-1] == pytest.approx(100.0 + 10 * FRAME_S)


def test_after_a_stall_nothing_of_it_is_sent() -> None:
    track, loop, heard = made()

    async def listen() -> list[int]:
        await track.recv()
        loop.now_s += 10.0
        return [(await track.recv()).pts for _ in range(3)]

    assert asyncio.run(listen()) == [FRAME_SAMPLES, 2 * FRAME_SAMPLES, 3 * FRAME_SAMPLES]
    assert heard.asked_s[1:] == pytest.approx([110.0, 110.0 + FRAME_S, 110.0 + 2 * FRAME_S])


def test_what_is_sent_is_what_was_to_be_heard() -> None:
    track, _, _ = made()

    async def listen() -> list[bytes]:
        return [bytes(await track.recv()) for _ in range(50)]

    decoder = av.CodecContext.create("opus", "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.sample_rate, decoder.layout = RATE_HZ, "mono"
    frames = [frame for data in asyncio.run(listen()) for frame in decoder.decode(av.Packet(data))]
    pcm = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    assert len(pcm) >= 50 * FRAME_SAMPLES - CODEC_DELAY_SAMPLES
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    assert np.argmax(spectrum) * RATE_HZ / len(pcm) == pytest.approx(500, abs=2)


def test_who_has_stopped_listening_is_sent_no_more() -> None:
    track, _, heard = made()

    async def listen() -> None:
        await track.recv()
        track.stop()
        with pytest.raises(MediaStreamError):
            await track.recv()

    asyncio.run(listen())
    assert len(heard.asked_s) == 1
