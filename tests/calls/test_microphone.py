"""A party's microphone over reconnects and several browser windows."""

import av
import numpy as np
import pytest

from core.audio.levels import SILENCE
from core.calls.events import Party
from core.calls.line import Line
from core.calls.microphone import Microphone
from core.clock import ManualClock
from core.errors import CallAlreadyEnded


class Wire:
    """Stands where a `Line` stands."""

    def __init__(self) -> None:
        self.frames = 0
        self.live = True
        self.muted = False
        self.level = SILENCE

    def offer(self, frame: av.AudioFrame) -> None:
        self.frames += 1

    def hang_up(self) -> None:
        self.live = False


class Rig:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.wires: list[Wire] = []
        self.call_over = False
        self.place = Microphone("customer", self.open_line, self.clock)

    def open_line(self, party: Party) -> Line:
        if self.call_over:
            raise CallAlreadyEnded("over")
        self.wires.append(Wire())
        return self.wires[-1]  # type: ignore[return-value]


FRAME = av.AudioFrame.from_ndarray(np.zeros((1, 1920), np.int16), format="s16", layout="stereo")


def test_frames_reach_the_line_once_the_browser_has_offered() -> None:
    rig = Rig()
    rig.place.frame("tab", FRAME)
    rig.place.offered("tab")
    rig.place.offered("tab")
    rig.place.frame("tab", FRAME)
    assert [wire.frames for wire in rig.wires] == [1]


def test_after_an_end_the_same_browser_gets_a_new_line() -> None:
    rig = Rig()
    rig.place.offered("tab")
    rig.place.ended("tab")
    assert (rig.wires[0].live, rig.place.connection.state) == (False, "ended")
    rig.place.offered("tab")
    rig.place.frame("tab", FRAME)
    assert [wire.frames for wire in rig.wires] == [0, 1]


def test_another_window_takes_the_line_over_and_the_first_is_no_longer_heard() -> None:
    rig = Rig()
    rig.place.offered("first")
    assert rig.place.held_by_other("second")
    rig.place.offered("second")
    rig.place.frame("first", FRAME)
    rig.place.frame("second", FRAME)
    rig.place.ended("first")
    assert [(wire.frames, wire.live) for wire in rig.wires] == [(0, False), (1, True)]
    assert not rig.place.held_by_other("second")


def test_a_call_that_is_over_opens_no_line() -> None:
    rig = Rig()
    rig.call_over = True
    with pytest.raises(CallAlreadyEnded):
        rig.place.offered("tab")
    assert not rig.place.held_by_other("other")


def test_a_refusal_is_shown() -> None:
    rig = Rig()
    rig.place.refused()
    assert rig.place.connection.state == "refused"
