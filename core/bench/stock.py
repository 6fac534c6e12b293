"""PocketSphinx as it comes out of its wheel, to compare with: its defaults, its front end, its language model."""

import time
from collections.abc import Callable

from pocketsphinx import Decoder

from core.audio.frames import Pcm
from core.calls.events import Party
from core.languages import ANY_LANGUAGE
from core.speech.base import Capabilities, Hypothesis, OnFailure, OnHypothesis, SpeechSession, SpeechToText
from core.speech.pocketsphinx_decoders import words


class StockEngine(SpeechToText):
    """Decodes on the thread that pushes, with one decoder for one session after the other."""

    name = "stock"
    capabilities = Capabilities(partials=True, local=True, languages=("en",))

    def __init__(self) -> None:
        self._decoder = Decoder(loglevel="FATAL")

    def open(
        self, party: Party, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ANY_LANGUAGE
    ) -> "StockSession":
        # Forgets the mean and the noise of whoever spoke before.
        self._decoder.reinit_feat()
        return StockSession(self._decoder, on_hypothesis)

    def close(self) -> None:
        """There is nothing to give back."""


class StockSession(SpeechSession):
    """See `SpeechSession`; callbacks run on the thread that pushes."""

    def __init__(self, decoder: Decoder, on_hypothesis: Callable[[Hypothesis], None]) -> None:
        self._decoder = decoder
        self._on_hypothesis = on_hypothesis
        self._utterance_id = ""
        self._spent_s = 0.0

    def begin(self, utterance_id: str, start_s: float) -> None:
        self._utterance_id = utterance_id
        self._decoder.start_utt()

    def push(self, pcm: Pcm) -> None:
        begun_s = time.perf_counter()
        self._decoder.process_raw(pcm.tobytes())
        self._spent_s += time.perf_counter() - begun_s
        self._say(final=False)

    def end(self) -> None:
        begun_s = time.perf_counter()
        self._decoder.end_utt()
        self._spent_s += time.perf_counter() - begun_s
        self._say(final=True)

    def drain(self, timeout_s: float) -> bool:
        return True

    def close(self) -> None:
        """There is nothing to give back."""

    def _say(self, *, final: bool) -> None:
        hypothesis = self._decoder.hyp()
        text = words(hypothesis.hypstr) if hypothesis else ""
        spent_ms, self._spent_s = 1000 * self._spent_s, 0.0
        self._on_hypothesis(Hypothesis(utterance_id=self._utterance_id, text=text, final=final, decode_ms=spent_ms))
