"""The engine that hears a leg, and whichever takes its place when it fails or is not ready yet."""

import logging
import math
from collections.abc import Callable, Collection, Sequence

from core.audio.frames import Pcm
from core.calls.events import Event, Party, ProviderFailed, SpeechEngineChanged
from core.calls.spoken import Spoken
from core.errors import SpeechError
from core.languages import ANY_LANGUAGE
from core.speech.base import OnHypothesis, SpeechSession, SpeechToText
from core.speech.engines import Choose

log = logging.getLogger(__name__)
SPEECH = "speech"
"""The provider of what both parties' legs find alike, and of whom one may tell it."""
RETRIES = 2
RETRIES_OVER_S = 60.0
"""An engine that fails more often than that in so much sound is left for another."""
DEAF_S, LONGEST_DEAF_S = 15.0, 60.0
"""When no engine is left, it is tried again after so much sound, then after twice as much, up to that."""
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
        """`otherwise` stands in when no engine serves as the call begins; without it that raises SpeechError."""
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
        self._awaited: SpeechToText | None = None
        """Was passed over because it still gets ready; has its turn as soon as it is."""
        self._deaf_s = 0.0
        self._deaf_until_s = math.inf
        self._session: SpeechSession | None = None
        told: list[Event] = []
        try:
            self.engine, self._session = self._opened(told)
        except SpeechError as none_serves:
            if otherwise is None:
                raise
            self.engine = otherwise
            self._session = self._open(otherwise)
            self._rest(0.0)
            message = f"This call goes on without a transcript: {none_serves}."
            told.append(ProviderFailed(provider=SPEECH, message=message))
        self._tell(told, 0.0)

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

        Where none serves it is tried again from time to time, and one that was not ready has its turn once it is.
        """
        if self._error is not None:
            return self._replace(self._error, position_s, unsettled)
        if self._awaited is not None and self._awaited.readiness.state == "ready":
            if self._is_deaf or not unsettled():
                self._try_again(position_s, unsettled, "it is ready now")
        elif position_s >= self._deaf_until_s:
            self._try_again(position_s, unsettled, "it is tried again")
        return True

    @property
    def _is_deaf(self) -> bool:
        return self._deaf_until_s < math.inf

    def _failed(self, error: Exception) -> None:
        """Called from the engine's thread; the leg's own deals with it at the next chunk."""
        self._error = error

    def _open(self, engine: SpeechToText) -> SpeechSession:
        session = engine.open(self._party, self._on_hypothesis, self._failed, self._language)
        session.live = self._live
        return session

    def _opened(self, told: list[Event], engine: SpeechToText | None = None) -> tuple[SpeechToText, SpeechSession]:
        """A session with `engine`, or with the one to choose, or the next that can be opened; `told` gets why others
        were passed over. Raises SpeechError, which says why, when none serves."""
        engine = engine or self._choose(self._given_up)
        while True:
            try:
                return engine, self._open(engine)
            except SpeechError as error:
                log.warning("%s cannot serve the %s's leg: %s", engine.name, self._party, error)
                if engine.readiness.state == "preparing":
                    self._awaited = self._awaited or engine
                self._given_up.add(engine.name)
                try:
                    following = self._choose(self._given_up)
                except SpeechError as none_left:
                    raise SpeechError(f"{engine.name} cannot serve ({error}); {none_left}") from none_left
                told.append(_passed_over(engine, error, following))
                engine = following

    def _replace(self, error: Exception, position_s: float, unsettled: Unsettled) -> bool:
        self._error = None
        broken = self.engine.name
        log.warning("%s failed on the %s's leg: %s", broken, self._party, error)
        self.close()
        told: list[Event] = []
        outcome = self._reopened(position_s, told, retryable=getattr(error, "retryable", False))
        failed = ProviderFailed(
            provider=broken,
            message=f"Speech recognition by {broken} failed for the {self._party} ({error}): {outcome}.",
            retryable=self._session is not None,
        )
        self._tell([failed, *told], position_s)
        if self._session is None:
            return False
        if self.engine.name != broken:
            self._tell([self._changed(str(error))], position_s)
        _hear_again(self._session, unsettled())
        return True

    def _reopened(self, position_s: float, told: list[Event], *, retryable: bool) -> str:
        """Open the same engine or the next; what came of it, in words."""
        broken = self.engine
        self._failures.append((broken.name, position_s))
        recent = [at_s for name, at_s in self._failures if name == broken.name and position_s - at_s <= RETRIES_OVER_S]
        again = retryable and len(recent) <= RETRIES
        if not again:
            self._given_up.add(broken.name)
        try:
            self.engine, self._session = self._opened(told, broken if again else None)
        except SpeechError as none_left:
            self._rest(position_s)
            return f"words are missing until it is tried again in {self._deaf_s:.0f} s ({none_left})"
        if self.engine is not broken:
            return f"{self.engine.name} goes on in its place"
        return "it was started again"

    def _rest(self, position_s: float) -> None:
        """No engine serves: try again later, each time after twice as much sound."""
        self._deaf_s = min(2 * self._deaf_s, LONGEST_DEAF_S) if self._deaf_s else DEAF_S
        self._deaf_until_s = position_s + self._deaf_s

    def _try_again(self, position_s: float, unsettled: Unsettled, reason: str) -> None:
        """Choose anew. What was said while no engine served stays lost, except for the utterance in progress."""
        self._awaited = None
        self._given_up.clear()
        self._failures.clear()
        told: list[Event] = []
        try:
            engine, session = self._opened(told)
        except SpeechError:
            # The call has been told; saying it every minute helps nobody.
            if self._is_deaf:
                self._rest(position_s)
            return
        self.close()
        self.engine, self._session = engine, session
        self._deaf_until_s = math.inf
        self._tell([*told, self._changed(reason)], position_s)
        _hear_again(session, unsettled())

    def _changed(self, reason: str) -> SpeechEngineChanged:
        return SpeechEngineChanged(party=self._party, engine=self.engine.name, reason=reason)

    def _tell(self, events: Sequence[Event], position_s: float) -> None:
        for event in events:
            self._append(event, position_s)


def told_already(event: Event, problems: Collection[ProviderFailed]) -> bool:
    """The other party's leg has found the same, and has said so."""
    return isinstance(event, ProviderFailed) and event.provider == SPEECH and event in problems


def _passed_over(engine: SpeechToText, error: SpeechError, following: SpeechToText) -> ProviderFailed:
    if engine.readiness.state == "preparing":
        message = f"{engine.name} is not ready yet ({error}): {following.name} serves until it is."
    else:
        message = f"{engine.name} cannot serve ({error}): {following.name} goes on in its place."
    return ProviderFailed(provider=SPEECH, message=message, retryable=True)


def _hear_again(session: SpeechSession, unsettled: Sequence[tuple[str, Spoken]]) -> None:
    for utterance_id, spoken in unsettled:
        session.begin(utterance_id, spoken.start_s)
        for pcm in spoken.again():
            session.push(pcm)
        if spoken.end_s is not None:
            session.end()
