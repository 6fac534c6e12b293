"""Storing many finished calls at once, with the very rows the event log would have left of them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import pyarrow as pa
from sqlalchemy import JSON, Connection, insert
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
from core.calls.outcome import outcome
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
    call, ended_s = Call(events[0].call_id), 0.0
    kept: dict[type[SQLModel], list[Row]] = {EventRow: [event_row(one) for one in events]} if with_events else {}
    for number, recorded in enumerate(events, start=1):
        if not isinstance(recorded.event, PASSING):
            call = apply(call, recorded)
        event: Event = recorded.event
        project(event, recorded, gathered)
        if isinstance(event, CallEnded):
            ended_s = call.duration_s
            kept |= dict(outcome(call, events[:number]).items())
        elif isinstance(event, WrapUpCompleted) and FactsRow in kept:
            kept[FactsRow][0]["acw_s"] = max(0.0, recorded.offset_s - ended_s)
    return kept | {model: list(rows.values()) for model, rows in gathered.rows.items()}


def insert_rows(connection: Connection, tables: Tables) -> None:
    """Insert rows of several tables in the quickest way the database has."""
    for model, rows in tables.items():
        if not rows:
            continue
        if connection.dialect.name == "duckdb":
            _insert_by_columns(connection, model, rows)
        else:
            names = [column.name for column in table(model).columns]
            connection.execute(insert(table(model)), [{name: row.get(name) for name in names} for row in rows])


def _insert_by_columns(connection: Connection, model: type[SQLModel], rows: Sequence[Row]) -> None:
    columns = {column.name: list(_values(column, rows)) for column in table(model).columns}
    raw = connection.connection.driver_connection
    assert raw is not None
    name = f"rows_of_{model.__tablename__}"
    raw.register(name, pa.table(columns))
    try:
        listed = ", ".join(f'"{column}"' for column in columns)
        connection.exec_driver_sql(f'INSERT INTO "{model.__tablename__}" ({listed}) SELECT {listed} FROM {name}')  # noqa: S608
    finally:
        raw.unregister(name)


def _values(column: Any, rows: Iterable[Row]) -> Iterator[Any]:
    values = (row.get(column.name) for row in rows)
    if isinstance(column.type, JSON):
        return (json.dumps(value) for value in values)
    return values
