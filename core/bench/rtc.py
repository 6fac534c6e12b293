"""Peers of WebRTC connections on loopback, without a browser."""

import asyncio
import contextlib
import fractions
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import cast

import av
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from core.bench.talk import BROWSER_RATE_HZ, FRAME_S, FRAME_SAMPLES
from core.config import ROOT
from core.errors import SidetoneError

CONNECT_TIMEOUT_S = 20.0
OnFrame = Callable[[av.AudioFrame], None]


class Pulled(MediaStreamTrack):
    """A track of samples, 20 ms of them every 20 ms: a browser's microphone, or what aiortc alone would send."""

    kind = "audio"

    def __init__(self, pull: Callable[[], av.AudioFrame]) -> None:
        super().__init__()
        self._pull = pull
        self._numbers = count()
        self._begun_s: float | None = None

    async def recv(self) -> av.AudioFrame:
        number = next(self._numbers)
        if self._begun_s is None:
            self._begun_s = time.monotonic()
        await asyncio.sleep(self._begun_s + number * FRAME_S - time.monotonic())
        frame = self._pull()
        frame.pts = number * FRAME_SAMPLES
        frame.time_base = fractions.Fraction(1, BROWSER_RATE_HZ)
        return frame


async def deliver(track: MediaStreamTrack, on_frame: OnFrame) -> None:
    """Hand over every frame until the track ends."""
    with contextlib.suppress(MediaStreamError):
        while True:
            on_frame(cast(av.AudioFrame, await track.recv()))


async def join(offering: RTCPeerConnection, answering: RTCPeerConnection) -> None:
    """Connect two peers of this process."""
    await offering.setLocalDescription(await offering.createOffer())
    await answering.setRemoteDescription(offering.localDescription)
    await answering.setLocalDescription(await answering.createAnswer())
    await offering.setRemoteDescription(answering.localDescription)


async def join_process(peer: RTCPeerConnection, far_end: asyncio.subprocess.Process) -> None:
    """Connect a peer of this process to `core.bench.sender` in another. Raises SidetoneError."""
    assert far_end.stdin is not None
    assert far_end.stdout is not None
    await peer.setLocalDescription(await peer.createOffer())
    offer = {"sdp": peer.localDescription.sdp, "type": peer.localDescription.type}
    far_end.stdin.write(json.dumps(offer).encode() + b"\n")
    answer = await asyncio.wait_for(far_end.stdout.readline(), CONNECT_TIMEOUT_S)
    if not answer:
        raise SidetoneError("the sending process ended; run `python -m core.bench.sender FILE` to see why")
    await peer.setRemoteDescription(RTCSessionDescription(**json.loads(answer)))


@asynccontextmanager
async def far_end(recording: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`core.bench.sender` in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "core.bench.sender",
        str(recording),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        await process.wait()
