"""The far end of WebRTC calls, in a process of its own: `python -m core.bench.sender RECORDING`.

Reads an offer per line from stdin, answers each on stdout, and sends the customer of the recording over and over, until
stdin ends.
"""

import asyncio
import fractions
import json
import sys
import time
from itertools import count
from pathlib import Path

import av
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription

from core.bench.talk import BROWSER_RATE_HZ, FRAME_S, FRAME_SAMPLES, browser_frames, customer_speech


class Talk(MediaStreamTrack):
    """Frames over and over, 20 ms every 20 ms."""

    kind = "audio"

    def __init__(self, frames: list[av.AudioFrame]) -> None:
        super().__init__()
        self._frames = frames
        self._numbers = count()
        self._begun_s: float | None = None

    async def recv(self) -> av.AudioFrame:
        number = next(self._numbers)
        if self._begun_s is None:
            self._begun_s = time.monotonic()
        await asyncio.sleep(self._begun_s + number * FRAME_S - time.monotonic())
        said = self._frames[number % len(self._frames)]
        frame = av.AudioFrame.from_ndarray(said.to_ndarray(), format=said.format.name, layout=said.layout.name)
        frame.sample_rate = BROWSER_RATE_HZ
        frame.pts = number * FRAME_SAMPLES
        frame.time_base = fractions.Fraction(1, BROWSER_RATE_HZ)
        return frame


async def serve(recording: Path) -> None:
    """Answer offers until stdin ends."""
    frames = list(browser_frames(customer_speech(recording)))
    peers: list[RTCPeerConnection] = []
    while line := await asyncio.to_thread(sys.stdin.readline):
        peer = RTCPeerConnection()
        peers.append(peer)
        await peer.setRemoteDescription(RTCSessionDescription(**json.loads(line)))
        peer.addTrack(Talk(frames))
        await peer.setLocalDescription(await peer.createAnswer())
        answer = {"sdp": peer.localDescription.sdp, "type": peer.localDescription.type}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for peer in peers:
        await peer.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
