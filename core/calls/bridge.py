"""The voices of one call, brought from each seat to the others: small buffers, and a mix for every listener.

Nothing here waits for anybody. A listener takes 20 ms every 20 ms; what has not come by then is silence, and what waits
too long is left out, so that a stall is never heard for longer than it lasted.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import av
import numpy as np
from numpy.typing import NDArray

from core.audio.tones import waiting_tone
from core.calls.events import SupervisionMode
from core.clock import Clock

Seat = str
"""A place in a call: `customer`, `agent`, or `supervisor:NAME`."""
SUPERVISOR = "supervisor:"
"""Before a supervisor's name: where they sit."""
RATE_HZ = 48_000
FRAME_SAMPLES = RATE_HZ // 50
START_SAMPLES = 2 * FRAME_SAMPLES
"""Sound that gathers before a voice begins, so that jitter does not chop it."""
MOST_SAMPLES = 6 * FRAME_SAMPLES
"""Sound that may wait: 120 ms."""
TRIM_AFTER_PULLS = 50
"""A backlog that never went away for so long (1 s) is latency, not jitter."""
SURPLUS_SAMPLES = FRAME_SAMPLES // 2
"""Less is not worth the click that cutting it out makes."""
LISTENING_S = 1.0
"""A seat that has not pulled for so long is not listening, and nothing is kept for it."""
Samples = NDArray[np.int16]
"""Mono s16 at `RATE_HZ`."""
_EMPTY: Samples = np.zeros(0, np.int16)


@dataclass(frozen=True, slots=True)
class Floor:
    """What the call's state says about its voices."""

    on_hold: bool = False
    waiting: bool = False
    muted: frozenset[Seat] = frozenset()
    supervisors: Mapping[str, SupervisionMode] = field(default_factory=dict)
    """By name, without the seat's prefix."""

    @property
    def customer_apart(self) -> bool:
        """The customer hears a tone and is heard by nobody."""
        return self.on_hold or self.waiting


def hears(listener: Seat, speaker: Seat, floor: Floor) -> bool:
    """Whether what `speaker` says reaches `listener`: the whole policy."""
    if speaker == listener or speaker in floor.muted:
        return False
    if floor.customer_apart and "customer" in (listener, speaker):
        return False
    if listener not in ("customer", "agent") and _mode(listener, floor) is None:
        return False
    if speaker in ("customer", "agent"):
        return True
    mode = _mode(speaker, floor)
    return mode == "join" or (mode == "whisper" and listener == "agent")


def _mode(seat: Seat, floor: Floor) -> SupervisionMode | None:
    """In what way a supervisor is on the line; None for whoever is not."""
    return floor.supervisors.get(seat.removeprefix(SUPERVISOR)) if seat.startswith(SUPERVISOR) else None


class Pipe:
    """One speaker's sound on its way to one listener."""

    def __init__(self) -> None:
        self._waiting: Samples = _EMPTY
        self._flowing = False
        self._least = MOST_SAMPLES
        self._pulls = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, samples: Samples) -> None:
        self._waiting = np.concatenate([self._waiting, samples])
        if len(self._waiting) > MOST_SAMPLES:
            self._waiting = self._waiting[-START_SAMPLES:]

    def take(self, samples: int) -> Samples:
        """At most `samples`; nothing while it gathers."""
        self._flowing = len(self._waiting) >= (1 if self._flowing else START_SAMPLES)
        if not self._flowing:
            return _EMPTY
        self._trim()
        taken, self._waiting = self._waiting[:samples], self._waiting[samples:]
        return taken

    def _trim(self) -> None:
        self._least = min(self._least, len(self._waiting))
        self._pulls += 1
        if self._pulls >= TRIM_AFTER_PULLS:
            surplus = self._least - START_SAMPLES
            if surplus >= SURPLUS_SAMPLES:
                self._waiting = self._waiting[surplus:]
            self._least, self._pulls = MOST_SAMPLES, 0


@dataclass(slots=True)
class _Listener:
    heard_s: float
    """When it last pulled."""
    pipes: dict[Seat, Pipe] = field(default_factory=dict)
    tone_at: int = 0


class Bridge:
    """Every voice of one call. Its methods may be called from any thread and hold their lock for microseconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._floor = Floor()
        self._listeners: dict[Seat, _Listener] = {}
        self._converters: dict[Seat, _Converter] = {}

    def arrange(self, floor: Floor) -> None:
        """From now on everybody hears whom they should; what was on its way to others is gone."""
        with self._lock:
            self._floor = floor
            for seat, listener in self._listeners.items():
                listener.pipes = {
                    speaker: pipe for speaker, pipe in listener.pipes.items() if hears(seat, speaker, floor)
                }

    def push(self, seat: Seat, frame: av.AudioFrame) -> None:
        """Take what a seat says, in any format. Called from aiortc's event loop, or from a playback's thread."""
        with self._lock:
            if not self._audience(seat):
                return
            converter = self._converters.setdefault(seat, _Converter())
        samples = converter.convert(frame)
        with self._lock:
            for listener in self._audience(seat):
                listener.pipes.setdefault(seat, Pipe()).put(samples)

    def pull(self, seat: Seat) -> av.AudioFrame:
        """The next 20 ms of all that a seat hears, mono s16 at 48 kHz. Called from aiortc's event loop."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            listener = self._listeners.setdefault(seat, _Listener(now_s))
            if now_s - listener.heard_s > LISTENING_S:
                listener.pipes.clear()
            listener.heard_s = now_s
            if seat == "customer" and self._floor.customer_apart:
                heard = waiting_tone(listener.tone_at, FRAME_SAMPLES)
                listener.tone_at += FRAME_SAMPLES
            else:
                listener.tone_at = 0
                heard = _mixed(pipe.take(FRAME_SAMPLES) for pipe in listener.pipes.values())
        return _frame(heard)

    def leave(self, seat: Seat) -> None:
        """Nobody sits there any more; what it said last is still heard."""
        with self._lock:
            self._listeners.pop(seat, None)
            self._converters.pop(seat, None)

    def waiting_s(self, listener: Seat, speaker: Seat) -> float:
        """Sound of a speaker that waits for a listener."""
        with self._lock:
            pipes = self._listeners[listener].pipes if listener in self._listeners else {}
            return len(pipes[speaker]) / RATE_HZ if speaker in pipes else 0.0

    def _audience(self, speaker: Seat) -> list[_Listener]:
        now_s = self._clock.monotonic_s()
        return [
            listener
            for seat, listener in self._listeners.items()
            if now_s - listener.heard_s <= LISTENING_S and hears(seat, speaker, self._floor)
        ]


class _Converter:
    """One seat's frames to `Samples`. Used by one thread at a time."""

    def __init__(self) -> None:
        self._source: tuple[str, str, int] | None = None
        self._resampler: av.AudioResampler | None = None

    def convert(self, frame: av.AudioFrame) -> Samples:
        source = (frame.format.name, frame.layout.name, frame.sample_rate)
        if source == ("s16", "mono", RATE_HZ):
            mono: Samples = frame.to_ndarray()[0]
            return mono
        if source == ("s16", "stereo", RATE_HZ):
            # What browsers send; adding two channels is several times cheaper than a resampler.
            pairs = frame.to_ndarray().reshape(-1, 2).astype(np.int32)
            return ((pairs[:, 0] + pairs[:, 1]) >> 1).astype(np.int16)
        if source != self._source:
            self._source = source
            self._resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
        assert self._resampler is not None
        blocks = [converted.to_ndarray()[0] for converted in self._resampler.resample(frame)]
        return np.concatenate([_EMPTY, *blocks])


def silence() -> av.AudioFrame:
    """20 ms of nothing, as `Bridge.pull` gives it to who hears nobody."""
    return _frame(np.zeros(FRAME_SAMPLES, np.int16))


def _frame(samples: Samples) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(samples[np.newaxis, :], format="s16", layout="mono")
    frame.sample_rate = RATE_HZ
    return frame


def _mixed(voices: Iterable[Samples]) -> Samples:
    """The sum, `FRAME_SAMPLES` long, cut off at full scale."""
    total = np.zeros(FRAME_SAMPLES, np.int32)
    for voice in voices:
        total[: len(voice)] += voice
    return np.clip(total, -32768, 32767).astype(np.int16)
