"""Where utterances begin and end: a state machine over short frames, fed by a voice activity detector.

The same stream gives the same events however it is cut into chunks.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, Pcm
from core.audio.voice_activity import VoiceDetector

FRAME_S = 0.03
FRAME_SAMPLES = round(FRAME_S * SPEECH_RATE_HZ)
_DIP_FRAMES = 3
_LOWEST = 0.04
"""The part of an utterance that counts as its lowest places."""
_LOW = 0.1
"""Power that is low beside the usual one."""

IsSpeech = Callable[[Pcm], bool]
"""Tells whether one frame of `FRAME_SAMPLES` holds speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointerConfig:
    """All times are rounded to whole frames."""

    pre_roll_s: float = 0.3
    """Sound before the first speech frame that belongs to the utterance, so that its first phones survive."""
    onset_speech_s: float = 0.12
    """Speech needed within `onset_window_s` to begin an utterance; less is a click."""
    onset_window_s: float = 0.21
    pause_s: float = 0.18
    """Silence after which the utterance may be over."""
    end_silence_s: float = 0.5
    """Silence after which the utterance is over."""
    long_utterance_s: float = 8.0
    """From this length on `long_end_silence_s` is enough: a breath will do, before words are cut at the maximum."""
    long_end_silence_s: float = 0.24
    max_utterance_s: float = 20.0
    """A longer one is cut here at the latest and goes on as the next utterance."""
    cut_from: float = 0.85
    """The part of the longest utterance from which on it is cut where the voice is as low as it hardly ever was."""


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """`pcm` is the sound from `start_s` on, pre-roll included."""

    start_s: float
    pcm: Pcm


@dataclass(frozen=True, slots=True)
class SpeechContinued:
    """`pcm` follows the sound before it without a gap."""

    pcm: Pcm


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """It may be over: silence has lasted for a while, and may yet be broken."""


@dataclass(frozen=True, slots=True)
class SpeechOver:
    """`end_s` is where the last speech frame ends; the sound given reaches further, into the silence."""

    end_s: float


SpeechEvent = SpeechBegan | SpeechContinued | SpeechPaused | SpeechOver


class Endpointer:
    """Cuts one party's sound into utterances. Not thread-safe: one per leg."""

    def __init__(self, config: EndpointerConfig | None = None, is_speech: IsSpeech | None = None) -> None:
        config = config or EndpointerConfig()
        self._pre_roll = _frames(config.pre_roll_s)
        self._onset = max(1, _frames(config.onset_speech_s))
        self._window = max(self._onset, _frames(config.onset_window_s))
        self._pause = max(1, _frames(config.pause_s))
        self._end_silence = max(1, _frames(config.end_silence_s))
        self._long_utterance = _frames(config.long_utterance_s)
        self._long_end_silence = max(1, _frames(config.long_end_silence_s))
        self._max_utterance = max(1, _frames(config.max_utterance_s))
        self._cut_from = round(self._max_utterance * config.cut_from)
        self._is_speech = is_speech or VoiceDetector()
        self._pending: Pcm = np.zeros(0, np.int16)
        self._pending_at = 0
        self._idle: deque[tuple[Pcm, bool]] = deque(maxlen=self._pre_roll + self._window)
        self._in_speech = False
        self._length = 0
        self._silence = 0
        self._speech_end = 0
        self._resuming = 0
        self._energies: list[float] = []
        self._low = 0.0
        self.patience = 1.0
        """How much longer than usual the silence has to last that ends the present utterance."""

    @property
    def in_speech(self) -> bool:
        return self._in_speech

    def push(self, chunk: AudioChunk) -> list[SpeechEvent]:
        """Take the next sound. A gap shorter than the end silence is filled with silence; a longer one ends the
        utterance. Sound that lies before what was already taken is left out."""
        events: list[SpeechEvent] = []
        pcm = chunk.pcm
        start = round(chunk.start_s * SPEECH_RATE_HZ)
        gap = start - (self._pending_at + len(self._pending))
        if gap > self._end_silence * FRAME_SAMPLES:
            events += self.finish()
            self._pending_at = start
        elif gap > 0:
            pcm = np.concatenate([np.zeros(gap, np.int16), pcm])
        else:
            pcm = pcm[-gap:]
        self._pending = np.concatenate([self._pending, pcm])
        while len(self._pending) >= FRAME_SAMPLES:
            frame, self._pending = self._pending[:FRAME_SAMPLES], self._pending[FRAME_SAMPLES:]
            self._pending_at += FRAME_SAMPLES
            events += self._advance(frame, self._is_speech(frame))
        return events

    def finish(self) -> list[SpeechEvent]:
        """The stream pauses or ends: what is being said is over."""
        events: list[SpeechEvent] = []
        if self._in_speech:
            if len(self._pending):
                events.append(SpeechContinued(self._pending))
            events.append(self._over())
        self._pending_at += len(self._pending)
        self._pending = self._pending[:0]
        self._idle.clear()
        self._resuming = 0
        return events

    def _advance(self, frame: Pcm, speech: bool) -> list[SpeechEvent]:
        if not self._in_speech:
            self._idle.append((frame, speech))
            return self._maybe_begin()
        self._length += 1
        self._energies.append(float(np.mean(frame.astype(np.float64) ** 2)))
        self._silence = 0 if speech else self._silence + 1
        if speech:
            self._speech_end = self._pending_at
        events: list[SpeechEvent] = [SpeechContinued(frame)]
        enough = self._long_end_silence if self._length >= self._long_utterance else self._end_silence
        if self._silence >= max(1, round(enough * self.patience)):
            events.append(self._over())
        elif self._length >= self._max_utterance or (self._length >= self._cut_from and self._in_a_dip()):
            events.append(self._over())
            self._resuming = self._end_silence
        elif self._silence == self._pause:
            events.append(SpeechPaused())
        return events

    def _in_a_dip(self) -> bool:
        """Whether the utterance is at one of its lowest places, where a cut hits no word."""
        if self._length == self._cut_from:
            smooth = np.convolve(self._energies, np.ones(_DIP_FRAMES), "valid")
            self._low = min(np.quantile(smooth, _LOWEST), _LOW * np.median(smooth)) if len(smooth) else 0.0
        return sum(self._energies[-_DIP_FRAMES:]) < self._low

    def _maybe_begin(self) -> list[SpeechEvent]:
        recent = list(self._idle)[-self._window :]
        # Right after a cut the person is known to be speaking: one speech frame goes on with it.
        needed = 1 if self._resuming else self._onset
        self._resuming = max(0, self._resuming - 1)
        if sum(speech for _, speech in recent) < needed:
            return []
        first = len(self._idle) - len(recent) + [speech for _, speech in recent].index(True)
        frames = list(self._idle)[max(0, first - self._pre_roll) :]
        self._idle.clear()
        self._in_speech = True
        self._energies, self._low = [], 0.0
        self.patience = 1.0
        self._resuming = 0
        self._length = len(frames)
        self._silence = [speech for _, speech in reversed(frames)].index(True)
        self._speech_end = self._pending_at - self._silence * FRAME_SAMPLES
        start = self._pending_at - len(frames) * FRAME_SAMPLES
        return [SpeechBegan(start / SPEECH_RATE_HZ, np.concatenate([pcm for pcm, _ in frames]))]

    def _over(self) -> SpeechOver:
        self._in_speech = False
        return SpeechOver(self._speech_end / SPEECH_RATE_HZ)


def _frames(seconds: float) -> int:
    return round(seconds / FRAME_S)
