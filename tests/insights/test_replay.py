"""Replaying is folding: the same states as live, at any moment, every time."""

from datetime import UTC, datetime

import pytest
from histories import histories
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calls.call import Call, apply, fold
from core.calls.events import Event, Recorded
from core.insights.replay import CHECKPOINT_EVERY, Replay

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def recorded(events: list[Event], spacing_s: float = 0.25) -> list[Recorded]:
    return [Recorded("c", seq, seq * spacing_s, AT, event) for seq, event in enumerate(events, start=1)]


@settings(max_examples=40, deadline=None)
@given(history=histories(), offsets=st.lists(st.floats(0, 10), min_size=1, max_size=20))
def test_any_moment_is_the_fold_of_what_had_happened(history: list[Event], offsets: list[float]) -> None:
    events = recorded(history)
    replay = Replay(events)
    for offset_s in offsets:
        happened = [event for event in events if event.offset_s <= offset_s]
        assert replay.at(offset_s) == fold(happened, Call("c"))
    assert [replay.at(offset_s) for offset_s in offsets] == [Replay(events).at(offset_s) for offset_s in offsets]


@settings(max_examples=5, deadline=None)
@given(history=histories())
def test_seeking_across_checkpoints_gives_the_states_captured_live(history: list[Event]) -> None:
    events = recorded(history * (2 * CHECKPOINT_EVERY // len(history) + 2), spacing_s=0.01)
    live, states = Call("c"), []
    for event in events:
        live = apply(live, event)
        states.append(live)
    replay = Replay(events)
    for position in (*range(0, len(events), 7), CHECKPOINT_EVERY - 1, CHECKPOINT_EVERY, len(events) - 1):
        assert replay.at(events[position].offset_s) == states[position]
    assert replay.duration_s == events[-1].offset_s
    assert replay.at(-1.0) == Call("c")


def test_nothing_to_replay_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one event"):
        Replay([])
