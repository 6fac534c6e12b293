"""Making models in a process of its own, at low priority, while calls go on."""

import os
import pickle
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from core.errors import SidetoneError
from core.speech import child
from core.speech.base import Known
from core.speech.models import Models, build

_NICENESS = 10


class Building:
    """A build under way. Owns the thread that waits for it."""

    def __init__(self, known: Known, cache: Path, on_models: Callable[[Models], None]) -> None:
        """Returns at once; `on_models` runs on a thread of its own when the models are there."""
        self._process = child.start("core.speech.building", "speech models cannot be built")
        self._on_models = on_models
        self._succeeded = False
        self._thread = threading.Thread(
            target=self._wait, args=(pickle.dumps((known, cache)),), name="speech-models", daemon=True
        )
        self._thread.start()

    def done(self, timeout_s: float) -> bool:
        """Wait for the end; whether it succeeded."""
        self._thread.join(timeout_s)
        return self._succeeded

    def stop(self) -> None:
        """Give up. Models half made are left where nobody looks and made anew next time."""
        self._process.kill()

    def _wait(self, request: bytes) -> None:
        """The thread: until the process ends. Why it failed it has said on stderr."""
        answer, _ = self._process.communicate(request)
        if self._process.returncode == 0:
            self._on_models(pickle.loads(answer))
            self._succeeded = True


def main() -> None:
    """Build what stdin asks for and answer with the models. What goes wrong is one line on stderr."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    known, cache = pickle.load(sys.stdin.buffer)
    try:
        models = build(known, cache)
    except (SidetoneError, OSError) as error:
        sys.exit(f"the speech models were not built, the stock ones go on serving: {error}")
    pickle.dump(models, sys.stdout.buffer)
