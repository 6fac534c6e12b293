"""How much somebody may ask for."""


class Allowance:
    """So many requests a second on average, and as many at once after a pause. Owned by one socket."""

    def __init__(self, per_s: float, now_s: float) -> None:
        self._per_s = per_s
        self._left = per_s
        self._at_s = now_s

    def take(self, now_s: float) -> bool:
        """Whether one more request is within bounds."""
        self._left = min(self._per_s, self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True
