"""How busy a worker is."""

import math

_OVER_S = 5.0
_HEAVY, _LIGHT = 0.75, 0.35
"""Sparing work halves it: what is light when spared would have been heavy otherwise."""
_FULL = 0.9
_FORESEEN = 0.6
"""The share that is expected to be too much. Who speaks comes in bursts, and more join while those are heard: measured
with ten calls, 0.9 loses three times as much sound."""
_PACE_KEPT = 0.8
"""How much of what was known counts beside the latest utterance."""


class Load:
    """The share of the last seconds that was spent working, and what share those who speak now will take."""

    def __init__(self) -> None:
        self._share = 0.0
        self._pace = 0.0
        """Work per second of sound, with all care."""
        self._until_s = 0.0
        self._heavy = False

    def worked(self, from_s: float, until_s: float) -> None:
        """A stretch of work that ended now, by any clock."""
        self._share *= math.exp(-max(0.0, until_s - self._until_s) / _OVER_S)
        self._share += (until_s - from_s) / _OVER_S
        self._until_s = until_s
        if self._share > _HEAVY:
            self._heavy = True
        elif self._share < _LIGHT:
            self._heavy = False

    def heard(self, sound_s: float, work_s: float) -> None:
        """An utterance of that length, with all care, in that time."""
        pace = work_s / sound_s
        self._pace = _PACE_KEPT * self._pace + (1 - _PACE_KEPT) * pace if self._pace else pace

    @property
    def heavy(self) -> bool:
        """From much work on, until there is little."""
        return self._heavy

    def full(self, speaking: int) -> bool:
        """There is no time left, or hardly any, or soon will be with so many who speak at once.

        Whoever speaks alone is heard with all care: otherwise one slow utterance would be the last that tells the pace.
        """
        return self._share > _FULL or (speaking > 1 and speaking * self._pace > _FORESEEN)
