"""A live leg: a bounded queue that anybody may put frames into, and the worker thread that empties it into a `Leg`."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import av

from core.audio.frames import SPEECH_RATE_HZ, AudioChunk
from core.audio.levels import SILENCE, Level
from core.audio.resample import Resampler
from core.calls.events import AudioDropped, Event, Party, PartyJoined, PartyLeft, ProviderFailed
from core.calls.leg import Leg

log = logging.getLogger(__name__)
QUEUE_S = 4.0
"""Sound that may wait for the worker; beyond it the oldest is dropped."""
RESYNC_S = 1.0
"""How far the sample clock may fall behind the call's clock before the missing sound counts as a gap."""
CLICK_S = 0.001


class _Queued(NamedTuple):
    frame: av.AudioFrame
    start_s: float
    duration_s: float


class Line:
    """One party's line into a live call. Owns one thread."""

    def __init__(
        self,
        party: Party,
        engine_name: str,
        make_leg: Callable[[], Leg],
        append: Callable[[Event, float | None], object],
        elapsed_s: Callable[[], float],
        queue_s: float = QUEUE_S,
    ) -> None:
        self.party = party
        self._engine_name = engine_name
        self._make_leg = make_leg
        self._append = append
        self._elapsed_s = elapsed_s
        self._queue_s = queue_s
        self._queue: deque[_Queued] = deque()
        self._queued_s = 0.0
        self._dropped_s = 0.0
        self._next_s: float | None = None
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
        """From now on the party's sound is, or is no longer, replaced by silence."""
        self.muted = muted
        if self._leg is not None:
            self._leg.muted = muted

    def offer(self, frame: av.AudioFrame) -> None:
        """Queue a frame. Never waits. Called from aiortc's event loop, or from a playback's thread."""
        duration_s = frame.samples / frame.sample_rate
        arrived_s = self._elapsed_s()
        with self._ready:
            if self._closing:
                return
            start_s = self._next_s
            if start_s is None or arrived_s - start_s > RESYNC_S:
                start_s = max(0.0, arrived_s - duration_s)
            self._next_s = start_s + duration_s
            self._queue.append(_Queued(frame, start_s, duration_s))
            self._queued_s += duration_s
            while self._queued_s > self._queue_s and len(self._queue) > 1:
                oldest = self._queue.popleft()
                self._queued_s -= oldest.duration_s
                self._dropped_s += oldest.duration_s
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
        reason = ""
        try:
            leg = self._leg = self._make_leg()
            leg.muted = self.muted
            self._append(PartyJoined(party=self.party, engine=self._engine_name), None)
            self._pump(leg)
            leg.finish()
        except Exception as error:
            log.exception("the %s's line failed", self.party)
            reason = "failed"
            message = f"The {self.party}'s sound is no longer transcribed: {error}. Stop and start the microphone."
            self._append(ProviderFailed(provider="line", message=message), None)
        finally:
            self.hang_up()
            self._append(PartyLeft(party=self.party, reason=reason), None)

    def _pump(self, leg: Leg) -> None:
        resampler = Resampler()
        position_s: float | None = None
        fed_s = 0.0
        while (taken := self._take()) is not None:
            queued, dropped_s = taken
            if dropped_s:
                self._append(AudioDropped(party=self.party, duration_s=round(dropped_s, 3), reason="queue full"), None)
            if position_s is None or abs(queued.start_s - position_s) > CLICK_S:
                resampler.flush()
                position_s = fed_s = queued.start_s
            pcm = resampler.push(queued.frame)
            position_s = queued.start_s + queued.duration_s
            if pcm.size:
                leg.feed(AudioChunk(pcm, fed_s))
                fed_s += pcm.size / SPEECH_RATE_HZ

    def _take(self) -> tuple[_Queued, float] | None:
        with self._ready:
            self._ready.wait_for(lambda: self._queue or self._closing)
            if not self._queue:
                return None
            queued = self._queue.popleft()
            self._queued_s -= queued.duration_s
            dropped_s, self._dropped_s = self._dropped_s, 0.0
        return queued, dropped_s
