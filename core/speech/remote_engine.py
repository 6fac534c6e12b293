"""What engines that are talked to over a connection per session have in common."""

import asyncio
import threading
from abc import abstractmethod
from collections.abc import Callable

from core.calls.events import Party
from core.clock import Clock, SystemClock
from core.errors import SpeechError
from core.languages import ANY_LANGUAGE
from core.speech.base import READY, OnFailure, OnHypothesis, Readiness, SpeechToText
from core.speech.dialogue import Remote
from core.speech.network import Network
from core.speech.remote import RemoteSession
from core.speech.remote_errors import Refused


class RemoteEngine(SpeechToText):
    """An engine that is talked to over connections of its own, one per session."""

    def __init__(
        self,
        *,
        missing: str,
        keyless: bool,
        clock: Clock | None,
        network: Network | None,
        jitter: Callable[[], float],
    ) -> None:
        """`missing` is what has to be set before it is ready; `keyless`, that it may be tried without.

        The engine closes its network.
        """
        self._missing = missing
        self._keyless = keyless
        self._refused = ""
        self._network = network or Network(self.name, clock or SystemClock())
        self._jitter = jitter
        self._loading = threading.Lock()
        self._loaded = False

    @property
    def readiness(self) -> Readiness:
        if self._missing:
            return Readiness(state="unavailable", message=self._missing, by_name=self._keyless and not self._refused)
        return Readiness(state="failed", message=self._refused) if self._refused else READY

    def warm_up(self) -> None:
        """Load the libraries, which takes a good part of a second."""
        if not (self._refused or (self._missing and not self._keyless)):
            self._network.run(self.loaded)

    async def loaded(self) -> None:
        """Libraries are loaded on a thread of their own: on the network's, they would hold up every session."""
        if not self._loaded:
            await asyncio.to_thread(self._load_once)

    def open(
        self, party: Party, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ANY_LANGUAGE
    ) -> RemoteSession:
        """Raises SpeechError when something is missing, when the key was refused, and when closed."""
        if why_not := self._refused or ("" if self._keyless else self._missing):
            raise SpeechError(why_not)

        def failed(error: Exception) -> None:
            if isinstance(error, Refused):
                self._refused = str(error)
            on_failure(error)

        return RemoteSession(self._network, self._remote(language), on_hypothesis, failed, self._jitter)

    def close(self) -> None:
        """Sessions still open fail."""
        self._network.close()

    def _load_once(self) -> None:
        with self._loading:
            if not self._loaded:
                self._load()
                self._loaded = True

    @abstractmethod
    def _load(self) -> None:
        """Import what the first connection would have to wait for."""

    @abstractmethod
    def _remote(self, language: str) -> Remote:
        """How one session talks to the engine."""
