"""A party's browser microphone: what aiortc calls, and what the agent is told about it."""

import threading
from collections.abc import Callable

import av

from core.calls.connection import Connection
from core.calls.events import Party
from core.calls.line import Line
from core.clock import Clock


class Microphone:
    """One party's place at the WebRTC side of a call. Survives reconnects: each gets a line of its own.

    `holder` tells browser sessions apart: the one that offered last is heard, the others are ignored.
    """

    def __init__(self, party: Party, open_line: Callable[[Party], Line], clock: Clock) -> None:
        self.party = party
        self._open_line = open_line
        self._clock = clock
        self._lock = threading.Lock()
        self._connection = Connection(since_s=clock.monotonic_s())
        self._line: Line | None = None
        self._holder: str | None = None

    @property
    def connection(self) -> Connection:
        """As of now: a connection that takes too long has failed."""
        with self._lock:
            silent = self._line is None or (self._line.level.silent and not self._line.muted)
            self._connection = self._connection.at(self._clock.monotonic_s(), silent=silent)
            return self._connection

    def held_by_other(self, holder: str) -> bool:
        """Another browser session is on this line."""
        with self._lock:
            return self._line is not None and self._line.live and self._holder != holder

    def refused(self) -> None:
        """The browser gives no microphone. Called from the page."""
        with self._lock:
            self._connection = self._connection.refused(self._clock.monotonic_s())

    def offered(self, holder: str) -> None:
        """A browser has given its microphone and begins to connect. Called from the page.

        Raises CallAlreadyEnded.
        """
        with self._lock:
            now_s = self._clock.monotonic_s()
            if self._line is not None and self._line.live:
                if self._holder == holder:
                    return
                self._line.hang_up()
                self._connection = self._connection.ended(now_s)
            self._holder = holder
            self._connection = self._connection.offered(now_s)
            self._line = self._open_line(self.party)

    def frame(self, holder: str, frame: av.AudioFrame) -> None:
        """Called from aiortc's event loop for every frame; only enqueues."""
        with self._lock:
            line = self._line
            if line is None or holder != self._holder:
                return
            self._connection = self._connection.heard(self._clock.monotonic_s())
        line.offer(frame)

    def ended(self, holder: str) -> None:
        """The browser is gone. Called from aiortc's event loop; the call itself goes on."""
        with self._lock:
            if holder != self._holder or self._line is None:
                return
            self._connection = self._connection.ended(self._clock.monotonic_s())
            line, self._line, self._holder = self._line, None, None
        line.hang_up()
