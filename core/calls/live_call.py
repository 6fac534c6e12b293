"""A call while it is going on: its lines, its assistant, and the way it ends."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from core.audio.levels import SILENCE
from core.calls.assist import AssistantWorker
from core.calls.events import PARTIES, CallEnded, EndReason, Event, Party, PartyMuted, PartyUnmuted, ProviderFailed
from core.calls.line import Line
from core.calls.log import EventLog
from core.calls.microphone import Microphone
from core.calls.playback import Playback
from core.clock import Clock
from core.errors import CallAlreadyEnded, SidetoneError

log = logging.getLogger(__name__)
SETTLE_TIMEOUT_S = 15.0
MakeLine = Callable[[str, Party, Callable[[], float]], Line]
Signals = dict[str, dict[str, dict[str, object]]]


class LiveCall:
    """Owns what is running for one call. Its methods may be called from any thread."""

    def __init__(
        self,
        call_id: str,
        event_log: EventLog,
        clock: Clock,
        make_line: MakeLine,
        worker: AssistantWorker,
        elapsed_s: Callable[[], float],
        on_played: Callable[[EndReason], None],
    ) -> None:
        self.call_id = call_id
        self.elapsed_s = elapsed_s
        self._log = event_log
        self._clock = clock
        self._make_line = make_line
        self._worker = worker
        self._on_played = on_played
        self._lock = threading.Lock()
        self._lines: dict[Party, Line] = {}
        self._microphones: dict[Party, Microphone] = {}
        self._playback: Playback | None = None
        self._muted: set[Party] = set()
        self._ending: threading.Thread | None = None

    def microphone(self, party: Party) -> Microphone:
        with self._lock:
            if party not in self._microphones:
                self._microphones[party] = Microphone(party, self._open_line, self._clock)
            return self._microphones[party]

    def play(self, path: Path) -> None:
        """Let the parties of a recording talk; the call ends when it does."""
        with self._lock:
            lines = {party: self._open_line(party) for party in PARTIES}
            self._playback = Playback(path, lines, self._clock, self._played)
            self._playback.start()

    def mute(self, party: Party, muted: bool) -> None:
        with self._lock:
            changed = (party in self._muted) != muted
            (self._muted.add if muted else self._muted.discard)(party)
            line = self._lines.get(party)
        if line is not None:
            line.mute(muted)
        if changed:
            self._append(PartyMuted(party=party) if muted else PartyUnmuted(party=party))

    def signals(self) -> Signals:
        """What is too fleeting for the log: each line's level, each microphone's connection."""
        lines = dict(self._lines)
        levels = {party: line.level if party not in self._muted else SILENCE for party, line in lines.items()}
        connections = {party: microphone.connection for party, microphone in dict(self._microphones).items()}
        return {
            "Levels": {
                party: {"rms_dbfs": round(level.rms_dbfs, 1), "peak_dbfs": round(level.peak_dbfs, 1)}
                for party, level in levels.items()
            },
            "Connections": {
                party: {"state": connection.state, "message": connection.message}
                for party, connection in connections.items()
            },
        }

    def end(self, reason: EndReason, done: Callable[[], None]) -> None:
        """Settle what was said, answer it, and close the log; `done` is called when that is so. Never waits."""
        with self._lock:
            if self._ending is not None:
                return
            self._ending = threading.Thread(
                target=self._end, args=(reason, done), name=f"ending-{self.call_id}", daemon=True
            )
            self._ending.start()

    def join(self, timeout_s: float) -> None:
        """Wait for an end that has begun."""
        if self._ending is not None:
            self._ending.join(timeout_s)

    def _end(self, reason: EndReason, done: Callable[[], None]) -> None:
        try:
            if self._playback is not None:
                self._playback.stop()
            for line in self._lines.values():
                line.hang_up()
            for line in self._lines.values():
                line.join(SETTLE_TIMEOUT_S)
            self._log.sync()
            self._worker.stop(SETTLE_TIMEOUT_S)
            self._append(CallEnded(reason=reason))
            self._worker.conclude()
        except SidetoneError:
            # The pages say themselves when calls cannot be stored any more; the next start closes this one.
            log.exception("call %s could not be ended properly", self.call_id)
        finally:
            done()

    def _played(self, failure: Exception | None) -> None:
        """Called from the playback's thread."""
        if failure is not None:
            self._append(ProviderFailed(provider="recording", message=f"The recording stopped: {failure}"))
        self._on_played("failed" if failure else "completed")

    def _open_line(self, party: Party) -> Line:
        """Raises CallAlreadyEnded."""
        if self._ending is not None:
            raise CallAlreadyEnded("the call is over; start a new one")
        line = self._make_line(self.call_id, party, self.elapsed_s)
        line.mute(party in self._muted)
        self._lines[party] = line
        line.start()
        return line

    def _append(self, event: Event) -> None:
        self._log.append(self.call_id, event)
