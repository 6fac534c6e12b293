"""What a telephone line leaves of sound: for measuring and for fitting, not for calls."""

import numpy as np

from core.audio.frames import SPEECH_RATE_HZ, Pcm

_LOW_HZ, _HIGH_HZ, _EDGE_HZ = 300.0, 3400.0, 250.0
_NYQUIST_HZ = 4000.0
_MU = 255.0


def through_telephone(pcm: Pcm, *, band_pass: bool = True) -> Pcm:
    """The same 16 kHz sound as if it had been 8 kHz, and with `band_pass` 300 to 3,400 Hz in 8-bit mu-law.

    Filtered as a whole in the frequency domain, so the length stays.
    """
    spectrum = np.fft.rfft(pcm.astype(np.float64))
    hz = np.fft.rfftfreq(len(pcm), 1 / SPEECH_RATE_HZ)
    gain = np.clip((_NYQUIST_HZ - hz) / _EDGE_HZ, 0, 1)
    if band_pass:
        gain *= np.clip((hz - _LOW_HZ + _EDGE_HZ) / _EDGE_HZ, 0, 1) * np.clip(
            (_HIGH_HZ + _EDGE_HZ - hz) / _EDGE_HZ, 0, 1
        )
    narrow = np.clip(np.fft.irfft(spectrum * gain, len(pcm)), -32768, 32767)
    if band_pass:
        # The quantising noise of the line stays in its band, for it is made of samples at 8 kHz.
        noise = np.fft.rfft(_mu_law(narrow) - narrow) * (hz < _NYQUIST_HZ)
        narrow = np.clip(narrow + np.fft.irfft(noise, len(pcm)), -32768, 32767)
    return narrow.astype(np.int16)


def _mu_law(samples: np.ndarray) -> np.ndarray:
    scaled = samples / 32768
    compressed = np.sign(scaled) * np.log1p(_MU * np.abs(scaled)) / np.log1p(_MU)
    steps = np.round(compressed * 127) / 127
    return np.asarray(np.sign(steps) * ((1 + _MU) ** np.abs(steps) - 1) / _MU * 32768)
