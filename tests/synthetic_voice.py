"""A voice made of glottal pulses and formants, as calm or as loud as a test asks for."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.audio.frames import SPEECH_RATE_HZ, Pcm

VOWELS_HZ = ((730, 1090, 2440), (270, 2290, 3010), (570, 840, 2410), (530, 1840, 2480), (440, 1020, 2240))
Sound = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Voice:
    pitch_hz: float = 120.0
    level_db: float = -26.0
    tilt: float = 2.0
    """Of the glottal source: its harmonics fall with this power of their number, more steeply when calm."""
    syllables_per_s: float = 4.0
    room_db: float = -75.0
    pause_s: float = 0.0
    """Silence between the two halves of what is said."""

    def louder(self, **changes: float) -> "Voice":
        """The same person with a raised voice."""
        return replace(
            self,
            pitch_hz=self.pitch_hz * 2 ** (4 / 12),
            level_db=self.level_db + 8,
            tilt=self.tilt - 0.6,
            syllables_per_s=self.syllables_per_s + 1,
        ).changed(**changes)

    def changed(self, **changes: float) -> "Voice":
        return replace(self, **changes)

    def says(self, seed: int, lasts_s: float = 3.0) -> Pcm:
        """An utterance with the silence around it; another one for every seed."""
        random = np.random.default_rng(seed)
        half = [self._phrase(random, lasts_s / 2) for _ in range(2)]
        quiet = np.zeros(round(self.pause_s * SPEECH_RATE_HZ))
        said = np.concatenate([np.zeros(4800), half[0], quiet, half[1], np.zeros(8000)])
        loud = np.abs(said) > 0
        said *= 10 ** (self.level_db / 20) / np.sqrt(np.mean(said[loud] ** 2))
        said += random.normal(0, 10 ** (self.room_db / 20), len(said))
        return np.clip(said * 32768, -32768, 32767).astype(np.int16)

    def _phrase(self, random: np.random.Generator, lasts_s: float) -> Sound:
        count = max(1, round(lasts_s * self.syllables_per_s))
        glide = np.linspace(2.0, -2.0, count) + random.normal(0, 0.5, count)
        heights_hz = self.pitch_hz * 2 ** (glide / 12)
        samples = round(SPEECH_RATE_HZ / self.syllables_per_s)
        return np.concatenate([self._syllable(random, height, samples) for height in heights_hz])

    def _syllable(self, random: np.random.Generator, pitch_hz: float, samples: int) -> Sound:
        voiced, hiss = round(0.75 * samples), samples - round(0.75 * samples)
        at = np.arange(voiced) / SPEECH_RATE_HZ
        drift_st = random.uniform(-1.5, 1.5) * at / at[-1]
        phase = 2 * np.pi * np.cumsum(pitch_hz * 2 ** (drift_st / 12)) / SPEECH_RATE_HZ
        formants_hz = np.array(VOWELS_HZ[random.integers(len(VOWELS_HZ))])[:, np.newaxis]
        numbers = np.arange(1, int(3800 / pitch_hz))
        throat = np.sum(1 / (1 + ((numbers * pitch_hz - formants_hz) / 100) ** 2), axis=0) + 0.02
        harmonics = (throat * numbers**-self.tilt)[:, np.newaxis] * np.sin(numbers[:, np.newaxis] * phase)
        vowel = harmonics.sum(axis=0) * np.sin(np.pi * np.arange(voiced) / voiced) ** 0.5
        return np.concatenate([vowel, 0.02 * np.abs(vowel).max() * random.normal(0, 1, hiss)])


def telephone(pcm: Pcm) -> Pcm:
    """As an 8 kHz line passes it."""
    spectrum = np.fft.rfft(pcm)
    hz = np.arange(len(spectrum)) * SPEECH_RATE_HZ / len(pcm)
    spectrum[(hz < 300) | (hz > 3400)] = 0
    return np.clip(np.fft.irfft(spectrum, len(pcm)), -32768, 32767).astype(np.int16)


def amplified(pcm: Pcm, gain_db: float) -> Pcm:
    return np.clip(pcm * 10 ** (gain_db / 20), -32768, 32767).astype(np.int16)
