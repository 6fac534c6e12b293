"""CPU of a call of two people beside bare aiortc that receives and sends the same.

A child process is both browsers. This process is the server, once throwing away what comes and sending speech that lies
ready, and once with everything a call has: microphones, lines, legs, echo references, bridge, log. Only its own time
counts.
"""

import asyncio
import time
from contextlib import ExitStack
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection

from core.audio.echo import EchoReference
from core.bench.conditions import Options, temporary_services
from core.bench.measurement import Limit, Measurement
from core.bench.rtc import OnFrame, Pulled, deliver, far_end, join_process
from core.bench.talk import FRAME_S, browser_frames, customer_speech
from core.bootstrap import Services, leg_maker
from core.calls.bridge import Bridge, Floor
from core.calls.events import PARTIES, CallStarted, Event, Party
from core.calls.line import Line
from core.calls.microphone import Microphone
from core.calls.voice_track import VoiceTrack
from core.errors import SidetoneError
from core.speech.scripted import ScriptedEngine, TimedText

ROUNDS = 2
SETTLE_S = 3.2
"""The customer of the recording begins to talk after 3 s."""
MEASURED_S = 3.0
JOIN_S = 5.0
ENOUGH = 0.9
"""Share of the sound that must have arrived for a figure to count."""
WORDS = [TimedText(text="word", start_s=number * 0.4, end_s=(number + 1) * 0.4) for number in range(150)]


class End(NamedTuple):
    """A party's end of the server: where its frames go, and what it is sent."""

    take: OnFrame
    sent: MediaStreamTrack


def measure(options: Options) -> list[Measurement]:
    """CPU seconds per second of one party: bare, with the call, and the ratio."""
    bare: list[float] = []
    call: list[float] = []
    with temporary_services(options.settings, ScriptedEngine(WORDS)) as services:
        recording = services.scenarios()[0].audio_path
        for number in range(ROUNDS):
            bare.append(asyncio.run(_used_s(recording, _bare(recording))))
            with ExitStack() as lines:
                call.append(asyncio.run(_used_s(recording, _two_party_call(services, f"voice-{number}", lines))))
    note = f"two parties, each received and sent to, {MEASURED_S:.0f} s, {ROUNDS} rounds, browsers in another process"
    return [
        Measurement(what="CPU, two parties, bare aiortc", unit="CPU-s per s", values=tuple(bare), note=note),
        Measurement(
            what="CPU, two-party call",
            unit="CPU-s per s",
            values=tuple(call),
            note=f"{note}; scripted engine, real log",
        ),
        Measurement(
            what="CPU, two-party call, ratio to bare aiortc",
            unit="×",
            values=(sum(call) / sum(bare),),
            limits=(Limit("max", 1.5),),
            note="means of the rounds",
        ),
    ]


def _bare(recording: Path) -> list[End]:
    """What arrives is thrown away, and speech that lies ready is sent, mono as the bridge's: aiortc looks at every
    sample it sends, so that stereo would cost it twice that."""

    def end() -> End:
        ready = cycle([_mono(frame) for frame in browser_frames(customer_speech(recording))])
        return End(lambda frame: None, Pulled(lambda: next(ready)))

    return [end() for _ in PARTIES]


def _mono(frame: av.AudioFrame) -> av.AudioFrame:
    left = frame.to_ndarray()[:, ::2].astype(np.int16)
    mono = av.AudioFrame.from_ndarray(left, format="s16", layout="mono")
    mono.sample_rate = frame.sample_rate
    return mono


def _two_party_call(services: Services, call_id: str, lines: ExitStack) -> list[End]:
    begun_s = services.clock.monotonic_s()
    bridge = Bridge(services.clock)
    bridge.arrange(Floor())
    references = {party: EchoReference() for party in PARTIES}

    def elapsed_s() -> float:
        return services.clock.monotonic_s() - begun_s

    def append(event: Event, offset_s: float | None = None) -> None:
        services.log.append(call_id, event, offset_s)

    def open_line(party: Party) -> Line:
        other: Party = "agent" if party == "customer" else "customer"
        make_leg = leg_maker(services.settings, services.speech.chooser(), is_echo=references[other].echoes)
        line = Line(
            party,
            lambda: make_leg(party, append),
            append,
            elapsed_s,
            on_sound=references[party].hear,
        )
        line.start()
        lines.callback(line.join, JOIN_S)
        lines.callback(line.hang_up)
        return line

    services.log.open(call_id, elapsed_s)
    append(CallStarted(source="microphone", agent="bench"))
    ends = []
    for party in PARTIES:
        microphone = Microphone(party, partial(open_line, party), services.clock, bridge)
        microphone.offered("bench")
        ends.append(End(partial(microphone.frame, "bench"), VoiceTrack(partial(microphone.sound, "bench"))))
    return ends


async def _used_s(recording: Path, ends: list[End]) -> float:
    """CPU seconds of this process per second of one party. Raises SidetoneError when too little sound arrived."""
    received = 0

    def counted(take: OnFrame, frame: av.AudioFrame) -> None:
        nonlocal received
        received += 1
        take(frame)

    async with far_end(recording) as browsers:
        peers = [RTCPeerConnection() for _ in ends]
        tasks = []
        for peer, end in zip(peers, ends, strict=True):
            peer.addTrack(end.sent)
            (transceiver,) = peer.getTransceivers()
            await join_process(peer, browsers)
            tasks.append(asyncio.create_task(deliver(transceiver.receiver.track, partial(counted, end.take))))
        await asyncio.sleep(SETTLE_S)
        before, begun_s, begun_cpu_s = received, time.perf_counter(), time.process_time()
        await asyncio.sleep(MEASURED_S)
        used_s, lasted_s = time.process_time() - begun_cpu_s, time.perf_counter() - begun_s
        heard_s = (received - before) * FRAME_S
        for peer in peers:
            await peer.close()
        await asyncio.gather(*tasks)
    if heard_s < ENOUGH * lasted_s * len(ends):
        raise SidetoneError(f"only {heard_s:.1f} of {lasted_s * len(ends):.1f} s arrived; the machine is too busy")
    return used_s / heard_s
