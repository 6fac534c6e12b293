"""A call's numbers, on calls worked out by hand."""

from collections.abc import Sequence

import pytest
from histories import histories
from hypothesis import given

from core.calls.call import Call, fold
from core.calls.events import (
    CallAnswered,
    CallEnded,
    CallQueued,
    CallStarted,
    Event,
    HoldEnded,
    HoldStarted,
    MessageSent,
    Party,
    Recorded,
    SentimentScored,
    TranscriptFinal,
)
from core.calls.facts import after_call_work_s, facts_of
from core.clock import ManualClock

At = tuple[float, Event]


def call_of(*events: At) -> Call:
    now = ManualClock().now()
    recorded = [Recorded("c", seq, at_s, now, event) for seq, (at_s, event) in enumerate(events, start=1)]
    return fold(recorded, Call("c"))


def said(number: int, speaker: Party, start_s: float, end_s: float, text: str = "two words") -> At:
    final = TranscriptFinal(
        utterance_id=f"u{number}", speaker=speaker, text=text, start_s=start_s, end_s=end_s, confidence=None, engine="x"
    )
    return end_s, final


def scored(number: int, score: float) -> At:
    return 100.0, SentimentScored(utterance_id=f"u{number}", score=score)


QUEUED: Sequence[At] = (
    (0.0, CallStarted(source="customer", agent="")),
    (0.0, CallQueued()),
    (10.0, CallAnswered(agent="Ann", waited_s=10.0)),
)


def test_a_call_worked_out_by_hand() -> None:
    call = call_of(
        *QUEUED,
        said(1, "agent", 11.0, 13.0, "good morning"),
        said(2, "customer", 14.0, 20.0, "my bill is wrong again and again"),
        said(3, "agent", 18.0, 24.0, "let me look"),
        (30.0, HoldStarted(by="Ann")),
        (50.0, HoldEnded(by="Ann", held_s=20.0)),
        said(4, "customer", 60.0, 62.0),
        (70.0, CallEnded(reason="completed")),
    )
    facts = facts_of(call)
    assert (facts.waited_s, facts.held_s, facts.talk_s, facts.acw_s) == (10.0, 20.0, 40.0, None)
    assert after_call_work_s(call, 100.0) == 30.0
    assert facts.first_response_s == 11.0
    assert (facts.agent_speech_s, facts.customer_speech_s, facts.overlap_s) == (8.0, 8.0, 2.0)
    # 60 s on the line, 20 on hold, 8 + 8 - 2 with somebody speaking.
    assert facts.silence_s == pytest.approx(26.0)
    assert facts.interruptions == 1
    assert (facts.agent_words, facts.customer_words) == (5, 9)


def test_talking_on_for_a_moment_is_no_interruption() -> None:
    call = call_of(*QUEUED, said(1, "customer", 11.0, 14.0), said(2, "agent", 13.9, 16.0))
    assert facts_of(call).interruptions == 0
    assert facts_of(call).overlap_s == pytest.approx(0.1)


def test_mood_at_start_and_end_are_three_lines_each() -> None:
    lines = [said(number, "customer", float(number), number + 0.5) for number in range(1, 6)]
    scores = [scored(number, score) for number, score in enumerate((-0.9, -0.6, 0.0, 0.3, 0.9), start=1)]
    facts = facts_of(call_of(*QUEUED, *lines, *scores))
    assert facts.sentiment_start == pytest.approx(-0.5)
    assert facts.sentiment_end == pytest.approx(0.4)
    assert facts.sentiment == pytest.approx(-0.06)


def test_a_call_nobody_answered_has_no_talk_time() -> None:
    facts = facts_of(call_of(*QUEUED[:2], (40.0, CallEnded(reason="abandoned"))))
    assert (facts.talk_s, facts.held_s, facts.waited_s, facts.first_response_s) == (0.0, 0.0, None, None)


def test_what_is_written_is_no_speech() -> None:
    chat: At = (12.0, MessageSent(message_id="m", sender="agent", text="how can I help you"))
    facts = facts_of(call_of(*QUEUED, chat))
    assert (facts.agent_speech_s, facts.agent_words, facts.first_response_s) == (0.0, 5, 12.0)


@given(history=histories())
def test_no_history_gives_impossible_numbers(history: list[Event]) -> None:
    facts = facts_of(call_of(*((float(number), event) for number, event in enumerate(history))))
    assert facts.talk_s >= 0
    assert facts.silence_s >= 0
    assert facts.overlap_s <= min(facts.customer_speech_s, facts.agent_speech_s) + 1e-6
