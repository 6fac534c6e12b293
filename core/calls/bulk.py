"""Storing many finished calls at once, with the very rows the event log would have left of them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import pyarrow as pa
from sqlalchemy import JSON, Connection, Table, insert
from sqlmodel import SQLModel

from core.calls.call import Call, apply
from core.calls.events import (
    CallEnded,
    Event,
    MessageDelivered,
    Recorded,
    SuggestionDelta,
    ToolCalled,
    ToolReturned,
    WrapUpCompleted,
)
from core.calls.facts import after_call_work_s
from core.calls.outcome import UploadRow, outcome, upload
from core.calls.projections import Changes, project
from core.calls.records import EventRow, FactsRow, Row, event_row, table

CALLS_AT_ONCE = 250
PASSING = (SuggestionDelta, ToolCalled, ToolReturned, MessageDelivered)
"""No number is made of these: folding them would be time for nothing."""
Tables = Mapping[type[SQLModel], Sequence[Row]]


class Gathered(Changes):
    """The rows as the last event left them, instead of statements."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: defaultdict[type[SQLModel], dict[str, Row]] = defaultdict(dict)

    def insert(self, model: type[SQLModel], key: str, **row: object) -> None:
        self.rows[model][key] = row

    def update(self, model: type[SQLModel], key: str, **values: object) -> None:
        row = self.rows[model].get(key)
        if row is not None:
            row.update(values)


def write_calls(connection: Connection, calls: Iterable[Sequence[Recorded]], *, with_events: bool = True) -> int:
    """Store calls, each with all its events in order, in the caller's transaction; returns how many events they have.

    Nothing looks at what is stored already: none of the calls may be. Without their events calls can be counted and
    searched, but not replayed.
    """
    waiting = iter(calls)
    written = 0
    while chunk := list(islice(waiting, CALLS_AT_ONCE)):
        gathered: defaultdict[type[SQLModel], list[Row]] = defaultdict(list)
        for events in chunk:
            written += len(events)
            for model, rows in rows_of(events, with_events=with_events).items():
                gathered[model] += rows
        insert_rows(connection, gathered)
    return written


def rows_of(events: Sequence[Recorded], *, with_events: bool = True) -> Tables:
    """Everything that is stored of one call."""
    gathered = Gathered()
    call = Call(events[0].call_id)
    kept: dict[type[SQLModel], list[Row]] = {EventRow: [event_row(one) for one in events]} if with_events else {}
    for number, recorded in enumerate(events, start=1):
        if not isinstance(recorded.event, PASSING):
            call = apply(call, recorded)
        event: Event = recorded.event
        project(event, recorded, gathered)
        if isinstance(event, CallEnded):
            kept |= dict(outcome(call, events[:number]).items())
        elif isinstance(event, WrapUpCompleted) and FactsRow in kept:
            kept[FactsRow][0]["acw_s"] = after_call_work_s(call, recorded.offset_s)
            kept[UploadRow] = upload(call, event.note, events[:number])
    return kept | {model: list(rows.values()) for model, rows in gathered.rows.items()}


def insert_rows(connection: Connection, tables: Tables) -> None:
    """Insert rows of several tables in the quickest way the database has."""
    for model, rows in tables.items():
        if not rows:
            continue
        into = table(model)
        if connection.dialect.name == "duckdb":
            insert_columns(connection, into, {column.name: list(_values(column, rows)) for column in into.columns})
        else:
            names = [column.name for column in into.columns]
            connection.execute(insert(into), [{name: row.get(name) for name in names} for row in rows])


def insert_columns(connection: Connection, into: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows that are there column by column, JSON as text."""
    if connection.dialect.name != "duckdb":
        rows = zip(*columns.values(), strict=True)
        connection.execute(insert(into), [dict(zip(columns, row, strict=True)) for row in rows])
        return
    raw = connection.connection.driver_connection
    assert raw is not None
    name = f"rows_of_{into.name}"
    raw.register(name, pa.table(dict(columns)))
    try:
        listed = ", ".join(f'"{column}"' for column in columns)
        connection.exec_driver_sql(f'INSERT INTO "{into.name}" ({listed}) SELECT {listed} FROM {name}')  # noqa: S608
    finally:
        raw.unregister(name)


def _values(column: Any, rows: Iterable[Row]) -> Iterator[Any]:
    values = (row.get(column.name) for row in rows)
    if isinstance(column.type, JSON):
        return (json.dumps(value) for value in values)
    return values
