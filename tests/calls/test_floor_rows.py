"""What a supervisor sees of each live call, and which one comes first."""

from datetime import UTC, datetime

from core.calls.call import Call, fold
from core.calls.events import (
    AudioDropped,
    CallAnswered,
    CallEnded,
    CallOffered,
    CallQueued,
    CallStarted,
    CallTransferred,
    CustomerIdentified,
    Event,
    HelpEnded,
    HelpRequested,
    HoldStarted,
    MessageSent,
    PartyJoined,
    Priority,
    ProviderFailed,
    Recorded,
    SentimentScored,
    SuggestionCompleted,
    SuggestionDismissed,
    SuggestionStarted,
    SupervisorJoined,
    TranscriptFinal,
    TranscriptPartial,
)
from core.calls.floor_rows import (
    FloorAlert,
    FloorLine,
    FloorRow,
    floor_rows,
)

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STARTED = CallStarted(source="customer", agent="")
ANSWERED = CallAnswered(agent="Alex Morgan", waited_s=3)


def recorded(*events: Event | tuple[float, Event]) -> list[Recorded]:
    """One event a second, unless it comes with a time of its own."""
    timed = [one if isinstance(one, tuple) else (float(number), one) for number, one in enumerate(events)]
    return [Recorded("call_1", seq, at_s, AT, event) for seq, (at_s, event) in enumerate(timed, start=1)]


def a_call(*events: Event | tuple[float, Event], call_id: str = "call_1") -> Call:
    return fold(recorded(*events), Call(call_id))


def row_of(*events: Event | tuple[float, Event]) -> FloorRow:
    (row,) = floor_rows([a_call(*events)])
    return row


def said(utterance_id: str, text: str, start_s: float, speaker: str = "customer") -> TranscriptFinal:
    return TranscriptFinal(
        utterance_id=utterance_id,
        speaker="agent" if speaker == "agent" else "customer",
        text=text,
        start_s=start_s,
        end_s=start_s + 1,
        confidence=None,
        engine="scripted",
    )


def scored(utterance_id: str, score: float) -> SentimentScored:
    return SentimentScored(utterance_id=utterance_id, score=score)


def alert(suggestion_id: str, priority: Priority, message: str = "Look here.") -> list[Event]:
    begun = SuggestionStarted(
        suggestion_id=suggestion_id, kind="alert", priority=priority, rule="r", assistant="alerts", triggered_by=[]
    )
    done = SuggestionCompleted(
        suggestion_id=suggestion_id, kind="alert", priority=priority, message=message, evidence=[], triggered_by=[]
    )
    return [begun, done]


def test_calls_that_are_over_are_not_on_the_floor() -> None:
    assert floor_rows([a_call(STARTED, CallEnded(reason="completed"))]) == []


def test_a_call_goes_from_waiting_through_ringing_to_talking_and_hold() -> None:
    queued = (STARTED, CallQueued(name="Sarah J", reason="late parcel"))
    waiting = row_of(*queued)
    assert (waiting.state, waiting.agent, waiting.customer, waiting.identified) == ("waiting", "", "Sarah J", False)
    ringing = row_of(*queued, CallOffered(agent="Alex Morgan"))
    assert (ringing.state, ringing.agent) == ("ringing", "Alex Morgan")
    assert row_of(*queued, ANSWERED).state == "talking"
    held = row_of(*queued, ANSWERED, (10, HoldStarted(by="Alex Morgan")), (70, said("u1", "still there?", 69)))
    assert (held.state, held.hold_s, held.duration_s) == ("on hold", 60, 70)


def test_the_identified_name_counts_more_than_the_given_one() -> None:
    known = CustomerIdentified(
        customer_id="cus_2", account_number="20417", name="Sarah Johnson", matched_on=[], profile={}
    )
    row = row_of(STARTED, CallQueued(name="Sarah J"), ANSWERED, known)
    assert (row.customer, row.identified) == ("Sarah Johnson", True)


def test_sentiment_is_the_mean_of_the_customers_last_three_scored_lines() -> None:
    lines: list[Event] = []
    for number, score in enumerate((1.0, -0.2, -0.4, -0.75)):
        lines += [said(f"u{number}", "so", number), scored(f"u{number}", score)]
    agent = [said("a1", "great", 9, "agent"), scored("a1", 1.0)]
    assert row_of(STARTED, *lines, *agent, said("u9", "unscored", 10)).sentiment == -0.5  # -0.45
    assert row_of(STARTED).sentiment is None


def test_open_alerts_come_most_urgent_first_and_dismissed_ones_are_gone() -> None:
    row = row_of(
        STARTED,
        *alert("s1", "warning", "Talk less."),
        *alert("s2", "urgent", "Threatens to sue."),
        *alert("s3", "warning", "Silence."),
        *alert("s4", "urgent", "Gone."),
        SuggestionDismissed(suggestion_id="s4"),
    )
    assert row.alerts == (
        FloorAlert("urgent", "Threatens to sue."),
        FloorAlert("warning", "Silence."),
        FloorAlert("warning", "Talk less."),
    )
    assert row.urgent
    tip = SuggestionStarted(
        suggestion_id="s5", kind="suggestion", priority="urgent", rule="r", assistant="playbook", triggered_by=[]
    )
    assert row_of(STARTED, tip).alerts == ()


def test_the_latest_line_may_be_spoken_written_or_not_finished() -> None:
    assert row_of(STARTED).latest is None
    row = row_of(
        STARTED,
        said("u1", "hello", 1, "agent"),
        TranscriptPartial(utterance_id="u2", speaker="customer", text="my or", start_s=2),
    )
    assert row.latest == FloorLine("customer", "my or", final=False)
    written = row_of(STARTED, (5, MessageSent(message_id="m1", sender="agent", text="On its way.")))
    assert written.latest == FloorLine("agent", "On its way.", final=True)


def test_who_supervises_and_what_went_wrong() -> None:
    row = row_of(
        STARTED,
        PartyJoined(party="customer", engine="scripted"),
        AudioDropped(party="customer", duration_s=1.5, reason="busy"),
        ProviderFailed(provider="openai", message="The model does not answer."),
        SupervisorJoined(supervisor="Robin Castillo", mode="whisper"),
    )
    assert (row.dropped_s, row.problems) == (1.5, ("The model does not answer.",))
    assert row.supervisors == {"Robin Castillo": "whisper"}


def test_a_help_request_lasts_since_it_was_first_made() -> None:
    asked = HelpRequested(reason="refund over my limit")
    assert a_call(STARTED, (5, asked), (9, asked)).help_s == 5
    assert a_call(STARTED, (5, asked), (6, HelpEnded(by="Robin")), (9, asked)).help_s == 9
    assert a_call(STARTED, (5, asked), (6, CallTransferred(from_agent="Alex"))).help_s is None
    (row,) = floor_rows([a_call(STARTED, (5, asked), (20, said("u1", "hm", 19)))])
    assert (row.help, row.help_s) == ("refund over my limit", 15)
