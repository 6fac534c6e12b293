"""What a call comes to in numbers, computed once when it is over; every figure over many calls is SQL over these."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from core.calls.call import CHAT, Call, Utterance
from core.calls.events import Party

Interval = tuple[float, float]
SENTIMENT_LINES = 3
"""How many of the customer's first, and last, scored utterances tell the mood at start and end."""
INTERRUPTION_S = 0.3
"""The other party must have been speaking for this long, and go on for this long, to have been interrupted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """All times in seconds. Figures of a chat that only speech has are zero or None."""

    talk_s: float
    """From the answer to the end, without hold."""
    held_s: float
    acw_s: float | None
    """After-call work: from the end to the wrap-up. None while that is not done."""
    waited_s: float | None
    """In the queue; None for calls that never waited."""
    first_response_s: float | None
    """From queueing, or from the start, to the agent's first word or message."""
    customer_speech_s: float
    agent_speech_s: float
    overlap_s: float
    """Both speak."""
    silence_s: float
    """Non-talk time: nobody speaks, and the customer is not on hold."""
    interruptions: int
    """Times the agent began to speak into the customer's speech, or the other way round."""
    customer_words: int
    agent_words: int
    sentiment: float | None
    """Mean over the customer's scored utterances, -1 to 1, inferred from words. Not CSAT."""
    sentiment_start: float | None
    sentiment_end: float | None
    alerts: int
    urgent_alerts: int
    checklist_met: int
    flags: int
    transfers: int


def facts_of(call: Call) -> CallFacts:
    """The numbers of a call that is over, and not wrapped up yet."""
    end_s = call.duration_s
    answered = call.queued is None or call.answered_s is not None
    start_s = call.answered_s or 0.0
    lines = call.transcript
    spoken = {party: _speech(lines, party) for party in ("customer", "agent")}
    scores = [line.sentiment for line in lines if line.speaker == "customer" and line.sentiment is not None]
    on_the_line_s = max(0.0, end_s - start_s) if answered else 0.0
    both = _overlap_s(spoken["customer"], spoken["agent"])
    customer_s, agent_s = _length_s(spoken["customer"]), _length_s(spoken["agent"])
    cards = [card for card in call.suggestions.values() if card.kind == "alert" and card.state != "discarded"]
    replies = [line.start_s for line in lines if line.speaker == "agent"]
    return CallFacts(
        talk_s=max(0.0, on_the_line_s - call.held_s),
        held_s=call.held_s,
        acw_s=None,
        waited_s=call.waited_s,
        first_response_s=min(replies) if replies else None,
        customer_speech_s=customer_s,
        agent_speech_s=agent_s,
        overlap_s=both,
        silence_s=max(0.0, on_the_line_s - call.held_s - (customer_s + agent_s - both))
        if call.channel == "voice"
        else 0.0,
        interruptions=_interruptions(spoken["customer"], spoken["agent"])
        + _interruptions(spoken["agent"], spoken["customer"]),
        customer_words=_words(lines, "customer"),
        agent_words=_words(lines, "agent"),
        sentiment=fmean(scores) if scores else None,
        sentiment_start=fmean(scores[:SENTIMENT_LINES]) if scores else None,
        sentiment_end=fmean(scores[-SENTIMENT_LINES:]) if scores else None,
        alerts=len(cards),
        urgent_alerts=sum(card.priority == "urgent" for card in cards),
        checklist_met=len(call.checklist),
        flags=len(call.moments),
        transfers=len(call.transfers),
    )


def after_call_work_s(call: Call, wrapped_up_s: float) -> float:
    """How long a call was worked on after its end; `wrapped_up_s` is when that was over, on the call's clock."""
    return max(0.0, wrapped_up_s - call.duration_s)


def _speech(lines: Iterable[Utterance], party: Party) -> list[Interval]:
    """When a party speaks, in order, without overlaps of its own."""
    merged: list[Interval] = []
    said = [line for line in lines if line.speaker == party and line.engine != CHAT and line.end_s is not None]
    for start_s, end_s in sorted((line.start_s, max(line.start_s, line.end_s or 0.0)) for line in said):
        if merged and start_s <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end_s, merged[-1][1]))
        else:
            merged.append((start_s, end_s))
    return merged


def _length_s(intervals: Sequence[Interval]) -> float:
    return sum(end_s - start_s for start_s, end_s in intervals)


def _overlap_s(some: Sequence[Interval], others: Sequence[Interval]) -> float:
    return sum(
        max(0.0, min(end_s, other_end_s) - max(start_s, other_start_s))
        for start_s, end_s in some
        for other_start_s, other_end_s in others[
            max(0, bisect_left(others, (start_s,)) - 1) : bisect_left(others, (end_s,))
        ]
    )


def _interruptions(speaker: Sequence[Interval], interrupter: Sequence[Interval]) -> int:
    """How often the one begins while the other is in the middle of speaking."""
    return sum(
        any(start_s + INTERRUPTION_S <= begins_s <= end_s - INTERRUPTION_S for start_s, end_s in speaker)
        for begins_s, _ in interrupter
    )


def _words(lines: Iterable[Utterance], party: Party) -> int:
    return sum(len(line.text.split()) for line in lines if line.speaker == party)
