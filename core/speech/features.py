"""Sound into the cepstra PocketSphinx's acoustic model was trained on, with what its own front end cannot do.

The same filters, noise suppression and transform as the model's `feat.params` ask for. Made here, because four things
can then be chosen before the model sees them: how far frames are apart (fast and slow speakers), where the filters lie
(short and long vocal tracts), which of them count (a telephone leaves the upper ones empty), and the mean that is
subtracted.
"""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.audio.frames import SPEECH_RATE_HZ, Pcm

Array = NDArray[np.float64]

Band = Literal["wide", "telephone"]
CEPSTRA = 13
FILTERS = 25
FRAME_SHIFT_SAMPLES = 160
_LOWEST_HZ, _HIGHEST_HZ = 130.0, 6800.0
_KNEE_HZ = 5000.0
_WINDOW_SAMPLES = 410
_FFT = 512
_PRE_EMPHASIS = 0.97
_LIFTER = 22
_LOG_FLOOR = 1e-4
_SMOOTH_FILTERS = 4
_MAX_GAIN = 20.0
_TELEPHONE_LOSS = -6.0
_SURE_LOSS = 1.0
"""Natural logarithms of power. Measured: 4 to -5.5 with a microphone, -5.3 to -11.5 through a telephone."""


def _mel(hz: Array | float) -> Array:
    return np.asarray(2595 * np.log10(1 + np.asarray(hz) / 700))


def _warped(hz: Array, warp: float) -> Array:
    """Times `warp` below a knee, and from there in a straight line to the highest frequency, which stays."""
    knee_hz = _KNEE_HZ / max(1.0, warp)
    slope = (_HIGHEST_HZ - warp * knee_hz) / (_HIGHEST_HZ - knee_hz)
    return np.where(hz <= knee_hz, warp * hz, warp * knee_hz + slope * (hz - knee_hz))


def _filters(warp: float) -> Array:
    """Triangles of unit area over the power spectrum, their corners on its bins; shape (bins, filters)."""
    mels = np.linspace(_mel(_LOWEST_HZ), _mel(_HIGHEST_HZ), FILTERS + 2)
    bin_hz = SPEECH_RATE_HZ / _FFT
    corners = np.floor(_warped(700 * (10 ** (mels / 2595) - 1), warp) / bin_hz + 0.5) * bin_hz
    hz = np.arange(_FFT // 2 + 1)[:, None] * bin_hz
    low, middle, high = corners[:-2], corners[1:-1], corners[2:]
    rising, falling = (hz - low) / (middle - low), (high - hz) / (high - middle)
    return np.asarray(np.clip(np.minimum(rising, falling), 0, None) * 2 / (high - low))


def _transform(filters: int) -> Array:
    """From logarithms of that many filters to cepstra; shape (filters, cepstra)."""
    order = np.arange(CEPSTRA)
    cosines = np.cos(np.pi / filters * np.outer(np.arange(filters) + 0.5, order)) * math.sqrt(2 / filters)
    cosines[:, 0] = math.sqrt(1 / filters)
    return np.asarray(cosines * (1 + _LIFTER / 2 * np.sin(order * np.pi / _LIFTER)))


WARPS = (0.93, 0.965, 1.0, 1.04, 1.08)
"""How the filters can be stretched for a speaker's vocal tract: above 1 for shorter ones."""
_FILTER_BANKS = {warp: _filters(warp) for warp in WARPS}
_PASSED: dict[Band, slice] = {"wide": slice(0, FILTERS), "telephone": slice(1, 19)}
"""The filters that carry speech: a telephone passes 300 to 3,400 Hz."""
_TO_CEPSTRA = {band: _transform(len(range(FILTERS)[passed])) for band, passed in _PASSED.items()}
_HAMMING = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(_WINDOW_SAMPLES) / (_WINDOW_SAMPLES - 1))
_NEAR = np.abs(np.subtract.outer(np.arange(FILTERS), np.arange(FILTERS))) <= _SMOOTH_FILTERS
_SMOOTHING = _NEAR / _NEAR.sum(axis=0)


class NoiseSuppression:
    """PocketSphinx's: follows the floor of each filter, takes it away, and evens the gains of neighbours out."""

    def __init__(self) -> None:
        self._power: Array | None = None
        self._noise = self._floor = self._peak = np.zeros(FILTERS)

    def __call__(self, power: Array) -> Array:
        """One frame's filter outputs, made cleaner."""
        if self._power is None:
            self._power = power
            self._noise = self._floor = power / _MAX_GAIN
        self._power = 0.7 * self._power + 0.3 * power
        self._noise = _lower_envelope(self._power, self._noise)
        signal = np.maximum(self._power - self._noise, 1.0)
        self._floor = _lower_envelope(signal, self._floor)
        self._peak = 0.85 * self._peak
        masked = np.where(signal < 0.85 * self._peak, 0.2 * self._peak, signal)
        self._peak = np.maximum(self._peak, signal)
        signal = np.maximum(masked, self._floor)
        gain = np.clip(signal / np.maximum(self._power, 1e-10), 1 / _MAX_GAIN, _MAX_GAIN)
        return np.asarray(power * (gain @ _SMOOTHING))


def _lower_envelope(power: Array, floor: Array) -> Array:
    keep = np.where(power >= floor, 0.995, 0.5)
    return np.asarray(keep * floor + (1 - keep) * power)


class FrontEnd:
    """One stream of 16 kHz sound into cepstra. What was learned of the noise lasts as long as the stream."""

    def __init__(self) -> None:
        self._noise = NoiseSuppression()
        self.begin()

    def begin(self, shift_samples: int = FRAME_SHIFT_SAMPLES, warp: float = 1.0) -> None:
        """A new utterance, with frames that far apart and the filters of one of WARPS."""
        self._shift = shift_samples
        self._filter_bank = _FILTER_BANKS[warp]
        self._pending: Array = np.zeros(0)
        self._before = 0.0

    def push(self, pcm: Pcm) -> Array:
        """Logarithms of the filters for every frame that is complete; shape (frames, filters)."""
        samples = np.append(self._pending, pcm.astype(np.float64))
        count = max(0, (len(samples) - _WINDOW_SAMPLES) // self._shift + 1)
        if not count:
            self._pending = samples
            return np.zeros((0, FILTERS))
        emphasised = samples - _PRE_EMPHASIS * np.append(self._before, samples[:-1])
        at = np.arange(count)[:, None] * self._shift + np.arange(_WINDOW_SAMPLES)
        spectrum = np.abs(np.fft.rfft(emphasised[at] * _HAMMING, _FFT)) ** 2
        filtered = spectrum @ self._filter_bank
        used = count * self._shift
        self._before = float(samples[used - 1])
        self._pending = samples[used:]
        cleaned = np.stack([self._noise(frame) for frame in filtered])
        return np.asarray(np.log(cleaned + _LOG_FLOOR))


def cepstra(logs: Array, band: Band = "wide") -> Array:
    """Of logarithms of the filters (or of their mean), from those a band passes; shape (…, cepstra)."""
    return np.asarray(logs[..., _PASSED[band]] @ _TO_CEPSTRA[band])


def band_of(logs: Array, before: Band | None = None) -> Band:
    """Whether an utterance came through a telephone: its loudest moments have next to nothing above 4 kHz.

    What was believed `before` counts in doubt; a beginning, of which nothing was believed, must be clear.
    """
    if not len(logs):
        return before or "wide"
    loud_high = np.percentile(logs[:, 20:].mean(axis=1), 95)
    loud_middle = np.percentile(logs[:, 6:17].mean(axis=1), 95)
    doubt = {None: -_SURE_LOSS, "wide": 0.0, "telephone": _SURE_LOSS}[before]
    return "telephone" if loud_high - loud_middle < _TELEPHONE_LOSS + doubt else "wide"
