"""Calls as files: what other programs read back from them."""

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from histories import histories
from hypothesis import given, settings
from hypothesis import strategies as st
from insights.stored import store
from sqlalchemy import Engine

from core.calls.call import Call, fold
from core.calls.events import Event, MessageSent, Recorded
from core.calls.log import EventLog
from core.clock import ManualClock
from core.insights.call_files import events_of, json_of_events, srt_of, text_of, vtt_of, zip_of
from core.insights.export import COLUMNS, batches, csv_of, harmless, json_of, write_parquet
from core.insights.overview import CallFilter, overview

HELLO = ("customer", "Hello <there>.\n\nMy bill & I.")
SORRY = ("agent", "=SUM(A1) sorry")
FORMULA = '=HYPERLINK("http://evil")'


@pytest.fixture
def two(database: Engine, event_log: EventLog, clock: ManualClock) -> Engine:
    store(
        event_log,
        clock,
        "old",
        HELLO,
        SORRY,
        customer="José Niño",
        channel="chat",
        tier="gold",
        rating=4,
        sentiment=-0.5,
    )
    store(event_log, clock, "new", HELLO, customer=FORMULA, disposition="+49, -1")
    return database


def call_of(log: EventLog, call_id: str) -> Call:
    return fold(log.events(call_id), Call(call_id))


def test_csv_is_read_by_pandas(two: Engine) -> None:
    table = pd.read_csv(io.BytesIO(b"".join(csv_of(batches(two, CallFilter())))), parse_dates=["started_at"])
    assert list(table.columns) == list(COLUMNS)
    assert list(table["call_id"]) == ["new", "old"]
    new, old = table.iloc[0], table.iloc[1]
    assert (old["customer_name"], old["rating"], old["tier"], old["sentiment"]) == ("José Niño", 4, "gold", -0.5)
    assert old["started_at"] == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert (new["customer_name"], new["disposition"]) == (f"'{FORMULA}", "'+49, -1")


def test_json_is_read_by_pandas(two: Engine) -> None:
    text = b"".join(json_of(batches(two, CallFilter(tiers=("gold",)))))
    (old,) = json.loads(text)
    assert list(old) == list(COLUMNS)
    assert (old["call_id"], old["rating"], old["resolved"], old["queued"]) == ("old", 4, None, True)
    assert datetime.fromisoformat(old["started_at"]) == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert list(pd.read_json(io.BytesIO(text))["customer_name"]) == ["José Niño"]


def test_parquet_is_read_by_pandas_and_explains_itself(two: Engine, tmp_path: Path) -> None:
    write_parquet(batches(two, CallFilter()), tmp_path / "calls.parquet")
    table = pd.read_parquet(tmp_path / "calls.parquet")
    assert list(table["customer_name"]) == [FORMULA, "José Niño"]
    assert table["started_at"][1] == pd.Timestamp("2026-01-05T10:00:00Z")
    for field in pq.read_schema(tmp_path / "calls.parquet"):
        assert field.metadata[b"description"].decode() == COLUMNS[field.name][1]


def test_no_calls_are_files_too(two: Engine, tmp_path: Path) -> None:
    nobody = CallFilter(customer="nobody")
    assert len(pd.read_csv(io.BytesIO(b"".join(csv_of(batches(two, nobody)))))) == 0
    assert json.loads(b"".join(json_of(batches(two, nobody)))) == []
    write_parquet(batches(two, nobody), tmp_path / "none.parquet")
    assert list(pd.read_parquet(tmp_path / "none.parquet").columns) == list(COLUMNS)


def test_many_calls_come_in_parts(two: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.insights.export.ROWS_AT_ONCE", 1)
    assert [[row["call_id"] for row in part] for part in batches(two, CallFilter())] == [["new"], ["old"]]
    assert [one["call_id"] for one in json.loads(b"".join(json_of(batches(two, CallFilter()))))] == ["new", "old"]
    assert len(pd.read_csv(io.BytesIO(b"".join(csv_of(batches(two, CallFilter())))))) == 2


def test_only_calls_with_the_words_are_exported(two: Engine) -> None:
    rows = [row["call_id"] for part in batches(two, CallFilter(words="sorry")) for row in part]
    assert rows == ["old"]


def test_every_column_of_the_overview_is_exported() -> None:
    assert set(COLUMNS) == {column.name for column in overview().c}
    assert all(meaning for _, meaning in COLUMNS.values())


@given(st.text())
def test_no_cell_is_a_formula(text: str) -> None:
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert harmless(text).removeprefix("'") == text.removeprefix("'")


def test_the_transcript_as_text(two: Engine, event_log: EventLog) -> None:
    lines = text_of(call_of(event_log, "old")).splitlines()
    assert lines[:5] == [
        "Call old",
        "Started: 2026-01-05 10:00:00 UTC",
        "Agent: Alex Morgan",
        "Customer: José Niño (A-1)",
        "Duration: 00:21",
    ]
    assert lines[-2:] == ["[00:01] Customer: Hello <there>. My bill & I.", "[00:11] Agent: =SUM(A1) sorry"]


def test_subtitles_have_speakers_and_times(two: Engine, event_log: EventLog) -> None:
    call = call_of(event_log, "old")
    assert srt_of(call) == (
        "1\n00:00:01,000 --> 00:00:03,500\nCustomer: Hello <there>. My bill & I.\n\n"
        "2\n00:00:11,000 --> 00:00:13,500\nAgent: =SUM(A1) sorry\n"
    )
    assert vtt_of(call) == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:03.500\n<v Customer>Hello &lt;there&gt;. My bill &amp; I.</v>\n\n"
        "00:00:11.000 --> 00:00:13.500\n<v Agent>=SUM(A1) sorry</v>\n"
    )


def test_a_message_is_shown_for_a_while_and_hours_are_counted() -> None:
    sent = MessageSent(message_id="m", sender="agent", text="Here")
    call = fold([Recorded("c", 1, 3_661.9996, datetime(2026, 1, 5, tzinfo=UTC), sent)], Call("c"))
    assert "01:01:02.000 --> 01:01:04.000" in vtt_of(call)
    assert text_of(call).endswith("[1:01:01] Agent: Here\n")
    assert vtt_of(Call("c")) == "WEBVTT\n"
    assert srt_of(Call("c")) == ""


@settings(max_examples=40)
@given(history=histories())
def test_exported_events_fold_to_the_same_call(history: list[Event]) -> None:
    events = [Recorded("c", seq, seq / 7, datetime(2026, 1, 5, tzinfo=UTC), one) for seq, one in enumerate(history, 1)]
    read = events_of(json_of_events(events))
    assert read == events
    assert fold(read, Call("c")) == fold(events, Call("c"))
    call = fold(events, Call("c"))
    assert srt_of(call).count(" --> ") == vtt_of(call).count(" --> ") == len(call.transcript)
    assert "\n\n\n" not in vtt_of(call)


@pytest.mark.parametrize("text", ["{", "3", '[{"seq": 1}]', '[{"call_id": "c", "seq": 1, "offset_s": 0, "at": "x"}]'])
def test_what_are_no_events_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        events_of(text)


def test_everything_in_one_file(two: Engine, event_log: EventLog, tmp_path: Path) -> None:
    (tmp_path / "old.opus").write_bytes(b"sound")
    events = event_log.events("old")
    packed = zipfile.ZipFile(io.BytesIO(zip_of(call_of(event_log, "old"), events, tmp_path / "old.opus")))
    assert sorted(packed.namelist()) == ["old.json", "old.opus", "old.srt", "old.txt", "old.vtt"]
    assert packed.read("old.opus") == b"sound"
    assert events_of(packed.read("old.json").decode()) == events
    assert len(zipfile.ZipFile(io.BytesIO(zip_of(call_of(event_log, "old"), events))).namelist()) == 4
