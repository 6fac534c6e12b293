"""What a speech engine is to the rest of Sidetone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from core.audio.frames import Pcm
from core.calls.events import Party


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an engine can do, declared so that nobody has to guess."""

    partials: bool
    """Gives words while the person still speaks."""
    endpointing: bool
    """Decides itself where utterances begin and end, so it is fed silence too."""
    local: bool
    """Needs neither network nor key."""
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """What an engine believes was said in one utterance so far, or finally."""

    utterance_id: str
    text: str
    final: bool
    confidence: float | None = None
    """0–1, or None where the engine gives none."""
    decode_ms: float = 0.0
    """Time the engine itself spent since its last hypothesis."""


OnHypothesis = Callable[[Hypothesis], None]
OnFailure = Callable[[Exception], None]


class SpeechSession(Protocol):
    """One party's ear in one call. Utterances never overlap. Called from that leg's worker thread.

    The callbacks given at opening run on a thread of the engine's own and must only enqueue. After a failure the
    session does nothing more: finals still owed do not come, `drain` returns False, and a new session must be opened.
    """

    def begin(self, utterance_id: str, start_s: float) -> None: ...

    def push(self, pcm: Pcm) -> None:
        """Add sound to the utterance; waits while the engine is far behind rather than dropping."""
        ...

    def end(self) -> None:
        """The utterance is over: exactly one final hypothesis follows, even when nothing was understood."""
        ...

    def drain(self, timeout_s: float) -> bool:
        """Wait until every final asked for has been delivered; False if the time ran out."""
        ...

    def close(self) -> None:
        """Give the engine's resources back. May be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows that people will say, as it is written there."""

    names: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()


class SpeechToText(Protocol):
    """An engine: made once per process, opens a session per party and call."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def warm_up(self) -> None:
        """Do ahead of time what the first session would have to wait for. Returns at once."""
        ...

    def learn(self, known: Known) -> None:
        """Expect these names and products, where the engine can. Returns at once; again when the data has changed."""
        ...

    def open(self, party: Party, on_hypothesis: OnHypothesis, on_failure: OnFailure) -> SpeechSession:
        """Raises SpeechError when the engine cannot serve."""
        ...

    def close(self) -> None: ...
