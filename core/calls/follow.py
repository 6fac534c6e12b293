"""Following a call: every committed event after a seq, in order, none missed, none twice."""

import asyncio
import threading
from types import TracebackType

from core.calls.events import Recorded
from core.calls.log import EventLog


class _Cursor:
    """Where a follower is in a call's log."""

    def __init__(self, log: EventLog, call_id: str, after: int) -> None:
        self._log = log
        self._call_id = call_id
        self.seq = after

    def read(self) -> list[Recorded]:
        events = self._log.events(self._call_id, self.seq)
        if events:
            self.seq = events[-1].seq
        return events

    @property
    def over(self) -> bool:
        return self._log.is_over(self._call_id, self.seq)


class Follower:
    """For threads. Owned by the thread that waits on it."""

    def __init__(self, log: EventLog, call_id: str, after: int = 0) -> None:
        self._cursor = _Cursor(log, call_id, after)
        self._news = threading.Event()
        self._news.set()
        self._stop_listening = log.listen(call_id, self._news.set)

    def wait(self, timeout_s: float | None = None) -> list[Recorded]:
        """New events, at once if there are any; an empty list after `timeout_s` or `wake`."""
        if not self._news.wait(timeout_s):
            return []
        self._news.clear()
        return self._cursor.read()

    def wake(self) -> None:
        """Make a `wait` in another thread return."""
        self._news.set()

    @property
    def over(self) -> bool:
        """The call is wrapped up and all its events were read."""
        return self._cursor.over

    def close(self) -> None:
        self._stop_listening()

    def __enter__(self) -> "Follower":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncFollower:
    """For coroutines. Make it and use it on one event loop."""

    def __init__(self, log: EventLog, call_id: str, after: int = 0) -> None:
        self._cursor = _Cursor(log, call_id, after)
        self._news = asyncio.Event()
        self._news.set()
        self._loop = asyncio.get_running_loop()
        self._stop_listening = log.listen(call_id, self._wake)

    def _wake(self) -> None:
        """Called from the log's writer thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    @property
    def seq(self) -> int:
        return self._cursor.seq

    @property
    def over(self) -> bool:
        """The call is wrapped up and all its events were read."""
        return self._cursor.over

    async def wait(self, timeout_s: float | None = None) -> list[Recorded]:
        """New events, at once if there are any; an empty list after `timeout_s`. Raises UnknownCall."""
        if not self._news.is_set():
            try:
                await asyncio.wait_for(self._news.wait(), timeout_s)
            except TimeoutError:
                return []
        self._news.clear()
        return await asyncio.to_thread(self._cursor.read)

    async def __aenter__(self) -> "AsyncFollower":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop_listening()
