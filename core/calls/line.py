"""A live leg: a bounded queue that anybody may put frames into, and the worker thread that empties it into a `Leg`."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

import av
import numpy as np

from core.audio.drift import SampleClock
from core.audio.frames import SPEECH_RATE_HZ, AudioChunk
from core.audio.levels import SILENCE, Level
from core.audio.resample import Resampler
from core.calls.events import AudioDropped, Event, Party, PartyJoined, PartyLeft, ProviderFailed
from core.calls.leg import Leg

log = logging.getLogger(__name__)
QUEUE_S = 4.0
"""Sound that may wait for the worker; beyond it the oldest is dropped."""
QUIET_DBFS = -50.0
"""Below this a party's sound may be cut without anybody missing it."""
CLICK_S = 0.001
BATCH_S = 0.1
"""Sound the worker lets gather before it wakes: being woken costs it more than the work on 20 ms of sound does."""


class _Queued(NamedTuple):
    frame: av.AudioFrame
    start_s: float
    duration_s: float

    def continued_by(self, other: "_Queued") -> bool:
        mine, theirs = self.frame, other.frame
        return abs(other.start_s - self.start_s - self.duration_s) <= CLICK_S and (
            mine.format.name,
            mine.layout.name,
            mine.sample_rate,
        ) == (theirs.format.name, theirs.layout.name, theirs.sample_rate)


class Line:
    """One party's line into a live call. Owns one thread."""

    def __init__(
        self,
        party: Party,
        make_leg: Callable[[], Leg],
        append: Callable[[Event, float | None], object],
        elapsed_s: Callable[[], float],
        queue_s: float = QUEUE_S,
        on_sound: Callable[[AudioChunk], None] | None = None,
    ) -> None:
        self.party = party
        self._make_leg = make_leg
        self._append = append
        self._elapsed_s = elapsed_s
        self._queue_s = queue_s
        self._on_sound = on_sound
        self._queue: deque[_Queued] = deque()
        self._queued_s = 0.0
        self._dropped_s = 0.0
        self._clock = SampleClock()
        self._ready = threading.Condition()
        self._closing = False
        self.muted = False
        self._leg: Leg | None = None
        self._worker = threading.Thread(target=self._run, name=f"line-{party}", daemon=True)

    def start(self) -> None:
        self._worker.start()

    @property
    def level(self) -> Level:
        return self._leg.level if self._leg else SILENCE

    @property
    def live(self) -> bool:
        return self._worker.is_alive()

    def mute(self, muted: bool) -> None:
        """From now on the party's sound is, or is no longer, replaced by silence, before anybody gets it."""
        self.muted = muted

    def offer(self, frame: av.AudioFrame) -> None:
        """Queue a frame. Never waits. Called from aiortc's event loop, or from a playback's thread."""
        duration_s = frame.samples / frame.sample_rate
        arrived_s = self._elapsed_s()
        with self._ready:
            if self._closing:
                return
            place = self._clock.place(arrived_s, duration_s, frame.time, quiet=self.level.rms_dbfs < QUIET_DBFS)
            if place.dropped:
                return
            self._queue.append(_Queued(frame, place.start_s, duration_s))
            self._queued_s += duration_s
            while self._queued_s > self._queue_s and len(self._queue) > 1:
                oldest = self._queue.popleft()
                self._queued_s -= oldest.duration_s
                self._dropped_s += oldest.duration_s
            if self._batch_is_there():
                self._ready.notify()

    def hang_up(self) -> None:
        """Take no more frames; the worker settles what it has and goes. Never waits."""
        with self._ready:
            self._closing = True
            self._ready.notify()

    def join(self, timeout_s: float) -> None:
        """Wait until the worker is gone. Not from the worker itself."""
        if self._worker.ident is not None:
            self._worker.join(timeout_s)

    def _run(self) -> None:
        reason, joined = "", False
        try:
            leg = self._leg = self._make_leg()
            self._append(PartyJoined(party=self.party, engine=leg.engine_name), None)
            joined = True
            self._pump(leg)
            leg.finish()
        except Exception as error:
            log.exception("the %s's line failed", self.party)
            reason = "failed"
            message = f"The {self.party}'s sound is no longer transcribed: {error}. Stop and start the microphone."
            self._append(ProviderFailed(provider="line", message=message), None)
        finally:
            self.hang_up()
            if joined:
                self._append(PartyLeft(party=self.party, reason=reason), None)

    def _pump(self, leg: Leg) -> None:
        resampler = Resampler()
        position_s: float | None = None
        fed_s = 0.0
        while (taken := self._take()) is not None:
            batch, dropped_s = taken
            if dropped_s:
                self._append(AudioDropped(party=self.party, duration_s=round(dropped_s, 3), reason="queue full"), None)
            for queued in batch:
                if position_s is None or abs(queued.start_s - position_s) > CLICK_S:
                    resampler.flush()
                    fed_s = queued.start_s
                position_s = queued.start_s + queued.duration_s
                pcm = resampler.push(queued.frame)
                if pcm.size:
                    self._give(leg, AudioChunk(np.zeros_like(pcm) if self.muted else pcm, fed_s))
                    fed_s += pcm.size / SPEECH_RATE_HZ

    def _give(self, leg: Leg, chunk: AudioChunk) -> None:
        if self._on_sound is not None:
            self._on_sound(chunk)
        leg.feed(chunk)

    def _batch_is_there(self) -> bool:
        return self._queued_s >= min(BATCH_S, self._queue_s) - CLICK_S

    def _take(self) -> tuple[list[_Queued], float] | None:
        """What has gathered, in one piece where it is one sound, and how much was dropped before it."""
        with self._ready:
            self._ready.wait_for(lambda: self._batch_is_there() or self._closing)
            if not self._queue:
                return None
            batch = list(self._queue)
            self._queue.clear()
            self._queued_s = 0.0
            dropped_s, self._dropped_s = self._dropped_s, 0.0
        return list(map(_joined, _runs(batch))), dropped_s


def _runs(batch: list[_Queued]) -> Iterator[list[_Queued]]:
    """Stretches of one format without a gap."""
    run: list[_Queued] = []
    for queued in batch:
        if run and not run[-1].continued_by(queued):
            yield run
            run = []
        run.append(queued)
    yield run


def _joined(run: list[_Queued]) -> _Queued:
    first = run[0].frame
    if len(run) == 1:
        return run[0]
    samples = np.concatenate([queued.frame.to_ndarray() for queued in run], axis=1)
    frame = av.AudioFrame.from_ndarray(samples, format=first.format.name, layout=first.layout.name)
    frame.sample_rate = first.sample_rate
    return _Queued(frame, run[0].start_s, sum(queued.duration_s for queued in run))
