"""Processes of our own beside this one."""

import os
import subprocess
import sys
from pathlib import Path

from core.errors import SpeechError

_PROJECT = Path(__file__).parents[2]


def start(module: str, failure: str) -> subprocess.Popen[bytes]:
    """A process that runs the module's `main`, with pipes to its stdin and stdout.

    Raises SpeechError, which begins with `failure`, when it cannot be started.
    """
    path = os.pathsep.join(filter(None, [str(_PROJECT), os.environ.get("PYTHONPATH")]))
    # Not `-m`: what is pickled must be so under the module's own name, not as `__main__`.
    code = f"from {module} import main; main()"
    try:
        # A session of its own keeps the terminal's Ctrl-C from it.
        return subprocess.Popen(
            [sys.executable, "-P", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Its matrices are small: more threads would only take the cores from the calls.
            env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,
        )
    except OSError as error:
        raise SpeechError(f"{failure} ({error}); check {sys.executable}") from error
