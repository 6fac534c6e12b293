"""An ASGI app on a free port of this machine, for as long as a test needs it."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette


@contextmanager
def serving(app: Starlette, name: str) -> Iterator[tuple[str, asyncio.AbstractEventLoop]]:
    """The app's address and the loop it runs on; its thread, called `name`, ends with the block."""
    listening = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.new_event_loop()
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="websockets-sansio", lifespan="off"))

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(server.serve([listening]))
        loop.close()

    thread = threading.Thread(target=run, name=name)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", loop
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
