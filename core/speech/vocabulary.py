"""Keeps the speech engines told what people will say, while the data changes and calls go on."""

import logging
import threading
from collections.abc import Callable, Hashable

from core.errors import SidetoneError
from core.speech.base import Known

log = logging.getLogger(__name__)
EVERY_S = 60.0


class Vocabulary:
    """Looks whether the data has changed, and lets the engines learn when it has. Owns the thread `vocabulary`.

    `fingerprint()` is cheap and differs when `read()` would; neither is ever called from a call's threads.
    """

    def __init__(
        self,
        fingerprint: Callable[[], Hashable],
        read: Callable[[], Known],
        learn: Callable[[Known], None],
        every_s: float = EVERY_S,
    ) -> None:
        self._fingerprint = fingerprint
        self._read = read
        self._learn = learn
        self._every_s = every_s
        self._seen: Hashable = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look_forever, name="vocabulary", daemon=True)

    def look(self) -> None:
        """Once. A database that cannot be read leaves the engines as they are until the next look."""
        try:
            found = self._fingerprint()
            if found != self._seen:
                self._learn(self._read())
                self._seen = found
        except SidetoneError as error:
            log.warning("the speech engines were not told what has changed: %s", error)

    def start(self) -> None:
        """Look at once, and from now on every minute."""
        self.look()
        self._thread.start()

    def close(self) -> None:
        """May be called twice, and without a start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _look_forever(self) -> None:
        while not self._stopping.wait(self._every_s):
            self.look()
