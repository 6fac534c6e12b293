"""Playing a recording into a live call."""

import threading
from pathlib import Path

import av
import numpy as np
import pytest

from core.audio.drift import Place, SampleClock
from core.calls.playback import Playback
from core.calls.talker import FRAME_SAMPLES
from core.clock import ManualClock
from core.config import ROOT

SCENARIO = ROOT / "data" / "scenarios" / "sarah_johnson.opus"


class Wire:
    """Where a party's sound goes."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.arrivals: list[tuple[float, int]] = []

    def offer(self, frame: av.AudioFrame) -> None:
        self.arrivals.append((self.clock.monotonic_s(), frame.samples))


def play(path: Path) -> tuple[dict[str, Wire], Exception | None]:
    clock = ManualClock()
    wires = {"customer": Wire(clock), "agent": Wire(clock)}
    ended = threading.Event()
    failures: list[Exception | None] = []

    def on_end(failure: Exception | None) -> None:
        failures.append(failure)
        ended.set()

    Playback(path, {"customer": wires["customer"].offer, "agent": wires["agent"].offer}, clock, on_end).start()
    assert ended.wait(60)
    return wires, failures[0]


def test_both_parties_get_every_frame_in_real_time() -> None:
    wires, failure = play(SCENARIO)
    assert failure is None
    container = av.open(str(SCENARIO))
    duration_s = container.duration / av.time_base
    container.close()
    for wire in wires.values():
        assert sum(samples for _, samples in wire.arrivals) / 16_000 == pytest.approx(duration_s, abs=0.1)
        due_s = np.arange(len(wire.arrivals)) * FRAME_SAMPLES / 16_000
        assert np.allclose([at_s for at_s, _ in wire.arrivals], due_s, atol=0.002)


def test_a_missing_recording_is_handed_to_the_call(tmp_path: Path) -> None:
    wires, failure = play(tmp_path / "gone.opus")
    assert "gone.opus" in str(failure)
    assert wires["customer"].arrivals == []


def test_a_busy_machine_leaves_no_gap_in_what_is_played() -> None:
    clock = ManualClock()
    ended = threading.Event()
    places: list[Place] = []
    on_the_line = SampleClock()

    def offer(frame: av.AudioFrame) -> None:
        if len(places) == 200:
            clock.advance(3.0)
        now_s = clock.monotonic_s()
        places.append(on_the_line.place(now_s, frame.samples / 16_000, frame.time, quiet=False))

    Playback(SCENARIO, {"customer": offer, "agent": lambda frame: None}, clock, lambda failure: ended.set()).start()
    assert ended.wait(60)
    starts_s = [place.start_s for place in places]
    assert len(places) > 500
    assert np.allclose(np.diff(starts_s), FRAME_SAMPLES / 16_000, atol=1e-6)
    assert not any(place.dropped for place in places)
