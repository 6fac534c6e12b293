"""The event log: appended to by many threads, written by one, followed by pages, routes and workers.

An event is acknowledged when a follower sees it or `sync` returns, and that is only after its commit: what was
acknowledged survives a `kill -9`. Events appended close together are committed together.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from core.calls.call import Call, apply, fold
from core.calls.events import CallEnded, CallRated, Event, Recorded, WrapUpCompleted
from core.calls.outcome import write_outcome, write_wrap_up
from core.calls.projections import write
from core.calls.records import CallRow, EventRow, recorded_from, table
from core.clock import Clock
from core.errors import CallAlreadyEnded, StorageError, UnknownCall

log = logging.getLogger(__name__)
GROUP_S = 0.025
SYNC_TIMEOUT_S = 30.0


class _OpenCall:
    """A call that is still being written: its state, and its committed events."""

    def __init__(self, call: Call, opened_at: datetime, offset_s: Callable[[], float], base_seq: int = 0) -> None:
        self.call = call
        self.opened_at = opened_at
        self.offset_s = offset_s
        self.base_seq = base_seq
        self.committed: list[Recorded] = []
        self.listeners: set[Callable[[], None]] = set()

    def after(self, seq: int) -> list[Recorded]:
        return self.committed[max(0, seq - self.base_seq) :]


class EventLog:
    """Append-only log of all calls. Safe to use from any thread; owns one writer thread."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._open: dict[str, _OpenCall] = {}
        self._queue: list[Recorded] = []
        self._appended = 0
        self._settled = 0
        self._failure: StorageError | None = None
        self._closing = threading.Event()
        self._writer = threading.Thread(target=self._write_forever, name="event-log-writer", daemon=True)
        self._writer.start()

    def open(self, call_id: str, offset_s: Callable[[], float]) -> None:
        """Begin a call. `offset_s` is its clock: seconds since its start, asked whenever an event brings no offset."""
        with self._lock:
            self._open[call_id] = _OpenCall(Call(call_id), self._clock.now(), offset_s)

    def append(self, call_id: str, event: Event, offset_s: float | None = None) -> Recorded:
        """Give `event` its place in the call and queue it for the next commit.

        After the wrap-up a call takes one thing more: how the customer rates it.

        Raises UnknownCall for a call not opened here, CallAlreadyEnded after its wrap-up, StorageError once the
        database has refused a commit.
        """
        late = isinstance(event, CallRated)
        if late:
            self._reopen(call_id)
        with self._changed:
            entry = self._open.get(call_id)
            if entry is None:
                raise UnknownCall(f"call {call_id} is not open here")
            if entry.call.wrap_up is not None and not late:
                raise CallAlreadyEnded(f"call {call_id} is over and wrapped up")
            if self._failure is not None:
                raise self._failure
            offset = max(entry.call.offset_s, entry.offset_s() if offset_s is None else offset_s)
            recorded = Recorded(call_id, entry.call.seq + 1, offset, entry.opened_at + timedelta(seconds=offset), event)
            entry.call = apply(entry.call, recorded)
            self._queue.append(recorded)
            self._appended += 1
            self._changed.notify_all()
        return recorded

    def call(self, call_id: str) -> Call:
        """The call after everything appended so far, or as stored. Raises UnknownCall, StorageError."""
        with self._lock:
            entry = self._open.get(call_id)
            if entry is not None:
                return entry.call
        events = self._stored(call_id, 0)
        if not events:
            raise UnknownCall(f"no call has the id {call_id}")
        return fold(events, Call(call_id))

    def call_now(self, call_id: str) -> Call:
        """Like `call`, with its offset moved on to this moment, though nothing may have happened since."""
        call = self.call(call_id)
        with self._lock:
            entry = self._open.get(call_id)
        return replace(call, offset_s=max(call.offset_s, entry.offset_s())) if entry is not None else call

    def live_calls(self) -> list[Call]:
        """Calls not over yet, longest first."""
        with self._lock:
            return [entry.call for entry in self._open.values() if entry.call.live]

    def events(self, call_id: str, after: int = 0) -> list[Recorded]:
        """Committed events with a seq above `after`. Raises UnknownCall, StorageError."""
        with self._lock:
            entry = self._open.get(call_id)
            if entry is not None and after >= entry.base_seq:
                return entry.after(after)
        events = self._stored(call_id, after)
        if not events and not self._exists(call_id):
            raise UnknownCall(f"no call has the id {call_id}")
        return events

    def is_over(self, call_id: str, seq: int) -> bool:
        """True when no event after `seq` can come any more: the call is wrapped up and all of it was read."""
        with self._lock:
            if call_id in self._open:
                return False
        return not self._stored(call_id, seq)

    def listen(self, call_id: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` after every commit that touches the call, from the writer thread; returns the way to stop it."""
        with self._lock:
            entry = self._open.get(call_id)
            if entry is None:
                return lambda: None
            entry.listeners.add(wake)

        def stop() -> None:
            with self._lock:
                entry.listeners.discard(wake)

        return stop

    def sync(self, timeout_s: float = SYNC_TIMEOUT_S) -> None:
        """Wait until everything appended before this call is committed. Raises StorageError if it cannot be."""
        with self._changed:
            target = self._appended
            done = self._changed.wait_for(lambda: self._settled >= target or self._failure is not None, timeout_s)
            if self._failure is not None:
                raise self._failure
        if not done:
            raise StorageError(f"the database did not take the call's events within {timeout_s:.0f} s")

    def check(self) -> None:
        """Raise StorageError if calls cannot be stored any more."""
        if self._failure is not None:
            raise self._failure

    def interrupted(self) -> list[str]:
        """Calls that a stopped process left open, oldest first; after this they can be appended to."""
        calls = table(CallRow)
        with self._reading() as connection:
            unfinished = select(calls.c.call_id).where(calls.c.disposition.is_(None)).order_by(calls.c.started_at)
            call_ids = [row.call_id for row in connection.execute(unfinished)]
        left = []
        for call_id in call_ids:
            with self._lock:
                if call_id in self._open:
                    continue
            self._reopen(call_id)
            left.append(call_id)
        return left

    def _reopen(self, call_id: str) -> None:
        """Make a stored call one that can be appended to, with its clock standing still."""
        call = self.call(call_id)
        with self._lock:
            if call_id not in self._open:
                opened_at = call.started_at or self._clock.now()
                self._open[call_id] = _OpenCall(call, opened_at, lambda: call.offset_s, call.seq)

    def close(self) -> None:
        """Commit what is queued and stop the writer. May be called twice."""
        self._closing.set()
        with self._changed:
            self._changed.notify_all()
        self._writer.join(timeout=SYNC_TIMEOUT_S)

    def _write_forever(self) -> None:
        # A connection of its own: it must never wait for one while many readers hold the pool's.
        try:
            with self._engine.connect() as connection:
                while batch := self._next_batch():
                    with connection.begin():
                        write(connection, batch)
                        self._write_outcomes(connection, batch)
                    self._publish(batch)
                    self._clock.wait(self._closing, GROUP_S)
        except SQLAlchemyError as error:
            self._refuse(error)

    def _write_outcomes(self, connection: Connection, batch: list[Recorded]) -> None:
        for recorded in batch:
            if not isinstance(recorded.event, CallEnded | WrapUpCompleted):
                continue
            with self._lock:
                entry = self._open[recorded.call_id]
                call, before = entry.call, list(entry.committed)
            events = [*before, *_of(batch, recorded.call_id)]
            if isinstance(recorded.event, CallEnded):
                write_outcome(connection, call, events)
            else:
                write_wrap_up(connection, call, recorded, events)

    def _next_batch(self) -> list[Recorded]:
        """What waits to be written, as soon as anything does; empty when the log closes."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closing.is_set())
            batch, self._queue = self._queue, []
        return batch

    def _publish(self, batch: list[Recorded]) -> None:
        with self._changed:
            touched: set[Callable[[], None]] = set()
            for recorded in batch:
                entry = self._open[recorded.call_id]
                entry.committed.append(recorded)
                touched |= entry.listeners
                if entry.call.wrap_up is not None and recorded.seq == entry.call.seq:
                    del self._open[recorded.call_id]
            self._settled += len(batch)
            self._changed.notify_all()
        for wake in touched:
            wake()

    def _refuse(self, error: SQLAlchemyError) -> None:
        first_line = str(error).splitlines()[0]
        log.error("the database refused a commit: %s", error)
        with self._changed:
            self._failure = StorageError(f"the call cannot be stored any more: {first_line}; restart Sidetone")
            wakes = {wake for entry in self._open.values() for wake in entry.listeners}
            self._changed.notify_all()
        for wake in wakes:
            wake()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StorageError(f"the call cannot be read: {str(error).splitlines()[0]}") from error

    def _stored(self, call_id: str, after: int) -> list[Recorded]:
        events = table(EventRow)
        query = select(events).where(events.c.call_id == call_id, events.c.seq > after).order_by(events.c.seq)
        with self._reading() as connection:
            return [recorded_from(row) for row in connection.execute(query)]

    def _exists(self, call_id: str) -> bool:
        events = table(EventRow)
        with self._reading() as connection:
            found = connection.execute(select(events.c.seq).where(events.c.call_id == call_id).limit(1)).first()
        return found is not None


def _of(batch: list[Recorded], call_id: str) -> list[Recorded]:
    return [recorded for recorded in batch if recorded.call_id == call_id]
