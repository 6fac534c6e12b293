"""The sound of an utterance, as it came and as the embedded engine hears it."""

from collections.abc import Callable

import numpy as np

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.noise_suppression import NoiseSuppressor
from core.speech.pocketsphinx_decoders import Decoders

_BYTES_PER_S = 2 * SPEECH_RATE_HZ


class Sound:
    """Of one utterance after the other: the same, or without the noise and a little later."""

    def __init__(self, decoders: Decoders, clock: Callable[[], float]) -> None:
        self._decoders = decoders
        self._clock = clock
        self._raw = bytearray()
        self._heard = bytearray()
        self._suppressor: NoiseSuppressor | None = None
        """There is one only while an utterance in noise is in progress: they are shared."""
        self.suppression_s = 0.0
        """Work on this utterance."""

    def __len__(self) -> int:
        """Bytes that are heard."""
        return len(self._heard)

    @property
    def came_s(self) -> float:
        return len(self._raw) / _BYTES_PER_S

    @property
    def as_it_came(self) -> Pcm:
        return _samples(self._raw)

    def heard(self, size: int | None = None) -> Pcm:
        """All of it, or so many bytes."""
        return _samples(self._heard[:size])

    def begin(self, noisy: bool) -> None:
        """Another utterance. Raises SpeechError."""
        self._raw.clear()
        self._heard.clear()
        self.suppression_s = 0.0
        if noisy:
            self._suppressor = self._decoders.take_suppressor()

    def push(self, pcm: bytes) -> Pcm:
        """What is heard of it now."""
        self._raw += pcm
        return self._added(self._suppressed(_samples(pcm)))

    def take_noise_away(self) -> None:
        """From the beginning of the utterance on. Raises SpeechError."""
        self._suppressor = self._decoders.take_suppressor()
        self._heard.clear()
        self._added(self._suppressed(self.as_it_came))

    def finish(self) -> Pcm:
        """The utterance is over: what was held back of it."""
        if not self._suppressor:
            return np.zeros(0, np.int16)
        rest = self._suppressor.finish()
        self._decoders.give_back_suppressor(self._suppressor)
        self._suppressor = None
        return self._added(rest)

    def _suppressed(self, pcm: Pcm) -> Pcm:
        if not self._suppressor:
            return pcm
        began_s = self._clock()
        pcm = self._suppressor.push(pcm)
        self.suppression_s += self._clock() - began_s
        return pcm

    def _added(self, pcm: Pcm) -> Pcm:
        self._heard += pcm.tobytes()
        return pcm


def _samples(pcm: bytes | bytearray) -> Pcm:
    return np.frombuffer(bytes(pcm), np.int16)
