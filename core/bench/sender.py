"""The far end of WebRTC calls, in a process of its own: `python -m core.bench.sender RECORDING`.

Reads an offer per line from stdin, answers each on stdout, and sends the customer of the recording over and over, until
stdin ends.
"""

import asyncio
import json
import sys
from itertools import cycle
from pathlib import Path

import av
from aiortc import RTCPeerConnection, RTCSessionDescription

from core.bench.rtc import Pulled
from core.bench.talk import BROWSER_RATE_HZ, browser_frames, customer_speech


def over_and_over(frames: list[av.AudioFrame]) -> Pulled:
    """A track that says the frames again and again."""
    again = cycle(frames)

    def pull() -> av.AudioFrame:
        said = next(again)
        frame = av.AudioFrame.from_ndarray(said.to_ndarray(), format=said.format.name, layout=said.layout.name)
        frame.sample_rate = BROWSER_RATE_HZ
        return frame

    return Pulled(pull)


async def serve(recording: Path) -> None:
    """Answer offers until stdin ends."""
    frames = list(browser_frames(customer_speech(recording)))
    peers: list[RTCPeerConnection] = []
    while line := await asyncio.to_thread(sys.stdin.readline):
        peer = RTCPeerConnection()
        peers.append(peer)
        await peer.setRemoteDescription(RTCSessionDescription(**json.loads(line)))
        peer.addTrack(over_and_over(frames))
        await peer.setLocalDescription(await peer.createAnswer())
        answer = {"sdp": peer.localDescription.sdp, "type": peer.localDescription.type}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for peer in peers:
        await peer.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
