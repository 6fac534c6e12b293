"""PocketSphinx's decoders, and what takes noise away before they hear: made, kept, and taken through an utterance.

What takes long is done in steps, between which the worker does a step for somebody else.
"""

import math
import re
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pocketsphinx import Decoder

from core.audio.noise_suppression import NoiseSuppressor
from core.speech.acoustic_model import AcousticModel
from core.speech.features import CEPSTRA, Array, Band, cepstra
from core.speech.models import NETWORK, Models
from core.speech.rescoring import Rescoring
from core.speech.sentence_network import Network
from core.speech.speaker_adaptation import Adaptation
from core.speech.vocal_tract import VocalTract
from core.speech.word_lattice import LOG_BASE

Steps = Iterator[None]

_NOT_WORDS = re.compile(r"\(\d+\)$|^[<\[].*[>\]]$|^\+\+.*\+\+$")
_AT_ONCE = 3
"""Frames handed over together. PocketSphinx 5.1.1 loses its place in its ring buffer when it gets more than five."""
_LIFT = np.append(60.0, np.zeros(CEPSTRA - 1))
"""PocketSphinx takes a negative energy for a broken frame; very quiet sound has one. It goes with the mean."""
_STEP_FRAMES = 40
"""Frames decoded in a step: 0.4 s of sound, some 50 to 100 ms of work. Shorter steps for sessions in turns cost more,
because each finds little of its models in the processor's cache."""
SMALL_STEP_FRAMES = 15
"""In a step of what can wait: sound that comes meanwhile waits for no more than that."""
USUAL, QUICK, SHORT_ANSWERS = "_default", "quick", "short answers"
"""A decoder's searches. PocketSphinx calls its own so."""
_STATES, _STATES_QUICK, _STATES_AGAIN = 10_000, 2_000, 5_000
"""Active ones at most. The quick search takes two thirds of the time; measured, errors 9.9 → 11.2 %."""
_READY = 2
"""Decoders for the first call: one hears, the other catches up with a better mean."""
_MUST_BE_LIKELIER = 200.0
"""By how much, in PocketSphinx's logarithm (base 1.0001), an utterance has to be likelier as one of the short answers
than as anything else: they are taken to be all that anybody says. Found with short answers, and things as short that
are none, by four voices of a synthesiser, clear and through a telephone."""


class Pair(NamedTuple):
    """Two decoders that know one voice."""

    usual: Decoder
    again: Decoder
    """For what is heard again."""


class Found(NamedTuple):
    """What was heard."""

    text: str
    confidence: float | None
    """The mean of the words' posterior probabilities."""
    answer: bool = False
    """As one of the short answers."""


def words(hypothesis: str) -> str:
    """What was said, without PocketSphinx's marks: `<sil> i'm sarah(2) [SPEECH]` is `i'm sarah`."""
    cleaned = (_NOT_WORDS.sub("", word) for word in hypothesis.split())
    return " ".join(word for word in cleaned if word)


def create_decoder(models: Models | None = None, band: Band = "wide", means: Path | None = None) -> Decoder:
    """A decoder with a wider beam than PocketSphinx's own, and one search pass; with `means`, for one voice.

    Measured on call-center sentences and read speech, the wider beam takes a quarter of the errors for a third more
    work; capping the active states bounds the slowest utterances and costs nothing. The second pass takes a sixth, but
    starts only when the speech is over and would triple the wait for the final words.
    """
    return _decoder(models, band, fwdflat=False, maxhmmpf=_STATES, **_own(means))


def create_second_decoder(models: Models | None, band: Band, means: Path | None = None) -> Decoder:
    """One for what is heard again, which can also listen for short answers alone; with `means`, for one voice, it
    cannot.

    It has to be done in the silence after the speech. With half the active states its first pass takes four fifths of
    the time, and a second pass that looks further than PocketSphinx's own mends more than that loses.
    """
    own = _own(means)
    decoder = _decoder(models, band, fwdflat=True, maxhmmpf=_STATES_AGAIN, fwdflatbeam=1e-80, fwdflatwbeam=1e-40, **own)
    if models and not means:
        decoder.add_lm_file(SHORT_ANSWERS, str(models.short_answers))
    return decoder


def _own(means: Path | None) -> dict[str, str | float]:
    return {"mean": str(means)} if means else {}


def _decoder(models: Models | None, band: Band, **options: float | str) -> Decoder:
    files: dict[str, str] = {}
    if models:
        means, variances = models.gaussians(band)
        paths = {"lm": models.language, "dict": models.dictionary, "mean": means, "var": variances}
        files = {name: str(path) for name, path in paths.items()}
    return Decoder(loglevel="FATAL", beam=1e-60, pbeam=1e-60, **(files | options))


class Decoders:
    """The decoders of one set of models: those that nobody is using, and one per band for what is heard again.

    Each takes 100 MB and a third of a second, so utterances share them, and what is heard again waits for its turn.
    """

    def __init__(self, models: Models | None) -> None:
        self.models = models
        self.hearing_again = False
        """Somebody is at it."""
        self.catching_up = False
        """Likewise with a better mean; whoever sets it clears it."""
        self._spare: dict[Band, list[Decoder]] = {"wide": [], "telephone": []}
        self._for_again: dict[Band, Decoder] = {}
        self._suppressors: list[NoiseSuppressor] = []
        self._vocal_tracts: dict[Band, VocalTract] = {}
        self._acoustic: dict[Band, AcousticModel] = {}
        self._rescoring: Rescoring | None = None

    @property
    def rescoring(self) -> Rescoring | None:
        """None with the stock models, which are left as they come. Raises SpeechError."""
        if self.models and self._rescoring is None:
            self._rescoring = Rescoring(Network.load(NETWORK), self.models.names())
        return self._rescoring

    @property
    def bands(self) -> tuple[Band, ...]:
        return ("wide", "telephone") if self.models else ("wide",)

    def warm_up(self) -> Steps:
        """Make what the first call needs and is not there, what it needs first first; whoever cannot wait makes their
        own."""
        while len(self._spare["wide"]) < _READY:
            self.give_back("wide", create_decoder(self.models))
            yield
            self.vocal_tract("wide")
            yield
        if "wide" not in self._for_again and not self.hearing_again:
            self._for_again["wide"] = create_second_decoder(self.models, "wide")
            yield
        _ = self.rescoring

    def vocal_tract(self, band: Band) -> VocalTract | None:
        """None for the stock models, which are left as they come."""
        if self.models and band not in self._vocal_tracts:
            self._vocal_tracts[band] = VocalTract(self._acoustic_model(self.models, band), band)
        return self._vocal_tracts.get(band)

    def adaptation(self, band: Band) -> Adaptation | None:
        """To a voice of which nothing is known; None with the stock models, which are left as they come."""
        return Adaptation(self._acoustic_model(self.models, band)) if self.models else None

    def make_own(self, band: Band, adaptation: Adaptation) -> Generator[None, None, Pair]:
        """Decoders for one party."""
        with tempfile.TemporaryDirectory(prefix="sidetone-voice-") as folder:
            means = Path(folder) / "means"
            adaptation.write_means(means)
            usual = create_decoder(self.models, band, means)
            yield
            return Pair(usual, create_second_decoder(self.models, band, means))

    def _acoustic_model(self, models: Models, band: Band) -> AcousticModel:
        if band not in self._acoustic:
            self._acoustic[band] = models.acoustic(band)
        return self._acoustic[band]

    def take(self, band: Band) -> Decoder:
        spare = self._spare[band]
        return spare.pop() if spare else create_decoder(self.models, band)

    def give_back(self, band: Band, decoder: Decoder) -> None:
        self._spare[band].append(decoder)

    def take_suppressor(self) -> NoiseSuppressor:
        """Raises SpeechError."""
        return self._suppressors.pop() if self._suppressors else NoiseSuppressor()

    def give_back_suppressor(self, suppressor: NoiseSuppressor) -> None:
        """One that has finished its stream."""
        self._suppressors.append(suppressor)

    def heard_again(self, band: Band, logs: Array, mean: Array, short: bool) -> Generator[None, None, Found]:
        """See `hear_all`; to be begun while nobody else is at it. One that is given up leaves its decoder as it was."""
        self.hearing_again = True
        # One that fails is not given back, so the next gets a new one.
        decoder = self._for_again.pop(band, None) or create_second_decoder(self.models, band)
        try:
            found = yield from hear_all(decoder, logs, mean, band, self.rescoring, short=short)
            self._for_again[band] = decoder
            return found
        except GeneratorExit:
            self._for_again[band] = decoder
            raise
        finally:
            self.hearing_again = False


def given_up(steps: Generator[None, None, None] | None) -> None:
    """End them where they are."""
    if steps:
        steps.close()


def start(decoder: Decoder, mean: Array, band: Band, search: str = USUAL) -> None:
    _activate(decoder, search)
    decoder.set_cmn(",".join(f"{value:.4f}" for value in cepstra(mean, band) + _LIFT))
    decoder.start_utt()


def _activate(decoder: Decoder, search: str) -> None:
    if search == decoder.current_search():
        return
    if search == QUICK and decoder.get_lm(QUICK) is None:
        # A search keeps the options of when it was added. Each takes 50 MB, so only decoders that need it have one.
        decoder.config["maxhmmpf"] = _STATES_QUICK
        decoder.add_lm(QUICK, decoder.get_lm(USUAL))
    decoder.activate_search(search)


def decode(decoder: Decoder, logs: Array, band: Band, step_frames: int = _STEP_FRAMES) -> Steps:
    frames = (cepstra(logs, band) + _LIFT).astype(np.float32)
    for begin in range(0, len(frames), step_frames):
        if begin:
            yield
        step = frames[begin : begin + step_frames]
        for at in range(0, len(step), _AT_ONCE):
            decoder.process_cep(step[at : at + _AT_ONCE].tobytes())


def finish(decoder: Decoder, logs: Array, band: Band) -> Steps:
    yield from decode(decoder, _behind(logs), band)
    decoder.end_utt()


def _behind(logs: Array) -> Array:
    """The differences of the last frames reach three frames ahead."""
    return np.repeat(logs[-1:], 3, axis=0)


def hear_all(
    decoder: Decoder, logs: Array, mean: Array, band: Band, rescoring: Rescoring | None, *, short: bool
) -> Generator[None, None, Found]:
    """The words of a whole utterance; a `short` one is also heard as a short answer."""
    yield from _through(decoder, logs, mean, band)
    likelihood = _likelihood(decoder)
    found = yield from considered(decoder, result(decoder), rescoring)
    if short and likelihood is not None:
        yield
        yield from _through(decoder, logs, mean, band, SHORT_ANSWERS)
        as_answer = _likelihood(decoder)
        if as_answer is not None and as_answer - likelihood >= _MUST_BE_LIKELIER:
            found = result(decoder)._replace(answer=True)
    return found


def considered(decoder: Decoder, found: Found, rescoring: Rescoring | None) -> Generator[None, None, Found]:
    """What the decoder found, or what is likelier as a whole."""
    if rescoring is None or not found.text:
        return found
    yield
    text = yield from rescoring.best(decoder, decoder.get_lm(USUAL))
    return found._replace(text=text or found.text)


def _through(decoder: Decoder, logs: Array, mean: Array, band: Band, search: str = USUAL) -> Steps:
    start(decoder, mean, band, search)
    try:
        yield from decode(decoder, logs, band, SMALL_STEP_FRAMES)
        yield from decode(decoder, _behind(logs), band)
    finally:
        decoder.end_utt()


def _likelihood(decoder: Decoder) -> float | None:
    """Of the words found, in PocketSphinx's logarithm; None where there are none."""
    hypothesis = decoder.hyp()
    if hypothesis is None or not words(hypothesis.hypstr) or hypothesis.best_score <= 0:
        return None
    return math.log(hypothesis.best_score) / LOG_BASE


def words_so_far(decoder: Decoder) -> str:
    hypothesis = decoder.hyp()
    return words(hypothesis.hypstr) if hypothesis else ""


def result(decoder: Decoder) -> Found:
    spoken = [(words(segment.word), segment.prob) for segment in decoder.seg() or ()]
    spoken = [(word, min(1.0, probability)) for word, probability in spoken if word]
    if not spoken:
        return Found("", None)
    text = " ".join(word for word, _ in spoken)
    return Found(text, sum(probability for _, probability in spoken) / len(spoken))
