"""What the server adds between two people: the time a voice takes through it, and what stalls leave behind.

A burst of tone goes from one peer to another over aiortc on loopback, once through the server's microphones and bridge
and, beside it, once directly; what is added is the difference.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection

from core.bench.conditions import Options
from core.bench.measurement import Limit, Measurement, milliseconds
from core.bench.rtc import Pulled, deliver, join
from core.bench.talk import BROWSER_RATE_HZ, FRAME_S, FRAME_SAMPLES
from core.calls.bridge import Bridge, Floor
from core.calls.microphone import Microphone
from core.calls.voice_track import VoiceTrack
from core.clock import ManualClock, SystemClock

CONNECTED_S = 2.0
MEASURED_S = 4.0
STALLS, STALL_S, BETWEEN_STALLS_S = 3, 0.4, 0.6
RECOVERY_S = 1.5
BURST_EVERY = 20
"""Frames: a burst of one frame every 400 ms, so that it cannot be mistaken for the next."""
LOUD = 3000
MOST_ADDED_MS = 250.0
Arrival = tuple[float, float]
"""When a burst was sent, and how long it took, in seconds."""


@dataclass
class Bursts:
    """One path's bursts: makes them at one end, times them at the other."""

    sent_s: list[float] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    _number: int = 0
    _quiet: bool = True

    def pull(self) -> av.AudioFrame:
        burst = self._number % BURST_EVERY == 0
        self._number += 1
        samples = np.zeros((1, FRAME_SAMPLES), np.int16)
        if burst:
            samples[0] = 12_000 * np.sin(2 * np.pi * 1000 * np.arange(FRAME_SAMPLES) / BROWSER_RATE_HZ)
            self.sent_s.append(time.perf_counter())
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = BROWSER_RATE_HZ
        return frame

    def take(self, frame: av.AudioFrame) -> None:
        loud = np.flatnonzero(np.abs(frame.to_ndarray().reshape(frame.samples, -1)[:, 0].astype(np.int32)) > LOUD)
        if len(loud) and self._quiet and self.sent_s:
            at_s = time.perf_counter() + loud[0] / BROWSER_RATE_HZ
            self.arrivals.append((self.sent_s[-1], at_s - self.sent_s[-1]))
        self._quiet = not len(loud)


def measure(options: Options) -> list[Measurement]:
    """Added latency, also after stalls; sound that waits during a minute of stalls."""
    options.progress("voice: latency through the server")
    calm, stalled = asyncio.run(_added_s())
    note = "tone bursts over aiortc on loopback, less the median of the same without the server between"
    limits = (Limit("p95", MOST_ADDED_MS),)
    return [
        Measurement(what="voice, added by the server", unit="ms", values=milliseconds(calm), limits=limits, note=note),
        Measurement(
            what="voice, added after stalls",
            unit="ms",
            values=milliseconds(stalled),
            limits=limits,
            note=f"{note}; after the event loop stood still {STALLS} times for {STALL_S} s",
        ),
        Measurement(
            what="voice, waiting during a minute of stalls",
            unit="ms",
            values=milliseconds(backlog_s()),
            limits=(Limit("max", 120.0),),
            note="each second for a minute on a clock of its own, a stall every 5 s",
        ),
    ]


async def _added_s() -> tuple[list[float], list[float]]:
    clock = SystemClock()
    bridge = Bridge(clock)
    bridge.arrange(Floor())
    agent, customer = (Microphone(seat, None, clock, bridge) for seat in ("agent", "customer"))
    agent.offered("bench")
    customer.offered("bench")
    through, direct = Bursts(), Bursts()
    peers: list[RTCPeerConnection] = []
    tasks = [
        await _one_way(peers, Pulled(direct.pull), direct.take),
        await _one_way(peers, Pulled(through.pull), lambda frame: agent.frame("bench", frame)),
        await _one_way(peers, VoiceTrack(lambda: customer.sound("bench")), through.take),
    ]
    await asyncio.sleep(CONNECTED_S)
    calm_s = time.perf_counter()
    await asyncio.sleep(MEASURED_S)
    stalls_s = time.perf_counter()
    for _ in range(STALLS):
        # The loop itself stands still, as it does when a script run or a collection holds the interpreter.
        time.sleep(STALL_S)
        await asyncio.sleep(BETWEEN_STALLS_S)
    await asyncio.sleep(RECOVERY_S)
    after_s = time.perf_counter()
    await asyncio.sleep(MEASURED_S)
    for peer in peers:
        await peer.close()
    await asyncio.gather(*tasks)
    return _less(through, direct, calm_s, stalls_s), _less(through, direct, after_s, time.perf_counter())


async def _one_way(
    peers: list[RTCPeerConnection], sent: MediaStreamTrack, take: Callable[[av.AudioFrame], None]
) -> asyncio.Task[None]:
    """Two peers of which one sends a track and the other takes what arrives."""
    sending, receiving = RTCPeerConnection(), RTCPeerConnection()
    peers += [sending, receiving]
    arrived: asyncio.Future[MediaStreamTrack] = asyncio.get_running_loop().create_future()
    receiving.on("track", arrived.set_result)
    sending.addTrack(sent)
    await join(sending, receiving)
    return asyncio.create_task(deliver(await arrived, take))


def _less(through: Bursts, direct: Bursts, from_s: float, to_s: float) -> list[float]:
    """What the longer way took more, for bursts sent in that time."""
    base = [took_s for sent_s, took_s in direct.arrivals if from_s <= sent_s < to_s]
    if not base:
        return []
    usual_s = float(np.median(base))
    return [took_s - usual_s for sent_s, took_s in through.arrivals if from_s <= sent_s < to_s]


def backlog_s(lasting_s: int = 60, stall_every_s: int = 5) -> list[float]:
    """What waits in a bridge, each second, when the listener stands still now and then while the speaker goes on."""
    clock = ManualClock()
    bridge = Bridge(clock)
    bridge.arrange(Floor())
    frame = Bursts().pull()
    waiting: list[float] = []
    per_second = round(1 / FRAME_S)
    for number in range(lasting_s * per_second):
        clock.advance(FRAME_S)
        stalled = number % (stall_every_s * per_second) < STALL_S / FRAME_S
        bridge.push("agent", frame)
        if not stalled:
            bridge.pull("customer")
        if number % per_second == 0:
            waiting.append(bridge.waiting_s("customer", "agent"))
    return waiting
