"""What a party hears while nobody talks to it: two soft notes every few seconds, so that the line is not dead."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000
PERIOD_S = 4.0
NOTES_HZ = (392.0, 523.25)
NOTE_S = 0.45
FADE_S = 0.06
AMPLITUDE = 0.06
"""Of full scale: about -27 dBFS, well below speech."""


def waiting_tone(start: int, samples: int) -> NDArray[np.int16]:
    """`samples` of the endless tone from sample `start` on, mono s16 at `RATE_HZ`."""
    return np.take(_period(), np.arange(start, start + samples), mode="wrap")


@cache
def _period() -> NDArray[np.int16]:
    period = np.zeros(round(PERIOD_S * RATE_HZ))
    length = round(NOTE_S * RATE_HZ)
    seconds = np.arange(length) / RATE_HZ
    fade = np.minimum(1.0, np.minimum(seconds, NOTE_S - seconds) / FADE_S)
    for number, note_hz in enumerate(NOTES_HZ):
        period[number * length : (number + 1) * length] = np.sin(2 * np.pi * note_hz * seconds) * fade
    return (period * AMPLITUDE * 32767).astype(np.int16)
