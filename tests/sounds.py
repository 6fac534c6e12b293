"""Sounds that are no speech, made for tests: noise, keypad tones and music on hold."""

import numpy as np
from numpy.typing import NDArray

from core.audio.frames import SPEECH_RATE_HZ, Pcm

_LOW_HZ = (697, 770, 852, 941)
_HIGH_HZ = (1209, 1336, 1477, 1633)
_KEYS = ("123A", "456B", "789C", "*0#D")
_SCALE_HZ = (261.6, 293.7, 329.6, 392.0, 440.0, 523.3)
_ROOTS_HZ = (130.8, 174.6, 196.0)
Sound = NDArray[np.float64]


def noise(dbfs: float, lasts_s: float = 10.0) -> Pcm:
    """Steady, as loud at all pitches."""
    spread = 32768 * 10 ** (dbfs / 20)
    return np.random.default_rng(7).normal(0, spread, round(lasts_s * SPEECH_RATE_HZ)).astype(np.int16)


def key_tone(key: str, lasts_s: float = 0.1, gap_s: float = 0.1, amplitude: float = 3000.0) -> Pcm:
    """One key of a telephone (DTMF), with the silence after it."""
    row = next(number for number, keys in enumerate(_KEYS) if key in keys)
    seconds = _seconds(lasts_s)
    tones = (_LOW_HZ[row], _HIGH_HZ[_KEYS[row].index(key)])
    sound = sum(np.sin(2 * np.pi * tone_hz * seconds) for tone_hz in tones) * amplitude
    return np.concatenate([sound, np.zeros(round(gap_s * SPEECH_RATE_HZ))]).astype(np.int16)


def music(lasts_s: float = 8.0, note_s: float = 0.3, decay_per_s: float = 3.0, seed: int = 2) -> Pcm:
    """Music on hold: a plucked melody over held chords."""
    random = np.random.default_rng(seed)
    sound = np.zeros(round(lasts_s * SPEECH_RATE_HZ))
    for number in range(int(lasts_s / note_s)):
        _add(sound, number * note_s, _note(random.choice(_SCALE_HZ), 1.5 * note_s, decay_per_s))
    for number in range(int(lasts_s / (4 * note_s))):
        root_hz = random.choice(_ROOTS_HZ)
        for interval in (1.0, 1.26, 1.5):
            _add(sound, 4 * number * note_s, 0.5 * _note(root_hz * interval, 4 * note_s, 0.5))
    return (sound / np.abs(sound).max() * 8000 + random.normal(0, 5, len(sound))).astype(np.int16)


def _note(tone_hz: float, lasts_s: float, decay_per_s: float) -> Sound:
    seconds = _seconds(lasts_s)
    partials = sum(np.sin(2 * np.pi * tone_hz * number * seconds) / number for number in range(1, 6))
    return np.asarray(partials * np.exp(-decay_per_s * seconds))


def _add(sound: Sound, at_s: float, note: Sound) -> None:
    at = round(at_s * SPEECH_RATE_HZ)
    room = sound[at : at + len(note)]
    room += note[: len(room)]


def _seconds(lasts_s: float) -> Sound:
    return np.arange(round(lasts_s * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
