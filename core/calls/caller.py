"""A scripted caller: says the customer's turns of a scenario on the customer's side of a real call."""

import itertools
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np

from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, Pcm, frame_of
from core.calls.follow import Follower
from core.calls.turn_taking import PATIENCE_S, CallerMode, TurnTaking, caller_turns
from core.clock import Clock
from core.scenarios import Scenario
from core.speech.scripted import TimedText

log = logging.getLogger(__name__)
FRAME_SAMPLES = SPEECH_RATE_HZ // 50
FRAME_S = FRAME_SAMPLES / SPEECH_RATE_HZ
"""20 ms, as a browser sends them."""


class ScriptedCaller:
    """Offers a frame every 20 ms as a microphone would: silence, and the caller's turns when they are due.

    Silent but there while the call waits, begins when it is answered, hangs up after the last turn. Owns one thread.
    """

    def __init__(
        self,
        scenario: Scenario,
        mode: CallerMode,
        offer: Callable[[av.AudioFrame], None],
        follower: Follower,
        clock: Clock,
        on_end: Callable[[Exception | None], None],
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`follower` follows the call from its start, and is closed by the caller."""
        self._scenario = scenario
        self._mode = mode
        self._offer = offer
        self._follower = follower
        self._clock = clock
        self._on_end = on_end
        self._patience_s = patience_s
        self._stopping = threading.Event()
        self._worker = threading.Thread(target=self._run, name=f"caller-{scenario.name}", daemon=True)

    def start(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        """Say no more. Never waits."""
        self._stopping.set()

    def _run(self) -> None:
        failure: Exception | None = None
        try:
            with self._follower:
                self._talk()
        except Exception as error:
            log.exception("the scripted caller %s failed", self._scenario.name)
            failure = error
        self._on_end(failure)

    def _talk(self) -> None:
        script = self._scenario.timeline()
        words = said_by_customer(self._scenario.audio_path, script)
        taking = TurnTaking(
            turns=caller_turns(script),
            mode=self._mode,
            patience_s=self._patience_s,
            script_s=self._scenario.duration_s,
        )
        begun_s = self._clock.monotonic_s()
        sound: Iterator[Pcm] = iter(())
        on_the_line = 0
        for sent in itertools.count():
            if self._clock.wait(self._stopping, begun_s + sent * FRAME_S - self._clock.monotonic_s()):
                return
            now_s = on_the_line * FRAME_S
            for recorded in self._follower.wait(0):
                taking = taking.hear(recorded.event, now_s)
            if taking.over(now_s):
                return
            if (turn := taking.due(now_s)) is not None:
                taking = taking.begin(now_s)
                sound = _in_frames(words[turn])
            if taking.connected:
                on_the_line += 1
                self._offer(frame_of(next(sound, _SILENCE)))
            else:
                self._offer(frame_of(_SILENCE))


def said_by_customer(path: Path, script: list[TimedText]) -> list[Pcm]:
    """The sound of each of the customer's turns, 16 kHz. Raises AudioError."""
    with Recording.open(path) as recording:
        pcm = np.concatenate([block["customer"] for block in recording])
    return [
        pcm[round(entry.start_s * SPEECH_RATE_HZ) : round(entry.end_s * SPEECH_RATE_HZ)]
        for entry in script
        if entry.party == "customer"
    ]


_SILENCE: Pcm = np.zeros(FRAME_SAMPLES, np.int16)


def _in_frames(pcm: Pcm) -> Iterator[Pcm]:
    padded = np.pad(pcm, (0, -len(pcm) % FRAME_SAMPLES))
    yield from padded.reshape(-1, FRAME_SAMPLES)
