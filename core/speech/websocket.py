"""How a WebSocket to an engine elsewhere is held."""

import logging
from typing import Any

_PING_S = 5.0
# The library writes every header into its debug log, and the key is in one.
_QUIET = logging.getLogger(f"{__name__}.connection")
_QUIET.setLevel(logging.INFO)


def options() -> dict[str, Any]:
    """For the `connect` of `websockets`. How long to wait for what is for the session to say."""
    return {
        "compression": None,
        "open_timeout": None,
        "ping_interval": _PING_S,
        "ping_timeout": _PING_S,
        "close_timeout": 1,
        "max_queue": None,
        "logger": _QUIET,
    }
