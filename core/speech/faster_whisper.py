"""Whisper on this machine, through faster-whisper: int8 on the processor, in this process.

CTranslate2 lets go of the interpreter lock while it computes, so a thread does.
"""

import importlib.util
import os
import threading
from pathlib import Path

from core.calls.events import Party
from core.clock import Clock, SystemClock
from core.config import ROOT
from core.errors import SpeechError
from core.languages import ANY_LANGUAGE
from core.speech.base import READY, Capabilities, Known, OnFailure, OnHypothesis, Readiness, SpeechToText
from core.speech.hints import entries, reads_back
from core.speech.registry import EngineSettings
from core.speech.segmented import Decoders, SegmentedSession
from core.speech.stretches import Decoded, Sound
from core.speech.whisper_decoding import LANGUAGES, WhisperDecoder, library
from core.speech.whisper_weights import Hub, fetched, folder_of

HINT_CHARACTERS = 500
"""Of names and products given along: about half of what the model can take."""
_LIBRARY = "faster_whisper"
_NO_MODEL = "set WHISPER_MODEL to a model's name (small is a good one) or to the folder of one"
_NO_LIBRARY = "run: pip install -r requirements-whisper.txt"
_CLOSED = "speech recognition was shut down; restart Sidetone"


def create(settings: EngineSettings) -> "FasterWhisperEngine":
    cache = settings.cache or ROOT / "data" / "cache"
    return FasterWhisperEngine(settings.whisper_model, cache, threads=settings.workers)


class FasterWhisperEngine(SpeechToText):
    """One model and one decoding thread for all calls. Weights that are not there yet are fetched in the background."""

    name = "faster_whisper"

    def __init__(
        self, model: str, cache: Path, *, threads: int = 2, clock: Clock | None = None, endpoint: str | None = None
    ) -> None:
        """`model` is a name, a repository of the hub or a folder, which needs no network; empty is none."""
        self._model = model
        self._cache = cache
        self._threads = max(1, min(threads, os.cpu_count() or 1))
        self._clock = clock or SystemClock()
        self._hub = Hub(self._clock, endpoint)
        self._known = Known()
        self._decoders = Decoders(self.name, self._decode, self._clock)
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._preparing: threading.Thread | None = None
        self._fetching = False
        self._loaded: WhisperDecoder | None = None
        self._readiness = self._at_first()

    @property
    def capabilities(self) -> Capabilities:
        english = not self._loaded.multilingual if self._loaded else self._model.rstrip("/").endswith(".en")
        return Capabilities(
            partials=True,
            local=True,
            languages=("en",) if english else LANGUAGES,
            detects_language=not english,
            learns=True,
            writes=True,
            model=self._model,
        )

    @property
    def readiness(self) -> Readiness:
        return self._readiness

    def warm_up(self) -> None:
        """Fetch the weights unless they are here, and load them. Again after a failure: what had come is kept."""
        with self._changed:
            if self._preparing or self._loaded or self._stop.is_set() or not self._usable():
                return
            self._fetching = not self._here()
            self._readiness = Readiness(state="preparing", message="the Whisper model is being loaded")
            self._preparing = threading.Thread(target=self._prepare, name="whisper-model", daemon=True)
            self._preparing.start()

    def learn(self, known: Known) -> None:
        self._known = known

    def open(
        self, party: Party, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ANY_LANGUAGE
    ) -> SegmentedSession:
        """A session opened while the model is being loaded waits for it; while it is being fetched there is none."""
        if not self.capabilities.serves(language):
            raise SpeechError(f"this Whisper model does not know the language {language!r}; see WHISPER_MODEL")
        self.warm_up()
        if not self._usable():
            raise SpeechError(self._readiness.message)
        if self._fetching and not self._loaded:
            raise SpeechError("the Whisper model is being fetched", retryable=True)
        return self._decoders.open(on_hypothesis, on_failure, language)

    def close(self) -> None:
        """A fetch under way stops; what has come is kept."""
        self._stop.set()
        self._decoders.close()
        with self._changed:
            self._changed.notify_all()

    def _at_first(self) -> Readiness:
        if not self._model:
            return Readiness(state="unavailable", message=_NO_MODEL)
        if importlib.util.find_spec(_LIBRARY) is None:
            return Readiness(state="unavailable", message=_NO_LIBRARY)
        message = f"the Whisper model is {'loaded' if self._here() else 'fetched'} when a call first asks for it"
        return Readiness(state="preparing", message=message, again=True)

    def _usable(self) -> bool:
        return bool(self._model) and importlib.util.find_spec(_LIBRARY) is not None

    def _here(self) -> bool:
        return Path(self._model).is_dir() or fetched(folder_of(self._model, self._cache))

    def _repo(self) -> str:
        """Of the hub. Raises SpeechError when no model has that name."""
        if "/" in self._model:
            return self._model
        utils = library("utils")
        if self._model not in utils._MODELS:
            names = ", ".join(utils.available_models())
            raise SpeechError(f"there is no Whisper model called {self._model!r}; set WHISPER_MODEL to one of: {names}")
        return str(utils._MODELS[self._model])

    def _prepare(self) -> None:
        """A thread of its own: until the model is loaded, or cannot be."""
        loaded: WhisperDecoder | None = None
        readiness = READY
        try:
            loaded = WhisperDecoder(self._folder(), self._threads)
        except SpeechError as error:
            readiness = Readiness(state="failed", message=str(error), again=True)
        with self._changed:
            self._loaded, self._readiness = loaded, readiness
            self._preparing = None
            self._fetching = False
            self._changed.notify_all()

    def _folder(self) -> Path:
        """Where the weights are, fetched if need be. Raises SpeechError."""
        if Path(self._model).is_dir():
            return Path(self._model)
        folder = folder_of(self._model, self._cache)
        if not fetched(folder):
            self._come(0.0)
            self._hub.fetch(self._hub.revision(self._repo()), folder, self._come, self._stop)
        return folder

    def _come(self, progress: float) -> None:
        message = f"the Whisper model {self._model} is being fetched"
        self._readiness = Readiness(state="preparing", message=message, progress=progress)

    def _decode(self, sound: Sound) -> Decoded:
        """Called from the decoding thread."""
        with self._changed:
            self._changed.wait_for(lambda: self._loaded or not self._preparing or self._stop.is_set())
            loaded = self._loaded
        if loaded is None:
            raise SpeechError(_CLOSED if self._stop.is_set() else self._readiness.message)
        given = entries(self._known, HINT_CHARACTERS)
        decoded = loaded.decode(sound.pcm, sound.language, sound.expected, ", ".join(given), final=sound.final)
        return Decoded(text="") if reads_back(decoded.text, given) else decoded
