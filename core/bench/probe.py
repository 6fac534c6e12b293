"""How long an event takes from being appended to being committed and in a follower's hands."""

import threading

from core.calls.events import CallStarted, SentimentScored
from core.calls.follow import Follower
from core.calls.log import EventLog
from core.clock import Clock

CALL_ID = "probe"
EVERY_S = 0.037
"""No multiple of any interval of the log's, so that every phase of its writing is met."""
DELIVERY_S = 10.0
"""Longer than this is not waited for one event."""


class Probe:
    """Appends an event now and then to a call of its own and notes when it arrives. Owns one thread."""

    def __init__(self, event_log: EventLog, clock: Clock) -> None:
        self._log = event_log
        self._clock = clock
        self._stopping = threading.Event()
        self._waits_s: list[float] = []
        event_log.open(CALL_ID, clock.monotonic_s)
        event_log.append(CALL_ID, CallStarted(source="demo", agent="bench"))
        self._worker = threading.Thread(target=self._run, name="probe", daemon=True)

    def start(self) -> None:
        self._worker.start()

    def stop(self) -> tuple[float, ...]:
        """The waits so far, in seconds."""
        self._stopping.set()
        self._worker.join()
        return tuple(self._waits_s)

    def _run(self) -> None:
        with Follower(self._log, CALL_ID) as follower:
            received = 0
            while not self._clock.wait(self._stopping, EVERY_S):
                appended_s = self._clock.monotonic_s()
                seq = self._log.append(CALL_ID, SentimentScored(utterance_id="probe", score=0.0)).seq
                while received < seq and self._clock.monotonic_s() < appended_s + DELIVERY_S:
                    received = max([received, *(recorded.seq for recorded in follower.wait(DELIVERY_S))])
                self._waits_s.append(self._clock.monotonic_s() - appended_s)
