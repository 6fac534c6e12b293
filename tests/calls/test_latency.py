"""Waits read from a call's events, on a case worked out by hand."""

from datetime import UTC, datetime

from core.calls.call import Call
from core.calls.events import (
    CallStarted,
    CustomerIdentified,
    Event,
    Recorded,
    SpeechEnded,
    SpeechStarted,
    SuggestionDelta,
    SuggestionStarted,
    ToolReturned,
    TranscriptFinal,
    TranscriptPartial,
)
from core.calls.latency import CUSTOMER, FINAL, FIRST_WORD, SUGGESTION, TOOL, StageTime, stage_times
from core.insights.figures import latency, timeline

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
CALL: list[tuple[float, Event]] = [
    (0.0, CallStarted(source="demo", agent="Alex")),
    (1.2, SpeechStarted(party="customer", utterance_id="u", start_s=1.0)),
    (1.5, TranscriptPartial(utterance_id="u", speaker="customer", text="my", start_s=1.0)),
    (1.7, TranscriptPartial(utterance_id="u", speaker="customer", text="my bill", start_s=1.0)),
    (2.5, SpeechEnded(party="customer", utterance_id="u", end_s=2.0)),
    (
        2.75,
        TranscriptFinal(
            utterance_id="u", speaker="customer", text="my bill", start_s=1.0, end_s=2.0, confidence=None, engine="x"
        ),
    ),
    (3.0, CustomerIdentified(customer_id="c", account_number="1", name="Ann", matched_on=[], profile={})),
    (3.1, ToolReturned(tool_call_id="t", tool="list_charges", result={}, duration_ms=40.0)),
    (
        3.1,
        SuggestionStarted(suggestion_id="s", kind="info", priority="tip", rule="r", assistant="a", triggered_by=["u"]),
    ),
    (3.25, SuggestionDelta(suggestion_id="s", text="Your")),
    (3.5, SuggestionDelta(suggestion_id="s", text=" bill")),
]


def test_each_stage_is_measured_once_from_where_it_began() -> None:
    events = [Recorded("c", seq, offset_s, AT, event) for seq, (offset_s, event) in enumerate(CALL, start=1)]
    assert stage_times(events) == [
        StageTime(FIRST_WORD, "u", 0.5),
        StageTime(FINAL, "u", 0.75),
        StageTime(CUSTOMER, "u", 0.25),
        StageTime(TOOL, "list_charges", 0.04),
        StageTime(SUGGESTION, "u", 1.25),
    ]
    assert [len(box.x) for box in latency(stage_times(events)).data] == [1, 1, 1, 1, 1]


def test_a_call_without_words_has_a_timeline_too() -> None:
    assert timeline(Call("c")).data
