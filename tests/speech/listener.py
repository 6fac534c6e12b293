"""Opens a session and collects what it delivers."""

import threading
from collections.abc import Callable

import numpy as np
from speech.word_tones import say

from core.audio.frames import Pcm
from core.clock import ManualClock
from core.languages import ANY_LANGUAGE
from core.speech.base import Hypothesis, SpeechSession, SpeechToText
from core.speech.network import Network

PATIENCE_S = 30.0
"""Far beyond what anything here takes; only a hang reaches it."""
PIECE = 1_600


class MovedClock(ManualClock):
    """A clock moved by hand whose network notices at once."""

    def __init__(self) -> None:
        super().__init__()
        self.networks: list[Network] = []
        self.watchers: list[Callable[[], None]] = []
        """Called when it has been moved, before the networks notice."""

    def network(self) -> Network:
        self.networks.append(Network("remote", self))
        return self.networks[-1]

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        for watcher in self.watchers:
            watcher()
        for network in self.networks:
            network.look_at_clock()


class Listener:
    def __init__(self) -> None:
        self.heard: list[Hypothesis] = []
        self.failures: list[Exception] = []
        self._changed = threading.Condition()

    def open(self, engine: SpeechToText, language: str = ANY_LANGUAGE) -> SpeechSession:
        return engine.open("customer", self.hear, self.fail, language)

    @property
    def finals(self) -> list[tuple[str, str]]:
        return [(heard.utterance_id, heard.text) for heard in self.heard if heard.final]

    def wait_for(self, happened: Callable[["Listener"], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: happened(self), PATIENCE_S), (self.heard, self.failures)

    def wait_while_time_passes(self, clock: MovedClock, happened: Callable[["Listener"], bool]) -> None:
        for _ in range(round(PATIENCE_S / 0.01)):
            clock.advance(0.1)
            with self._changed:
                if self._changed.wait_for(lambda: happened(self), 0.01):
                    return
        raise AssertionError((self.heard, self.failures))

    def let(self, work: Callable[[], object]) -> None:
        """Have something done on a thread of its own."""
        self._work = threading.Thread(target=work, daemon=True)
        self._work.start()

    def done(self, patience_s: float) -> bool:
        """Whether it is done within that time."""
        self._work.join(patience_s)
        return not self._work.is_alive()

    def failure(self) -> Exception:
        self.wait_for(lambda it: bool(it.failures))
        return self.failures[0]

    def hear(self, hypothesis: Hypothesis) -> None:
        with self._changed:
            self.heard.append(hypothesis)
            self._changed.notify_all()

    def fail(self, error: Exception) -> None:
        with self._changed:
            self.failures.append(error)
            self._changed.notify_all()


def pieces(pcm: Pcm) -> list[Pcm]:
    return [pcm[at : at + PIECE] for at in range(0, len(pcm), PIECE)]


def speak(session: SpeechSession, utterance_id: str, text: str) -> None:
    """All of it at once, as in a lock-step run."""
    session.begin(utterance_id, 0.0)
    for pcm in pieces(say(text)):
        session.push(pcm)
    session.end()


SILENCE = np.zeros(8_000, np.int16)
