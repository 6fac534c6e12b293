"""What a speech engine is to the rest of Sidetone."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from core.audio.frames import Pcm
from core.calls.events import Party
from core.languages import ANY_LANGUAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an engine can do, declared so that nobody has to guess."""

    partials: bool
    """Gives words while the person still speaks."""
    local: bool
    """Needs neither network nor key."""
    languages: tuple[str, ...]
    """ISO 639-1 codes; `*` is any."""
    detects_language: bool = False
    """Finds out itself which language is spoken, and says so in its finals."""
    learns: bool = False
    """Takes names and products to expect."""
    writes: bool = False
    """Gives text as people write it: capitals, punctuation, figures."""
    model: str = ""
    """What it recognises with, as the settings name it; empty where there is nothing to choose."""

    def speaks(self, language: str) -> bool:
        """Can transcribe that language, or find out which it is."""
        known = "*" in self.languages or language in self.languages
        return known or (language == ANY_LANGUAGE and self.detects_language)

    def serves(self, language: str) -> bool:
        """May transcribe a call said to be in that language, or in any: then its own will do."""
        return language == ANY_LANGUAGE or self.speaks(language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether an engine could serve a call that begins now."""

    state: Literal["ready", "preparing", "failed", "unavailable"]
    """Unavailable is what was never set up; failed is what was, and does not work."""
    message: str = ""
    """One line: what is under way, or what is missing and what to do about it."""
    progress: float | None = None
    """0–1 while preparing, where that is known."""
    by_name: bool = False
    """It serves all the same where it is asked for by name."""
    again: bool = False
    """Nothing is under way, and `warm_up` begins it, or tries once more."""


READY = Readiness(state="ready")


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
    language: str = ""
    """What was spoken, as an ISO 639-1 code, where the engine finds out."""
    complete: bool = False
    """The engine takes what was said so far for a whole utterance: the silence after it may be shorter."""


OnHypothesis = Callable[[Hypothesis], None]
OnFailure = Callable[[Exception], None]


class SpeechSession(Protocol):
    """One party's ear in one call. Utterances never overlap. Called from that leg's worker thread.

    The callbacks given at opening run on a thread of the engine's own and must only enqueue. After a failure the
    session does nothing more: finals still owed do not come, `drain` returns False, and a new session must be opened.
    """

    live: bool = False
    """Somebody waits for the words as they are spoken: an engine that is behind may then spare what only betters them.
    Set before the first utterance."""

    def begin(self, utterance_id: str, start_s: float) -> None: ...

    def push(self, pcm: Pcm) -> None:
        """Add sound to the utterance. Waits while the engine is far behind, so that nothing is dropped; not with
        `live`, where whoever pushes sees to it that utterances do not pile up."""
        ...

    def pause(self) -> None:
        """The person has fallen silent and may be through: a chance to prepare the final. `push` or `end` follows."""
        return

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
    policies: tuple[str, ...] = ()
    """Their titles."""
    sayings: tuple[str, ...] = ()
    """Sentences that agents say: the policies in short."""
    recent: tuple[str, ...] = field(default=(), repr=False)
    """The names again, whoever was in contact last first: for engines that cannot be told them all. Left out of the
    representation because models named after it are the same in any order."""

    @property
    def terms(self) -> int:
        """How many names and terms."""
        return sum(map(len, (self.names, self.products, self.plans, self.policies)))


class SpeechToText(Protocol):
    """An engine: made once per process, opens a session per party and call."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def readiness(self) -> Readiness:
        """As of now. Costs nothing: pages ask every second."""
        return READY

    def warm_up(self) -> None:
        """Do ahead of time what the first session would have to wait for. Returns at once."""
        return

    def learn(self, known: Known) -> None:
        """Expect these names and products, where the engine can. Returns at once; again when the data has changed."""
        return

    def open(
        self, party: Party, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ANY_LANGUAGE
    ) -> SpeechSession:
        """Returns at once: connecting is the session's business. Raises SpeechError when the engine cannot serve."""
        ...

    def close(self) -> None:
        """Give back what all its sessions shared. May be called twice."""
        return
