"""An HTTP server for as long as somebody needs one, on a free port that only this machine reaches."""

import asyncio
import socket
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

_FAREWELL_S = 10.0


class LoopbackServer:
    """Serves its routes while it is used as a context, on a thread of its own."""

    def __init__(self, routes: Sequence[BaseRoute], name: str) -> None:
        """`name` is the thread's."""
        self._socket = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            Starlette(routes=routes), lifespan="off", ws="none", log_config=None, timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name=name, daemon=True
        )
        self._closing = threading.Event()

    @property
    def address(self) -> str:
        """Without a path."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        # The socket listens already: a request waits for the thread at most.
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.should_exit = True
        self._thread.join(_FAREWELL_S)
        self._socket.close()

    async def stall(self) -> None:
        """For a request that is left waiting: returns when the server is closed."""
        while not self._closing.is_set():
            await asyncio.sleep(0.01)
