"""Somebody behind noise is heard without it, with real decoders (stock model)."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import cast

import numpy as np
import pytest

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.gain import amplified
from core.audio.noise_suppression import NoiseSuppressor
from core.bench.noises import with_noise
from core.errors import SpeechError
from core.speech.evaluation import word_error_rate
from core.speech.pocketsphinx_decoders import Decoders
from core.speech.pocketsphinx_ear import Ear
from core.speech.pocketsphinx_learning import OwnDecoders
from core.speech.pocketsphinx_worker import Worker
from core.speech.worker_messages import Audio, Begin, End, Failed, Heard, Open, Reply

CLEAR, DOUBTFUL, NOISY = 99, 31, 15
"""By how many decibels somebody is louder than the noise."""
HISS = np.random.default_rng(1).normal(0, 1000, 8 * SPEECH_RATE_HZ)
RUSTLE = np.convolve(HISS, np.ones(8) / 8, "same").astype(np.int16)
"""Loudest where speech is."""


class Counting(Decoders):
    """The stock models' decoders, and how many suppressors were made."""

    def __init__(self, decoders: Decoders) -> None:
        super().__init__(None)
        self._spare = decoders._spare
        self._for_again = decoders._for_again
        self.made = 0

    def take_suppressor(self) -> NoiseSuppressor:
        self.made += not self._suppressors
        return super().take_suppressor()


class Useless:
    """Leaves sound as it is."""

    def push(self, pcm: Pcm) -> Pcm:
        return pcm

    def finish(self) -> Pcm:
        return np.zeros(0, np.int16)


class LeavingNoise(Counting):
    def take_suppressor(self) -> NoiseSuppressor:
        return cast(NoiseSuppressor, Useless())


class Party:
    def __init__(self, decoders: Decoders, clock: Callable[[], float] = lambda: 0.0) -> None:
        self._replies: list[Reply] = []
        self.ear = Ear(1, decoders, self._replies.append, clock)

    def say(self, pcm: Pcm) -> str:
        """What was heard."""
        self._replies.clear()
        self.ear.begin("one")
        for at in range(0, len(pcm), SPEECH_RATE_HZ // 5):
            _run(self.ear.take(pcm[at : at + SPEECH_RATE_HZ // 5].tobytes()))
        _run(self.ear.end())
        return next(reply.text for reply in self._replies if isinstance(reply, Heard) and reply.final)


def _run(steps: Iterator[None]) -> None:
    for _ in steps:
        pass


@pytest.fixture
def counting(decoders: Decoders) -> Counting:
    return Counting(decoders)


@pytest.fixture
def party(counting: Counting) -> Party:
    return Party(counting)


def at(spoken: tuple[Pcm, str], db: float) -> Pcm:
    """The customer's turn, in a room of its own, behind so much noise."""
    pcm, _ = spoken
    room = np.random.default_rng(2).normal(0, 3, len(pcm))
    return with_noise((pcm + room).astype(np.int16), RUSTLE, db)


def test_who_speaks_in_noise_is_heard_without_it(decoders: Decoders, spoken: tuple[Pcm, str]) -> None:
    noisy = at(spoken, NOISY)
    errors = {}
    for some in (Counting(decoders), LeavingNoise(decoders)):
        party = Party(some)
        texts = [party.say(noisy) for _ in range(2)]
        errors[type(some)] = word_error_rate((spoken[1], text) for text in texts)
    assert errors[Counting] < 0.7 * errors[LeavingNoise]


@pytest.mark.parametrize("gain_db", [-20.0, -35.0])
def test_a_quiet_voice_is_not_taken_for_noise(party: Party, spoken: tuple[Pcm, str], gain_db: float) -> None:
    quiet = amplified(at(spoken, NOISY), gain_db)
    texts = [party.say(quiet) for _ in range(2)]
    assert party.ear.manner.noisy
    assert word_error_rate((spoken[1], text) for text in texts) < 0.5


def test_from_the_first_utterance_on(party: Party, counting: Counting, spoken: tuple[Pcm, str]) -> None:
    party.say(at(spoken, NOISY)[: 2 * SPEECH_RATE_HZ])
    assert counting.made == 1
    assert party.ear.manner.noisy


def test_clear_speech_stays_as_it_is(party: Party, counting: Counting, spoken: tuple[Pcm, str]) -> None:
    party.say(at(spoken, CLEAR))
    assert counting.made == 0
    assert party.ear.manner.noisy is False


def test_noise_that_comes_and_goes_is_noticed(party: Party, spoken: tuple[Pcm, str]) -> None:
    noisy = []
    for db in (CLEAR, NOISY, NOISY, CLEAR, CLEAR):
        party.say(at(spoken, db))
        noisy.append(party.ear.manner.noisy)
    assert noisy == [False, True, True, False, False]


def test_in_doubt_it_stays_as_it_was(party: Party, spoken: tuple[Pcm, str]) -> None:
    noisy = []
    for db in (CLEAR, DOUBTFUL, NOISY, DOUBTFUL):
        party.say(at(spoken, db))
        noisy.append(party.ear.manner.noisy)
    assert noisy == [False, False, True, True]


def test_what_is_learned_without_time_to_judge_is_learned_as_it_was_heard(
    counting: Counting, spoken: tuple[Pcm, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    learned: list[bool | None] = []
    monkeypatch.setattr(OwnDecoders, "heard", lambda own, manner, *_: learned.append(manner.noisy))
    seconds = count()
    party = Party(counting, lambda: float(next(seconds)))
    party.ear.live = True
    for db in (NOISY, CLEAR, CLEAR):
        party.say(at(spoken, db))
    assert learned == [True, True, False]


def test_silence_is_no_noise(party: Party) -> None:
    party.say(np.zeros(SPEECH_RATE_HZ, np.int16))
    assert party.ear.manner.noisy is False


@pytest.mark.parametrize("samples", [0, 300, 3000])
def test_the_shortest_sounds_after_noise_are_over_as_any(party: Party, spoken: tuple[Pcm, str], samples: int) -> None:
    noisy = at(spoken, NOISY)
    party.say(noisy)
    party.say(noisy[:samples])
    assert party.say(noisy)


def test_those_who_speak_in_turns_share_a_suppressor(counting: Counting, spoken: tuple[Pcm, str]) -> None:
    short = at(spoken, NOISY)[:SPEECH_RATE_HZ]
    parties = [Party(counting), Party(counting)]
    for party in (*parties, *parties):
        party.say(short)
    parties[0].ear.begin("left")
    parties[0].ear.close()
    parties[1].say(short)
    assert counting.made == 1


def test_one_that_cannot_be_made_fails_the_session_and_no_other(decoders: Decoders, spoken: tuple[Pcm, str]) -> None:
    class Broken(Counting):
        def take_suppressor(self) -> NoiseSuppressor:
            raise SpeechError("Noise cannot be suppressed: reinstall it")

    replies: list[Reply] = []
    worker = Worker(replies.append, Broken(decoders), clock=lambda: 0.0)
    for session_id, db in ((1, NOISY), (2, CLEAR)):
        worker.put(Open(session_id))
        worker.put(Begin(session_id, "a"))
        worker.put(Audio(session_id, at(spoken, db)[: 2 * SPEECH_RATE_HZ].tobytes()))
        worker.put(End(session_id))
    while worker.busy:
        worker.step()
    assert [reply.session_id for reply in replies if isinstance(reply, Failed)] == [1]
    assert [reply.session_id for reply in replies if isinstance(reply, Heard) and reply.final] == [2]
