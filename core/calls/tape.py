"""A call's recording: what two lines hear, put onto one time line and into one file."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, Pcm
from core.audio.recorder import StereoRecorder
from core.calls.events import Party
from core.errors import AudioError

log = logging.getLogger(__name__)
WAIT_SAMPLES = 5 * SPEECH_RATE_HZ
"""How far one party may be ahead before the other is taken to be away."""
AWAY_SAMPLES = SPEECH_RATE_HZ // 2
"""How long what one party says is held back for one that is away, which may be back at any moment. A process that is
killed takes with it what is held back."""
_STEP_SAMPLES = SPEECH_RATE_HZ
"""Written at once, so that a long silence needs no long array."""
_ROWS: dict[Party, int] = {"customer": 0, "agent": 1}


class Recorder(Protocol):
    """Writes two parties' sound to a file."""

    def write(self, customer: Pcm, agent: Pcm) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class _Pause:
    start: int
    end: int | None = None


class TimeLine:
    """Puts two parties' sound side by side: sample k is what both said at `started_s + k / SPEECH_RATE_HZ`.

    What nobody said is silence. Sound is held back for the party that is behind; how far is measured against the other
    party instead of the clock, so that a machine too busy to hear anybody in time loses nothing. Not thread-safe.
    """

    def __init__(self, started_s: float, write: Callable[[Pcm, Pcm], None]) -> None:
        """`write` takes the same stretch of the customer and of the agent."""
        self._started_s = started_s
        self._write = write
        self._written = 0
        self._waiting = np.zeros((2, 0), np.int16)
        self._ends = [0, 0]
        self._pauses: list[_Pause] = []

    def add(self, party: Party, chunk: AudioChunk) -> None:
        """Take a party's sound. What comes too late for its place is left out."""
        start = self._sample(chunk.start_s)
        end = start + len(chunk.pcm)
        self._write_until(start - WAIT_SAMPLES)
        first = max(start, self._written)
        if first < end:
            self._reach(end)
            self._waiting[_ROWS[party], first - self._written : end - self._written] = chunk.pcm[first - start :]
        self._ends[_ROWS[party]] = max(self._ends[_ROWS[party]], end)
        patience = WAIT_SAMPLES if min(self._ends) >= self._written else AWAY_SAMPLES
        self._write_until(max(min(self._ends), max(self._ends) - patience))

    def pause(self, at_s: float) -> None:
        """From `at_s` on there is silence, whenever the sound comes."""
        if not self._paused:
            self._pauses.append(_Pause(self._sample(at_s)))

    def resume(self, at_s: float) -> None:
        if self._paused:
            self._pauses[-1].end = self._sample(at_s)

    def finish(self) -> None:
        """Write what was held back."""
        self._write_until(max(self._ends))

    @property
    def duration_s(self) -> float:
        """What has been written."""
        return self._written / SPEECH_RATE_HZ

    @property
    def _paused(self) -> bool:
        return bool(self._pauses) and self._pauses[-1].end is None

    def _sample(self, at_s: float) -> int:
        return round((at_s - self._started_s) * SPEECH_RATE_HZ)

    def _reach(self, end: int) -> None:
        missing = end - self._written - self._waiting.shape[1]
        if missing > 0:
            self._waiting = np.concatenate([self._waiting, np.zeros((2, missing), np.int16)], axis=1)

    def _write_until(self, end: int) -> None:
        while self._written < end:
            step_end = min(end, self._written + _STEP_SAMPLES)
            self._reach(step_end)
            samples = step_end - self._written
            step, self._waiting = self._waiting[:, :samples], self._waiting[:, samples:]
            for pause in self._pauses:
                step[:, max(0, pause.start - self._written) : _until(pause, self._written)] = 0
            self._write(step[0], step[1])
            self._written = step_end
        self._pauses = [pause for pause in self._pauses if pause.end is None or pause.end > self._written]


def _until(pause: _Pause, origin: int) -> int | None:
    return None if pause.end is None else max(0, pause.end - origin)


class Tape:
    """Records one call. Its methods may be called from any thread; what it cannot write never hurts the call."""

    def __init__(
        self,
        path: Path,
        started_s: float,
        elapsed_s: Callable[[], float],
        on_failure: Callable[[Exception], None],
        open_recorder: Callable[[Path], Recorder] = StereoRecorder,
    ) -> None:
        """The file begins at `started_s` seconds from call start; `elapsed_s` is the call's clock. `on_failure` is told
        once, in the thread that found out, that the recording has ended early."""
        self._path = path
        self._elapsed_s = elapsed_s
        self._on_failure = on_failure
        self._lock = threading.Lock()
        self._recorder: Recorder | None = None
        self._line = TimeLine(started_s, self._write)
        try:
            self._recorder = open_recorder(path)
        except AudioError as error:
            on_failure(error)

    def add(self, party: Party, chunk: AudioChunk) -> None:
        """Take what a party said. Called from the lines' threads."""
        self._guarded(lambda _: self._line.add(party, chunk))

    def pause(self) -> None:
        """From now on the file is silent; time goes on."""
        with self._lock:
            self._line.pause(self._elapsed_s())

    def resume(self) -> None:
        with self._lock:
            self._line.resume(self._elapsed_s())

    def close(self) -> float:
        """End the file with the last sound that came; its duration in seconds. What is added later is left out."""
        self._guarded(self._finish)
        return self._line.duration_s

    def _write(self, customer: Pcm, agent: Pcm) -> None:
        assert self._recorder is not None
        self._recorder.write(customer, agent)

    def _finish(self, recorder: Recorder) -> None:
        self._line.finish()
        self._recorder = None
        recorder.close()

    def _guarded(self, step: Callable[[Recorder], None]) -> None:
        """Do a step of the recording, if it is still going on."""
        failure: Exception | None = None
        with self._lock:
            if self._recorder is None:
                return
            try:
                step(self._recorder)
            except Exception as error:
                log.exception("the recording %s has ended early", self._path.name)
                failure = error
                self._abandon()
        if failure is not None:
            self._on_failure(failure)

    def _abandon(self) -> None:
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            try:
                recorder.close()
            except AudioError as error:
                log.warning("and could not be finished: %s", error)
