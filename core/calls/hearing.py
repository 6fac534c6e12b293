"""The engine that hears a leg, and whichever takes its place when it fails."""

import logging
import math
from collections.abc import Callable, Sequence

from core.audio.frames import Pcm
from core.calls.events import Event, Party, ProviderFailed, SpeechEngineChanged
from core.calls.spoken import Spoken
from core.errors import SpeechError
from core.languages import ANY_LANGUAGE
from core.speech.base import OnHypothesis, SpeechSession, SpeechToText
from core.speech.engines import Choose

log = logging.getLogger(__name__)
NO_ENGINE = "speech"
"""What stands as the provider when there is none: the same for both parties, of whom one may tell it."""
RETRIES = 2
RETRIES_OVER_S = 60.0
"""An engine that fails more often than that in so much sound is left for another."""
DEAF_S, LONGEST_DEAF_S = 15.0, 60.0
"""When no engine is left, one is tried again after so much sound, then after twice as much, up to that."""
Append = Callable[[Event, float], object]
"""Called with an event and its offset in seconds; safe from any thread."""
Unsettled = Callable[[], Sequence[tuple[str, Spoken]]]
"""The utterances without a final, by their ids."""


class Hearing:
    """A session with an engine, or none while no engine serves. Owned by the leg's thread."""

    def __init__(
        self,
        party: Party,
        choose: Choose,
        on_hypothesis: OnHypothesis,
        append: Append,
        language: str = ANY_LANGUAGE,
        otherwise: SpeechToText | None = None,
        *,
        live: bool = False,
    ) -> None:
        """`otherwise` serves when no engine does as the call begins; without it that raises SpeechError."""
        self._party: Party = party
        self._choose = choose
        self._on_hypothesis = on_hypothesis
        self._append = append
        self._language = language
        self._live = live
        self._error: Exception | None = None
        self._failures: list[tuple[str, float]] = []
        """Names of engines and when they failed."""
        self._given_up: set[str] = set()
        self._deaf_s = 0.0
        self._deaf_until_s = math.inf
        self._session: SpeechSession | None = None
        try:
            self.engine = choose(())
            self._session = self._open()
        except SpeechError as none_serves:
            if otherwise is None:
                raise
            self.engine = otherwise
            self._session = self._open()
            message = f"This call goes on without a transcript: {none_serves}."
            append(ProviderFailed(provider=NO_ENGINE, message=message), 0.0)

    @property
    def broken(self) -> bool:
        """The engine has failed and nothing was done about it yet."""
        return self._error is not None

    def begin(self, utterance_id: str, start_s: float) -> None:
        if self._session is not None:
            self._session.begin(utterance_id, start_s)

    def push(self, pcm: Pcm) -> None:
        if self._session is not None:
            self._session.push(pcm)

    def pause(self) -> None:
        if self._session is not None:
            self._session.pause()

    def end(self) -> bool:
        """Whether an engine will settle the utterance."""
        if self._session is None:
            return False
        self._session.end()
        return True

    def drain(self, timeout_s: float) -> None:
        if self._session is not None:
            self._session.drain(timeout_s)

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def mend(self, position_s: float, unsettled: Unsettled) -> bool:
        """Replace a session that broke and let the new one hear what was not settled; False when no engine is left.

        One that was tried without success is tried again when enough of the call has passed.
        """
        if self._error is not None:
            return self._replace(self._error, position_s, unsettled)
        if self._session is None and position_s >= self._deaf_until_s:
            self._try_again(position_s)
        return True

    def _failed(self, error: Exception) -> None:
        """Called from the engine's thread; the leg's own deals with it at the next chunk."""
        self._error = error

    def _open(self) -> SpeechSession:
        """A session with the engine chosen, or with the next. Raises SpeechError when none serves."""
        while True:
            try:
                session = self.engine.open(self._party, self._on_hypothesis, self._failed, self._language)
                session.live = self._live
                return session
            except SpeechError as error:
                log.warning("%s cannot serve the %s's leg: %s", self.engine.name, self._party, error)
                self._given_up.add(self.engine.name)
                self.engine = self._choose(self._given_up)

    def _replace(self, error: Exception, position_s: float, unsettled: Unsettled) -> bool:
        self._error = None
        broken = self.engine.name
        log.warning("%s failed on the %s's leg: %s", broken, self._party, error)
        self.close()
        outcome = self._reopened(broken, position_s, retryable=getattr(error, "retryable", False))
        failed = ProviderFailed(
            provider=broken,
            message=f"Speech recognition by {broken} failed for the {self._party} ({error}): {outcome}.",
            retryable=self._session is not None,
        )
        self._append(failed, position_s)
        if self._session is None:
            return False
        if self.engine.name != broken:
            changed = SpeechEngineChanged(party=self._party, engine=self.engine.name, reason=str(error))
            self._append(changed, position_s)
        _hear_again(self._session, unsettled())
        return True

    def _reopened(self, broken: str, position_s: float, *, retryable: bool) -> str:
        """Open the same engine or the next; what came of it, in words."""
        self._failures.append((broken, position_s))
        recent = [at_s for name, at_s in self._failures if name == broken and position_s - at_s <= RETRIES_OVER_S]
        try:
            if not retryable or len(recent) > RETRIES:
                self._given_up.add(broken)
                self.engine = self._choose(self._given_up)
            self._session = self._open()
        except SpeechError as none_left:
            self._deaf_s = min(2 * self._deaf_s, LONGEST_DEAF_S) if self._deaf_s else DEAF_S
            self._deaf_until_s = position_s + self._deaf_s
            return f"words are missing until it is tried again in {self._deaf_s:.0f} s ({none_left})"
        if self.engine.name != broken:
            return f"{self.engine.name} goes on in its place"
        return "it was started again"

    def _try_again(self, position_s: float) -> None:
        """The last engine may serve again by now. What was said meanwhile stays lost."""
        self._deaf_until_s = math.inf
        self._given_up.clear()
        self._failures.clear()
        try:
            self._session = self._open()
        except SpeechError as error:
            self._error = error
            return
        changed = SpeechEngineChanged(party=self._party, engine=self.engine.name, reason="it is tried again")
        self._append(changed, position_s)


def _hear_again(session: SpeechSession, unsettled: Sequence[tuple[str, Spoken]]) -> None:
    for utterance_id, spoken in unsettled:
        session.begin(utterance_id, spoken.start_s)
        for pcm in spoken.again():
            session.push(pcm)
        if spoken.end_s is not None:
            session.end()
