"""Whose turn it is in a worker of the embedded engine, with its real decoders (stock model)."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from core.bench.talk import speech_of
from core.scenarios import load_scenario
from core.speech.load import Load
from core.speech.pocketsphinx_decoders import QUICK, USUAL, Decoders
from core.speech.pocketsphinx_ear import Ear
from core.speech.pocketsphinx_learning import OwnDecoders
from core.speech.pocketsphinx_voice import Manner
from core.speech.pocketsphinx_worker import Worker
from core.speech.worker_messages import Audio, Begin, Close, End, Failed, Heard, Open, Pause, Reply, Request, Taken

PROJECT = Path(__file__).parents[2]
SECOND_BYTES = 32_000


class Machine:
    """A worker whose clock says how long the sound has been coming."""

    def __init__(self, decoders: Decoders) -> None:
        self.now_s = 0.0
        self.replies: list[Reply] = []
        self.worker = Worker(self.replies.append, decoders, clock=lambda: self.now_s)

    def put(self, *requests: Request) -> None:
        for request in requests:
            self.worker.put(request)

    def work(self) -> None:
        while self.worker.busy:
            self.worker.step()

    def taken_bytes(self, session_id: int) -> int:
        return sum(reply.size for reply in self.replies if isinstance(reply, Taken) and reply.session_id == session_id)

    def finals(self, session_id: int) -> list[str]:
        return [
            reply.text
            for reply in self.replies
            if isinstance(reply, Heard) and reply.final and reply.session_id == session_id
        ]


@pytest.fixture
def machine(decoders: Decoders) -> Machine:
    return Machine(decoders)


@pytest.fixture(scope="module")
def second() -> bytes:
    """A second of a customer's voice."""
    scenario = load_scenario(PROJECT / "data" / "scenarios" / "john_doe.yaml")
    turn = next(turn for turn in scenario.timeline() if turn.party == "customer")
    customer = speech_of(scenario.audio_path, "customer")
    begin = round(turn.start_s * 16_000)
    return customer[begin : begin + 16_000].tobytes()


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sessions whose utterance was looked at for hearing it again; it takes twenty steps."""
    asked: list[int] = []

    def heard_again(ear: Ear, manner: object, size: int) -> Iterator[None]:
        asked.append(ear._session_id)
        for _ in range(20):
            yield

    monkeypatch.setattr(Ear, "_heard_again", heard_again)
    return asked


def test_nobodys_sound_waits_while_another_is_heard_again(machine: Machine, second: bytes, judged: list[int]) -> None:
    machine.put(Open(1), Open(2), Begin(1, "a"), Begin(2, "b"), Audio(1, second))
    machine.work()
    machine.put(Pause(1))
    machine.worker.step()
    machine.put(*[Audio(2, second[at : at + 3200]) for at in range(0, len(second), 3200)])
    for _ in range(40):
        machine.worker.step()
    assert judged == [1]
    assert machine.taken_bytes(2) == len(second)


def test_what_is_said_after_a_pause_goes_before_hearing_again(
    machine: Machine, second: bytes, judged: list[int]
) -> None:
    machine.put(Open(1), Begin(1, "a", live=True), Audio(1, second))
    machine.work()
    machine.put(Pause(1))
    for _ in range(4):
        machine.worker.step()
    assert judged == [1]
    machine.put(Audio(1, second[:3200]))
    machine.worker.step()
    assert machine.taken_bytes(1) == len(second) + 3200
    assert machine.worker.busy
    machine.put(End(1))
    machine.work()
    assert judged == [1]
    assert len(machine.finals(1)) == 1


def test_somebody_who_waits_is_heard_again_only_where_that_is_quick(
    machine: Machine, second: bytes, judged: list[int]
) -> None:
    for session_id, first_pass_s, live in ((1, 0.6, True), (2, 0.6, False), (3, 0.4, True)):
        machine.put(Open(session_id), Begin(session_id, "a", live=live), *[Audio(session_id, second)] * 2)
        machine.work()
        machine.worker._sessions[session_id].ear.first_pass_s = first_pass_s
        machine.put(Pause(session_id), End(session_id))
        machine.work()
    assert judged == [2, 3]


@pytest.mark.parametrize(
    ("live", "late_s", "full", "quick"),
    [(True, 0.4, False, False), (True, 0.6, False, True), (True, 0.0, True, True), (False, 9.0, True, False)],
)
def test_words_that_would_be_late_are_looked_for_quickly_where_somebody_waits(
    machine: Machine,
    second: bytes,
    monkeypatch: pytest.MonkeyPatch,
    live: bool,
    late_s: float,
    full: bool,
    quick: bool,
) -> None:
    monkeypatch.setattr(Load, "full", lambda *_: full)
    machine.put(Open(1), Begin(1, "a", live=live), Audio(1, second))
    machine.now_s = late_s
    machine.work()
    decoder = machine.worker._sessions[1].ear._decoder
    assert decoder
    assert (decoder.current_search() == QUICK) == quick
    monkeypatch.setattr(Load, "full", lambda *_: False)
    machine.put(End(1), Begin(1, "b", live=live), Audio(1, second))
    machine.work()
    assert decoder.current_search() == USUAL
    machine.put(End(1))
    machine.work()
    assert len(machine.finals(1)) == 2


@pytest.mark.parametrize("live", [True, False])
def test_hearing_again_that_takes_longer_than_believed_is_given_up_where_somebody_waits(
    machine: Machine, second: bytes, judged: list[int], live: bool
) -> None:
    machine.put(Open(1), Begin(1, "a", live=live), *[Audio(1, second)] * 2)
    machine.work()
    machine.now_s = 2.0
    machine.put(Pause(1), End(1))
    while not machine.finals(1):
        machine.worker.step()
        machine.now_s += 0.1
    assert judged == [1]
    assert machine.now_s < 2.8 if live else machine.now_s > 4.0


@pytest.mark.parametrize(
    ("heard", "partials"),
    [
        pytest.param(lambda look: " ".join(["more"] * look), 2, id="more"),
        pytest.param(lambda look: f"{look} words", 1, id="something else"),
        pytest.param(lambda look: "the same", 1, id="the same"),
    ],
)
def test_more_words_are_shown_at_once_and_others_or_the_same_every_fifth_of_a_second(
    machine: Machine,
    second: bytes,
    monkeypatch: pytest.MonkeyPatch,
    heard: Callable[[int], str],
    partials: int,
) -> None:
    """So that nobody waits longer than 300 ms for a word that is there, nor reads words that never stand still."""
    looks = count(1)
    monkeypatch.setattr("core.speech.pocketsphinx_ear.words_so_far", lambda decoder: heard(next(looks)))
    machine.put(Open(1), Begin(1, "a", live=True), Audio(1, second))
    machine.work()
    shown: list[int] = []
    for at in range(0, len(second), 3200):
        machine.put(Audio(1, second[at : at + 3200]))
        machine.work()
        shown.append(len([reply for reply in machine.replies if isinstance(reply, Heard)]))
    assert np.diff(shown)[1:].reshape(-1, 2).sum(axis=1).tolist() == [partials] * 4


def test_voices_are_learned_while_a_worker_has_two_calls_at_most(
    machine: Machine, second: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    lessons: list[Manner] = []
    monkeypatch.setattr(OwnDecoders, "heard", lambda own, manner, logs, found, decoder: lessons.append(manner))
    for parties, others in enumerate(([1, 2], [3, 4], [5])):
        machine.put(*(Open(number) for number in others), Begin(1, "one", live=True), Audio(1, second), End(1))
        machine.work()
        assert len(lessons) == min(parties + 1, 2)
    machine.put(Close(5))
    machine.work()
    machine.put(Begin(1, "one", live=True), Audio(1, second), End(1))
    machine.work()
    assert len(lessons) == 3


def test_a_voice_that_cannot_be_learned_is_said_and_leaves_the_others_as_they_are(
    machine: Machine, second: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(own: OwnDecoders) -> None:
        raise OSError("no space left on the disk")

    monkeypatch.setattr(OwnDecoders, "can_learn", True)
    monkeypatch.setattr(OwnDecoders, "learn", full)
    machine.put(Open(1), Open(2), Begin(1, "one", live=True), Audio(1, second), End(1))
    machine.work()
    assert [reply.message for reply in machine.replies if isinstance(reply, Failed)] == ["no space left on the disk"]
    machine.put(Begin(2, "two"), Audio(2, second))
    machine.work()
    assert machine.taken_bytes(2) == SECOND_BYTES


def test_a_recording_that_comes_in_bulk_lets_a_call_go_between(machine: Machine, second: bytes) -> None:
    machine.put(Open(1), Open(2), Begin(1, "a"), Begin(2, "b", live=True))
    machine.put(*[Audio(1, second[:3200])] * 20)
    machine.put(Audio(2, second[:3200]))
    for _ in range(6):
        machine.worker.step()
    assert machine.taken_bytes(2) == 3200
    assert machine.taken_bytes(1) < 20 * 3200


def test_whoever_speaks_while_the_worker_is_behind_is_heard_once(
    machine: Machine, second: bytes, judged: list[int]
) -> None:
    machine.put(Open(1), Begin(1, "a", live=True), Audio(1, second))
    machine.now_s = 1.2
    machine.work()
    machine.put(Pause(1), Audio(1, second), End(1))
    machine.now_s = 1.5
    machine.work()
    assert judged == [1]
    machine.put(Begin(1, "b", live=True), Audio(1, second))
    machine.now_s += 1.4
    machine.work()
    machine.put(Pause(1), Audio(1, second), End(1))
    machine.work()
    assert judged == [1]
    assert len(machine.finals(1)) == 2


def test_when_there_is_much_to_do_utterances_are_heard_once_from_the_start(
    machine: Machine, second: bytes, judged: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Load, "heavy", True)
    machine.put(Open(1), Begin(1, "a", live=True), Audio(1, second), Pause(1), End(1))
    machine.put(Open(2), Begin(2, "a"), Audio(2, second), Pause(2), End(2))
    machine.work()
    assert judged == [2]


def test_a_recording_is_heard_with_the_same_care_however_slow_the_machine_is(
    machine: Machine, second: bytes, judged: list[int]
) -> None:
    machine.put(Open(1), Begin(1, "a"), Audio(1, second))
    machine.now_s = 60.0
    machine.work()
    machine.put(Pause(1))
    machine.work()
    assert judged == [1]


def test_sound_that_nobody_waits_for_is_not_decoded(machine: Machine, second: bytes) -> None:
    machine.put(Open(1), Begin(1, "a"), *[Audio(1, second)] * 5, Close(1))
    machine.work()
    assert machine.taken_bytes(1) == 0
    assert not machine.worker.busy


def test_whoever_speaks_while_a_worker_gets_ready_is_heard_at_once(second: bytes) -> None:
    machine = Machine(Decoders(None))
    machine.put(Open(1), Begin(1, "a", live=True), Audio(1, second), End(1))
    while not machine.finals(1):
        machine.worker.step()
    assert machine.worker.busy
    machine.work()
    assert not machine.worker.busy
