"""What rules answer on a form: pure over a call's events, each answer with why and where in the call."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from core.assistant.rules import said
from core.assistant.vocabulary import plain
from core.calls.call import CHAT, Call, Utterance, fold
from core.calls.events import ActionTaken, HoldEnded, HoldStarted, Party, Recorded
from core.calls.facts import INTERRUPTION_S
from core.insights.scorecards.form import NO, NOT_APPLICABLE, YES, Form
from core.insights.scorecards.rules import (
    Checklist,
    FewInterruptions,
    HoldAnnounced,
    NeverSaid,
    NoSilence,
    Rule,
    SaidEarly,
    SaidLate,
    VerifiedFirst,
)


@dataclass(frozen=True, slots=True)
class Moment:
    """Something in a call to look at."""

    at_s: float
    text: str
    utterance_id: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """An automatic answer."""

    value: Literal["yes", "no", "na"]
    why: str
    moments: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What the rules look at in a call that is over."""

    call: Call
    began_s: float
    """When the call's agent answered."""
    lines: tuple[Utterance, ...]
    holds: tuple[tuple[float, float], ...]
    acted: tuple[Moment, ...]
    """Actions taken for the customer."""

    @property
    def voice(self) -> bool:
        return self.call.channel == "voice"

    def by(self, party: Party) -> Iterator[Utterance]:
        return (line for line in self.lines if line.speaker == party)

    def agents_own(self) -> list[Utterance]:
        """What the agent said whose call it is: not what was said before it was passed on to them."""
        return [line for line in self.by("agent") if line.start_s >= self.began_s]


def propose(form: Form, events: Sequence[Recorded]) -> dict[str, Proposal]:
    """Answers by question id, for the questions with a rule. None for calls in which no agent said anything."""
    if not events:
        return {}
    heard = _heard(events)
    if not heard.agents_own():
        return {}
    return {question.id: _answer(question.automatic, heard) for question in form.questions if question.automatic}


def _heard(events: Sequence[Recorded]) -> Heard:
    call = fold(events, Call(events[0].call_id))
    acted = tuple(
        Moment(recorded.offset_s, recorded.event.effect)
        for recorded in events
        if isinstance(recorded.event, ActionTaken)
    )
    holds = tuple(_holds(events, call.duration_s))
    return Heard(call, call.answered_s or 0.0, tuple(call.transcript), holds, acted)


def _holds(events: Iterable[Recorded], end_s: float) -> Iterator[tuple[float, float]]:
    since_s: float | None = None
    for recorded in events:
        if isinstance(recorded.event, HoldStarted) and since_s is None:
            since_s = recorded.offset_s
        elif isinstance(recorded.event, HoldEnded) and since_s is not None:
            yield since_s, recorded.offset_s
            since_s = None
    if since_s is not None:
        yield since_s, max(since_s, end_s)


def _answer(rule: Rule, heard: Heard) -> Proposal:
    match rule:
        case SaidEarly():
            return _said_early(rule, heard)
        case SaidLate():
            return _said_late(rule, heard)
        case NeverSaid():
            return _never_said(rule, heard)
        case Checklist():
            return _checklist(rule, heard)
        case VerifiedFirst():
            return _verified_first(rule, heard)
        case HoldAnnounced():
            return _hold_announced(rule, heard)
        case NoSilence():
            return _no_silence(rule, heard)
        case FewInterruptions():
            return _few_interruptions(rule, heard)


def _said_early(rule: SaidEarly, heard: Heard) -> Proposal:
    lines = heard.agents_own()
    # Typing takes its time: what counts in a chat is what comes first.
    until_s = heard.began_s + rule.within_s if heard.voice else lines[0].start_s
    found = next((line for line in lines if line.start_s <= until_s and _holds_one(rule.phrases, line)), None)
    if found:
        return Proposal(YES, f"Said {found.start_s - heard.began_s:.0f} s after the answer.", (_moment(found),))
    where = f"first {rule.within_s:g} s" if heard.voice else "first message"
    return Proposal(NO, f"Not said in the {where}.", (_moment(lines[0]),))


def _said_late(rule: SaidLate, heard: Heard) -> Proposal:
    if heard.call.end_reason != "completed":
        return Proposal(NOT_APPLICABLE, "The call was cut off before it could be said.")
    since_s = heard.call.duration_s - rule.last_s
    lines = heard.agents_own()
    found = [line for line in lines if _end_s(line) >= since_s and _holds_one(rule.phrases, line)]
    if found:
        return Proposal(YES, f"Said in the last {rule.last_s:g} s.", (_moment(found[-1]),))
    return Proposal(NO, f"Not said in the last {rule.last_s:g} s.", (_moment(lines[-1]),))


def _never_said(rule: NeverSaid, heard: Heard) -> Proposal:
    lines = heard.agents_own() if rule.speaker == "agent" else heard.by(rule.speaker)
    found = [line for line in lines if _holds_one(rule.phrases, line) and not _holds_one(rule.unless, line)]
    if found:
        return Proposal(NO, f"Said {_times(len(found))}.", tuple(map(_moment, found)))
    return Proposal(YES, "None of the phrases was said.")


def _checklist(rule: Checklist, heard: Heard) -> Proposal:
    if rule.voice_only and not heard.voice:
        return Proposal(NOT_APPLICABLE, "A chat is not asked for it.")
    met = _met(rule.item, heard.call)
    return Proposal(YES, "Said.", (met,)) if met else Proposal(NO, "Not said anywhere in the call.")


def _verified_first(rule: VerifiedFirst, heard: Heard) -> Proposal:
    told = [_moment(line) for line in heard.by("agent") if _holds_one(rule.phrases, line)]
    first = min((*told, *heard.acted), key=lambda moment: moment.at_s, default=None)
    if first is None:
        return Proposal(NOT_APPLICABLE, "No account data was told and no action taken.")
    verified = _met(rule.item, heard.call)
    if verified is None:
        return Proposal(NO, "Account data was told, or an action taken, and nobody was verified.", (first,))
    if verified.at_s > first.at_s:
        return Proposal(NO, "Account data was told, or an action taken, before the verification.", (first, verified))
    return Proposal(YES, "Verified before.", (verified, first))


def _hold_announced(rule: HoldAnnounced, heard: Heard) -> Proposal:
    if not heard.holds:
        return Proposal(NOT_APPLICABLE, "The customer was not on hold.")
    announced, silent = [], []
    for since_s, _ in heard.holds:
        before = [line for line in heard.by("agent") if since_s - rule.within_s <= line.start_s <= since_s]
        found = next((line for line in reversed(before) if _holds_one(rule.phrases, line)), None)
        if found:
            announced.append(_moment(found))
        else:
            silent.append(Moment(since_s, "on hold"))
    if silent:
        return Proposal(NO, f"Not announced {_times(len(silent))}.", tuple(silent))
    return Proposal(YES, f"Announced {_times(len(announced))}.", tuple(announced))


def _no_silence(rule: NoSilence, heard: Heard) -> Proposal:
    if not heard.voice:
        return Proposal(NOT_APPLICABLE, "A chat has no silence.")
    busy = [(line.start_s, _end_s(line)) for line in heard.lines if line.engine != CHAT]
    gaps: list[tuple[float, float]] = []
    reached_s = heard.began_s
    for start_s, end_s in sorted([*busy, *heard.holds, (heard.call.duration_s, heard.call.duration_s)]):
        if start_s - reached_s > rule.over_s:
            gaps.append((reached_s, start_s))
        reached_s = max(reached_s, end_s)
    if gaps:
        longest_s = max(end_s - start_s for start_s, end_s in gaps)
        moments = tuple(Moment(start_s, f"{end_s - start_s:.0f} s of silence") for start_s, end_s in gaps)
        return Proposal(
            NO, f"Silent for more than {rule.over_s:g} s {_times(len(gaps))}, at most {longest_s:.0f} s.", moments
        )
    return Proposal(YES, f"Never silent for more than {rule.over_s:g} s.")


def _few_interruptions(rule: FewInterruptions, heard: Heard) -> Proposal:
    if not heard.voice:
        return Proposal(NOT_APPLICABLE, "Nobody interrupts in a chat.")
    customer = [line for line in heard.by("customer") if line.engine != CHAT]
    found = [line for line in heard.agents_own() if any(_cuts_into(line, other) for other in customer)]
    value: Literal["yes", "no"] = YES if len(found) <= rule.at_most else NO
    return Proposal(value, f"Spoke into the customer's words {_times(len(found))}.", tuple(map(_moment, found)))


def _cuts_into(line: Utterance, other: Utterance) -> bool:
    return other.start_s + INTERRUPTION_S <= line.start_s <= _end_s(other) - INTERRUPTION_S


def _met(item: str, call: Call) -> Moment | None:
    met_by = call.checklist.get(item)
    line = call.utterances.get(met_by) if met_by is not None else None
    return _moment(line) if line else None


def _holds_one(phrases: Iterable[str], line: Utterance) -> bool:
    words = plain(line.text)
    return any(said(phrase, words) for phrase in phrases)


def _moment(line: Utterance) -> Moment:
    return Moment(line.start_s, line.text, line.utterance_id)


def _end_s(line: Utterance) -> float:
    return line.start_s if line.end_s is None else line.end_s


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")
