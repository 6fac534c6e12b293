"""Words as sound that a server in a test can tell apart: each a loudness of its own, with a pause after it."""

from dataclasses import dataclass

import numpy as np

from core.audio.frames import SPEECH_RATE_HZ, Pcm

WORDS = ("i", "need", "help", "with", "my", "bill", "please", "yes", "no", "order", "seven", "eight", "nine", "thanks")
WORD_S = 0.2
PAUSE_S = 0.1
_STEP = 1_500


@dataclass(frozen=True, slots=True)
class Heard:
    """Seconds from the beginning of the sound."""

    word: str
    start_s: float
    end_s: float


def say(text: str, silence_s: float = 0.5) -> Pcm:
    """At 16 kHz, with silence after the last word."""
    pieces = [np.zeros(0, np.int16)]
    for word in text.split():
        loud = (WORDS.index(word) + 1) * _STEP
        pieces.append(np.full(round(WORD_S * SPEECH_RATE_HZ), loud, np.int16))
        pieces.append(np.zeros(round(PAUSE_S * SPEECH_RATE_HZ), np.int16))
    pieces.append(np.zeros(round(silence_s * SPEECH_RATE_HZ), np.int16))
    return np.concatenate(pieces)


def hear(pcm: Pcm, rate_hz: int = SPEECH_RATE_HZ) -> list[Heard]:
    """A word counts from half its length on, as a guess, and can be told for sure by its whole length."""
    loud = np.concatenate([[False], np.abs(pcm.astype(np.int32)) > _STEP // 2, [False]])
    edges = np.flatnonzero(loud[1:] != loud[:-1])
    words = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start >= WORD_S / 2 * rate_hz:
            index = round(float(np.median(pcm[start:end])) / _STEP) - 1
            words.append(Heard(WORDS[index], start / rate_hz, end / rate_hz))
    return words
