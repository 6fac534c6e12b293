"""How loud a party is, for the level meters."""

from dataclasses import dataclass

import numpy as np

from core.audio.frames import SPEECH_RATE_HZ, Pcm

SILENCE_DBFS = -96.0
"""The floor: what digital silence reads as. One step of s16 is -90 dBFS."""


@dataclass(frozen=True, slots=True)
class Level:
    """Loudness of a stretch of sound, in dB below full scale (0 is the loudest s16 can hold)."""

    rms_dbfs: float
    peak_dbfs: float

    @property
    def silent(self) -> bool:
        return self.peak_dbfs <= SILENCE_DBFS


SILENCE = Level(SILENCE_DBFS, SILENCE_DBFS)


def level_of(pcm: Pcm) -> Level:
    """Level of a block; an empty one is silent."""
    if not pcm.any():
        return SILENCE
    samples = pcm.astype(np.float64) / 32768.0
    return Level(_dbfs(float(np.sqrt(np.mean(samples**2)))), _dbfs(float(np.abs(samples).max())))


def _dbfs(amplitude: float) -> float:
    return max(SILENCE_DBFS, 20.0 * float(np.log10(amplitude)))


class LevelMeter:
    """Turns a stream of sound into one reading per `window_s`, however the stream is cut."""

    def __init__(self, window_s: float = 0.06) -> None:
        self._window = round(window_s * SPEECH_RATE_HZ)
        self._pending: Pcm = np.zeros(0, np.int16)

    def push(self, pcm: Pcm) -> list[Level]:
        joined = np.concatenate([self._pending, pcm])
        whole = len(joined) // self._window * self._window
        self._pending = joined[whole:]
        return [level_of(window) for window in joined[:whole].reshape(-1, self._window)]
