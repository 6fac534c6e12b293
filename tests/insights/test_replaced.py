"""A call whose speakers were swapped counts once: as the call made anew."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from insights.stored import append, summary_of
from sqlalchemy import Engine

from core.calls.earlier import earlier_calls
from core.calls.events import (
    CallEnded,
    CallStarted,
    CustomerIdentified,
    Event,
    RecordingStarted,
    TranscriptFinal,
    WrapUpCompleted,
)
from core.calls.log import EventLog
from core.calls.outcome import replaced_in, replacing
from core.clock import ManualClock
from core.insights.export import batches
from core.insights.listing import count, page, ranking
from core.insights.metrics import Basis, customer_history, dispositions, kpis
from core.insights.overview import CallFilter
from core.insights.replaced import counts_instead, replaced_by
from core.insights.search_index import refresh

Upload = Callable[..., str]
ALL = CallFilter()


@pytest.fixture
def upload(event_log: EventLog, clock: ManualClock) -> Upload:
    def made(call_id: str, note: str = "", reason: str = "completed", kept: bool = True) -> str:
        clock.advance(60)
        said = TranscriptFinal(
            utterance_id=f"{call_id}_1",
            speaker="customer",
            text="I want a refund",
            start_s=1.0,
            end_s=2.0,
            confidence=None,
            engine="scripted",
        )
        who = CustomerIdentified(customer_id="ann", account_number="1", name="Ann", matched_on=[], profile={})
        events: list[Event] = [
            CallStarted(source="recording", agent="Alex", title="old.wav"),
            *([RecordingStarted(file=f"{call_id}.opus")] if kept else []),
            said,
            who,
            CallEnded(reason=reason),
            summary_of("Wants a refund."),
            WrapUpCompleted(disposition="imported", note=note),
        ]
        append(event_log, call_id, [(float(number), event) for number, event in enumerate(events)])
        return call_id

    return made


def test_an_upload_is_marked_as_recorded_where_its_sound_was_kept(database: Engine, upload: Upload) -> None:
    upload("kept")
    upload("not_kept", kept=False)
    assert {row["call_id"]: row["recording"] for row in page(database, ALL).rows} == {
        "kept": "kept.opus",
        "not_kept": "",
    }


def test_only_the_last_one_made_anew_counts(database: Engine, clock: ManualClock, upload: Upload) -> None:
    upload("first")
    upload("second", f"speakers swapped by hand; {replacing('first')}; two voices were told apart")
    upload("third", replacing("second"))
    basis = Basis(clock.now())
    refresh(database)
    assert [row["call_id"] for row in page(database, ALL).rows] == ["third"]
    assert count(database, ALL) == kpis(database, ALL, basis).calls == 1
    assert ranking(database, CallFilter(words="refund")).call_ids == ("third",)
    assert [row["call_id"] for rows in batches(database, ALL) for row in rows] == ["third"]
    assert [call.call_id for call in customer_history(database, "ann", basis).calls] == ["third"]
    assert [call.call_id for call in earlier_calls(database, "ann")] == ["third"]
    assert [(one.disposition, one.calls) for one in dispositions(database, ALL)] == [("imported", 1)]
    assert [counts_instead(database, call_id) for call_id in ("first", "second", "third")] == ["third", "third", ""]
    assert [replaced_by(database, call_id) for call_id in ("first", "second", "third")] == ["", "first", "second"]


def test_what_was_not_made_anew_to_its_end_replaces_nothing(database: Engine, upload: Upload) -> None:
    upload("first")
    upload("cancelled", replacing("first"), reason="interrupted")
    assert "first" in [row["call_id"] for row in page(database, ALL).rows]
    assert counts_instead(database, "first") == ""


def test_an_agents_note_replaces_no_call(database: Engine, event_log: EventLog, upload: Upload) -> None:
    upload("first")
    wrap_up = WrapUpCompleted(disposition="Resolved", note=replacing("first"))
    events = [CallStarted(source="microphone", agent="Alex"), CallEnded(reason="completed"), wrap_up]
    append(event_log, "live", [(float(number), event) for number, event in enumerate(events)])
    assert counts_instead(database, "first") == ""


@given(before=st.text("abc; ", max_size=9), call_id=st.from_regex(r"[a-z_0-9#-]{1,12}", fullmatch=True))
def test_a_note_tells_what_it_replaces(before: str, call_id: str) -> None:
    assert replaced_in(f"{before}; {replacing(call_id)}; and more") == call_id
    assert replaced_in(before) == ""
