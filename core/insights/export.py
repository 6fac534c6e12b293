"""Chosen calls as files for other programs: CSV, JSON and Parquet, one row per call, written as they are read."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from core.errors import StorageError
from core.insights.overview import CallFilter, overview
from core.insights.search import terms_of
from core.insights.search_index import refresh

Format = Literal["csv", "json", "parquet"]
FORMATS: tuple[Format, ...] = get_args(Format)
ROWS_AT_ONCE = 2_000
_TEXT, _REAL, _WHOLE, _YES_NO = pa.string(), pa.float64(), pa.int64(), pa.bool_()
_MOMENT = pa.timestamp("us", tz="UTC")
COLUMNS: dict[str, tuple[pa.DataType, str]] = {
    "call_id": (_TEXT, "Id of the call"),
    "started_at": (_MOMENT, "When it began (UTC)"),
    "ended_at": (_MOMENT, "When it was over (UTC)"),
    "duration_s": (_REAL, "Seconds from begin to end, waiting included"),
    "source": (_TEXT, "Where the sound came from: customer, scripted, microphone, demo or recording"),
    "title": (_TEXT, "File or scenario, for calls that have one"),
    "channel": (_TEXT, "voice or chat"),
    "agent": (_TEXT, "Who answered; the last one, when it was transferred"),
    "customer_id": (_TEXT, "Id of the customer, when it was found out who called"),
    "customer_name": (_TEXT, "Name of that customer"),
    "tier": (_TEXT, "The customer's tier"),
    "reason": (_TEXT, "Why they called, in their own words before they waited"),
    "language": (_TEXT, "Language the customer chose, as a code"),
    "queued": (_YES_NO, "Whether the customer waited in the queue"),
    "waited_s": (_REAL, "Seconds in the queue until an agent answered; empty when nobody did"),
    "end_reason": (_TEXT, "completed, abandoned, disconnected, interrupted or failed"),
    "disposition": (_TEXT, "How the call ended, as the agent put it"),
    "resolved": (_YES_NO, "Whether the agent took the customer's concern to be settled"),
    "note": (_TEXT, "The agent's note"),
    "talk_s": (_REAL, "Seconds from the answer to the end, without hold"),
    "held_s": (_REAL, "Seconds on hold"),
    "acw_s": (_REAL, "After-call work: seconds from the end to the wrap-up"),
    "first_response_s": (_REAL, "Seconds until the agent's first words"),
    "customer_speech_s": (_REAL, "Seconds the customer spoke"),
    "agent_speech_s": (_REAL, "Seconds the agent spoke"),
    "overlap_s": (_REAL, "Seconds both spoke"),
    "silence_s": (_REAL, "Seconds nobody spoke, without hold"),
    "interruptions": (_WHOLE, "Times one began to speak into the other's speech"),
    "customer_words": (_WHOLE, "Words of the customer"),
    "agent_words": (_WHOLE, "Words of the agent"),
    "sentiment": (_REAL, "Mean sentiment of the customer's words, -1 to 1; inferred, not CSAT"),
    "sentiment_start": (_REAL, "The same at the beginning"),
    "sentiment_end": (_REAL, "The same at the end"),
    "alerts": (_WHOLE, "Alerts shown to the agent"),
    "urgent_alerts": (_WHOLE, "Those that were urgent"),
    "checklist_met": (_WHOLE, "Items of the checklist the agent said"),
    "flags": (_WHOLE, "Moments somebody flagged"),
    "transfers": (_WHOLE, "Times the call was given away"),
    "rating": (_WHOLE, "CSAT: the customer's answer to the survey, 1 to 5; empty when not answered"),
    "rating_comment": (_TEXT, "What the customer wrote with it"),
    "recording": (_TEXT, "File in the recordings folder, when it was recorded"),
}
"""Every column of an exported selection: its type and what it means."""
SCHEMA = pa.schema(
    [pa.field(name, kind, metadata={"description": meaning}) for name, (kind, meaning) in COLUMNS.items()]
)
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")

Row = Mapping[str, Any]


def batches(engine: Engine, chosen: CallFilter) -> Iterator[list[Row]]:
    """The chosen calls, newest first, some at a time, with `COLUMNS`. Raises StorageError."""
    if terms_of(chosen.words):
        refresh(engine)
    calls = overview()
    query = (
        select(*(calls.c[name] for name in COLUMNS))
        .where(*chosen.on(calls))
        .order_by(calls.c.started_at.desc(), calls.c.call_id)
    )
    try:
        with engine.connect().execution_options(yield_per=ROWS_AT_ONCE) as connection:
            for part in connection.execute(query).mappings().partitions():
                yield [dict(row) for row in part]
    except SQLAlchemyError as error:
        raise StorageError(f"calls cannot be exported: {str(error).splitlines()[0]}") from error


def csv_of(parts: Iterable[list[Row]]) -> Iterator[bytes]:
    """Comma-separated, in UTF-8 with the mark that spreadsheets know it by; nothing in it is a formula."""
    yield b"\xef\xbb\xbf" + _csv_lines([list(COLUMNS)])
    for rows in parts:
        yield _csv_lines([[_cell(row[name]) for name in COLUMNS] for row in rows])


def json_of(parts: Iterable[list[Row]]) -> Iterator[bytes]:
    """One JSON array of objects."""
    opening = "[\n"
    for rows in parts:
        lines = ",\n".join(
            json.dumps({name: _plain(row[name]) for name in COLUMNS}, ensure_ascii=False) for row in rows
        )
        yield (opening + lines).encode()
        opening = ",\n"
    yield b"[]\n" if opening == "[\n" else b"\n]\n"


def write_parquet(parts: Iterable[list[Row]], path: Path) -> None:
    """A Parquet file whose columns say what they mean (`description` in each field's metadata)."""
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        for rows in parts:
            writer.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema=SCHEMA))


def harmless(text: str) -> str:
    """The text as a spreadsheet takes it for text: one that begins like a formula gets an apostrophe before it."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def _cell(value: Any) -> Any:
    return harmless(value) if isinstance(value, str) else _plain(value)


def _plain(value: Any) -> Any:
    # Always as long, because pandas expects all moments of a column to look alike.
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def _csv_lines(rows: Iterable[list[Any]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
