"""How much faster than real time a recording is run."""

import time
from pathlib import Path

from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ
from core.bench.conditions import Options, measured_calls, temporary_services
from core.bench.measurement import Limit, Measurement


def measure(options: Options) -> list[Measurement]:
    """A demo call's file decoded only, and run as `call FILE` does: seconds of work per second of recording."""
    with temporary_services(options.settings) as services:
        scenarios = measured_calls(services)
        services.recorded_call().run(scenarios[0].audio_path)
        decoding = tuple(map(_decode, (scenario.audio_path for scenario in scenarios)))
        running = []
        for scenario in scenarios:
            begun_s = time.perf_counter()
            call = services.recorded_call().run(scenario.audio_path)
            running.append((time.perf_counter() - begun_s) / call.duration_s)
    return [
        Measurement(what="reading a recording", unit="s per s", values=decoding, note="stereo Opus"),
        Measurement(
            what="running a recording as a call",
            unit="s per s",
            values=tuple(running),
            limits=(Limit("max", 1.0),),
            note=f"{services.speech.configured}, both parties, assistant and storage included; warm, without start-up",
        ),
    ]


def _decode(path: Path) -> float:
    begun_s = time.perf_counter()
    with Recording.open(path) as recording:
        read = sum(len(next(iter(block.values()))) for block in recording)
    return (time.perf_counter() - begun_s) / (read / SPEECH_RATE_HZ)
