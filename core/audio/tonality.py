"""Sounds that are no speech though a voice activity detector takes them for it: keypad tones, ringing, music.

What tells them from a voice: they hold their pitch. A voice glides, so that its spectral lines are elsewhere a tenth of
a second later. Measured on recorded calls, read speech and synthetic voices, at most 0.25 of the energy of half a
second of speech stays where it was, and at least 0.5 of that of music made of notes of 0.15 s and longer.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.levels import level_of

Floats = NDArray[np.float64]
STEADY = 0.5
"""From here on a sound is no speech."""
SHORTEST_S = 0.6
"""Less sound tells nothing."""
_BLOCK_S = 2.0
_FADED_DB = 20.0
"""A block so much quieter than the loudest one says nothing."""
_WINDOW = 1024
_HOP = 512
_LAG = 3
"""Hops between the two spectra compared: 96 ms."""
_FFT = 2048
_LOW, _HIGH = 13, 512
"""Bins looked at: 100 to 4000 Hz."""
_LINES = 10
"""The strongest of a spectrum; with more of them, noise would fit by chance."""
_SILENT = 1e-3
"""Power below which a spectrum is left out, beside the loud ones."""
_TOLERANCE = 0.006
_LEAST_HZ, _MOST_HZ = 2.0, 5.0
"""Between these a line may move by the tolerance and be the same."""
_SKIRT = 4
"""Bins to either side that belong to a line."""
_KEY_TONES_HZ = np.array([697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0])
"""A key is one of the lower four and one of the upper four."""
_PURE = 0.85
_TWIST = 16.0
"""How much stronger in power one of the two tones of a key may be."""


def is_tonal(pcm: Pcm) -> bool:
    """Whether all of it is tones or music. False for what is too short to tell, and as soon as a part may be speech."""
    block = round(_BLOCK_S * SPEECH_RATE_HZ)
    shortest = round(SHORTEST_S * SPEECH_RATE_HZ)
    if len(pcm) < shortest:
        return False
    blocks = [pcm[at : at + block] for at in range(0, len(pcm), block)]
    levels_db = [level_of(each).rms_dbfs for each in blocks]
    loud = [each for each, db in zip(blocks, levels_db, strict=True) if db > max(levels_db) - _FADED_DB]
    return all(steadiness(each) >= STEADY for each in loud if len(each) >= shortest or len(loud) == 1)


def steadiness(pcm: Pcm) -> float:
    """The part of the sound's energy, 0–1, in spectral lines that were at the same place 96 ms before."""
    if len(pcm) < _WINDOW + _LAG * _HOP:
        return 0.0
    windows = np.lib.stride_tricks.sliding_window_view(pcm.astype(np.float64), _WINDOW)[::_HOP]
    everything = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW), _FFT)) ** 2
    power, energy = everything[:, _LOW:_HIGH], everything.sum(axis=1)
    loud = energy > _SILENT * np.percentile(energy, 95)
    lines = [_lines(spectrum) for spectrum in power]
    shares = [
        _kept(power[at], lines[at], lines[at - _LAG][1]) / energy[at] for at in range(_LAG, len(power)) if loud[at]
    ]
    return float(np.mean(np.minimum(1.0, shares))) if shares else 0.0


def _lines(power: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Bins of the peaks, and their frequencies in Hz, read between the bins."""
    inner = power[1:-1]
    peaks = np.flatnonzero((inner > power[:-2]) & (inner >= power[2:])) + 1
    peaks = peaks[np.argsort(power[peaks])[-_LINES:]]
    before, at, after = (np.log(power[peaks + step] + 1e-9) for step in (-1, 0, 1))
    curve = np.minimum(before - 2 * at + after, -1e-9)
    offset = np.clip(0.5 * (before - after) / curve, -0.5, 0.5)
    return peaks, (peaks + _LOW + offset) * SPEECH_RATE_HZ / _FFT


def _kept(power: Floats, lines: tuple[NDArray[np.intp], Floats], earlier_hz: Floats) -> float:
    """Energy of the lines that were there before."""
    peaks, now_hz = lines
    if not len(peaks) or not len(earlier_hz):
        return 0.0
    nearest = np.abs(now_hz[:, np.newaxis] - earlier_hz).min(axis=1)
    same = peaks[nearest < np.clip(_TOLERANCE * now_hz, _LEAST_HZ, _MOST_HZ)]
    covered = np.zeros(len(power), bool)
    for step in range(-_SKIRT, _SKIRT + 1):
        covered[np.clip(same + step, 0, len(power) - 1)] = True
    return float(power[covered].sum())


def is_key_tone(frame: Pcm) -> bool:
    """Whether a short frame is nothing but the two tones of a telephone key (DTMF)."""
    sound = frame.astype(np.float64)
    total = float(sound @ sound)
    if total == 0.0:
        return False
    low, high = (float(each.max()) for each in np.split(2 * np.abs(_waves(len(sound)) @ sound) ** 2 / len(sound), 2))
    return low + high > _PURE * total and low < _TWIST * high and high < _TWIST * low


@cache
def _waves(samples: int) -> NDArray[np.complex128]:
    return np.exp(-2j * np.pi * _KEY_TONES_HZ[:, np.newaxis] * np.arange(samples) / SPEECH_RATE_HZ)
