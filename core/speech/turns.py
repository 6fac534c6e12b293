"""Whose sound is decoded next when several wait."""

from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Turns(Generic[Key]):
    """Urgent work goes first, but nobody who waits sees the same other one served twice. Not thread-safe."""

    def __init__(self) -> None:
        self._waiting: dict[Key, bool] = {}
        """In the order of coming, and whether it is urgent."""
        self._let_by: dict[Key, set[Key]] = {}
        """Whom each has seen being served since it waits."""
        self._served: set[Key] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def served(self, key: Key) -> bool:
        """Is being served at this moment."""
        return key in self._served

    def wait(self, key: Key, *, urgent: bool) -> None:
        """Take a place, or keep it and change the urgency. Not for one who is being served."""
        self._let_by.setdefault(key, set(self._served))
        self._waiting[key] = urgent

    def next(self) -> Key | None:
        """Serve one; None when nobody waits."""
        barred = set().union(*self._let_by.values())
        # Whoever came first is never barred: all that others saw being served was served before it came.
        free = [key for key in self._waiting if key not in barred]
        if not free:
            return None
        chosen = next((key for key in free if self._waiting[key]), free[0])
        self.leave(chosen)
        self._served.add(chosen)
        for seen in self._let_by.values():
            seen.add(chosen)
        return chosen

    def done(self, key: Key) -> None:
        self._served.discard(key)

    def leave(self, key: Key) -> None:
        """Wait no longer."""
        self._waiting.pop(key, None)
        self._let_by.pop(key, None)
