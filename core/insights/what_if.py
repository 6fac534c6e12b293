"""What if: today's rules, or another assistant, over what was said in a stored call.

This is no replay. The words, the agent's clicks and the clock are the call's; everything the assistant made of them is
made again, in lock-step, in a log that is thrown away. The stored call is not touched.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from math import ceil
from typing import Literal, cast

from core.assistant.alert_rules import load_alerts
from core.assistant.alerts import Alerts
from core.assistant.base import Assistant, NewId
from core.assistant.playbook import Playbook
from core.assistant.rules import load_rules
from core.assistant.summary import Extraction
from core.assistant.tools import Tools
from core.assistant.understanding import CHOSEN_BY_AGENT, Understanding
from core.assistant.vocabulary import Vocabulary
from core.calls.assist import TICK_S, Assistance, Understands
from core.calls.call import Call, Suggestion, Utterance, apply, fold
from core.calls.events import (
    PARTIES,
    CallEnded,
    CandidatesFound,
    ChecklistItemMet,
    CommitmentMade,
    CustomerIdentified,
    EntitySpotted,
    Event,
    MessageSent,
    Party,
    PromptSent,
    ProviderFailed,
    QuestionAnswered,
    QuestionAsked,
    QuestionRaised,
    Recorded,
    SentimentScored,
    SuggestionCompleted,
    SuggestionDelta,
    SuggestionDiscarded,
    SuggestionDismissed,
    SuggestionPinned,
    SuggestionRated,
    SuggestionStarted,
    SuggestionUsed,
    SummaryDelta,
    SummaryWritten,
    ToolCalled,
    ToolReturned,
    TopicsSpotted,
    TranscriptFinal,
    TranscriptPartial,
    WrapUpCompleted,
)
from core.calls.log import EventLog
from core.clock import Clock
from core.config import Settings
from core.customers.store import CustomerStore

STEP_S = 0.1
"""What settles within one step is answered together, as in a recording run in lock-step."""
ALIKE_S = 5.0
"""Two cards of one rule within this time are the same card in other words."""
_MADE_AGAIN = (
    EntitySpotted,
    TopicsSpotted,
    SentimentScored,
    CandidatesFound,
    ToolCalled,
    ToolReturned,
    SuggestionStarted,
    SuggestionDelta,
    SuggestionCompleted,
    SuggestionDiscarded,
    PromptSent,
    CommitmentMade,
    QuestionRaised,
    QuestionAnswered,
    ChecklistItemMet,
    SummaryDelta,
    SummaryWritten,
    ProviderFailed,
    WrapUpCompleted,
    # Only what a line came to say in the end is understood.
    TranscriptPartial,
)
Reaction = SuggestionUsed | SuggestionDismissed | SuggestionPinned | SuggestionRated
OnProgress = Callable[[float], None]
"""Told the portion done, from 0 to 1."""
Verdict = Literal["same", "other words", "only then", "only now"]


@dataclass(frozen=True, slots=True)
class Helpers:
    """Who understands and who helps."""

    name: str
    understanding: Understands
    alerts: Assistant
    assistant: Assistant


@dataclass(frozen=True, slots=True)
class Pair:
    """A card as it was in the call, and as it would be now."""

    at_s: float
    then: Suggestion | None
    now: Suggestion | None

    @property
    def verdict(self) -> Verdict:
        if self.then is None or self.now is None:
            return "only then" if self.now is None else "only now"
        return "same" if self.then.message == self.now.message else "other words"


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Cards in the order in which they came, discarded ones left out."""

    helpers: str
    then: tuple[Suggestion, ...]
    now: tuple[Suggestion, ...]

    @property
    def pairs(self) -> list[Pair]:
        """Both sets side by side, in order of time."""
        return side_by_side(self.then, self.now)


def todays_rules(
    settings: Settings,
    customers: CustomerStore,
    tools: Tools,
    clock: Clock,
    new_id: NewId,
    other: Assistant | None = None,
) -> Helpers:
    """The rule files as they are now, which may be later than the start of the process. Raises RulesError.

    `other` takes the playbook's place.
    """
    book = load_alerts(settings.alerts_path)
    understanding = Understanding(customers, Vocabulary(settings.vocabulary_path), book.checklist)
    playbook = Playbook(load_rules(settings.playbook_path), tools, clock, new_id)
    assistant = other or playbook
    return Helpers(assistant.name, understanding, Alerts(book.rulebook, tools, clock, new_id), assistant)


def what_if(events: Sequence[Recorded], helpers: Helpers, on_progress: OnProgress = lambda _: None) -> WhatIf:
    """Run `helpers` over a call; nothing is stored. Raises ValueError without events, and what the helpers raise."""
    if not events:
        raise ValueError("there is nothing to run over in a call without events")
    then = fold(events, Call(events[0].call_id))
    return WhatIf(helpers.name, _cards(then), _cards(_Rehearsal(then, helpers).run(events, on_progress)))


def side_by_side(then: Iterable[Suggestion], now: Iterable[Suggestion]) -> list[Pair]:
    """Pair cards: those that say the same first, then those of one rule at about one time."""
    left, right = list(then), list(now)
    pairs: list[Pair] = []
    for same in (_says_the_same, _of_one_rule):
        for before in list(left):
            found = min((card for card in right if same(before, card)), key=_distance_s(before), default=None)
            if found is not None:
                left.remove(before)
                right.remove(found)
                pairs.append(Pair(before.started_s, before, found))
    alone = [
        *(Pair(card.started_s, card, None) for card in left),
        *(Pair(card.started_s, None, card) for card in right),
    ]
    return sorted([*pairs, *alone], key=lambda pair: pair.at_s)


class _ScratchLog:
    """As much of the event log as assistance needs, in memory: its call is gone when it is."""

    def __init__(self, call_id: str, started_at: datetime) -> None:
        self.now_s = 0.0
        self._started_at = started_at
        self._call = Call(call_id)

    def append(self, _: str, event: Event, offset_s: float | None = None) -> None:
        at_s = max(self._call.offset_s, self.now_s if offset_s is None else offset_s)
        at = self._started_at + timedelta(seconds=at_s)
        self._call = apply(self._call, Recorded(self._call.call_id, self._call.seq + 1, at_s, at, event))

    def call(self, _: str) -> Call:
        return self._call

    def call_now(self, _: str) -> Call:
        return replace(self._call, offset_s=max(self._call.offset_s, self.now_s))


class _Rehearsal:
    """One run over one call."""

    def __init__(self, then: Call, helpers: Helpers) -> None:
        self._then = then
        started_at = then.started_at or datetime.min
        self._log = _ScratchLog(then.call_id, started_at)
        self._assistance = Assistance(
            then.call_id,
            # It asks its log for no more than the three methods there are.
            cast(EventLog, self._log),
            helpers.understanding,
            helpers.alerts,
            helpers.assistant,
            Extraction(),
        )
        self._ticked_s = 0.0

    def run(self, events: Sequence[Recorded], on_progress: OnProgress) -> Call:
        duration_s = events[-1].offset_s or 1.0
        for step, together in groupby(_kept(events), key=_step):
            self._pass_time(step * STEP_S)
            self._take(list(together))
            on_progress(min(1.0, step * STEP_S / duration_s))
        on_progress(1.0)
        return self._log.call(self._then.call_id)

    def _pass_time(self, until_s: float) -> None:
        """Look at the silence up to there as often as a live call is looked at."""
        while self._log.call(self._then.call_id).live and self._ticked_s + TICK_S < until_s:
            self._ticked_s += TICK_S
            self._log.now_s = self._ticked_s
            self._assistance.respond("tick")
        self._log.now_s = until_s

    def _take(self, together: list[Recorded]) -> None:
        for recorded in together:
            if isinstance(recorded.event, Reaction):
                self._react(recorded.event, recorded.offset_s)
            else:
                self._log.append(recorded.call_id, recorded.event, recorded.offset_s)
        happened = [recorded.event for recorded in together]
        said: dict[Party, list[Utterance]] = {party: [] for party in PARTIES}
        for event in happened:
            match event:
                case TranscriptFinal(utterance_id=utterance_id) | MessageSent(message_id=utterance_id):
                    if (utterance := self._assistance.understand(utterance_id)) is not None:
                        said[utterance.speaker].append(utterance)
                case QuestionAsked():
                    self._assistance.respond("ask", question=event)
                case _:
                    pass
        for speaker, utterances in said.items():
            if utterances:
                self._assistance.respond(speaker, utterances)
        if any(isinstance(event, CallEnded) for event in happened):
            self._assistance.respond("end")

    def _react(self, event: Reaction, offset_s: float) -> None:
        """What the agent did with a card is done with the one that says the same, if there is one again."""
        card = self._then.suggestions.get(event.suggestion_id)
        cards = self._log.call(self._then.call_id).suggestions.values()
        again = [one for one in cards if card is not None and one.state != "discarded" and _says_the_same(card, one)]
        if again:
            moved = replace(event, suggestion_id=again[-1].suggestion_id)
            self._log.append(self._then.call_id, moved, offset_s)


def _kept(events: Sequence[Recorded]) -> Iterator[Recorded]:
    """What happened in the world: said, clicked, done. Whom a person picked, or a form named, is kept as well."""
    anything_said = False
    for recorded in events:
        event = recorded.event
        anything_said |= isinstance(event, TranscriptFinal | MessageSent)
        if isinstance(event, CustomerIdentified):
            if not anything_said or CHOSEN_BY_AGENT in event.matched_on:
                yield recorded
        elif not isinstance(event, _MADE_AGAIN):
            yield recorded


def _step(recorded: Recorded) -> int:
    """Which step of the clock an event falls into; the rounding keeps what is on a step's edge in it."""
    return ceil(round(recorded.offset_s / STEP_S, 6))


def _cards(call: Call) -> tuple[Suggestion, ...]:
    return tuple(card for card in call.suggestions.values() if card.state != "discarded" and card.message)


def _says_the_same(one: Suggestion, other: Suggestion) -> bool:
    return (one.kind, one.message) == (other.kind, other.message)


def _of_one_rule(one: Suggestion, other: Suggestion) -> bool:
    return one.rule == other.rule and abs(one.started_s - other.started_s) <= ALIKE_S


def _distance_s(one: Suggestion) -> Callable[[Suggestion], float]:
    return lambda other: abs(one.started_s - other.started_s)
