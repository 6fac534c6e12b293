"""How an utterance is spoken: how loud, how high, how fast, with what pauses. What is said plays no part.

Everything is measured in the telephone's band and in ratios, so that a call sounds the same in whatever format it came
and however quiet the microphone is.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.pitch import Array, PitchTracker

Mask = NDArray[np.bool_]
HOP_S = 0.02
LEAST_VOICED_S = 0.6
"""Less voiced sound tells nothing."""
DEPTH_DB = 25.0
"""Below the utterance's loudest, where its pauses begin."""
STANDS_OUT_DB = 6.0
"""Above the quietest of the utterance, from where on a frame can be somebody's voice."""
DIP_DB = 2.0
"""Between two syllables the loudness falls by this much: De Jong and Wempe 2009."""
SILENT_DBFS = -90.0
LEAST_SYLLABLES_PER_S = 1.5
"""Nobody speaks more slowly; sirens and held notes go up and down less."""
GLIDE_ST = 1.5
"""What a voice moves in `HOP_S` at most; a pitch without such a neighbour is misheard."""
REACH_ST = 9.0
"""Around the median, what is counted: beyond it lie other octaves."""
STILL_ST = 0.03
"""A pitch that moves less in `HOP_S` is that of an instrument or a tone, not of a throat."""
STILL_SHARE = 0.6
LIVELY_ST = 1.0
"""Between the lowest and the highest tenth: no speech stays within less, and alarms do."""
_RATE_HZ = SPEECH_RATE_HZ // 2
_HOP = round(HOP_S * _RATE_HZ)
_WINDOW = 2 * _HOP
_FFT = 512
_BATCH = 25
"""Frames at once: few enough that an utterance's end waits for next to nothing, many enough to be cheap."""
_BAND_HZ = (150.0, 1000.0, 3400.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prosody:
    """Medians over the voiced frames of one utterance."""

    voiced_s: float
    loudness_dbfs: float
    floor_dbfs: float
    """What is left in its pauses: the room, the line, the microphone's own noise."""
    pitch_st: float
    """Semitones above 1 Hz."""
    pitch_range_st: float
    """Between the lowest and the highest tenth."""
    brightness_db: float
    """Sound above 1 kHz beside that below: it grows with vocal effort, and no amplifier changes it."""
    syllables_per_s: float
    """While there is speech."""
    pause_share: float
    """0–1, of the time between the first voiced sound and the last."""


class ProsodyStream:
    """Measures an utterance while it is spoken. Not thread-safe: one per utterance."""

    def __init__(self) -> None:
        self._waiting: list[Pcm] = []
        self._samples = 0
        self._measured: list[Array] = []

    def push(self, pcm: Pcm) -> None:
        """Take the next sound, mono at `SPEECH_RATE_HZ`."""
        self._waiting.append(pcm)
        self._samples += len(pcm)
        if self._samples >= 2 * (_BATCH * _HOP + _WINDOW):
            self._measure()

    def finish(self) -> Prosody | None:
        """What there was; None for what is no voice, or too little of one."""
        self._measure()
        if not self._measured:
            return None
        loudness, brightness, pitch = np.concatenate(self._measured, axis=1)
        return _prosody(loudness, brightness, pitch)

    def _measure(self) -> None:
        pcm = np.concatenate([np.zeros(0, np.int16), *self._waiting])
        frames = (len(pcm) // 2 - _WINDOW) // _HOP + 1
        if frames > 0:
            self._measured.append(_frames(pcm[: 2 * ((frames - 1) * _HOP + _WINDOW)]))
            pcm = pcm[2 * frames * _HOP :]
        self._waiting, self._samples = [pcm], len(pcm)


def prosody_of(pcm: Pcm) -> Prosody | None:
    """Of one utterance, mono at `SPEECH_RATE_HZ`, with the silence around it."""
    stream = ProsodyStream()
    stream.push(pcm)
    return stream.finish()


def _frames(pcm: Pcm) -> Array:
    """Loudness in dBFS, brightness in dB, log2 of the pitch; one column per `HOP_S`."""
    halved = pcm.reshape(-1, 2).sum(axis=1, dtype=np.int32).astype(np.float32) / 65536
    windows = np.lib.stride_tricks.sliding_window_view(halved, _WINDOW)[::_HOP]
    power = np.abs(np.fft.rfft((windows - windows.mean(axis=1, keepdims=True)) * _SHAPE, _FFT)) ** 2
    low, high = (power @ _BANDS).T + np.float32(1e-12)
    loudness = 10 * np.log10((low + high) * _TO_MEAN_SQUARE + 10 ** (SILENT_DBFS / 10))
    return np.stack([loudness, 10 * np.log10(high / low), _PITCH(power)]).astype(np.float32)


def _prosody(loudness: Array, brightness: Array, pitch: Array) -> Prosody | None:
    floor = float(np.percentile(loudness, 5))
    active = loudness > max(float(np.percentile(loudness, 95)) - DEPTH_DB, floor + STANDS_OUT_DB)
    voiced = active & _clear(pitch)
    if voiced.any():
        voiced &= np.abs(pitch - np.median(pitch[voiced])) < REACH_ST / 12
    voiced_s = float(voiced.sum()) * HOP_S
    if voiced_s < LEAST_VOICED_S or _is_still(pitch, voiced):
        return None
    first, last = np.flatnonzero(voiced)[[0, -1]]
    spoken = active[first : last + 1]
    lowest, middle, highest = 12 * np.percentile(pitch[voiced], [10, 50, 90])
    syllables_per_s = _syllables(loudness, voiced) / (float(spoken.sum()) * HOP_S)
    if highest - lowest < LIVELY_ST or syllables_per_s < LEAST_SYLLABLES_PER_S:
        return None
    return Prosody(
        voiced_s=voiced_s,
        loudness_dbfs=float(np.median(loudness[voiced])),
        floor_dbfs=floor,
        pitch_st=float(middle),
        pitch_range_st=float(highest - lowest),
        brightness_db=float(np.median(brightness[voiced])),
        syllables_per_s=syllables_per_s,
        pause_share=1 - float(spoken.mean()),
    )


def _clear(pitch: Array) -> Mask:
    """Which frames go on as their neighbour did."""
    near = np.abs(np.diff(pitch)) <= GLIDE_ST / 12
    clear: Mask = np.concatenate([[False], near]) | np.concatenate([near, [False]])
    return clear


def _is_still(pitch: Array, voiced: Mask) -> bool:
    steps = 12 * np.abs(np.diff(pitch))[voiced[1:] & voiced[:-1]]
    return len(steps) == 0 or float(np.mean(steps < STILL_ST)) > STILL_SHARE


def _syllables(loudness: Array, voiced: Mask) -> int:
    """Voiced peaks of the loudness with a dip of `DIP_DB` before each."""
    smooth = np.convolve(loudness, _SMOOTHING, mode="same")
    count, lowest, highest, counted = 0, float(smooth[0]), -np.inf, False
    for value, voice in zip(smooth.tolist(), voiced.tolist(), strict=True):
        if value < highest - DIP_DB:
            lowest, highest, counted = value, -np.inf, False
        lowest = min(lowest, value)
        if value > lowest + DIP_DB:
            highest = max(highest, value)
            if voice and not counted:
                count, counted = count + 1, True
    return count


_SHAPE = np.hanning(_WINDOW).astype(np.float32)
_TO_MEAN_SQUARE = np.float32(2 / (_FFT * float((_SHAPE**2).sum())))
_SMOOTHING = np.array([0.25, 0.5, 0.25], np.float32)
_PITCH = PitchTracker(_RATE_HZ, _SHAPE, _FFT)


def _bands() -> Array:
    bins_hz = np.arange(_FFT // 2 + 1) * _RATE_HZ / _FFT
    bands = [(bins_hz >= low) & (bins_hz < high) for low, high in pairwise(_BAND_HZ)]
    return np.stack(bands, axis=1).astype(np.float32)


_BANDS = _bands()
