"""The fundamental of a voice, by autocorrelation, for voices that are calm and voices that are not.

`voice_features` looks up to 350 Hz only: a voice that gets loud is soon above that, and would be heard an octave lower.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
VOICE_HZ = (65.0, 500.0)
BELOW_HZ = 1000.0
"""What is looked at: above it formants mislead more than harmonics help."""
VOICED = 0.5
"""Likeness of a frame to itself a period later, from which it is voiced."""
OCTAVE_MARGIN = 0.87
"""Of two periods nearly as good the shorter, or an octave is lost."""
FLATTENED = np.float32(0.67)
"""Power of the spectrum's power: without it a strong first formant makes one of its harmonics the fundamental."""


class PitchTracker:
    """Finds the pitch of frames by their power spectra, which whoever asks has for other reasons too."""

    def __init__(self, rate_hz: int, window: Array, fft: int) -> None:
        """`fft` has to hold the window and the longest period."""
        self._rate_hz = rate_hz
        self._shortest, self._longest = round(rate_hz / VOICE_HZ[1]), round(rate_hz / VOICE_HZ[0])
        self._heard = (np.arange(fft // 2 + 1) * rate_hz / fft < BELOW_HZ).astype(np.float32)
        own = np.fft.irfft((np.abs(np.fft.rfft(window, fft)) ** 2) ** FLATTENED)[: self._longest + 1]
        self._own = (own / own[0]).astype(np.float32)

    def __call__(self, power: Array) -> Array:
        """log2 of the fundamental in Hz, NaN where there is no voice; shapes (frames, bins) and (frames,)."""
        likeness = np.fft.irfft(power**FLATTENED * self._heard)[:, : len(self._own)]
        likeness = likeness / (likeness[:, :1] + np.float32(1e-12)) / self._own
        shortest, longest = self._shortest, self._longest
        middle, left, right = (likeness[:, shortest + shift : longest + shift] for shift in (0, -1, 1))
        best = middle.max(axis=1, keepdims=True)
        peaks = (middle >= left) & (middle >= right) & (middle >= OCTAVE_MARGIN * best)
        chosen = peaks.argmax(axis=1)
        rows = np.arange(len(power))
        before, at, after = (values[rows, chosen] for values in (left, middle, right))
        curved = before - 2 * at + after
        shift = np.where(curved < 0, 0.5 * (before - after) / np.minimum(curved, -1e-9), 0.0)
        pitch = np.log2(self._rate_hz / (shortest + chosen + np.clip(shift, -0.5, 0.5)))
        return np.where(peaks.any(axis=1) & (best[:, 0] > VOICED), pitch, np.nan).astype(np.float32)
