"""A browser's place in a call: what aiortc calls with its sound and for what it plays, and what is told about it."""

import threading
from collections.abc import Callable

import av

from core.calls.bridge import Bridge, Seat, silence
from core.calls.connection import Connection
from core.calls.line import Line
from core.clock import Clock


class Microphone:
    """One seat at the WebRTC side of a call. Survives reconnects: each gets a line of its own.

    `holder` tells browser sessions apart: the one that offered last is heard and hears, the others are ignored.
    Without `open_line` the seat is heard but not transcribed. `left` is called when the browser is gone.
    """

    def __init__(
        self,
        seat: Seat,
        open_line: Callable[[], Line] | None,
        clock: Clock,
        bridge: Bridge,
        left: Callable[[], None] | None = None,
    ) -> None:
        self.seat = seat
        self._open_line = open_line
        self._clock = clock
        self._bridge = bridge
        self._left = left
        self._lock = threading.Lock()
        self._connection = Connection(since_s=clock.monotonic_s())
        self._line: Line | None = None
        self._holder: str | None = None

    @property
    def connection(self) -> Connection:
        """As of now: a connection that takes too long has failed."""
        with self._lock:
            silent = self._line is not None and self._line.level.silent and not self._line.muted
            self._connection = self._connection.at(self._clock.monotonic_s(), silent=silent)
            return self._connection

    def held_by_other(self, holder: str) -> bool:
        """Another browser session is at this seat."""
        with self._lock:
            return self._taken and self._holder != holder

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
            if self._taken:
                if self._holder == holder:
                    return
                self._connection = self._connection.ended(now_s)
                self._hang_up()
            # Only a line that was opened makes the seat taken: the call may be over.
            self._line = self._open_line() if self._open_line else None
            self._holder = holder
            self._connection = self._connection.offered(now_s)

    def frame(self, holder: str, frame: av.AudioFrame) -> None:
        """Called from aiortc's event loop for every frame; only enqueues."""
        with self._lock:
            if holder != self._holder:
                return
            line = self._line
            self._connection = self._connection.heard(self._clock.monotonic_s())
        if line is not None:
            line.offer(frame)
        self._bridge.push(self.seat, frame)

    def sound(self, holder: str) -> av.AudioFrame:
        """The next 20 ms for the browser to play. Called from aiortc's event loop."""
        with self._lock:
            held = holder == self._holder
        return self._bridge.pull(self.seat) if held else silence()

    def ended(self, holder: str) -> None:
        """The browser is gone. Called from aiortc's event loop; the call itself goes on."""
        with self._lock:
            if holder != self._holder:
                return
            self._connection = self._connection.ended(self._clock.monotonic_s())
            self._hang_up()
        if self._left is not None:
            self._left()

    @property
    def _taken(self) -> bool:
        return self._holder is not None and (self._line is None or self._line.live)

    def _hang_up(self) -> None:
        line, self._line, self._holder = self._line, None, None
        if line is not None:
            line.hang_up()
        self._bridge.leave(self.seat)
