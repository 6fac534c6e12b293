"""Playing a recording into a live call."""

import threading
from pathlib import Path

import av
import numpy as np
import pytest

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
