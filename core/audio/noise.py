"""How much noise there is behind a voice."""

import numpy as np

from core.audio.frames import SPEECH_RATE_HZ, Pcm

_WINDOW_SAMPLES = SPEECH_RATE_HZ // 50
_PRE_EMPHASIS = 0.97
_STEPS_DB = 6.0
"""Of what the steps of s16 make of silence, and of a very quiet room."""
_LOUD, _QUIET = 95, 3
"""Percentiles: even somebody who talks without a pause is as good as silent for more than a thirtieth of the time."""


def speech_to_noise_db(pcm: Pcm) -> float:
    """By how much somebody who speaks in it is louder than what is heard between the words; infinite where that is
    nothing.

    What is very low, as hum is, hardly counts: it masks no speech."""
    samples = pcm.astype(np.float64)
    windows = len(samples) // _WINDOW_SAMPLES
    if not windows:
        return float("inf")
    emphasised = samples - _PRE_EMPHASIS * np.append(samples[:1], samples[:-1])
    power = (emphasised[: windows * _WINDOW_SAMPLES].reshape(windows, _WINDOW_SAMPLES) ** 2).mean(axis=1)
    loud, quiet = np.percentile(10 * np.log10(power + 1.0), (_LOUD, _QUIET))
    return float(loud - quiet) if quiet > _STEPS_DB else float("inf")
