"""Waiting for what other threads do, by following the log."""

import time

from core.bootstrap import Services
from core.calls.events import Event, Recorded
from core.calls.follow import Follower
from core.calls.log import EventLog

WAIT_S = 30.0


def wait_for(services: Services, call_id: str, kind: type[Event]) -> Recorded:
    """The first event of a kind; the test fails if it does not come."""
    return wait_for_event(services.log, call_id, kind)


def wait_for_event(log: EventLog, call_id: str, kind: type[Event], count: int = 1) -> Recorded:
    """The event of a kind that is the `count`th of them."""
    deadline = time.monotonic() + WAIT_S
    with Follower(log, call_id) as follower:
        while time.monotonic() < deadline:
            for recorded in follower.wait(1):
                count -= isinstance(recorded.event, kind)
                if not count:
                    return recorded
    raise AssertionError(f"no {kind.__name__} within {WAIT_S} s")
