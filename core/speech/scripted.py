"""An engine that hears what a timeline says: deterministic, for tests and for teaching."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.calls.events import Party
from core.edited_files import explained, read_yaml
from core.errors import ConfigurationError, RulesError
from core.languages import ANY_LANGUAGE
from core.speech.base import Capabilities, Hypothesis, OnFailure, OnHypothesis, SpeechSession, SpeechToText
from core.speech.registry import EngineSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedText:
    """Words and when they are said, in seconds from the start of the call."""

    text: Annotated[str, Field(min_length=1)]
    start_s: Annotated[float, Field(ge=0)]
    end_s: Annotated[float, Field(ge=0)]
    party: Party | None = None
    """None: whoever speaks then."""


def create(settings: EngineSettings) -> "ScriptedEngine":
    """Raises ConfigurationError without a timeline, RulesError when the timeline is wrong."""
    if settings.timeline is None:
        raise ConfigurationError("the scripted engine needs a timeline file (see data/scenarios/README.md)")
    return ScriptedEngine(load_timeline(settings.timeline))


def load_timeline(path: Path) -> list[TimedText]:
    """Read a list of `{party, text, start_s, end_s}` from YAML. Raises RulesError."""
    try:
        timeline = TypeAdapter(list[TimedText]).validate_python(read_yaml(path))
    except ValidationError as error:
        raise RulesError(f"{path.name}: {explained(error)}") from error
    if backwards := next((entry for entry in timeline if entry.end_s <= entry.start_s), None):
        raise RulesError(f"{path.name}: {backwards.text!r} ends before it starts; correct end_s")
    return timeline


class ScriptedEngine(SpeechToText):
    """Says each word of the timeline when its time has passed in the sound pushed.

    Needs no threads: callbacks run on the thread that pushes.
    """

    name = "scripted"
    capabilities = Capabilities(partials=True, local=True, languages=("*",))

    def __init__(self, timeline: Sequence[TimedText]) -> None:
        self._timeline = sorted(timeline, key=lambda entry: entry.start_s)

    def open(
        self, party: Party, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ANY_LANGUAGE
    ) -> "ScriptedSession":
        return ScriptedSession([e for e in self._timeline if e.party in (party, None)], on_hypothesis)

    def close(self) -> None:
        """There is nothing to give back."""


class ScriptedSession(SpeechSession):
    """One party's ear (see `SpeechSession`). A word belongs to the utterance in whose sound it ends."""

    def __init__(self, timeline: Sequence[TimedText], on_hypothesis: OnHypothesis) -> None:
        spoken = sorted(pair for entry in timeline for pair in _word_ends(entry))
        self._ends = [end for end, _ in spoken]
        self._words = [word for _, word in spoken]
        self._on_hypothesis = on_hypothesis
        self._utterance_id = ""
        self._now = 0
        self._first = self._heard = 0

    def begin(self, utterance_id: str, start_s: float) -> None:
        self._utterance_id = utterance_id
        self._now = round(start_s * SPEECH_RATE_HZ)
        self._first = self._heard = max(self._heard, bisect_right(self._ends, self._now))

    def push(self, pcm: Pcm) -> None:
        self._now += len(pcm)
        heard = max(self._heard, bisect_right(self._ends, self._now))
        if heard > self._heard:
            self._heard = heard
            self._say(final=False)

    def end(self) -> None:
        self._say(final=True)

    def drain(self, timeout_s: float) -> bool:
        return True

    def close(self) -> None:
        """There is nothing to give back."""

    def _say(self, *, final: bool) -> None:
        text = " ".join(self._words[self._first : self._heard])
        confidence = 1.0 if final and text else None
        self._on_hypothesis(Hypothesis(utterance_id=self._utterance_id, text=text, final=final, confidence=confidence))


def _word_ends(entry: TimedText) -> list[tuple[int, str]]:
    """Each word with the sample at which it has been said, longer words taking longer."""
    words = entry.text.split()
    letters = sum(map(len, words))
    said, ends = 0, []
    for word in words:
        said += len(word)
        end_s = entry.start_s + (entry.end_s - entry.start_s) * said / letters
        ends.append((round(end_s * SPEECH_RATE_HZ), word))
    return ends
