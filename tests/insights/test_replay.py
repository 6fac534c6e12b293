"""Replaying is folding: the same states as live, at any moment, every time, and nobody is asked."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from histories import histories
from hypothesis import given, settings
from hypothesis import strategies as st
from scenario_calls import run_call, services_hearing

from core.bootstrap import Services
from core.calls.call import Call, apply, fold
from core.calls.events import Event, Recorded
from core.calls.follow import Follower
from core.calls.log import EventLog
from core.config import ROOT
from core.insights.replay import CHECKPOINT_EVERY, Replay

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SCENARIO = "john_doe_router"
MOMENTS = 100


def recorded(events: list[Event], spacing_s: float = 0.25) -> list[Recorded]:
    return [Recorded("c", seq, seq * spacing_s, AT, event) for seq, event in enumerate(events, start=1)]


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Iterator[Services]:
    built = services_hearing(SCENARIO, tmp_path_factory.mktemp("replay"), seeded)
    yield built
    built.close()


@pytest.fixture(scope="module")
def stored(services: Services) -> list[Recorded]:
    """A call of the demo world, as read back from the database."""
    return services.log.events(run_call(services, SCENARIO))


def moments(events: list[Recorded]) -> list[float]:
    """A hundred offsets, in no order: at events, between them, before the first and after the last."""
    chance = Random(5)
    at_events = [event.offset_s for event in chance.sample(events, MOMENTS // 2 - 1)]
    between = [chance.uniform(0, events[-1].offset_s) for _ in range(MOMENTS // 2 - 1)]
    offsets = [-1.0, *at_events, *between, events[-1].offset_s + 1]
    chance.shuffle(offsets)
    return offsets


def test_a_stored_call_replayed_twice_shows_the_same(services: Services, stored: list[Recorded]) -> None:
    offsets = moments(stored)
    assert len(offsets) == MOMENTS
    first, second = Replay(stored), Replay(services.log.events(stored[0].call_id))
    forward = {offset_s: first.at(offset_s) for offset_s in sorted(offsets)}
    assert [second.at(offset_s) for offset_s in offsets] == [forward[offset_s] for offset_s in offsets]
    assert first.at(stored[-1].offset_s) == services.log.call(stored[0].call_id)


def test_states_captured_live_are_those_of_the_replay(event_log: EventLog, stored: list[Recorded]) -> None:
    """Somebody follows while the call is written, and keeps what they see now and then."""
    seen: dict[float, Call] = {}
    now_s = 0.0
    call_id = stored[0].call_id
    event_log.open(call_id, lambda: now_s)
    live = Call(call_id)
    kept = set(Random(3).sample(range(len(stored)), MOMENTS))
    with Follower(event_log, call_id) as follower:
        for position, event in enumerate(stored):
            # In lock-step a whole card comes at one moment; in life it takes its time.
            now_s = position * 0.1
            event_log.append(call_id, event.event)
            if position in kept:
                event_log.sync()
                live = fold(follower.wait(5), live)
                seen[now_s] = live
    event_log.sync()
    again = Replay(event_log.events(call_id))
    assert len(seen) == MOMENTS
    assert any(card.state == "writing" and card.message for one in seen.values() for card in one.suggestions.values())
    for offset_s in sorted(seen, reverse=True):
        assert again.at(offset_s) == seen[offset_s]


def test_suggestions_grow_word_by_word(stored: list[Recorded]) -> None:
    replay = Replay(stored)
    suggestion_id = next(
        one.suggestion_id for one in replay.at(replay.duration_s).suggestions.values() if one.state == "shown"
    )
    grown = []
    call = Call(stored[0].call_id)
    for event in stored:
        call = apply(call, event)
        if suggestion_id in call.suggestions:
            grown.append(call.suggestions[suggestion_id].message)
    assert len(set(grown)) > 3
    assert all(after.startswith(before) for before, after in pairwise(grown))


def test_no_model_and_no_engine_is_so_much_as_imported() -> None:
    """What is not there cannot be called."""
    asked = (
        "import json, sys, core.insights.replay, core.insights.timeline;"
        "print(json.dumps([name for name in sys.modules if name.startswith(('core.', 'openai', 'pocketsphinx'))]))"
    )
    ran = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = json.loads(ran.stdout)
    assert "core.insights.replay" in loaded
    helping = ("core.assistant", "core.speech", "core.bootstrap", "core.customers", "openai", "pocketsphinx")
    assert [name for name in loaded if name.startswith(helping)] == []


@settings(max_examples=40)
@given(history=histories(), offsets=st.lists(st.floats(0, 10), min_size=1, max_size=20))
def test_any_moment_is_the_fold_of_what_had_happened(history: list[Event], offsets: list[float]) -> None:
    events = recorded(history)
    replay = Replay(events)
    for offset_s in offsets:
        happened = [event for event in events if event.offset_s <= offset_s]
        assert replay.at(offset_s) == fold(happened, Call("c"))
    assert [replay.at(offset_s) for offset_s in offsets] == [Replay(events).at(offset_s) for offset_s in offsets]


@settings(max_examples=5)
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
