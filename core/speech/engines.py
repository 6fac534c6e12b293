"""The speech engines of a process: which there are, which are ready, and which one a call is to use."""

import threading
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass

from core.clock import Clock
from core.errors import ConfigurationError, SpeechError
from core.languages import ANY_LANGUAGE, NAMES, language_name
from core.speech.base import Capabilities, Known, Readiness, SpeechToText
from core.speech.registry import EngineSettings, engine_from

AUTO = "auto"
BEST_FIRST = ("deepgram", "openai", "faster_whisper", "pocketsphinx")
"""What `auto` tries, one after the other. The last is always there: it serves while the one asked for gets ready."""
REST_S = 60.0
"""How long `auto` begins no call with an engine that has just failed."""
Choose = Callable[[Collection[str]], SpeechToText]
"""The engine for one party of a call, given those that failed there. Raises SpeechError when none is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An engine as the settings page shows it."""

    name: str
    capabilities: Capabilities
    readiness: Readiness
    rests_s: float
    """How much longer `auto` leaves it alone because it failed."""


class Engines:
    """Makes engines when they are first asked for, and keeps them. May be called from any thread."""

    def __init__(self, settings: EngineSettings, clock: Clock, configured: str = AUTO) -> None:
        self.configured = configured
        self._settings = settings
        self._clock = clock
        self._engines: dict[str, SpeechToText] = {}
        self._failed_s: dict[str, float] = {}
        self._known: Known | None = None
        self._lock = threading.RLock()
        if configured != AUTO:
            self.engine(configured)

    def use(self, engine: SpeechToText) -> None:
        """Have every call use an engine that was made elsewhere, unless it asks for another."""
        with self._lock:
            self._engines[engine.name] = engine
            self.configured = engine.name

    def engine(self, name: str) -> SpeechToText:
        """Raises ConfigurationError when there is none of that name or its settings do not do."""
        with self._lock:
            if name not in self._engines:
                self._engines[name] = engine = engine_from(name, self._settings)
                if self._known is not None:
                    engine.learn(self._known)
            return self._engines[name]

    def names(self) -> list[str]:
        """What a call may ask for."""
        return [*BEST_FIRST, *(name for name in self._engines if name not in BEST_FIRST)]

    def chooser(self, name: str = "", language: str = ANY_LANGUAGE) -> Choose:
        """How a party of a call that asks for `name` and speaks `language` finds its engine, and the next: the one
        asked for, the one configured, and while either gets ready the embedded one."""

        def choose(failed: Collection[str]) -> SpeechToText:
            self._note(failed)
            return self._next(name, language, failed)

        return choose

    def languages(self) -> list[str]:
        """Those that a call beginning now would be understood in, of the ones calls may be said to be in."""
        return [code for code in NAMES if self._served(code)]

    @property
    def serving(self) -> str:
        """The engine a call gets that begins now and asks for none; empty where there is none."""
        engine = self._served(ANY_LANGUAGE)
        return engine.name if engine else ""

    def listed(self) -> list[Listed]:
        """Every engine there is, best first, as of now."""
        return [
            Listed(name=name, capabilities=engine.capabilities, readiness=engine.readiness, rests_s=self._rests_s(name))
            for name, engine in self._all(self.names())
        ]

    def learn(self, known: Known) -> None:
        """Expect these names and products in every engine that can. Returns at once."""
        with self._lock:
            if known == self._known:
                return
            self._known = known
            engines = list(self._engines.values())
        for engine in engines:
            engine.learn(known)

    def warm_up(self) -> None:
        """Let what calls may use get ready. Returns at once."""
        for _, engine in self._all(BEST_FIRST if self.configured == AUTO else (self.configured,)):
            engine.warm_up()
        if self.configured != AUTO and self._prepares(self.configured):
            self.engine(BEST_FIRST[-1]).warm_up()

    def close(self) -> None:
        with self._lock:
            engines = list(self._engines.values())
        for engine in engines:
            engine.close()

    def _next(self, name: str, language: str, failed: Collection[str]) -> SpeechToText:
        asked = [name, self.configured] if name else [self.configured]
        for each in asked:
            if each == AUTO:
                return self._best(language, failed)
            if each not in failed:
                return self._named(each, language)
        embedded = BEST_FIRST[-1]
        if embedded not in failed and any(map(self._prepares, asked)):
            return self._named(embedded, language)
        raise SpeechError("set STT=auto, and another engine goes on where one fails")

    def _note(self, failed: Collection[str]) -> None:
        """Have `auto` leave these alone for a while; one that gets ready has not failed."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            self._failed_s.update({name: now_s for name in failed if not self._prepares(name)})

    def _prepares(self, name: str) -> bool:
        return self.engine(name).readiness.state == "preparing"

    def _named(self, name: str, language: str) -> SpeechToText:
        try:
            engine = self.engine(name)
        except ConfigurationError as error:
            raise SpeechError(str(error)) from error
        if not engine.capabilities.serves(language):
            named = language_name(language)
            raise SpeechError(f"{name} does not know {named}; choose another engine, or set STT=auto")
        return engine

    def _served(self, language: str) -> SpeechToText | None:
        """The engine of a call in that language which begins now and asks for none."""
        passed: set[str] = set()
        with suppress(SpeechError):
            while True:
                engine = self._next("", language, passed)
                ready = engine.readiness
                if ready.state == "ready" or (ready.by_name and engine.name == self.configured):
                    return engine
                passed.add(engine.name)
        return None

    def _best(self, language: str, failed: Collection[str]) -> SpeechToText:
        ready = [
            (name, engine)
            for name, engine in self._all(BEST_FIRST)
            if name not in failed and engine.readiness.state == "ready" and engine.capabilities.serves(language)
        ]
        if not ready:
            raise SpeechError(f"no speech engine is ready for {_named(language)}; see Settings for what each needs")
        # One that has just failed is better than none.
        return min(ready, key=lambda found: self._rests_s(found[0]) > 0)[1]

    def _rests_s(self, name: str) -> float:
        failed_s = self._failed_s.get(name)
        return 0.0 if failed_s is None else max(0.0, failed_s + REST_S - self._clock.monotonic_s())

    def _all(self, names: Iterable[str]) -> list[tuple[str, SpeechToText]]:
        return [(name, self.engine(name)) for name in names]


def only(engine: SpeechToText) -> Choose:
    """That engine, and no other when it fails."""

    def choose(failed: Collection[str]) -> SpeechToText:
        if engine.name in failed:
            raise SpeechError("there is no other speech engine")
        return engine

    return choose


def _named(language: str) -> str:
    return "this call" if language == ANY_LANGUAGE else language_name(language)
