"""Waiting for what other threads do, by following the log."""

import time

from core.bootstrap import Services
from core.calls.events import Event, Recorded
from core.calls.follow import Follower

WAIT_S = 30.0


def wait_for(services: Services, call_id: str, kind: type[Event], after: int = 0) -> Recorded:
    """The first event of a kind; the test fails if it does not come."""
    deadline = time.monotonic() + WAIT_S
    with Follower(services.log, call_id, after) as follower:
        while time.monotonic() < deadline:
            for recorded in follower.wait(1):
                if isinstance(recorded.event, kind):
                    return recorded
    raise AssertionError(f"no {kind.__name__} within {WAIT_S} s")
