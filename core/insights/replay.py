"""A stored call as it stood at any moment. Replaying folds events; it never calls a model or an engine."""

from bisect import bisect_right
from collections.abc import Sequence

from core.calls.call import Call, apply, fold
from core.calls.events import Recorded

CHECKPOINT_EVERY = 200


class Replay:
    """Random access in time to one call. States are folded from the nearest checkpoint before."""

    def __init__(self, events: Sequence[Recorded]) -> None:
        if not events:
            raise ValueError("a replay needs at least one event")
        self._events = events
        self._offsets = [recorded.offset_s for recorded in events]
        call = Call(events[0].call_id)
        self._checkpoints = [call]
        for count, recorded in enumerate(events, start=1):
            call = apply(call, recorded)
            if count % CHECKPOINT_EVERY == 0:
                self._checkpoints.append(call)

    @property
    def duration_s(self) -> float:
        return self._offsets[-1]

    def at(self, offset_s: float) -> Call:
        """The call after every event up to and including `offset_s`."""
        count = bisect_right(self._offsets, offset_s)
        checkpoint = count // CHECKPOINT_EVERY
        return fold(self._events[checkpoint * CHECKPOINT_EVERY : count], self._checkpoints[checkpoint])
