"""How busy a worker is."""

import math

_OVER_S = 5.0
_HEAVY, _LIGHT = 0.75, 0.35
"""Sparing work halves it: what is light when spared would have been heavy otherwise."""
_FULL = 0.9


class Load:
    """The share of the last seconds that was spent working."""

    def __init__(self) -> None:
        self._share = 0.0
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

    @property
    def heavy(self) -> bool:
        """From much work on, until there is little."""
        return self._heavy

    @property
    def full(self) -> bool:
        """There is no time left, or hardly any."""
        return self._share > _FULL
