"""What a replay marks on its time line."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from histories import histories
from hypothesis import given, settings

from core.calls.call import Call, fold
from core.calls.events import (
    ActionProposed,
    ActionTaken,
    ActionUndone,
    CallEnded,
    CallStarted,
    Event,
    HoldEnded,
    HoldStarted,
    MessageSent,
    MomentFlagged,
    Recorded,
    RecordingStarted,
    SentimentScored,
    SpeechEnded,
    SpeechEngineChanged,
    SpeechStarted,
    SuggestionCompleted,
    SuggestionDelta,
    SuggestionDiscarded,
    SuggestionStarted,
    TranscriptFinal,
    VoiceCommandGiven,
    VoiceMood,
)
from core.insights.timeline import LEAD_S, QUIET_S, Mark, Span, timeline

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
PROPOSED = ActionProposed(
    action_id="a1", action="refund", customer_id="cus_1", arguments={}, preview="Refund $20", proposed_by="agent"
)


def log(*timed: tuple[float, Event]) -> list[Recorded]:
    return [Recorded("c", seq, at_s, AT, event) for seq, (at_s, event) in enumerate(timed, start=1)]


def said(utterance_id: str, speaker: str, start_s: float, end_s: float) -> list[tuple[float, Event]]:
    return [
        (start_s, SpeechStarted(party=speaker, utterance_id=utterance_id, start_s=start_s)),  # type: ignore[arg-type]
        (end_s, SpeechEnded(party=speaker, utterance_id=utterance_id, end_s=end_s)),  # type: ignore[arg-type]
        (
            end_s,
            TranscriptFinal(
                utterance_id=utterance_id,
                speaker=speaker,  # type: ignore[arg-type]
                text="words",
                start_s=start_s,
                end_s=end_s,
                confidence=None,
                engine="scripted",
            ),
        ),
        (end_s, SentimentScored(utterance_id=utterance_id, score=-0.5)),
    ]


def card(suggestion_id: str, started_s: float, shown_s: float, kind: str = "suggestion") -> list[tuple[float, Event]]:
    common = {"suggestion_id": suggestion_id, "kind": kind, "priority": "tip"}
    return [
        (started_s, SuggestionStarted(**common, rule="r", assistant="playbook", triggered_by=[])),  # type: ignore[arg-type]
        (shown_s, SuggestionDelta(suggestion_id=suggestion_id, text="Say this.")),
        (shown_s, SuggestionCompleted(**common, message="Say this.", evidence=[], triggered_by=[])),  # type: ignore[arg-type]
    ]


def test_a_call_at_a_glance() -> None:
    found = timeline(
        log(
            (0.0, CallStarted(source="customer", agent="Alex")),
            (0.5, RecordingStarted(file="c.opus")),
            *said("u1", "customer", 1.0, 3.0),
            *card("s1", 3.1, 3.4),
            *said("u2", "agent", 4.0, 5.0),
            (10.0, HoldStarted(by="Alex")),
            (20.0, HoldEnded(by="Alex", held_s=10.0)),
            (21.0, MomentFlagged(moment_id="m1", at_s=20.5, note="listen to this")),
            *card("s2", 22.0, 22.5, "alert"),
            (23.0, PROPOSED),
            (24.0, ActionTaken(action_id="a1", effect="Refunded $20", taken_by="Alex")),
            (25.0, ActionUndone(action_id="a1", undone_by="Alex")),
            (26.0, MessageSent(message_id="w1", sender="agent", text="Here is the link")),
            (30.0, CallEnded(reason="completed")),
        )
    )
    assert (found.duration_s, found.ended_s, found.recorded_from_s) == (30.0, 30.0, 0.5)
    assert found.speech == {"customer": [Span(1.0, 3.0)], "agent": [Span(4.0, 5.0)]}
    assert found.sentiment == [(1.0, -0.5), (4.0, -0.5)]
    assert found.holds == [Span(10.0, 20.0)]
    assert [(mark.kind, mark.at_s, mark.label) for mark in found.marks] == [
        ("suggestion", 3.4, "Say this."),
        ("hold", 10.0, "Hold by Alex"),
        ("hold", 20.0, "Hold ended by Alex"),
        ("flag", 20.5, "listen to this"),
        ("alert", 22.5, "Say this."),
        ("action", 23.0, "Proposed: Refund $20"),
        ("action", 24.0, "Done: Refunded $20"),
        ("action", 25.0, "Undone: Refund $20"),
        ("message", 26.0, "Agent: Here is the link"),
        ("event", 30.0, "Ended: completed"),
    ]
    assert found.marks[0] == Mark(kind="suggestion", at_s=3.4, label="Say this.", ref="s1", priority="tip")
    assert found.quiet == [Span(5.4, 21.6), Span(22.9, 25.6), Span(26.4, 29.6)]


def test_a_silence_at_the_very_beginning_is_skipped_whole() -> None:
    found = timeline(log((0.0, CallStarted(source="demo", agent="Alex")), *said("u1", "customer", 6.0, 7.0)))
    assert found.quiet == [Span(0.0, 6.0 - LEAD_S)]


def test_cards_nobody_saw_are_not_marked() -> None:
    begun = SuggestionStarted(
        suggestion_id="s1", kind="info", priority="tip", rule="r", assistant="playbook", triggered_by=[]
    )
    found = timeline(log((0.0, begun), (1.0, SuggestionDiscarded(suggestion_id="s1", reason="says the same"))))
    assert found.marks == []


def test_what_happened_to_the_speech_is_marked() -> None:
    changed = SpeechEngineChanged(party="customer", engine="pocketsphinx", reason="deepgram is away")
    calm = VoiceMood(party="customer", utterance_id="u1", arousal=0.1, raised=False, reasons=[])
    raised = VoiceMood(
        party="customer", utterance_id="u2", arousal=0.9, raised=True, reasons=["louder by 8 dB", "higher"]
    )
    command = VoiceCommandGiven(utterance_id="u3", command="flag", message="Flagged this moment.", done=True)
    marks = timeline(
        log((0.0, CallStarted(source="demo", agent="Alex")), (1.0, changed), (2.0, calm), (3.0, raised), (4.0, command))
    ).marks
    assert [(mark.at_s, mark.label) for mark in marks] == [
        (1.0, "pocketsphinx hears the customer from here: deepgram is away"),
        (3.0, "The customer's voice is raised: louder by 8 dB, higher than before"),
        (4.0, "Said to Sidetone: Flagged this moment."),
    ]


def test_a_hold_lasts_until_the_call_ends() -> None:
    found = timeline(
        log(
            (0.0, CallStarted(source="demo", agent="Alex")),
            (2.0, HoldStarted(by="Alex")),
            (9.0, CallEnded(reason="abandoned")),
        )
    )
    assert found.holds == [Span(2.0, 9.0)]


@settings(max_examples=60)
@given(history=histories())
def test_everything_lies_in_order_and_what_is_quiet_is_quiet(history: list[Event]) -> None:
    events = log(*((seq * 0.7, event) for seq, event in enumerate(history)))
    found = timeline(events)
    assert found == timeline(events)
    assert [mark.at_s for mark in found.marks] == sorted(mark.at_s for mark in found.marks)
    for before, after in zip(found.quiet, found.quiet[1:], strict=False):
        assert before.end_s < after.start_s
    spoken = [span for spans in found.speech.values() for span in spans]
    for gap in found.quiet:
        assert gap.end_s - gap.start_s >= QUIET_S - 2 * LEAD_S - 1e-9
        assert not any(span.start_s < gap.end_s and gap.start_s < span.end_s for span in spoken)
    assert found.ended_s == fold(events, Call("c")).ended_s


def test_a_card_that_was_completed_before_it_began_is_a_point() -> None:
    card = SuggestionStarted(
        suggestion_id="s1", kind="suggestion", priority="normal", rule="", assistant="", triggered_by=[]
    )
    early = SuggestionCompleted(
        suggestion_id="s1", kind="suggestion", priority="normal", message="Hi.", evidence=[], triggered_by=[]
    )
    started = CallStarted(source="microphone", agent="")
    found = timeline(log((0.0, started), (4.9, early), (6.3, card), (7.0, replace(card, suggestion_id="s2"))))
    assert [span.end_s < after.start_s for span, after in pairwise(found.quiet)] == [True] * (len(found.quiet) - 1)


def test_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one event"):
        timeline([])
