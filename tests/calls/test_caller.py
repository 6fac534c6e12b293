"""A scripted caller on the customer's side of a call."""

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import yaml
from waiting import WAIT_S

from core.audio.frames import SPEECH_RATE_HZ
from core.bootstrap import Services, build
from core.calls.caller import FRAME_S, ScriptedCaller, said_by_customer
from core.calls.events import CallAnswered, CallEnded, Event, HoldEnded, HoldStarted, Recorded, TranscriptFinal
from core.calls.follow import Follower
from core.calls.talker import FRAME_SAMPLES
from core.calls.turn_taking import CallerMode
from core.classroom import Classroom
from core.clock import ManualClock
from core.config import ROOT, Settings
from core.errors import RulesError
from core.scenarios import Scenario, load_scenario
from core.speech.scripted import ScriptedEngine, TimedText

SARAH = ROOT / "data" / "scenarios" / "sarah_johnson.yaml"
PATIENCE_S = 2.0


class News:
    """Stands where a `Follower` stands: events at their times on a clock."""

    def __init__(self, clock: ManualClock, events: Sequence[tuple[float, Event]]) -> None:
        self._clock = clock
        self._events = list(events)
        self.closed = False

    def wait(self, timeout_s: float) -> list[Recorded]:
        due = [event for at_s, event in self._events if at_s <= self._clock.monotonic_s()]
        del self._events[: len(due)]
        return [
            Recorded(call_id="c", seq=1, offset_s=self._clock.monotonic_s(), at=self._clock.now(), event=event)
            for event in due
        ]

    def __enter__(self) -> "News":
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True


class Ear:
    """Where the caller's sound goes."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.arrived_s: list[float] = []
        self._heard: list[np.ndarray] = []

    def offer(self, frame: av.AudioFrame) -> None:
        assert (frame.sample_rate, frame.samples) == (SPEECH_RATE_HZ, FRAME_SAMPLES)
        self.arrived_s.append(self._clock.monotonic_s())
        self._heard.append(frame.to_ndarray()[0])

    @property
    def pcm(self) -> np.ndarray:
        return np.concatenate(self._heard)


def call(
    events: Sequence[tuple[float, Event]], mode: CallerMode = "waits", scenario: Scenario | None = None
) -> tuple[Ear, News, list[Exception | None]]:
    """Let a caller talk until they hang up, as fast as the machine can."""
    clock = ManualClock()
    ear, over, ends = Ear(clock), threading.Event(), []
    news: Any = News(clock, events)

    def on_end(failure: Exception | None) -> None:
        ends.append(failure)
        over.set()

    caller = ScriptedCaller(scenario or load_scenario(SARAH), mode, ear.offer, news, clock, on_end, PATIENCE_S)
    caller.start()
    assert over.wait(WAIT_S)
    return ear, news, ends


ANSWERED_S = 3.0
ANSWERED = (ANSWERED_S, CallAnswered(agent="Alex", waited_s=ANSWERED_S))


def begins_s(ear: Ear) -> list[float]:
    """When sound follows at least 0.8 s of silence."""
    loud = np.flatnonzero(ear.pcm)
    first = np.concatenate([[True], np.diff(loud) > 0.8 * SPEECH_RATE_HZ])
    return [float(at) / SPEECH_RATE_HZ for at in loud[first]]


def test_a_frame_every_20_ms_from_the_first_moment_on() -> None:
    ear, news, ends = call([ANSWERED])
    assert np.allclose(ear.arrived_s, np.arange(len(ear.arrived_s)) * FRAME_S, atol=0.001)
    assert not ear.pcm[: round((ANSWERED_S + PATIENCE_S) * SPEECH_RATE_HZ)].any()
    assert ends == [None]
    assert news.closed


def test_the_customers_turns_are_said_in_full_and_nothing_else() -> None:
    scenario = load_scenario(SARAH)
    ear, _, _ = call([ANSWERED])
    script = scenario.timeline()
    words = said_by_customer(scenario.audio_path, script)
    assert len(words) == sum(entry.party == "customer" for entry in script)
    at_s = ANSWERED_S
    for pcm in words:
        at = round((at_s + PATIENCE_S) / FRAME_S + 1e-6) * FRAME_SAMPLES
        found = next(
            at + late for late in range(0, 4 * FRAME_SAMPLES, FRAME_SAMPLES) if ear.pcm[at + late :][:320].any()
        )
        assert np.array_equal(ear.pcm[found : found + len(pcm)], pcm)
        at_s = (found + len(pcm)) / SPEECH_RATE_HZ
    assert not ear.pcm[round(at_s * SPEECH_RATE_HZ) + 1 :].any()


def test_by_the_clock_the_turns_come_when_the_script_has_them() -> None:
    ear, _, _ = call([ANSWERED], mode="clock")
    planned = [ANSWERED_S + entry.start_s for entry in load_scenario(SARAH).timeline() if entry.party == "customer"]
    assert begins_s(ear) == pytest.approx(planned, abs=0.1)


def test_a_caller_put_on_hold_in_mid_sentence_goes_on_from_there() -> None:
    whole, _, _ = call([ANSWERED])
    held = [
        ANSWERED,
        (ANSWERED_S + PATIENCE_S + 0.5, HoldStarted(by="Alex")),
        (ANSWERED_S + PATIENCE_S + 5.5, HoldEnded(by="Alex", held_s=5)),
    ]
    ear, _, _ = call(held)
    spoken = ear.pcm[np.flatnonzero(ear.pcm)]
    assert np.array_equal(spoken, whole.pcm[np.flatnonzero(whole.pcm)])
    assert len(ear.pcm) - len(whole.pcm) == pytest.approx(5 * SPEECH_RATE_HZ, abs=2 * FRAME_SAMPLES)


def test_a_scenario_without_sound_is_handed_to_the_call(tmp_path: Path) -> None:
    silent = load_scenario(SARAH).model_copy(update={"path": tmp_path / "gone.yaml"})
    ear, news, ends = call([ANSWERED], scenario=silent)
    assert isinstance(ends[0], RulesError)
    assert news.closed
    assert ear.arrived_s == []


def test_stopping_ends_a_caller_who_still_waits() -> None:
    clock = ManualClock()
    offered, over = threading.Event(), threading.Event()
    news: Any = News(clock, [])
    caller = ScriptedCaller(
        load_scenario(SARAH), "waits", lambda _: offered.set(), news, clock, lambda failure: failure or over.set()
    )
    caller.start()
    assert offered.wait(WAIT_S)
    caller.stop()
    assert over.wait(WAIT_S)


@pytest.fixture
def short(tmp_path: Path) -> Scenario:
    """Sarah's first two turns."""
    path = tmp_path / "short.yaml"
    turns = [turn.model_dump() for turn in load_scenario(SARAH).turns[:4]]
    content = {"title": "Short", "voices": {"customer": "slt", "agent": "rms"}, "turns": turns}
    path.write_text(yaml.safe_dump({**content, "caller": {"name": "Sarah Johnson", "reason": "my order"}}))
    scenario = load_scenario(path)
    scenario.audio_path.symlink_to(SARAH.with_suffix(".opus"))
    script = yaml.safe_load(SARAH.with_suffix(".timeline.yaml").read_text())[:4]
    scenario.timeline_path.write_text(yaml.safe_dump(script))
    return scenario


class Reader:
    """Reads a call on, event by event."""

    def __init__(self, services: Services, call_id: str) -> None:
        self._follower = Follower(services.log, call_id)
        self.events: list[Event] = []

    def until(self, kind: type[Event], **like: object) -> Event:
        """The next event of a kind whose fields are like that."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            new = [recorded.event for recorded in self._follower.wait(1)]
            self.events += new
            for event in new:
                if isinstance(event, kind) and all(getattr(event, name) == value for name, value in like.items()):
                    return event
        raise AssertionError(f"no {kind.__name__} within {WAIT_S} s")


@pytest.fixture
def hearing(tmp_path: Path) -> Iterator[Services]:
    """Everything, with an engine that hears words whenever the customer makes a sound."""
    said = TimedText(party="customer", text="words " * 600, start_s=0, end_s=300)
    built = build(Settings(database_url=f"duckdb:///{tmp_path / 'hearing.duckdb'}"), speech=ScriptedEngine([said]))
    yield built
    built.close()


@pytest.mark.slow
def test_a_caller_waits_in_the_queue_takes_turns_with_the_agent_and_hangs_up(
    hearing: Services, short: Scenario
) -> None:
    services, agent = hearing, hearing.settings.agent
    classroom = Classroom(services.switchboard, services.desk, services.log, services.clock)
    services.switchboard.set_availability(agent, "away")

    [call_id] = classroom.start([short], 1, "waits")
    reader = Reader(services, call_id)
    assert [caller.state for caller in classroom.callers()] == ["waits, next in line"]
    assert services.desk.call(call_id).customer is not None

    services.switchboard.set_availability(agent, "available")
    services.switchboard.accept(call_id, agent)
    assert [caller.state for caller in classroom.callers()] == [f"talks with {agent}"]
    services.desk.send(call_id, "agent", "Good morning. How can I help you?")
    reader.until(TranscriptFinal, speaker="customer")
    services.desk.send(call_id, "agent", "Hello Sarah. What can I do for you?")
    reader.until(TranscriptFinal, speaker="customer")
    services.desk.send(call_id, "agent", "Goodbye.")
    ended = reader.until(CallEnded)

    assert ended == CallEnded(reason="completed")
    call = services.desk.call(call_id)
    assert [line.speaker for line in call.transcript] == ["agent", "customer", "agent", "customer", "agent"]
    assert (call.source, call.title, call.agent) == ("scripted", "Short", agent)
    assert classroom.callers() == []
