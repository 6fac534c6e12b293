"""When a scripted caller speaks."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calls.events import (
    CallAnswered,
    CallQueued,
    CallStarted,
    EchoSuppressed,
    Event,
    HoldEnded,
    HoldStarted,
    MessageSent,
    PartyLeft,
    SpeechEnded,
    SpeechStarted,
    TranscriptFinal,
)
from core.calls.turn_taking import GOODBYE_S, REPLY_S, CallerMode, TurnTaking, caller_turns
from core.speech.scripted import TimedText

FRAME_S = 0.02
PATIENCE_S = 12.0
SCRIPT = [
    TimedText(party="agent", text="Good morning.", start_s=0.5, end_s=1.5),
    TimedText(party="customer", text="Hello.", start_s=2.0, end_s=3.0),
    TimedText(party="customer", text="It is broken.", start_s=3.5, end_s=4.5),
    TimedText(party="agent", text="I see.", start_s=5.0, end_s=6.0),
    TimedText(party="customer", text="Goodbye.", start_s=7.0, end_s=8.0),
    TimedText(party="agent", text="Goodbye.", start_s=8.5, end_s=9.5),
]
ANSWERED = CallAnswered(agent="Alex", waited_s=3.0)


@dataclass
class Said:
    """What a caller did, by the time on the line."""

    turns: list[tuple[int, float]] = field(default_factory=list)
    over_s: float | None = None


def talk(events: dict[float, list[Event]], mode: CallerMode = "waits", until_s: float = 120.0) -> Said:
    """Let a caller go through frames until they hang up. `events` happen at wall times, answered calls at 0."""
    taking = TurnTaking(turns=caller_turns(SCRIPT), mode=mode, patience_s=PATIENCE_S, script_s=9.5)
    said = Said()
    due = sorted(events.items())
    on_the_line = 0
    for frame in range(round(until_s / FRAME_S)):
        now_s = on_the_line * FRAME_S
        while due and due[0][0] <= frame * FRAME_S + 1e-9:
            for event in due.pop(0)[1]:
                taking = taking.hear(event, now_s)
        if taking.over(now_s):
            said.over_s = now_s
            return said
        if (turn := taking.due(now_s)) is not None:
            said.turns.append((turn, now_s))
            taking = taking.begin(now_s)
        on_the_line += taking.connected
    return said


def started(utterance_id: str) -> Event:
    return SpeechStarted(party="agent", utterance_id=utterance_id, start_s=0.0)


def ended(utterance_id: str) -> Event:
    return SpeechEnded(party="agent", utterance_id=utterance_id, end_s=0.0)


def times(said: Said) -> list[float]:
    return [round(at_s, 2) for _, at_s in said.turns]


def test_the_turns_are_the_customers_and_know_what_they_reply_to() -> None:
    turns = caller_turns(SCRIPT)
    assert [turn.replies for turn in turns] == [True, False, True]
    assert [turn.pause_s for turn in turns] == [0.5, 0.5, 1.0]
    assert [turn.duration_s for turn in turns] == [1.0, 1.0, 1.0]


def test_each_turn_follows_the_agents() -> None:
    said = talk(
        {
            0: [ANSWERED],
            1: [started("a")],
            2: [ended("a")],
            6: [started("b")],
            7: [ended("b")],
            10: [started("c")],
            11: [ended("c")],
        }
    )
    assert times(said) == pytest.approx([2 + REPLY_S, 2 + REPLY_S + 1.5, 7 + REPLY_S], abs=FRAME_S)
    assert said.over_s == pytest.approx(11 + GOODBYE_S, abs=FRAME_S)


def test_a_silent_agent_is_waited_for_and_then_gone_on_without() -> None:
    said = talk({0: [ANSWERED]})
    assert times(said) == pytest.approx([12.0, 13.5, 26.5], abs=FRAME_S)
    assert said.over_s == pytest.approx(27.5 + PATIENCE_S, abs=FRAME_S)


def test_nobody_speaks_before_the_call_is_answered() -> None:
    waiting = CallStarted(source="scripted", agent=""), CallQueued(reason="bill")
    assert talk({0: [*waiting], 30: [started("a"), ended("a")]}).turns == []
    assert talk({0: [*waiting], 30: [ANSWERED], 31: [started("a")], 32: [ended("a")]}).turns[0][1] == pytest.approx(
        2 + REPLY_S, abs=FRAME_S
    )


def test_a_call_that_never_waited_is_answered_from_the_start() -> None:
    assert times(talk({0: [CallStarted(source="microphone", agent="Alex")]}, until_s=12.1)) == [12.0]


def test_the_agent_may_pause_within_a_turn() -> None:
    said = talk({0: [ANSWERED], 1: [started("a")], 2: [ended("a")], 2.5: [started("b")], 5: [ended("b")]}, until_s=6)
    assert times(said) == pytest.approx([5 + REPLY_S], abs=FRAME_S)


def test_a_written_answer_is_a_turn_too() -> None:
    said = talk({0: [ANSWERED], 3: [MessageSent(message_id="m", sender="agent", text="Hello")]}, until_s=4)
    assert times(said) == pytest.approx([3 + REPLY_S], abs=FRAME_S)
    assert talk({0: [ANSWERED], 3: [MessageSent(message_id="m", sender="customer", text="?")]}, until_s=4).turns == []


@pytest.mark.parametrize(
    "retraction",
    [
        TranscriptFinal(
            utterance_id="a", speaker="agent", text="", start_s=0, end_s=1, confidence=None, engine="scripted"
        ),
        EchoSuppressed(party="agent", utterance_id="a"),
    ],
)
def test_a_cough_and_the_callers_own_echo_are_no_turns(retraction: Event) -> None:
    said = talk({0: [ANSWERED], 1: [started("a")], 2: [ended("a")], 2.3: [retraction]}, until_s=12.1)
    assert times(said) == [12.0]


def test_a_word_while_the_caller_speaks_is_no_turn() -> None:
    greeted = {0: [ANSWERED], 1: [started("a"), ended("a")]}
    # The second turn is said from 3.2 to 4.2 s.
    said = talk({**greeted, 3.4: [started("b")], 3.8: [ended("b")]}, until_s=16)
    assert len(said.turns) == 2
    interrupted = talk({**greeted, 3.4: [started("b")], 5.0: [ended("b")]}, until_s=16)
    assert times(interrupted)[2] == pytest.approx(5.0 + REPLY_S, abs=FRAME_S)


def test_an_agent_cut_off_in_mid_sentence_does_not_hold_the_caller_up_for_ever() -> None:
    said = talk({0: [ANSWERED], 1: [started("a")], 3: [PartyLeft(party="agent")]}, until_s=12.1)
    assert times(said) == [12.0]


def test_time_stands_still_on_hold_and_back_in_the_queue() -> None:
    held = talk({0: [ANSWERED], 5: [HoldStarted(by="Alex")], 65: [HoldEnded(by="Alex", held_s=60)]}, until_s=73)
    assert times(held) == [12.0]
    given_back = {0: [ANSWERED], 5: [CallQueued(reason="bill")], 50: [CallAnswered(agent="Kim", waited_s=48)]}
    assert times(talk(given_back, until_s=63)) == [17.0]


def test_by_the_clock_the_script_says_when() -> None:
    busy: dict[float, list[Event]] = {0: [ANSWERED], 1: [started("a")]}
    said = talk(busy, mode="clock")
    assert times(said) == [2.0, 3.5, 7.0]
    assert said.over_s == pytest.approx(9.5, abs=FRAME_S)


@st.composite
def agents(draw: st.DrawFn) -> list[tuple[float, float]]:
    """When an agent speaks: stretches that do not overlap, in whole frames."""
    stretches, at = [], 0
    for _ in range(draw(st.integers(0, 8))):
        start = at + draw(st.integers(1, 1_000))
        at = start + draw(st.integers(1, 600))
        stretches.append((start * FRAME_S, at * FRAME_S))
    return stretches


@given(agents())
def test_the_caller_never_interrupts_and_always_goes_on(stretches: list[tuple[float, float]]) -> None:
    events: dict[float, list[Event]] = {0.0: [ANSWERED]}
    for number, (start_s, end_s) in enumerate(stretches):
        events[start_s] = [started(f"u{number}")]
        events[end_s] = [ended(f"u{number}")]
    said = talk(events, until_s=400)

    assert [turn for turn, _ in said.turns] == [0, 1, 2]
    assert said.over_s is not None
    begins = [at_s for _, at_s in said.turns]
    for at_s in (*begins, said.over_s):
        assert not any(start_s <= at_s < end_s - FRAME_S / 2 for start_s, end_s in stretches)
    # Nobody waits longer than patience, the agent's own speech aside.
    for before_s, after_s in zip([0.0, *(s + 1.0 for s in begins)], [*begins, said.over_s], strict=True):
        spoken_s = sum(max(0.0, min(end, after_s) - max(start, before_s)) for start, end in stretches)
        pauses = sum(before_s <= end <= after_s for _, end in stretches)
        assert after_s - before_s <= PATIENCE_S + spoken_s + pauses * GOODBYE_S + 2 * FRAME_S
