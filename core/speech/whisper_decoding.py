"""Decoding with Whisper through faster-whisper: one window of sound in, words in one language out.

Its parts are used one by one instead of `transcribe`, which encodes the same sound twice when it is to find out the
language, and answers doubt with random sampling.
"""

import importlib
import math
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.errors import SpeechError
from core.languages import ANY_LANGUAGE
from core.speech.stretches import Decoded

_CODES = """
af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu hy id is it
ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd si sk sl sn
so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo zh yue
"""
LANGUAGES = tuple(_CODES.split())
SURE = 0.6
"""How probable a language must be to be taken for what is spoken rather than what was spoken before."""
NO_SPEECH = 0.6
DOUBTFUL_LOG = -1.0
"""Mean log-probability of a token. Below it, with that probability of no speech, there was none."""
INVENTED_LOG = -1.6
"""Below it the words are guesses, whatever the sound was."""
REPETITIVE = 2.4
"""Bytes of text to a byte of its compressed form: more is a model caught in a loop."""
TOKENS_PER_S = 10
"""More nobody speaks."""
FINAL_BEAM = 5
_SPARE_TOKENS = 16
_CREDITS = re.compile(r"\W*(thanks|thank you) (so much )?for watching\W*|\W*subtitles by\b.*", re.IGNORECASE)
"""What it learned from films and puts under music and silence."""
_FILES = ("model.bin", "config.json", "tokenizer.json")


def library(module: str = "") -> Any:
    """faster-whisper, which takes a second to import and need not be installed."""
    return importlib.import_module(f"faster_whisper.{module}".rstrip("."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the model made of a window of sound, before anybody doubts it."""

    text: str
    language: str
    mean_log: float
    """Of a token's probability."""
    no_speech: float


def believed(heard: Heard) -> bool:
    """There was speech, and these may be its words."""
    if heard.no_speech > NO_SPEECH and heard.mean_log < DOUBTFUL_LOG:
        return False
    return heard.mean_log >= INVENTED_LOG and not _CREDITS.fullmatch(heard.text.strip())


def repetitive(text: str) -> bool:
    written = text.encode()
    return len(written) / max(1, len(zlib.compress(written))) > REPETITIVE


def spoken(probabilities: Sequence[tuple[str, float]], expected: str) -> str:
    """The language, from the probability of each, most probable first."""
    code, probability = probabilities[0]
    return code if probability >= SURE or not expected else expected


class WhisperDecoder:
    """A loaded model. Used by one thread at a time; lets go of the interpreter lock while it computes."""

    def __init__(self, folder: Path, threads: int) -> None:
        """Takes a second or several. Raises SpeechError when the folder holds no model that can be used."""
        missing = [name for name in _FILES if not (folder / name).is_file()]
        if missing:
            raise SpeechError(f"{folder} holds no Whisper model ({missing[0]} is missing); correct WHISPER_MODEL")
        try:
            self._model: Any = library().WhisperModel(
                str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
            )
        except Exception as error:
            # The tokenizer's library raises plain Exception.
            raise SpeechError(f"the Whisper model in {folder} cannot be loaded ({_line(error)})") from error

    @property
    def multilingual(self) -> bool:
        return bool(self._model.model.is_multilingual)

    def decode(self, pcm: Pcm, language: str, expected: str, hotwords: str, *, final: bool) -> Decoded:
        """The words, or none where they would be invented. Raises SpeechError."""
        try:
            features = self._encoded(pcm)
            code = self._language(features, language, expected)
            seconds = len(pcm) / SPEECH_RATE_HZ
            heard = self._words(features, code, hotwords, seconds, beam=FINAL_BEAM if final else 1)
            if repetitive(heard.text) and final:
                heard = self._words(features, code, hotwords, seconds, beam=FINAL_BEAM, once=True)
        except (RuntimeError, ValueError) as error:
            raise SpeechError(f"Whisper failed ({_line(error)}); it is started again", retryable=True) from error
        if repetitive(heard.text) or not believed(heard):
            return Decoded(text="")
        text = " ".join(heard.text.split())
        named = heard.language if self.multilingual else ""
        return Decoded(text=text, confidence=math.exp(min(0.0, heard.mean_log)) if text else None, language=named)

    def hear(self, pcm: Pcm, language: str = ANY_LANGUAGE, hotwords: str = "") -> Heard:
        """What the model says, doubted by nobody."""
        features = self._encoded(pcm)
        code = self._language(features, language, "")
        return self._words(features, code, hotwords, len(pcm) / SPEECH_RATE_HZ, beam=1)

    def _encoded(self, pcm: Pcm) -> Any:
        extractor = self._model.feature_extractor
        # The last frame is the extractor's own padding.
        features = extractor(pcm.astype(np.float32) / 32768.0)[:, :-1]
        window = np.zeros((len(features), extractor.nb_max_frames), features.dtype)
        window[:, : features.shape[1]] = features[:, : extractor.nb_max_frames]
        return self._model.encode(window)

    def _language(self, encoded: Any, language: str, expected: str) -> str:
        if not self.multilingual:
            return "en"
        if language != ANY_LANGUAGE:
            return language
        found = self._model.model.detect_language(encoded)[0]
        return spoken([(token.strip("<|>"), probability) for token, probability in found], expected)

    def _words(
        self, encoded: Any, language: str, hotwords: str, seconds: float, *, beam: int, once: bool = False
    ) -> Heard:
        """`once`: nothing is said three words long twice."""
        tokenizer = library("tokenizer").Tokenizer(
            self._model.hf_tokenizer, self.multilingual, task="transcribe", language=language
        )
        prompt = self._model.get_prompt(tokenizer, [], without_timestamps=True, hotwords=hotwords or None)
        said = _SPARE_TOKENS + round(TOKENS_PER_S * seconds)
        result = self._model.model.generate(
            encoded,
            [prompt],
            beam_size=beam,
            # CTranslate2 lets no more than half of this be new.
            max_length=min(max(2 * said, len(prompt) + said), self._model.max_length),
            no_repeat_ngram_size=3 if once else 0,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_tokens=library("transcribe").get_suppressed_tokens(tokenizer, [-1]),
        )[0]
        tokens = result.sequences_ids[0]
        return Heard(
            text=tokenizer.decode(tokens),
            language=language,
            # The score is the mean over the tokens; the end is one more.
            mean_log=result.scores[0] * len(tokens) / (len(tokens) + 1),
            no_speech=result.no_speech_prob,
        )


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:160]
