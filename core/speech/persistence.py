"""How long trying to get through to an engine elsewhere is worth while."""

from core.errors import SpeechError

GIVE_UP_S = 8.0
"""How long a session tries before it fails, so that another engine can go on."""
CONNECT_S = 4.0
BACKOFF_S = 0.25
"""Before the second try, at most; doubled for those that follow."""
MOST_DOUBLINGS = 3


class Persistence:
    """Counts from the first trouble to the first success. All times are of one clock, in seconds."""

    def __init__(self) -> None:
        self._since_s: float | None = None
        self._tries = 0
        self._why: SpeechError | None = None

    def connect_s(self, now_s: float) -> float:
        """How long making a connection may take now."""
        return CONNECT_S if self._since_s is None else min(CONNECT_S, self._left_s(self._since_s, now_s))

    def succeeded(self) -> None:
        """What was owed has come, or the connection was good for long enough: earlier trouble is over."""
        self._since_s = self._why = None
        self._tries = 0

    def failed(self, why: SpeechError, since_s: float, now_s: float, jitter: float) -> float:
        """How long to wait before the next try; `jitter` is 0–1. Raises SpeechError when there is to be none."""
        if self._since_s is None:
            self._since_s = since_s
        # The last try is cut short by the bound, and tells less than the first.
        self._why = self._why or why
        left_s = self._left_s(self._since_s, now_s)
        if not why.retryable:
            raise why
        if left_s <= 0:
            raise SpeechError(str(self._why))
        wait_s: float = BACKOFF_S * 2**self._tries * jitter
        self._tries = min(self._tries + 1, MOST_DOUBLINGS)
        return min(wait_s, left_s)

    @staticmethod
    def _left_s(since_s: float, now_s: float) -> float:
        return since_s + GIVE_UP_S - now_s
