"""What a call's sound costs beside what receiving it costs anyway.

A child process sends speech over WebRTC on loopback. This process receives it, once to throw the frames away and once
into microphones, lines and legs with the scripted engine and a real log; only its own CPU time counts. Both ways are
measured in turn, several times, so that a busy machine slows both.
"""

import asyncio
import time
from contextlib import ExitStack
from pathlib import Path

import av
from aiortc import RTCPeerConnection

from core.bench.conditions import Options, temporary_services
from core.bench.measurement import Limit, Measurement
from core.bench.rtc import OnFrame, deliver, far_end, join_process
from core.bench.talk import FRAME_S
from core.bootstrap import Services, leg_maker
from core.calls.bridge import Bridge
from core.calls.events import CallStarted, Event
from core.calls.line import Line
from core.calls.microphone import Microphone
from core.errors import SidetoneError
from core.speech.scripted import ScriptedEngine, TimedText

STREAMS = (1, 10)
ROUNDS = 2
SETTLE_S = 2.0
MEASURED_S = 6.0
JOIN_S = 5.0
ENOUGH = 0.95
"""Share of the sound that must have arrived for a figure to count."""
WORD_S = 0.4
TALK_S = 60.0
"""The scripted engine hears a word every 0.4 s while there is speech, about as often as the embedded one revises."""


def measure(options: Options) -> list[Measurement]:
    """CPU seconds per second of one stream: bare aiortc, with the pipeline behind it, and the ratio of the two."""
    words = [
        TimedText(text="word", start_s=number * WORD_S, end_s=(number + 1) * WORD_S)
        for number in range(round(TALK_S / WORD_S))
    ]
    measurements = []
    with temporary_services(options.settings, ScriptedEngine(words)) as services:
        recording = services.scenarios()[0].audio_path
        for streams in STREAMS:
            bare, piped = [], []
            for number in range(ROUNDS):
                options.progress(f"cpu: {streams} streams, round {number + 1} of {ROUNDS}")
                bare.append(asyncio.run(_receive(recording, [_discard] * streams)))
                with ExitStack() as lines:
                    taking = [_line(services, f"cpu-{streams}-{number}-{n}", lines) for n in range(streams)]
                    piped.append(asyncio.run(_receive(recording, taking)))
            measurements += _rows(streams, bare, piped)
    return measurements


def _rows(streams: int, bare: list[float], piped: list[float]) -> list[Measurement]:
    of = f"{streams} stream{'s' if streams > 1 else ''}"
    note = f"{MEASURED_S:.0f} s each of speech over WebRTC on loopback, {ROUNDS} rounds, sender in another process"
    return [
        Measurement(what=f"CPU, bare aiortc, {of}", unit="CPU-s per s", values=tuple(bare), note=note),
        Measurement(
            what=f"CPU, decoded to logged, {of}",
            unit="CPU-s per s",
            values=tuple(piped),
            note=f"{note}; scripted engine, real log, no assistant",
        ),
        Measurement(
            what=f"CPU, ratio to bare aiortc, {of}",
            unit="×",
            values=(sum(piped) / sum(bare),),
            limits=(Limit("max", 1.5),),
            note="means of the rounds",
        ),
    ]


def _discard(frame: av.AudioFrame) -> None:
    pass


def _line(services: Services, call_id: str, lines: ExitStack) -> OnFrame:
    """Where a browser's frames go in: the microphone of a call without an assistant."""
    begun_s = services.clock.monotonic_s()

    def elapsed_s() -> float:
        return services.clock.monotonic_s() - begun_s

    def append(event: Event, offset_s: float | None = None) -> None:
        services.log.append(call_id, event, offset_s)

    make_leg = leg_maker(services.settings, services.speech.chooser())

    def open_line() -> Line:
        line = Line("customer", lambda: make_leg("customer", append), append, elapsed_s)
        line.start()
        lines.callback(line.join, JOIN_S)
        lines.callback(line.hang_up)
        return line

    services.log.open(call_id, elapsed_s)
    append(CallStarted(source="microphone", agent="bench"))
    microphone = Microphone("customer", open_line, services.clock, Bridge(services.clock))
    microphone.offered("bench")
    return lambda frame: microphone.frame("bench", frame)


async def _receive(recording: Path, takers: list[OnFrame]) -> float:
    """Receive as many streams as there are takers; CPU seconds of this process per second of one stream."""
    counts = [0] * len(takers)

    def counting(number: int) -> OnFrame:
        def take(frame: av.AudioFrame) -> None:
            counts[number] += 1
            takers[number](frame)

        return take

    async with far_end(recording) as sender:
        peers = [RTCPeerConnection() for _ in takers]
        receivers = [peer.addTransceiver("audio", direction="recvonly").receiver for peer in peers]
        for peer in peers:
            await join_process(peer, sender)
        pumps = [asyncio.create_task(deliver(one.track, counting(number))) for number, one in enumerate(receivers)]
        await asyncio.sleep(SETTLE_S)
        received, begun_s, begun_cpu_s = sum(counts), time.perf_counter(), time.process_time()
        await asyncio.sleep(MEASURED_S)
        used_s, lasted_s = time.process_time() - begun_cpu_s, time.perf_counter() - begun_s
        received = sum(counts) - received
        for peer in peers:
            await peer.close()
        await asyncio.gather(*pumps)
    stream_s = received * FRAME_S
    if stream_s < ENOUGH * lasted_s * len(takers):
        raise SidetoneError(f"only {stream_s / len(takers):.1f} of {lasted_s:.1f} s arrived; the machine is too busy")
    return used_s / stream_s
