"""What talks into a call by itself, from a thread of its own: a recording, or a scripted caller."""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from fractions import Fraction

import av

from core.audio.frames import SPEECH_RATE_HZ, Pcm, frame_of
from core.clock import Clock

log = logging.getLogger(__name__)
FRAME_SAMPLES = SPEECH_RATE_HZ // 50
"""20 ms, as a browser sends them."""
FRAME_S = FRAME_SAMPLES / SPEECH_RATE_HZ
Offer = Callable[[av.AudioFrame], None]
"""Where a party's sound goes."""
OnEnd = Callable[[Exception | None], None]
"""Told that it is over, with what went wrong if anything did. Called from the talker's thread."""


def stamped(pcm: Pcm, number: int) -> av.AudioFrame:
    """A frame with its place among a talker's: a line knows that nothing is missing where a busy machine was late."""
    frame = frame_of(pcm)
    frame.pts = number * FRAME_SAMPLES
    frame.time_base = Fraction(1, SPEECH_RATE_HZ)
    return frame


class Talker(ABC):
    """Talks until it is over or stopped. Owns one thread."""

    def __init__(self, name: str, clock: Clock, on_end: OnEnd) -> None:
        self._name = name
        self._clock = clock
        self._begun_s: float | None = None
        self._on_end = on_end
        self._stopping = threading.Event()
        self._worker = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        """Say no more. Never waits."""
        self._stopping.set()

    @abstractmethod
    def _talk(self) -> None:
        """Offer 20 ms every 20 ms, and return when `_stopping` is set."""

    def _wait_for(self, number: int) -> bool:
        """Until the frame of that number is due, counted from when the first was asked for; True when to stop instead.

        From then, because a line takes the first frame to be as prompt as any.
        """
        now_s = self._clock.monotonic_s()
        if self._begun_s is None:
            self._begun_s = now_s
        return self._clock.wait(self._stopping, self._begun_s + number * FRAME_S - now_s)

    def _run(self) -> None:
        failure: Exception | None = None
        try:
            self._talk()
        except Exception as error:
            log.exception("%s failed", self._name)
            failure = error
        self._on_end(failure)
