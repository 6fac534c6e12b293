"""Two parties on one time line: what anybody said is where it was said, whoever is late, absent or paused."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, Pcm
from core.calls.events import PARTIES, Party
from core.calls.tape import AWAY_SAMPLES, WAIT_SAMPLES, Tape, TimeLine
from core.clock import ManualClock
from core.errors import AudioError

SECOND = SPEECH_RATE_HZ
BLOCK = SECOND // 10


class Cassette:
    """A recorder that keeps what it is given, until `room` samples are full."""

    def __init__(self, room: int | None = None) -> None:
        self.written = 0
        self.longest = 0
        self.closed = False
        self._room = room
        self._blocks: list[tuple[Pcm, Pcm]] = [(np.zeros(0, np.int16), np.zeros(0, np.int16))]

    @property
    def customer(self) -> Pcm:
        return np.concatenate([customer for customer, _ in self._blocks])

    @property
    def agent(self) -> Pcm:
        return np.concatenate([agent for _, agent in self._blocks])

    def write(self, customer: Pcm, agent: Pcm) -> None:
        assert len(customer) == len(agent)
        if self._room is not None and self.written + len(customer) > self._room:
            raise AudioError("the disk is full")
        self._blocks.append((customer, agent))
        self.written += len(customer)
        self.longest = max(self.longest, len(customer))

    def close(self) -> None:
        self.closed = True


def sound(start_s: float, duration_s: float = 0.1, value: int = 1_000) -> AudioChunk:
    return AudioChunk(np.full(round(duration_s * SECOND), value, np.int16), start_s)


def spans(pcm: Pcm) -> list[tuple[float, float]]:
    """From when to when there is sound, in seconds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], pcm != 0, [0]])))
    return [(float(start) / SECOND, float(end) / SECOND) for start, end in edges.reshape(-1, 2)]


def recorded(tmp_path: Path, started_s: float = 0.0, clock: ManualClock | None = None) -> tuple[Tape, Cassette]:
    cassette = Cassette()
    elapsed_s = (clock or ManualClock()).monotonic_s

    def failed(error: Exception) -> None:
        raise AssertionError(error)

    return Tape(tmp_path / "call_1.opus", started_s, elapsed_s, failed, lambda _: cassette), cassette


def test_both_parties_are_put_side_by_side_from_where_the_recording_began(tmp_path: Path) -> None:
    tape, cassette = recorded(tmp_path, started_s=10.0)
    tape.add("customer", sound(10.5))
    tape.add("agent", sound(11.0))
    assert tape.close() == pytest.approx(1.1)
    assert cassette.closed
    assert spans(cassette.customer) == [(0.5, 0.6)]
    assert spans(cassette.agent) == [(1.0, 1.1)]


def test_what_was_said_before_the_recording_began_is_not_in_it(tmp_path: Path) -> None:
    tape, cassette = recorded(tmp_path, started_s=10.0)
    tape.add("agent", sound(9.0))
    tape.add("agent", sound(9.95))
    tape.close()
    assert spans(cassette.agent) == [(0.0, 0.05)]


def test_nobody_waits_for_a_party_that_is_not_there(tmp_path: Path) -> None:
    tape, cassette = recorded(tmp_path)
    for number in range(100):
        tape.add("agent", sound(number / 10))
        assert (number + 1) * BLOCK - cassette.written <= WAIT_SAMPLES
    assert 10 * SECOND - cassette.written == AWAY_SAMPLES
    assert tape.close() == 10.0
    assert spans(cassette.agent) == [(0.0, 10.0)]
    assert not cassette.customer.any()


def test_what_both_have_said_is_written_at_once(tmp_path: Path) -> None:
    tape, cassette = recorded(tmp_path)
    tape.add("agent", sound(0.0, 1.0))
    tape.add("customer", sound(0.0, 0.7))
    assert cassette.written == round(0.7 * SECOND)


def test_a_party_that_was_away_is_back_in_its_place_and_the_gap_is_written_in_pieces(tmp_path: Path) -> None:
    tape, cassette = recorded(tmp_path)
    for party in PARTIES:
        tape.add(party, sound(0.0))
    tape.add("customer", sound(600.0))
    tape.close()
    assert spans(cassette.customer) == [(0.0, 0.1), (600.0, 600.1)]
    assert spans(cassette.agent) == [(0.0, 0.1)]
    assert cassette.longest <= SECOND


def test_a_party_that_comes_back_in_the_middle_is_heard_from_its_first_sound(tmp_path: Path) -> None:
    tape, cassette = recorded(tmp_path)
    for number in range(100):
        tape.add("agent", sound(number / 10))
        if number >= 53:
            tape.add("customer", sound((number - 3) / 10))
    tape.close()
    assert spans(cassette.customer) == [(5.0, 9.7)]


def test_what_comes_too_late_is_left_out_and_moves_nothing(tmp_path: Path) -> None:
    tape, cassette = recorded(tmp_path)
    for number in range(80):
        tape.add("agent", sound(number / 10))
    tape.add("customer", sound(1.0))
    tape.add("customer", sound(7.45))
    tape.add("customer", sound(7.8))
    tape.close()
    assert spans(cassette.customer) == [(7.5, 7.55), (7.8, 7.9)]
    assert spans(cassette.agent) == [(0.0, 8.0)]


def test_a_party_four_seconds_behind_on_a_busy_machine_is_recorded(tmp_path: Path) -> None:
    tape, cassette = recorded(tmp_path)
    for number in range(100):
        tape.add("agent", sound(number / 10))
        if number >= 40:
            tape.add("customer", sound((number - 40) / 10))
    tape.close()
    assert spans(cassette.customer) == [(0.0, 6.0)]


def test_a_pause_is_silence_and_time_goes_on(tmp_path: Path) -> None:
    clock = ManualClock()
    tape, cassette = recorded(tmp_path, clock=clock)
    clock.advance(0.5)
    tape.pause()
    tape.pause()
    for number in range(20):
        tape.add("agent", sound(number / 10))
    clock.advance(1.0)
    tape.resume()
    tape.resume()
    for number in range(20):
        tape.add("customer", sound(number / 10))
    clock.advance(1.5)
    tape.pause()
    tape.add("agent", sound(2.5, 1.5))
    assert tape.close() == 4.0
    assert spans(cassette.customer) == [(0.0, 0.5), (1.5, 2.0)]
    assert spans(cassette.agent) == [(0.0, 0.5), (1.5, 2.0), (2.5, 3.0)]


def test_what_is_said_after_the_end_is_left_out(tmp_path: Path) -> None:
    tape, cassette = recorded(tmp_path)
    tape.add("agent", sound(0.0))
    assert tape.close() == pytest.approx(0.1)
    tape.add("agent", sound(0.1))
    assert tape.close() == pytest.approx(0.1)
    assert cassette.written == BLOCK


def test_a_full_disk_is_told_once_and_does_not_hurt_the_call(tmp_path: Path) -> None:
    cassette = Cassette(room=SECOND)
    told: list[Exception] = []
    tape = Tape(tmp_path / "call_1.opus", 0.0, ManualClock().monotonic_s, told.append, lambda _: cassette)
    for number in range(40):
        for party in PARTIES:
            tape.add(party, sound(number / 10))
    assert [str(error) for error in told] == ["the disk is full"]
    assert cassette.closed
    assert tape.close() == 1.0
    assert len(told) == 1


def test_a_file_that_cannot_be_opened_is_told_once(tmp_path: Path) -> None:
    told: list[Exception] = []
    tape = Tape(tmp_path / "missing" / "call_1.opus", 0.0, ManualClock().monotonic_s, told.append)
    tape.add("agent", sound(0.0))
    tape.pause()
    tape.resume()
    assert tape.close() == 0.0
    assert len(told) == 1


def test_two_lines_may_speak_at_once(tmp_path: Path) -> None:
    tape, cassette = recorded(tmp_path)
    together = threading.Barrier(2)

    def talk(party: Party) -> None:
        for number in range(300):
            if number % 10 == 0:
                together.wait(30)
            tape.add(party, sound(number / 10))

    talkers = [threading.Thread(target=talk, args=(party,)) for party in PARTIES]
    for talker in talkers:
        talker.start()
    for talker in talkers:
        talker.join(30)
    assert tape.close() == 30.0
    assert spans(cassette.customer) == spans(cassette.agent) == [(0.0, 30.0)]


def test_the_file_can_be_read_like_any_recording(tmp_path: Path) -> None:
    path = tmp_path / "call_1.opus"
    tape = Tape(path, 5.0, ManualClock().monotonic_s, pytest.fail)
    beep = (20_000 * np.sin(2 * np.pi * 440 * np.arange(BLOCK) / SECOND)).astype(np.int16)
    for number in range(100):
        tape.add("customer", sound(5 + number / 10, value=0))
        tape.add("agent", AudioChunk(beep if number == 40 else np.zeros_like(beep), 5 + number / 10))
    assert tape.close() == 10.0
    with Recording.open(path) as recording:
        assert recording.parties == ("customer", "agent")
        blocks = list(recording)
    agent = np.concatenate([block["agent"] for block in blocks])
    loud = np.flatnonzero(np.abs(agent.astype(int)) > 8_000) / SECOND
    assert len(agent) == 10 * SECOND
    assert loud[0] == pytest.approx(4.0, abs=0.005)
    assert loud[-1] == pytest.approx(4.1, abs=0.005)


def hour_of(party: Party) -> Iterator[tuple[float, Party, AudioChunk, float | None]]:
    """When it arrives, the chunk, and when in truth the mark in it was made: one every ten seconds.

    The count of a sound card that runs 300 ppm fast or slow, put right whenever it is 12 ms wrong; jitter, and a
    minute away in every ten.
    """
    random = np.random.default_rng(len(party))
    wrong_per_s = 300e-6 if party == "customer" else -300e-6
    arrived_s = 0.0
    for number in range(36_000):
        start_s = number / 10
        if 300 <= start_s % 600 < 360:
            continue
        pcm = np.zeros(BLOCK, np.int16)
        marked = number % 100 == 50
        if marked:
            pcm[0] = 1
        wrong_s = wrong_per_s * (start_s % 40)
        arrived_s = max(arrived_s, start_s + 0.1 + random.exponential(0.05))
        yield arrived_s, party, AudioChunk(pcm, start_s + wrong_s), start_s if marked else None


def test_an_hour_stays_in_step() -> None:
    chunks = sorted((*hour_of("customer"), *hour_of("agent")), key=lambda arrival: arrival[0])
    found: dict[Party, list[int]] = {"customer": [], "agent": []}
    written, longest_wait = 0, 0

    def write(customer: Pcm, agent: Pcm) -> None:
        nonlocal written
        for party, pcm in (("customer", customer), ("agent", agent)):
            found[party].extend(written + int(at) for at in np.flatnonzero(pcm))
        written += len(customer)

    line = TimeLine(0.0, write)
    for arrived_s, party, chunk, _ in chunks:
        line.add(party, chunk)
        longest_wait = max(longest_wait, round(arrived_s * SECOND) - written)
    line.finish()
    assert written == pytest.approx(3_600 * SECOND, abs=0.02 * SECOND)
    assert longest_wait < 4 * SECOND
    for party in PARTIES:
        marks = [marked_s for _, who, _, marked_s in chunks if who == party and marked_s is not None]
        assert len(marks) > 300
        at_s = np.array(found[party]) / SECOND
        assert np.abs(at_s - marks).max() < 0.05


chunks_of_a_party = st.lists(st.tuples(st.integers(0, 4 * SECOND), st.integers(1, AWAY_SAMPLES // 2)), max_size=8)


@settings(max_examples=100)
@given(
    chunks_of_a_party,
    chunks_of_a_party,
    st.lists(st.integers(0, AWAY_SAMPLES // 2), min_size=16, max_size=16),
    st.floats(0, 100),
)
def test_whatever_comes_within_its_time_is_in_its_place(
    customer: list[tuple[int, int]], agent: list[tuple[int, int]], delays: list[int], started_s: float
) -> None:
    cassette = Cassette()
    line = TimeLine(started_s, cassette.write)
    arrivals: list[tuple[int, Party, int, int]] = []
    expected = np.zeros((2, 40 * SECOND), np.int16)
    for row, (party, chunks) in enumerate((("customer", customer), ("agent", agent))):
        at = arrived = 0
        for number, (gap, length) in enumerate(chunks):
            at += gap
            arrived = max(arrived, at + length + delays[row * 8 + number])
            arrivals.append((arrived, party, at, length))
            expected[row, at : at + length] = number + 1
            at += length
    numbers = {"customer": 0, "agent": 0}
    for _, party, at, length in sorted(arrivals, key=lambda arrival: arrival[0]):
        numbers[party] += 1
        line.add(party, AudioChunk(np.full(length, numbers[party], np.int16), started_s + at / SECOND))
    line.finish()
    end = max((at + length for _, _, at, length in arrivals), default=0)
    assert cassette.written == end
    assert np.array_equal(cassette.customer, expected[0, :end])
    assert np.array_equal(cassette.agent, expected[1, :end])
