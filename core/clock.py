"""Time, injected: everything that reads a clock or waits is handed one of these."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall time for stamps, monotonic time for durations, and a wait that can be cut short."""

    def now(self) -> datetime: ...

    def monotonic_s(self) -> float: ...

    def wait(self, stop: threading.Event, timeout_s: float) -> bool:
        """Wait until `stop` is set (True) or `timeout_s` has passed (False)."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()

    def wait(self, stop: threading.Event, timeout_s: float) -> bool:
        return stop.wait(max(0.0, timeout_s))


class ManualClock:
    """A clock that moves only when told to, or by what is waited for. Safe to use from several threads."""

    def __init__(self, start: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed_s = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return self._start + timedelta(seconds=self._elapsed_s)

    def monotonic_s(self) -> float:
        with self._lock:
            return self._elapsed_s

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._elapsed_s += seconds

    def wait(self, stop: threading.Event, timeout_s: float) -> bool:
        if stop.is_set():
            return True
        self.advance(max(0.0, timeout_s))
        return stop.is_set()
