"""A scripted caller: says the customer's turns of a scenario on the customer's side of a real call."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.calls.follow import Follower
from core.calls.talker import FRAME_S, FRAME_SAMPLES, Offer, OnEnd, Talker, stamped
from core.calls.turn_taking import PATIENCE_S, CallerMode, TurnTaking, caller_turns
from core.clock import Clock
from core.scenarios import Scenario
from core.speech.scripted import TimedText


class ScriptedCaller(Talker):
    """Offers a frame every 20 ms as a microphone would: silence, and the caller's turns when they are due.

    Silent but there while the call waits, begins when it is answered, hangs up after the last turn.
    """

    def __init__(
        self,
        scenario: Scenario,
        mode: CallerMode,
        offer: Offer,
        follower: Follower,
        clock: Clock,
        on_end: OnEnd,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`follower` follows the call from its start, and is closed by the caller."""
        super().__init__(f"caller-{scenario.name}", clock, on_end)
        self._scenario = scenario
        self._mode = mode
        self._offer = offer
        self._follower = follower
        self._patience_s = patience_s

    def _talk(self) -> None:
        with self._follower:
            self._say()

    def _say(self) -> None:
        script = self._scenario.timeline()
        words = said_by_customer(self._scenario.audio_path, script)
        taking = TurnTaking(
            turns=caller_turns(script),
            mode=self._mode,
            patience_s=self._patience_s,
            script_s=self._scenario.duration_s,
        )
        sound: Iterator[Pcm] = iter(())
        on_the_line = 0
        for sent in itertools.count():
            if self._wait_for(sent):
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
            self._offer(stamped(next(sound, _SILENCE) if taking.connected else _SILENCE, sent))


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
