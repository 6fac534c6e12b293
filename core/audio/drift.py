"""Where on the call's clock a stream of sound belongs, though its sound card runs at a speed of its own.

Sound is placed by counting samples. How late each piece arrives tells whether the count still agrees with the clock: a
network only ever delays, so a piece that arrives before its place proves the count to be ahead, and if even the
promptest piece of a while is late, the count is behind.
"""

from collections import deque
from dataclasses import dataclass

RESYNC_S = 1.0
"""How late a piece without a stamp may arrive before the missing time counts as a gap."""
TOLERATED_S = 0.012
"""An error worth mending when a pause offers itself."""
MENDED_S = 0.025
"""An error mended even in the middle of a word."""
BEHIND_WINDOW_S = 20.0
"""How long everything must have been late before the count is believed to be behind."""
BUCKET_S = 1.0
MOST_DRIFT = 600e-6
"""Sound cards differ by less; what is later than that explains is a slow network."""
STAMP_STEP_S = 0.001
LOST_MOST_S = 30.0
"""A larger jump of the sender's stamps is a new stream, not lost sound."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece goes."""

    start_s: float
    dropped: bool = False
    """It is left out, because the count had run ahead of the clock."""


class SampleClock:
    """Places the pieces of one stream. Not thread-safe; call in the order of arrival."""

    def __init__(self) -> None:
        self._next_s: float | None = None
        self._next_stamp_s: float | None = None
        self._mended_s = 0.0
        """When the count was last put right."""
        self._promptest: deque[tuple[float, float]] = deque()
        """(arrival, least lateness) of each bucket of the window, oldest first."""

    def place(self, arrived_s: float, duration_s: float, stamp_s: float | None, *, quiet: bool) -> Place:
        """`arrived_s` on the call's clock is the end of the piece if nothing delayed it; `stamp_s` counts on the
        sender's clock, from anywhere; `quiet` says that nobody would hear a cut here.

        Sound without stamps comes from a file: its count is trusted, but for gaps.
        """
        prompt_s = arrived_s - duration_s
        expected_s = self._expected(prompt_s, stamp_s)
        self._next_stamp_s = None if stamp_s is None else stamp_s + duration_s
        if stamp_s is not None:
            enough_s = TOLERATED_S if quiet else MENDED_S
            if prompt_s - expected_s < -enough_s:
                self._put_right(prompt_s)
                self._next_s = expected_s
                return Place(expected_s, dropped=True)
            behind_s = self._behind_s(prompt_s, expected_s)
            if behind_s > enough_s:
                self._put_right(prompt_s)
                expected_s += behind_s
        self._next_s = expected_s + duration_s
        return Place(expected_s)

    def _expected(self, prompt_s: float, stamp_s: float | None) -> float:
        """Where the count puts a piece that would start at `prompt_s` if nothing had delayed it."""
        if self._next_s is None:
            self._put_right(prompt_s)
            return max(0.0, prompt_s)
        if stamp_s is not None and self._next_stamp_s is not None:
            lost_s = stamp_s - self._next_stamp_s
            if -STAMP_STEP_S <= lost_s <= LOST_MOST_S:
                return self._next_s + max(0.0, lost_s)
        elif prompt_s - self._next_s <= RESYNC_S:
            return self._next_s
        self._put_right(prompt_s)
        return max(self._next_s, prompt_s)

    def _put_right(self, at_s: float) -> None:
        self._mended_s = at_s
        self._promptest.clear()

    def _behind_s(self, prompt_s: float, expected_s: float) -> float:
        """How far the count is behind by all that is known; 0 while too little is."""
        late_s = prompt_s - expected_s
        if not self._promptest or prompt_s - self._promptest[-1][0] >= BUCKET_S:
            self._promptest.append((prompt_s, late_s))
        else:
            begun_s, least_s = self._promptest[-1]
            self._promptest[-1] = (begun_s, min(least_s, late_s))
        if prompt_s - self._promptest[0][0] < BEHIND_WINDOW_S:
            return 0.0
        least_s = min(least_s for _, least_s in self._promptest)
        self._promptest.popleft()
        return least_s if least_s >= RESYNC_S else min(least_s, MOST_DRIFT * (prompt_s - self._mended_s))
