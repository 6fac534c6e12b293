"""What leaves for the customer's browser, of any call whatever."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.calls.call import Call, fold
from core.calls.events import (
    CallAnswered,
    CallEnded,
    CallOffered,
    CallQueued,
    CallRated,
    CallStarted,
    CallTransferred,
    Event,
    HoldEnded,
    HoldStarted,
    MessageDelivered,
    MessageSent,
    OfferEnded,
    PartyJoined,
    PartyLeft,
    PartyMuted,
    Recorded,
    RecordingPaused,
    RecordingStarted,
    TranscriptFinal,
)
from core.web.customer_state import customer_state, elapsed_s

BEGUN = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
QUEUED = (CallStarted(source="customer", agent=""), CallQueued(name="Sarah Johnson", tier="gold"))
ANSWERED = (*QUEUED, CallOffered(agent="Alex Morgan"), CallAnswered(agent="Alex Morgan", waited_s=3.0))


def after(*events: Event) -> Call:
    """The call after these, one second apart."""
    return fold(
        [Recorded("call_1", n, float(n), BEGUN + timedelta(seconds=n), event) for n, event in enumerate(events, 1)],
        Call("call_1"),
    )


def shown(*events: Event, position: int | None = None, typing: bool = False) -> dict[str, Any]:
    return customer_state(after(*events), position, agent_typing=typing)


@pytest.mark.parametrize(
    ("events", "phase"),
    [
        (QUEUED[:1], "waiting"),
        (QUEUED, "waiting"),
        ((*QUEUED, CallOffered(agent="Alex Morgan")), "ringing"),
        ((*QUEUED, CallOffered(agent="Alex Morgan"), OfferEnded(agent="Alex Morgan", reason="declined")), "waiting"),
        (ANSWERED, "talking"),
        ((*ANSWERED, HoldStarted(by="Alex Morgan")), "on hold"),
        ((*ANSWERED, HoldStarted(by="Alex Morgan"), HoldEnded(by="Alex Morgan", held_s=2.0)), "talking"),
        ((*ANSWERED, CallTransferred(from_agent="Alex Morgan", note="rude"), QUEUED[1]), "waiting"),
        ((*ANSWERED, CallEnded(reason="completed")), "ended"),
        ((*QUEUED, CallEnded(reason="abandoned")), "ended"),
    ],
)
def test_the_phase_follows_the_call(events: tuple[Event, ...], phase: str) -> None:
    assert shown(*events)["phase"] == phase


def test_the_place_in_the_queue_is_told_only_while_waiting() -> None:
    assert shown(*QUEUED, position=2)["position"] == 2
    assert shown(*ANSWERED, position=2)["position"] is None


def test_who_answered_is_a_first_name_and_who_it_rings_at_is_nobodys_business() -> None:
    assert shown(*QUEUED, CallOffered(agent="Alex Morgan"))["agent"] == ""
    assert shown(*ANSWERED)["agent"] == "Alex"
    assert shown(*ANSWERED, CallEnded(reason="completed"))["agent"] == "Alex"
    assert shown(*QUEUED, CallEnded(reason="abandoned"))["agent"] == ""


def test_messages_are_those_that_were_written() -> None:
    spoken = TranscriptFinal(
        utterance_id="u1", speaker="agent", text="spoken", start_s=1, end_s=2, confidence=None, engine="pocketsphinx"
    )
    state = shown(
        *ANSWERED,
        spoken,
        MessageSent(message_id="m1", sender="agent", text="Hello"),
        MessageDelivered(message_id="m1"),
        MessageSent(message_id="m2", sender="customer", text="Hi"),
        MessageDelivered(message_id="m2"),
    )
    assert [(one["text"], one["mine"], one["delivered"]) for one in state["messages"]] == [
        ("Hello", False, False),
        ("Hi", True, True),
    ]


def test_recording_mute_typing_and_rating_are_told() -> None:
    on = (*ANSWERED, RecordingStarted(file="secret.opus"))
    assert shown(*on)["recording"] == "on"
    assert shown(*on, RecordingPaused(by="Alex Morgan", reason="card"))["recording"] == "paused"
    assert shown(*on, CallEnded(reason="completed"))["recording"] == "off"
    joined = PartyJoined(party="customer", engine="pocketsphinx")
    assert shown(*ANSWERED, joined, PartyMuted(party="customer"))["muted"] is True
    assert shown(*ANSWERED, typing=True)["agent_typing"] is True
    assert shown(*QUEUED, typing=True)["agent_typing"] is False
    assert shown(*ANSWERED, CallEnded(reason="completed"), CallRated(score=5))["rated"] is True


def test_an_agent_who_is_cut_off_is_missed_only_in_a_voice_call_they_had_joined() -> None:
    line = PartyJoined(party="agent", engine="pocketsphinx")
    assert shown(*ANSWERED)["agent_present"] is True
    assert shown(*ANSWERED, line, PartyLeft(party="agent"))["agent_present"] is False
    assert shown(*ANSWERED, line, PartyLeft(party="agent"), line)["agent_present"] is True


def test_time_counts_from_when_the_customer_began_to_wait_then_from_the_answer() -> None:
    assert elapsed_s(after(*QUEUED), 10.0) == 8.0
    assert elapsed_s(after(*ANSWERED), 10.0) == 6.0
    assert elapsed_s(after(*ANSWERED, CallEnded(reason="completed")), 99.0) == 1.0


def test_only_these_fields_exist_and_all_of_them_are_plain() -> None:
    state = shown(*ANSWERED, MessageSent(message_id="m1", sender="agent", text="Hello"))
    assert set(state) == {
        "phase",
        "position",
        "agent",
        "agent_present",
        "channel",
        "recording",
        "muted",
        "messages",
        "agent_typing",
        "end_reason",
        "rated",
    }
    assert set(state["messages"][0]) == {"message_id", "mine", "text", "at_s", "delivered"}
    assert "Morgan" not in json.dumps(state)
    assert "call_1" not in json.dumps(state)
