"""A party's microphone over reconnects and several browser windows."""

import av
import numpy as np
import pytest

from core.audio.levels import SILENCE
from core.calls.bridge import Bridge, Floor
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
        self.bridge = Bridge(self.clock)
        self.bridge.arrange(Floor(supervisors={"Ann": "join"}))
        self.place = Microphone("customer", self.open_line, self.clock, self.bridge)
        self.left = 0
        self.supervisor = Microphone("supervisor:Ann", None, self.clock, self.bridge, self.leave)

    def leave(self) -> None:
        self.left += 1

    def talk(self) -> None:
        """The agent says 100 ms, and the customer's seat listens."""
        self.bridge.pull("customer")
        for _ in range(5):
            self.bridge.push("agent", LOUD)

    def open_line(self) -> Line:
        if self.call_over:
            raise CallAlreadyEnded("over")
        self.wires.append(Wire())
        return self.wires[-1]  # type: ignore[return-value]


FRAME = av.AudioFrame.from_ndarray(np.zeros((1, 1920), np.int16), format="s16", layout="stereo")
LOUD = av.AudioFrame.from_ndarray(np.full((1, 1920), 5000, np.int16), format="s16", layout="stereo")
LOUD.sample_rate = 48_000


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


def test_after_the_call_ended_during_a_takeover_the_first_window_is_not_left_on_a_dead_line() -> None:
    rig = Rig()
    rig.place.offered("first")
    rig.call_over = True
    with pytest.raises(CallAlreadyEnded):
        rig.place.offered("second")
    rig.place.frame("first", FRAME)
    assert [(wire.frames, wire.live) for wire in rig.wires] == [(0, False)]
    assert not rig.place.held_by_other("third")


def test_every_line_that_was_opened_is_hung_up_once_whatever_windows_do() -> None:
    rig = Rig()
    for step in ("first", "second", "first"):
        rig.place.offered(step)
    rig.place.ended("second")
    rig.place.ended("first")
    rig.place.ended("first")
    assert [wire.live for wire in rig.wires] == [False, False, False]


def test_only_the_window_that_holds_the_seat_hears() -> None:
    rig = Rig()
    rig.place.offered("tab")
    rig.talk()
    assert not rig.place.sound("other").to_ndarray().any()
    assert (rig.place.sound("tab").to_ndarray() == 5000).all()


def test_what_a_browser_says_is_heard_at_the_other_seats() -> None:
    rig = Rig()
    rig.place.offered("tab")
    rig.bridge.pull("agent")
    for _ in range(3):
        rig.place.frame("tab", LOUD)
    assert (rig.bridge.pull("agent").to_ndarray() == 5000).all()


def test_a_supervisor_is_heard_without_a_line_and_leaves_with_the_browser() -> None:
    rig = Rig()
    rig.bridge.pull("agent")
    rig.supervisor.frame("tab", LOUD)
    rig.supervisor.offered("tab")
    for _ in range(3):
        rig.supervisor.frame("tab", LOUD)
    assert (rig.bridge.pull("agent").to_ndarray() == 5000).all()
    assert rig.supervisor.connection.state == "connected"
    assert rig.supervisor.held_by_other("second")
    rig.supervisor.ended("other")
    assert rig.left == 0
    rig.supervisor.ended("tab")
    assert rig.left == 1
    assert not rig.supervisor.held_by_other("second")


def test_a_refusal_is_shown() -> None:
    rig = Rig()
    rig.place.refused()
    assert rig.place.connection.state == "refused"
