"""What is said on one connection to Deepgram: whose words are whose, told by when they were spoken.

Deepgram knows no utterances, only one stream of sound; `start` and `duration` of what it says are seconds of that
stream. Between utterances nothing is sent, so each has a stretch of the stream to itself, where the last ends.
"""

import json
import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.speech.base import Hypothesis
from core.speech.dialogue import Message
from core.speech.remote_errors import Service

log = logging.getLogger(__name__)
KEEP_ALIVE_S = 4.0
"""Deepgram closes a connection on which it was sent nothing for ten seconds."""
SLACK_S = 0.05
"""Deepgram's times are rounded."""
UNNOTICED_S = 0.4
"""To the request to finish Deepgram need not answer when it has less sound than this left; what it has is silence."""
UNNOTICED_PATIENCE_S = 0.6


class _Word(BaseModel):
    word: str
    start: float
    end: float
    punctuated_word: str = ""


class _Alternative(BaseModel):
    transcript: str = ""
    confidence: float = 0.0
    words: list[_Word] = []
    languages: list[str] = []


class _Channel(BaseModel):
    alternatives: list[_Alternative] = Field(min_length=1)


class _Results(BaseModel):
    type: Literal["Results"]
    start: float
    duration: float
    is_final: bool = False
    speech_final: bool = False
    from_finalize: bool = False
    channel: _Channel

    @property
    def end(self) -> float:
        return self.start + self.duration


class _UtteranceEnd(BaseModel):
    type: Literal["UtteranceEnd"]
    last_word_end: float = -1.0


class _Error(BaseModel):
    type: Literal["Error"]
    description: str = ""
    message: str = ""


@dataclass(slots=True)
class _Stretch:
    """An utterance's part of the stream, in seconds of it."""

    utterance_id: str
    begin_s: float
    end_s: float
    """Up to where its sound has been sent."""
    over: bool = False
    finals: list[str] = field(default_factory=list)
    interim: str = ""
    covered_s: float = 0.0
    """Up to where its words are final."""
    confidences: list[tuple[float, int]] = field(default_factory=list)
    """Of each final and how many words it has."""
    languages: Counter[str] = field(default_factory=Counter)

    @property
    def text(self) -> str:
        return " ".join(filter(None, [*self.finals, self.interim]))

    @property
    def covered(self) -> bool:
        return self.over and self.covered_s >= self.end_s - SLACK_S

    def hear(self, text: str, results: _Results) -> None:
        if not results.is_final:
            self.interim = text
            return
        self.interim = ""
        self.covered_s = max(self.covered_s, min(results.end, self.end_s))
        if text:
            best = results.channel.alternatives[0]
            self.finals.append(text)
            self.confidences.append((best.confidence, len(text.split())))
            self.languages.update(best.languages[:1])

    def hypothesis(self, *, final: bool = False, complete: bool = False) -> Hypothesis:
        words = sum(count for _, count in self.confidences)
        sure = sum(confidence * count for confidence, count in self.confidences)
        return Hypothesis(
            utterance_id=self.utterance_id,
            text=self.text,
            final=final,
            confidence=min(1.0, sure / words) if words else None,
            language=max(self.languages, key=lambda code: self.languages[code], default="").partition("-")[0],
            complete=complete,
        )


class DeepgramDialogue:
    """See `Dialogue`."""

    keep_alive_s: float | None = KEEP_ALIVE_S
    longest_s: float | None = None

    def __init__(self, service: Service, *, detects: bool) -> None:
        """`detects`: the language is Deepgram's to find out."""
        self._service = service
        self._detects = detects
        self._sent = 0
        """Samples."""
        self._stretches: list[_Stretch] = []

    @property
    def owes(self) -> bool:
        return any(stretch.over for stretch in self._stretches)

    @property
    def patience_s(self) -> float | None:
        first = next((stretch for stretch in self._stretches if stretch.over), None)
        if first is None:
            return None
        if first.covered:
            return 0.0
        unnoticed = not first.interim and first.end_s - first.covered_s < UNNOTICED_S
        return UNNOTICED_PATIENCE_S if unnoticed else None

    def hello(self) -> list[Message]:
        return []

    def begin(self, utterance_id: str) -> list[Message]:
        at_s = self._sent / SPEECH_RATE_HZ
        self._stretches.append(_Stretch(utterance_id, at_s, at_s, covered_s=at_s))
        return []

    def sound(self, pcm: Pcm) -> list[Message]:
        self._sent += len(pcm)
        self._stretches[-1].end_s = self._sent / SPEECH_RATE_HZ
        return [pcm.astype("<i2", copy=False).tobytes()]

    def end(self) -> list[Message]:
        self._stretches[-1].over = True
        return [_control("Finalize")]

    def keep_alive(self) -> list[Message]:
        return [_control("KeepAlive")]

    def goodbye(self) -> list[Message]:
        return [_control("CloseStream")]

    def read(self, message: Message) -> list[Hypothesis]:
        match _parsed(message):
            case _Results() as results:
                if not self._detects:
                    results.channel.alternatives[0].languages = []
                return self._heard(results)
            case _UtteranceEnd(last_word_end=end_s):
                ended = [stretch for stretch in self._stretches if stretch.begin_s < end_s <= stretch.end_s + SLACK_S]
                return [stretch.hypothesis(complete=True) for stretch in ended if stretch.text]
            case _Error() as error:
                raise self._service.lost(error.description or error.message or "an error")
        return []

    def settle(self) -> list[Hypothesis]:
        first = next((stretch for stretch in self._stretches if stretch.over), None)
        return [] if first is None else self._settled(self._stretches.index(first) + 1)

    def _heard(self, results: _Results) -> list[Hypothesis]:
        said: list[Hypothesis] = []
        for stretch, text in _shared(results, self._stretches):
            stretch.hear(text, results)
            said.append(stretch.hypothesis(complete=results.speech_final and bool(stretch.text)))
        settled = 0
        for number, stretch in enumerate(self._stretches, 1):
            finished = results.from_finalize and stretch.over and stretch.begin_s < results.end - SLACK_S
            if stretch.covered or finished:
                settled = number
        return said + self._settled(settled)

    def _settled(self, number: int) -> list[Hypothesis]:
        """Finals of that many stretches; what comes for them from now on is too late."""
        settled, self._stretches = self._stretches[:number], self._stretches[number:]
        return [stretch.hypothesis(final=True) for stretch in settled]


def _shared(results: _Results, stretches: list[_Stretch]) -> list[tuple[_Stretch, str]]:
    """What of the results each stretch has a part in, and the words spoken there."""
    best = results.channel.alternatives[0]
    parts = [s for s in stretches if s.begin_s < results.end - SLACK_S and s.end_s > results.start + SLACK_S]
    if not parts:
        return []
    within = parts[0].begin_s - SLACK_S <= results.start and results.end <= parts[0].end_s + SLACK_S
    if len(parts) == 1 and within:
        return [(parts[0], best.transcript.strip())]
    if best.words:
        return [(part, _between(best.words, part.begin_s, part.end_s)) for part in parts]
    longest = max(parts, key=lambda part: min(part.end_s, results.end) - max(part.begin_s, results.start))
    return [(part, best.transcript.strip() if part is longest else "") for part in parts]


def _between(words: list[_Word], begin_s: float, end_s: float) -> str:
    spoken = [word for word in words if begin_s <= (word.start + word.end) / 2 < end_s]
    return " ".join(word.punctuated_word or word.word for word in spoken)


def _parsed(message: Message) -> _Results | _UtteranceEnd | _Error | None:
    kinds: dict[str, type[_Results | _UtteranceEnd | _Error]] = {
        "Results": _Results,
        "UtteranceEnd": _UtteranceEnd,
        "Error": _Error,
    }
    try:
        content = json.loads(message)
        kind = kinds.get(content.get("type", "")) if isinstance(content, dict) else None
        return kind.model_validate(content) if kind else None
    except (ValueError, ValidationError) as error:
        log.warning("a message from Deepgram is not understood: %s", type(error).__name__)
        return None


def _control(kind: str) -> str:
    return json.dumps({"type": kind})
