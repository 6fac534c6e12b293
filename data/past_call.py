"""One call of the made-up past as it is being told: what is said and shown, when, and what was understood of it."""

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from core.assistant.alert_rules import ChecklistItem
from core.assistant.commitments import commitments
from core.assistant.questions import answers, question_in
from core.assistant.vocabulary import Vocabulary
from core.calls.events import (
    ChecklistItemMet,
    CommitmentMade,
    EntityKind,
    EntitySpotted,
    Event,
    Evidence,
    MessageDelivered,
    MessageSent,
    Party,
    Priority,
    QuestionAnswered,
    QuestionRaised,
    Recorded,
    SentimentScored,
    SpeechEnded,
    SpeechStarted,
    SuggestionCompleted,
    SuggestionDelta,
    SuggestionDismissed,
    SuggestionKind,
    SuggestionStarted,
    SuggestionUsed,
    ToolCalled,
    ToolReturned,
    TopicsSpotted,
    TranscriptFinal,
    TranscriptPartial,
)

ENGINE = "scripted"
"""No engine heard these calls."""
QUESTIONS_KEPT = 4
REMEMBERED = 50_000
"""Sentences whose meaning is kept."""
TALKS_OVER = 0.06
"""The share of quick replies that come before the other has finished."""
_WORD = re.compile(r"\s*\S+")
_CHUNK = 6
"""Words of a card that appear at once."""


class Ears:
    """What the assistant understands of a sentence, remembered: many sentences are said again and again."""

    def __init__(self, vocabulary: Vocabulary, checklist: Sequence[ChecklistItem]) -> None:
        self.checklist = tuple(checklist)
        self.topics: Callable[[str], list[str]] = lru_cache(REMEMBERED)(vocabulary.topics)
        self.sentiment: Callable[[str], float] = lru_cache(REMEMBERED)(
            lambda text: round(vocabulary.sentiment(text), 3)
        )
        self.met: Callable[[str], tuple[str, ...]] = lru_cache(REMEMBERED)(
            lambda text: tuple(one.item for one in self.checklist if one.met_by(text))
        )


@dataclass(frozen=True, slots=True)
class Card:
    """What the assistant shows, and what it rests on."""

    rule: str
    kind: SuggestionKind
    priority: Priority
    message: str
    evidence: tuple[Evidence, ...] = ()
    tool: str = ""


@dataclass(slots=True)
class Conversation:
    """Events with their offsets; `now_s` moves on as things happen."""

    call_id: str
    started_at: datetime
    ears: Ears
    chance: random.Random
    chat: bool = False
    now_s: float = 0.0
    events: list[tuple[float, Event]] = field(default_factory=list)
    _number: int = 0
    talked_over: bool = False
    """The last line began while the other party was speaking."""
    _settled_s: float = 0.0
    _ended_s: float = 0.0
    _there_s: float = 0.0
    _last: Party | None = None
    _questions: list[QuestionRaised] = field(default_factory=list)
    _met: set[str] = field(default_factory=set)

    def add(self, event: Event, after_s: float = 0.0) -> None:
        self.events.append((round(self.now_s + after_s, 3), event))

    def wait(self, least_s: float, most_s: float) -> None:
        self.now_s += self.chance.uniform(least_s, most_s)

    def new_id(self, kind: str) -> str:
        self._number += 1
        return f"{self.call_id}_{kind}{self._number}"

    def say(
        self, party: Party, text: str, pace: float = 1.0, entities: Iterable[tuple[EntityKind, str, str | None]] = ()
    ) -> str:
        """A line, spoken or written; returns its id."""
        line, settled_s = self._written(party, text) if self.chat else self._spoken(party, text, pace)
        for kind, value, resolved in entities:
            self._at(
                settled_s, EntitySpotted(utterance_id=line, kind=kind, value=value, spoken=value, resolved=resolved)
            )
        self._understood(party, line, text, settled_s + 0.002)
        self._settled_s = settled_s
        return line

    def upon_line(self, event: Event, after_s: float) -> None:
        """Something the last line led to, so long after its words were there."""
        self._at(self._settled_s + after_s, event)

    def show(self, card: Card, caused_by: Sequence[str], *, model: bool = False, after_s: float = 0.0) -> str:
        """A card is written word by word, `after_s` after the last line; returns its id."""
        suggestion, chance = self.new_id("s"), self.chance
        begins_s = self._settled_s + after_s + chance.uniform(0.02, 0.25)
        if card.tool:
            tool_call, took_ms = self.new_id("tool"), round(chance.lognormvariate(2.5, 0.5), 1)
            self._at(begins_s, ToolCalled(tool_call_id=tool_call, tool=card.tool, arguments={}))
            begins_s += took_ms / 1000
            result = [one.ref for one in card.evidence]
            self._at(begins_s, ToolReturned(tool_call_id=tool_call, tool=card.tool, result=result, duration_ms=took_ms))
        if model:
            begins_s += chance.lognormvariate(0.1, 0.35)
        author = "alerts" if card.kind == "alert" else "model" if model else "playbook"
        rule = "model" if author == "model" else card.rule
        self._at(
            begins_s,
            SuggestionStarted(
                suggestion_id=suggestion,
                kind=card.kind,
                priority=card.priority,
                rule=rule,
                assistant=author,
                triggered_by=list(caused_by),
            ),
        )
        words = _WORD.findall(card.message)
        for first in range(0, len(words), _CHUNK):
            begins_s += chance.uniform(0.12, 0.3) if model else 0.02
            self._at(begins_s, SuggestionDelta(suggestion_id=suggestion, text="".join(words[first : first + _CHUNK])))
        self._at(
            begins_s + 0.01,
            SuggestionCompleted(
                suggestion_id=suggestion,
                kind=card.kind,
                priority=card.priority,
                message=card.message,
                evidence=list(card.evidence),
                triggered_by=list(caused_by),
                confidence=round(chance.uniform(0.6, 0.95), 2) if model else None,
            ),
        )
        self._there_s = begins_s + 0.01
        return suggestion

    def use(self, suggestion: str, text: str | None = None) -> None:
        self._settle(SuggestionUsed(suggestion_id=suggestion, text=text))

    def dismiss(self, suggestion: str) -> None:
        self._settle(SuggestionDismissed(suggestion_id=suggestion))

    def settle(self) -> None:
        """Move on past everything that was begun."""
        self.now_s = max([self.now_s, *(offset_s for offset_s, _ in self.events)])

    def recorded(self) -> list[Recorded]:
        """The events in their order, numbered."""
        ordered = sorted(self.events, key=lambda one: one[0])
        return [
            Recorded(self.call_id, seq, offset_s, self.started_at + timedelta(seconds=offset_s), event)
            for seq, (offset_s, event) in enumerate(ordered, start=1)
        ]

    def _settle(self, event: Event) -> None:
        self._at(self._there_s + self.chance.lognormvariate(1.5, 0.6), event)

    def _at(self, offset_s: float, event: Event) -> None:
        self.events.append((round(offset_s, 3), event))

    def _spoken(self, party: Party, text: str, pace: float) -> tuple[str, float]:
        line, chance = self.new_id("u"), self.chance
        quick = self._last not in (None, party) and self.now_s - self._ended_s < 1.5
        self.talked_over = quick and chance.random() < TALKS_OVER
        begins_s = round(self._ended_s - chance.uniform(0.4, 1.2) if self.talked_over else self.now_s, 3)
        words = text.split()
        length_s = max(0.6, len(words) / (chance.uniform(2.3, 3.1) * pace))
        ends_s = round(begins_s + length_s, 3)
        late_s = chance.lognormvariate(-0.5, 0.25) * (3 if chance.random() < 0.01 else 1)
        self._at(begins_s + 0.1, SpeechStarted(party=party, utterance_id=line, start_s=begins_s))
        heard_s = min(length_s + 0.1, max(0.15, chance.lognormvariate(-0.75, 0.3)))
        for after_s in (heard_s, 0.65 * length_s) if len(words) > 8 and heard_s < 0.5 * length_s else (heard_s,):
            said = " ".join(words[: max(1, round(len(words) * min(1.0, after_s / length_s)))])
            partial = TranscriptPartial(utterance_id=line, speaker=party, text=said, start_s=begins_s)
            self._at(begins_s + after_s, partial)
        self._at(ends_s + 0.3, SpeechEnded(party=party, utterance_id=line, end_s=ends_s))
        final = TranscriptFinal(
            utterance_id=line,
            speaker=party,
            text=text,
            start_s=begins_s,
            end_s=ends_s,
            confidence=round(chance.uniform(0.82, 0.99), 3),
            engine=ENGINE,
        )
        settled_s = ends_s + max(0.32, late_s)
        self._at(settled_s, final)
        self.now_s = ends_s + chance.uniform(0.35, 1.4)
        self._ended_s, self._last = ends_s, party
        return line, settled_s

    def _written(self, party: Party, text: str) -> tuple[str, float]:
        line = self.new_id("m")
        self.now_s += 4 + len(text) / self.chance.uniform(4, 7)
        self.add(MessageSent(message_id=line, sender=party, text=text))
        self.add(MessageDelivered(message_id=line), self.chance.uniform(0.05, 0.6))
        settled_s = self.now_s + 0.01
        self.wait(2, 12)
        return line, settled_s

    def _understood(self, party: Party, line: str, text: str, at_s: float) -> None:
        if party == "customer":
            if topics := self.ears.topics(text):
                self._at(at_s, TopicsSpotted(utterance_id=line, topics=list(topics)))
            self._at(at_s, SentimentScored(utterance_id=line, score=self.ears.sentiment(text)))
        today = (self.started_at + timedelta(seconds=at_s)).date()
        for number, promise in enumerate(commitments(text, party, today), start=1):
            due = promise.due.isoformat() if promise.due else None
            made = CommitmentMade(
                commitment_id=f"{line}_promise_{number}", utterance_id=line, party=party, text=promise.text, due=due
            )
            self._at(at_s, made)
        if party == "customer":
            if asked := question_in(text):
                question = QuestionRaised(utterance_id=line, text=asked)
                self._questions = [*self._questions, question][-QUESTIONS_KEPT:]
                self._at(at_s, question)
            return
        for question in [one for one in self._questions if answers(one.text, text)]:
            self._questions.remove(question)
            self._at(at_s, QuestionAnswered(utterance_id=question.utterance_id, answered_by=line))
        for item in self.ears.met(text):
            if item not in self._met:
                self._met.add(item)
                self._at(at_s, ChecklistItemMet(item=item, utterance_id=line))
