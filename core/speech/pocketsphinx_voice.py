"""What the embedded engine learns about whoever speaks in a session, from one utterance to the next."""

import math
from collections.abc import Generator
from dataclasses import dataclass, replace

from pocketsphinx import Decoder

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.noise import speech_to_noise_db
from core.speech.features import FRAME_SHIFT_SAMPLES, Array, Band, band_of
from core.speech.pocketsphinx_decoders import Decoders, Steps, words
from core.speech.vocal_tract import NO_FIT, best, together

_USUAL_PHONES_PER_S = 11.3
_LEAST_PHONES = 18
"""Fewer do not tell how fast somebody speaks."""
_PACE_KEPT = 0.8
"""How much of the pace so far counts beside that of the utterance."""
_TOLERATED = 0.2
"""How far the pace may be off, as a logarithm, before the frames are to follow it."""
_FASTEST, _SLOWEST = 112, 232
_FITTED_SAMPLES = 6 * SPEECH_RATE_HZ
"""So much of an utterance tells what warp fits it."""
_KNOWN_S = 15.0
"""After so much of a voice its warp is not looked for any more."""
_NOISY_BELOW_DB = {None: 28.0, False: 35.0, True: 38.0}
"""By how much somebody has to be louder than the noise behind them for it to be left there, after what was believed
before; of a beginning, of which nothing was, there are only the first words. Measured, from about there down taking it
away helps more than it harms; recordings that are clear have 36 and more, and their first 0.7 s 32 and more."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a party comes across, and so how it is to be heard."""

    band: Band = "wide"
    shift_samples: int = FRAME_SHIFT_SAMPLES
    """Between frames: more for slow speakers, so that the model hears the pace it was trained on."""
    warp: float = 1.0
    """Of the filters, see `vocal_tract.py`."""
    noisy: bool | None = None
    """The noise behind them is taken away before they are heard; None while nothing was heard of them."""

    @property
    def sounds(self) -> tuple[Band, float, bool | None]:
        """What Gaussians depend on: those that were learned from other sounds do not fit."""
        return self.band, self.warp, self.noisy


def is_noisy(sound: Pcm, before: bool | None) -> bool:
    """Whether so much noise is behind a party that it had better be taken away. What was believed `before` counts in
    doubt."""
    return speech_to_noise_db(sound) < _NOISY_BELOW_DB[before]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a party speaks."""

    phones: float = 0.0
    said_s: float = 0.0
    """The time they took, without pauses."""

    def after(self, earlier: "Pace") -> "Pace":
        return Pace(self.phones + _PACE_KEPT * earlier.phones, self.said_s + _PACE_KEPT * earlier.said_s)


class Voice:
    """What is known of a party by the utterances that are over, and by the one in progress."""

    def __init__(self, decoders: Decoders) -> None:
        self._decoders = decoders
        self._fit = self._own_fit = NO_FIT
        """How the warps fit the utterances before, and this one."""
        self._fitted_s = self._own_fitted_s = 0.0
        """How much sound that tells of."""
        self._pace = self._own_pace = Pace()
        """Up to the utterance before, and with this one."""

    def begin(self) -> None:
        """An utterance begins, and all that was known of the one before is known of the voice."""
        self._fit = together(self._fit, self._own_fit)
        self._fitted_s += self._own_fitted_s
        self._pace = self._own_pace
        self._own_fit, self._own_fitted_s = NO_FIT, 0.0

    def first_impression(self, heard: Manner, logs: Array, sound: Pcm) -> Generator[None, None, Manner]:
        """The manner of somebody whose mean is not known, by the beginning of the utterance."""
        band = self._band(logs, None)
        yield from self._find_fit(band, heard, sound)
        return replace(heard, band=band, warp=self._warp)

    def judge(
        self, heard: Manner, logs: Array, sound: Pcm, decoder: Decoder, *, hurried: bool
    ) -> Generator[None, None, Manner]:
        """The manner the utterance, which `decoder` has heard in that one, should have been heard in."""
        band = self._band(logs, heard.band)
        if not hurried and self._fitted_s < _KNOWN_S:
            yield from self._find_fit(band, heard, sound)
        return replace(heard, band=band, shift_samples=self._suiting_shift(heard, decoder), warp=self._warp)

    @property
    def _warp(self) -> float:
        return best(together(self._fit, self._own_fit))

    def _band(self, logs: Array, before: Band | None) -> Band:
        band = band_of(logs, before)
        return band if band in self._decoders.bands else "wide"

    def _find_fit(self, band: Band, heard: Manner, sound: Pcm) -> Steps:
        if vocal_tract := self._decoders.vocal_tract(band):
            sound = sound[:_FITTED_SAMPLES]
            self._own_fit = yield from vocal_tract.fit(sound, heard.shift_samples)
            self._own_fitted_s = len(sound) / SPEECH_RATE_HZ

    def _suiting_shift(self, heard: Manner, decoder: Decoder) -> int:
        """Samples between frames that suit how fast they speak."""
        phones = frames = 0
        for segment in decoder.seg() or ():
            if words(segment.word):
                phones += len((decoder.lookup_word(segment.word) or "").split())
                frames += segment.end_frame - segment.start_frame + 1
        shift = heard.shift_samples
        pace = self._own_pace = Pace(phones, frames * shift / SPEECH_RATE_HZ).after(self._pace)
        if pace.phones >= _LEAST_PHONES and self._decoders.models:
            wanted = FRAME_SHIFT_SAMPLES * _USUAL_PHONES_PER_S * pace.said_s / pace.phones
            if abs(math.log(wanted / shift)) > _TOLERATED:
                shift = min(_SLOWEST, max(_FASTEST, round(wanted / 4) * 4))
        return shift
