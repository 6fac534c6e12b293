"""What a voice sounds like, a hundred times a second: cepstra of the telephone's band, pitch, and whether it speaks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.audio.endpointing import FRAME_SAMPLES
from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.voice_activity import VoiceDetector

Array = NDArray[np.float64]
HOP_S = 0.01
CEPSTRA = 19
_HOP = round(HOP_S * SPEECH_RATE_HZ)
_WINDOW = 400
_PITCH_WINDOW = 640
_FFT = 512
_PITCH_FFT = 2048
_BATCH = 4096
"""Frames at once: bounds the memory, whatever the length of the recording."""
_FILTERS = 24
_BAND_HZ = (150.0, 3700.0)
"""What a telephone passes, so that a call sounds the same in whatever format it was kept."""
_VOICE_HZ = (65.0, 350.0)
_VOICED = 0.5
_OCTAVE_MARGIN = 0.85
_FLOOR = 100.0
_PRE_EMPHASIS = 0.97


@dataclass(frozen=True, slots=True)
class VoiceFeatures:
    """One row per `HOP_S`."""

    cepstra: NDArray[np.float32]
    """Shape (frames, CEPSTRA); without the first, which is loudness."""
    pitch: NDArray[np.float32]
    """log2 of the fundamental in Hz; NaN where there is no voice."""
    speech: NDArray[np.bool_]
    """Whether somebody speaks."""


class FeatureStream:
    """Collects the features of a recording while it is read: about 0.3 MB a minute. Not thread-safe."""

    def __init__(self) -> None:
        self._detector = VoiceDetector()
        self._unheard: Pcm = np.zeros(0, np.int16)
        self._pending: Pcm = np.zeros(0, np.int16)
        self._speech: list[bool] = []
        self._cepstra: list[NDArray[np.float32]] = [np.zeros((0, CEPSTRA), np.float32)]
        self._pitch: list[NDArray[np.float32]] = [np.zeros(0, np.float32)]

    def push(self, pcm: Pcm) -> None:
        """Take the next sound, mono at `SPEECH_RATE_HZ`."""
        self._detect(pcm)
        self._pending = np.concatenate([self._pending, pcm])
        if len(self._pending) >= _BATCH * _HOP + _PITCH_WINDOW:
            self._measure()

    def finish(self) -> VoiceFeatures:
        """Everything, in step."""
        self._measure()
        cepstra, pitch = np.concatenate(self._cepstra), np.concatenate(self._pitch)
        speech = np.repeat(np.array(self._speech, dtype=np.bool_), FRAME_SAMPLES // _HOP)
        frames = min(len(cepstra), len(speech))
        return VoiceFeatures(cepstra[:frames], pitch[:frames], speech[:frames])

    def _detect(self, pcm: Pcm) -> None:
        heard = np.concatenate([self._unheard, pcm])
        whole = len(heard) // FRAME_SAMPLES * FRAME_SAMPLES
        self._speech += [self._detector(frame) for frame in heard[:whole].reshape(-1, FRAME_SAMPLES)]
        self._unheard = heard[whole:]

    def _measure(self) -> None:
        frames = (len(self._pending) - _PITCH_WINDOW) // _HOP + 1
        if frames <= 0:
            return
        sound = self._pending.astype(np.float64)
        self._cepstra.append(_cepstra(_windows(sound, _WINDOW, frames)).astype(np.float32))
        self._pitch.append(_pitch(_windows(sound, _PITCH_WINDOW, frames)).astype(np.float32))
        self._pending = self._pending[frames * _HOP :]


def _windows(sound: Array, length: int, frames: int) -> Array:
    return np.lib.stride_tricks.sliding_window_view(sound, length)[::_HOP][:frames]


def _cepstra(windows: Array) -> Array:
    emphasised = windows[:, 1:] - _PRE_EMPHASIS * windows[:, :-1]
    power = np.abs(np.fft.rfft(emphasised * _HAMMING, _FFT)) ** 2
    return np.asarray(np.log(power @ _BANK + _FLOOR) @ _COSINES)


def _pitch(windows: Array) -> Array:
    """By autocorrelation below 1 kHz; of two periods nearly as good the shorter, or an octave is lost."""
    centred = (windows - windows.mean(axis=1, keepdims=True)) * _HANN
    power = np.abs(np.fft.rfft(centred, _PITCH_FFT)) ** 2 * _BELOW_1_KHZ
    likeness = np.fft.irfft(power)[:, : len(_OWN_LIKENESS)]
    likeness = likeness / (likeness[:, :1] + 1) / _OWN_LIKENESS
    shortest, longest = round(SPEECH_RATE_HZ / _VOICE_HZ[1]), round(SPEECH_RATE_HZ / _VOICE_HZ[0])
    middle, left, right = (likeness[:, shortest + shift : longest + shift] for shift in (0, -1, 1))
    best = middle.max(axis=1, keepdims=True)
    peaks = (middle >= left) & (middle >= right) & (middle >= _OCTAVE_MARGIN * best)
    period = shortest + np.where(peaks.any(axis=1), peaks.argmax(axis=1), middle.argmax(axis=1))
    return np.where(best[:, 0] > _VOICED, np.log2(SPEECH_RATE_HZ / period), np.nan)


def _mel_bank() -> Array:
    """Triangles over the power spectrum; shape (bins, filters)."""
    low, high = (2595 * np.log10(1 + np.array(_BAND_HZ) / 700)).tolist()
    edges_hz = 700 * (10 ** (np.linspace(low, high, _FILTERS + 2) / 2595) - 1)
    bins_hz = np.arange(_FFT // 2 + 1)[:, None] * SPEECH_RATE_HZ / _FFT
    rising = (bins_hz - edges_hz[:-2]) / (edges_hz[1:-1] - edges_hz[:-2])
    falling = (edges_hz[2:] - bins_hz) / (edges_hz[2:] - edges_hz[1:-1])
    return np.asarray(np.clip(np.minimum(rising, falling), 0, None))


_BANK = _mel_bank()
_COSINES = np.cos(np.pi / _FILTERS * np.outer(np.arange(_FILTERS) + 0.5, np.arange(1, CEPSTRA + 1)))
_HAMMING = np.hamming(_WINDOW - 1)
_HANN = np.hanning(_PITCH_WINDOW)
_BELOW_1_KHZ = np.arange(_PITCH_FFT // 2 + 1) * SPEECH_RATE_HZ / _PITCH_FFT < 1000
_OWN_LIKENESS = np.fft.irfft(np.abs(np.fft.rfft(_HANN, _PITCH_FFT)) ** 2)[: round(SPEECH_RATE_HZ / _VOICE_HZ[0]) + 2]
_OWN_LIKENESS = _OWN_LIKENESS / _OWN_LIKENESS[0]
