"""The sound of an utterance, as it came and as the embedded engine hears it."""

from collections.abc import Callable

import numpy as np

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.gain import amplified, loudest_dbfs
from core.audio.levels import SILENCE_DBFS
from core.audio.noise_suppression import NoiseSuppressor
from core.speech.pocketsphinx_decoders import Decoders

BYTES_PER_S = 2 * SPEECH_RATE_HZ
_LEVEL_DBFS = -15.0
"""What the loudest moment is brought to before noise is taken away, which was measured at that level; to the engine it
makes no difference."""
_MOST_DB = 40.0
_FORGOTTEN_DB = 6.0
"""With each utterance, of how loud somebody was."""


class Sound:
    """Of one utterance after the other: the same, or without the noise, of another loudness and a little later."""

    def __init__(self, decoders: Decoders, clock: Callable[[], float]) -> None:
        self._decoders = decoders
        self._clock = clock
        self._raw = bytearray()
        self._heard = bytearray()
        self._suppressor: NoiseSuppressor | None = None
        """There is one only while an utterance in noise is in progress: they are shared."""
        self._loudest_dbfs = SILENCE_DBFS
        self._gain_db = 0.0
        self.suppression_s = 0.0
        """Work on this utterance."""

    def __len__(self) -> int:
        """Bytes that are heard."""
        return len(self._heard)

    @property
    def came_s(self) -> float:
        return len(self._raw) / BYTES_PER_S

    @property
    def as_it_came(self) -> Pcm:
        return _samples(self._raw)

    def heard(self, size: int | None = None) -> Pcm:
        """All of it, or so many bytes."""
        return _samples(self._heard[:size])

    def begin(self, noisy: bool) -> None:
        """Another utterance. Raises SpeechError."""
        self._loudest_dbfs = max(loudest_dbfs(self.as_it_came), self._loudest_dbfs - _FORGOTTEN_DB)
        self._raw.clear()
        self._heard.clear()
        self.suppression_s = 0.0
        if noisy:
            self._take_suppressor(self._loudest_dbfs)

    def push(self, pcm: bytes) -> Pcm:
        """What is heard of it now."""
        self._raw += pcm
        return self._added(self._suppressed(_samples(pcm)))

    def take_noise_away(self) -> None:
        """From the beginning of the utterance on. Raises SpeechError."""
        self._take_suppressor(loudest_dbfs(self.as_it_came))
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

    def _take_suppressor(self, loudest: float) -> None:
        self._gain_db = min(_MOST_DB, _LEVEL_DBFS - loudest)
        self._suppressor = self._decoders.take_suppressor()

    def _suppressed(self, pcm: Pcm) -> Pcm:
        if not self._suppressor:
            return pcm
        began_s = self._clock()
        pcm = self._suppressor.push(amplified(pcm, self._gain_db))
        self.suppression_s += self._clock() - began_s
        return pcm

    def _added(self, pcm: Pcm) -> Pcm:
        self._heard += pcm.tobytes()
        return pcm


def _samples(pcm: bytes | bytearray) -> Pcm:
    return np.frombuffer(bytes(pcm), np.int16)
