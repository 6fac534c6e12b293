"""Making models in a process of its own, at low priority, while calls go on."""

import logging
import os
import pickle
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from core.errors import SidetoneError
from core.speech import child
from core.speech.base import Known, Readiness
from core.speech.models import Models, build

log = logging.getLogger(__name__)
_NICENESS = 10


class Building:
    """A build under way. Owns the thread that waits for it."""

    def __init__(self, known: Known, cache: Path, on_models: Callable[[Models], None]) -> None:
        """Returns at once; `on_models` runs on a thread of its own when the models are there."""
        self.known = known
        self.failure = ""
        """Why it ended without models; empty until then."""
        self._process = child.start("core.speech.building", "speech models cannot be built")
        self._on_models = on_models
        self._succeeded = False
        self._stopped = False
        self._thread = threading.Thread(
            target=self._wait, args=(pickle.dumps((known, cache)),), name="speech-models", daemon=True
        )
        self._thread.start()

    @property
    def under_way(self) -> bool:
        return self._thread.is_alive()

    def done(self, timeout_s: float) -> bool:
        """Wait for the end; whether it succeeded."""
        self._thread.join(timeout_s)
        return self._succeeded

    def stop(self) -> None:
        """Give up. Models half made are left where nobody looks and made anew next time."""
        self._stopped = True
        self._process.kill()

    def _wait(self, request: bytes) -> None:
        """The thread: until the process ends."""
        answer, _ = self._process.communicate(request)
        made: Models | str = pickle.loads(answer) if answer else f"exit {self._process.returncode}"
        if isinstance(made, Models):
            self._on_models(made)
            self._succeeded = True
        elif not self._stopped:
            self.failure = made
            log.warning("the speech models were not built, those there are go on serving: %s", made)


def readiness(models: Models | None, building: Building | None) -> Readiness:
    """Of an engine that serves with the stock models, or with these, while others are made or could not be."""
    serving = _made(models) if models else "the stock language model"
    if building is None:
        return Readiness(state="ready", message=serving)
    terms = f"{building.known.terms:,} names and terms"
    if building.under_way:
        return Readiness(state="ready", message=f"{serving} serves while one with {terms} is made")
    if building.failure:
        message = f"a language model with {terms} could not be made ({building.failure}); {serving} serves"
        return Readiness(state="ready", message=message, again=True)
    return Readiness(state="ready", message=f"{serving}, with {terms}" if models else serving)


def _made(models: Models) -> str:
    try:
        made = datetime.fromtimestamp(models.language.stat().st_mtime).astimezone()
    except OSError:
        return "a language model of ours"
    return f"the language model made on {made:%d %B at %H:%M}"


def main() -> None:
    """Build what stdin asks for and answer with the models, or with what went wrong, in one line."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    known, cache = pickle.load(sys.stdin.buffer)
    made: Models | str
    try:
        made = build(known, cache)
    except (SidetoneError, OSError) as error:
        made = str(error)
    pickle.dump(made, sys.stdout.buffer)
