"""The thread on which an engine elsewhere is talked to."""

import asyncio
import concurrent.futures
import contextlib
import threading
from collections.abc import Callable, Coroutine

from core.clock import Clock
from core.errors import SpeechError

_FAREWELL_S = 2.0


class Network:
    """One thread with an event loop for all sessions of an engine; what they wait for follows the injected clock.

    A connection costs a thread of its own otherwise, and a hundred calls have two hundred. Starts when first used.
    """

    def __init__(self, name: str, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._lock = threading.Lock()
        self._loop: _ClockedLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._farewells: set[asyncio.Task[None]] = set()
        """Both are touched on the thread only."""

    def run(self, work: Callable[[], Coroutine[None, None, None]]) -> "concurrent.futures.Future[None]":
        """Have it done there; cancelling what is returned cancels it. Raises SpeechError when closed."""
        loop = self._started()
        return asyncio.run_coroutine_threadsafe(self._kept(work), loop)

    def call(self, function: Callable[[], object]) -> None:
        """Have it called there soon; not at all when closed."""
        with contextlib.suppress(SpeechError, RuntimeError):
            self._started().call_soon_threadsafe(function)

    def see_off(self, farewell: Coroutine[None, None, None]) -> None:
        """Have it done beside everything else, also when the network is closed meanwhile. Called on the thread."""
        task = asyncio.get_running_loop().create_task(farewell)
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)

    def look_at_clock(self) -> None:
        """Notice that the clock was moved by hand."""
        self.call(lambda: None)

    def close(self) -> None:
        """Cancel what still runs there and end the thread. May be called twice."""
        with self._lock:
            self._closed = True
            loop, self._loop = self._loop, None
        if loop is None or self._thread is None:
            return
        with contextlib.suppress(concurrent.futures.TimeoutError):
            asyncio.run_coroutine_threadsafe(self._cancel(), loop).result(_FAREWELL_S)
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join(_FAREWELL_S)

    async def _kept(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await work()
        finally:
            self._tasks.discard(task)

    async def _cancel(self) -> None:
        for task in self._tasks:
            # A second time would cut short what the first has begun.
            if not task.cancelling():
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*self._farewells, return_exceptions=True)
        # What was aborted is closed in the loop's next round.
        await asyncio.sleep(0)

    def _started(self) -> "_ClockedLoop":
        with self._lock:
            if self._closed:
                raise SpeechError("speech recognition was shut down; restart Sidetone")
            if self._loop is None:
                self._loop = _ClockedLoop(self._clock)
                self._thread = threading.Thread(target=_serve, args=(self._loop,), name=self._name, daemon=True)
                self._thread.start()
            return self._loop


class _ClockedLoop(asyncio.SelectorEventLoop):
    def __init__(self, clock: Clock) -> None:
        self._sidetone_clock = clock
        super().__init__()

    def time(self) -> float:
        return self._sidetone_clock.monotonic_s()


def _serve(loop: _ClockedLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()
