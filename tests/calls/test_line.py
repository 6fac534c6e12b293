"""A live leg's queue and clock."""

import threading
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audio.drift import RESYNC_S
from core.audio.frames import AudioChunk
from core.audio.levels import SILENCE
from core.calls.events import AudioDropped, Event, PartyJoined, PartyLeft, ProviderFailed
from core.calls.line import BATCH_S, Line

FRAME_S = 0.02
FRAMES_PER_BATCH = round(BATCH_S / FRAME_S)


def frame(value: int = 1000) -> av.AudioFrame:
    made = av.AudioFrame.from_ndarray(np.full((1, 1920), value, np.int16), format="s16", layout="stereo")
    made.sample_rate = 48_000
    return made


class Ear:
    """Stands where a `Leg` stands; holds the worker up until it is released."""

    def __init__(self) -> None:
        self.chunks: list[AudioChunk] = []
        self.release = threading.Event()
        self.entered = threading.Event()
        self.finished = False
        self.level = SILENCE
        self.engine_name = "none"

    def feed(self, chunk: AudioChunk) -> None:
        self.entered.set()
        assert self.release.wait(30)
        self.chunks.append(chunk)

    def finish(self) -> None:
        self.finished = True


class Rig:
    def __init__(self, queue_s: float = 4.0) -> None:
        self.ear = Ear()
        self.events: list[Event] = []
        self.sounds: list[AudioChunk] = []
        self.now_s = 0.0
        self.line = Line(
            "customer",
            lambda: self.ear,  # type: ignore[arg-type,return-value]
            lambda event, offset_s: self.events.append(event),
            lambda: self.now_s,
            queue_s,
            self.sounds.append,
        )

    def offer(self, count: int = 1) -> None:
        for _ in range(count):
            self.now_s += FRAME_S
            self.line.offer(frame())

    def hang_up(self) -> None:
        self.ear.release.set()
        self.line.hang_up()
        self.line.join(30)
        assert not self.line.live


def test_every_frame_reaches_the_leg_on_one_sample_clock() -> None:
    rig = Rig()
    rig.ear.release.set()
    rig.line.start()
    rig.offer(100)
    rig.hang_up()
    heard_s = sum(chunk.duration_s for chunk in rig.ear.chunks)
    assert heard_s > 2.0 - 0.02
    assert rig.ear.chunks[0].start_s == 0.0
    for before, after in zip(rig.ear.chunks, rig.ear.chunks[1:], strict=False):
        assert abs(after.start_s - before.end_s) < 1e-6
    assert rig.ear.finished
    assert rig.events == [PartyJoined(party="customer", engine="none"), PartyLeft(party="customer")]


@settings(max_examples=20)
@given(burst=st.integers(1, 300))
def test_a_full_queue_drops_the_oldest_and_says_how_much(burst: int) -> None:
    rig = Rig(queue_s=1.0)
    rig.line.start()
    rig.offer(FRAMES_PER_BATCH)
    assert rig.ear.entered.wait(30)
    rig.offer(burst)
    rig.hang_up()
    lost = sum(event.duration_s for event in rig.events if isinstance(event, AudioDropped))
    assert abs(lost - max(0, burst - 50) * FRAME_S) < 0.021
    # What was lost leaves a gap in time, so that later words keep their place.
    assert abs(rig.ear.chunks[-1].end_s - rig.now_s) < 0.05


def test_sound_that_comes_back_after_a_pause_is_put_where_it_belongs() -> None:
    rig = Rig()
    rig.ear.release.set()
    rig.line.start()
    rig.offer(10)
    rig.now_s += RESYNC_S + 2.0
    rig.offer(10)
    rig.hang_up()
    assert abs(rig.ear.chunks[-1].end_s - rig.now_s) < 0.05


def test_a_failing_leg_becomes_an_event_and_the_line_ends() -> None:
    rig = Rig()
    rig.ear.release.set()
    rig.ear.finish = lambda: (_ for _ in ()).throw(RuntimeError("the model is gone"))  # type: ignore[method-assign]
    rig.line.start()
    rig.offer()
    rig.hang_up()
    failed = [event for event in rig.events if isinstance(event, ProviderFailed)]
    assert "the model is gone" in failed[0].message
    assert rig.events[-1] == PartyLeft(party="customer", reason="failed")


def test_frames_after_hanging_up_are_ignored() -> None:
    rig = Rig()
    rig.ear.release.set()
    rig.line.start()
    rig.hang_up()
    rig.offer(5)
    assert rig.ear.chunks == []


def test_a_leg_that_cannot_be_made_never_joined_and_does_not_leave() -> None:
    rig = Rig()
    rig.line._make_leg = lambda: (_ for _ in ()).throw(RuntimeError("no model"))
    rig.line.start()
    rig.hang_up()
    assert [type(event) for event in rig.events] == [ProviderFailed]


def test_who_listens_along_gets_what_the_leg_gets() -> None:
    rig = Rig()
    rig.ear.release.set()
    rig.line.start()
    rig.offer(50)
    rig.hang_up()
    assert rig.sounds == rig.ear.chunks
    assert any(chunk.pcm.any() for chunk in rig.sounds)


def test_a_muted_partys_sound_is_zeros_for_the_leg_and_for_who_listens_along() -> None:
    rig = Rig()
    rig.ear.release.set()
    rig.line.mute(True)
    rig.line.start()
    rig.offer(50)
    rig.hang_up()
    assert sum(chunk.duration_s for chunk in rig.sounds) > 0.9
    assert not any(chunk.pcm.any() for chunk in rig.sounds)
    assert not any(chunk.pcm.any() for chunk in rig.ear.chunks)


def test_lost_packets_leave_their_gap_at_once() -> None:
    rig = Rig()
    rig.ear.release.set()
    rig.line.start()
    for number in (*range(50), *range(75, 125)):
        rig.now_s = (number + 1) * FRAME_S
        stamped = frame()
        stamped.pts, stamped.time_base = number * 960, Fraction(1, 48_000)
        rig.line.offer(stamped)
    rig.hang_up()
    steps = [after.start_s - before.end_s for before, after in pairwise(rig.ear.chunks)]
    assert abs(max(steps) - 0.5) < 0.01
    assert abs(rig.ear.chunks[-1].end_s - 2.5) < 0.01
