"""How the embedded engine learns a voice while somebody speaks: forgotten when the session closes."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from pocketsphinx import Decoder

from core.speech.acoustic_model import with_differences
from core.speech.features import Array, cepstra
from core.speech.pocketsphinx_decoders import Decoders, Found, Pair, Steps
from core.speech.pocketsphinx_voice import Manner
from core.speech.speaker_adaptation import Adaptation, Pronounced

_FIRST_FRAMES = 2_000
"""20 s of a voice are enough to know it better than the model does."""
_SURE = 0.6
"""Words that are less certain teach nothing: measured, clear speech has 0.6 to 1, and in noise, where a third of the
words is wrong, half of the utterances have less."""
_AGAIN_AFTER = 1.5
"""A voice is learned anew when so many times as much has been heard of it: each time takes two thirds of a second, in
two steps, and there is something to gain up to a minute and a half and more."""
_LESSONS = 8
"""Utterances that wait to be learned from. Where there are more, the first are left out."""


@dataclass(frozen=True, slots=True)
class _Lesson:
    manner: Manner
    logs: Array
    words: Pronounced


class OwnDecoders:
    """Two that know a party's voice, from when enough of it has been heard. They have the place of shared ones."""

    def __init__(self, decoders: Decoders) -> None:
        self._decoders = decoders
        self._sounds = Manner().sounds
        """That were learned from."""
        self._adaptation: Adaptation | None = None
        self._pair: Pair | None = None
        self._due_frames = _FIRST_FRAMES
        self._lessons: deque[_Lesson] = deque(maxlen=_LESSONS)
        self._learning: Steps | None = None

    @property
    def can_learn(self) -> bool:
        return self._learning is not None or bool(self._lessons)

    def heard(self, manner: Manner, logs: Array, found: Found, decoder: Decoder) -> None:
        """An utterance that is over, and its words, which `decoder` knows, to be learned from when there is time; with
        the stock models, which are left as they come, never."""
        if self._decoders.models is None or (found.confidence or 0.0) < _SURE:
            return
        words = [(decoder.lookup_word(word) or "").split() for word in found.text.split()]
        if words and all(words):
            self._lessons.append(_Lesson(manner, logs, words))

    def learn(self) -> None:
        """A step of it. Only between utterances: the last two make decoders, which the next finds there."""
        self._learning = self._learning or self._learned(self._lessons.popleft())
        if next(self._learning, self) is self:
            self._learning = None

    def take(self, manner: Manner) -> Pair | None:
        return self._pair if manner.sounds == self._sounds else None

    def has(self, decoder: Decoder) -> bool:
        return self._pair is not None and decoder is self._pair.usual

    def close(self) -> None:
        self._lessons.clear()
        self._learning = None
        self._forget()

    def _learned(self, lesson: _Lesson) -> Iterator[None]:
        band = lesson.manner.band
        if self._adaptation is None or lesson.manner.sounds != self._sounds:
            self._forget()
            self._sounds = lesson.manner.sounds
            self._adaptation = self._decoders.adaptation(band)
        if self._adaptation is None:
            return
        frames = with_differences(cepstra(lesson.logs, band))
        yield from self._adaptation.learn(frames, lesson.words)
        if self._adaptation.frames >= self._due_frames:
            yield
            self._due_frames = round(_AGAIN_AFTER * self._adaptation.frames)
            # The old ones go before the new ones are made: each takes 100 MB.
            self._pair = None
            self._pair = yield from self._decoders.make_own(band, self._adaptation)

    def _forget(self) -> None:
        self._adaptation = self._pair = None
        self._due_frames = _FIRST_FRAMES
