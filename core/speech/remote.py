"""A session with an engine elsewhere, over a connection that may be lost and is then made again."""

import asyncio
import contextlib
import logging
import random
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, Future

from core.audio.frames import Pcm
from core.errors import SpeechError
from core.speech.base import Hypothesis, OnFailure, OnHypothesis, SpeechSession
from core.speech.dialogue import Connection, Dialogue, Message, Remote
from core.speech.network import Network
from core.speech.outbox import Begin, End, Outbox, Sound, Step
from core.speech.persistence import Persistence

log = logging.getLogger(__name__)
ANSWER_S = 4.0
"""An engine that owes words and says nothing for so long has lost them."""
AHEAD_S = 12.0
"""Sound that may wait to be sent or settled; more than a live call gathers until the session gives up."""
STEADY_S = 8.0
"""A connection that lasted so long was a good one."""
_FAREWELL_S = 1.0


class RemoteSession(SpeechSession):
    """One party's ear (see `SpeechSession`). Callbacks run on the network's thread.

    A lost connection is made again, and sent every utterance that has no final yet from its first sample on.
    """

    def __init__(
        self,
        network: Network,
        remote: Remote,
        on_hypothesis: OnHypothesis,
        on_failure: OnFailure,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._network = network
        self._remote = remote
        self._on_hypothesis = on_hypothesis
        self._on_failure = on_failure
        self._jitter = jitter
        self._changed = threading.Condition()
        self._outbox = Outbox()
        self._finals_owed = 0
        self._over = False
        self._news = asyncio.Event()
        """Something is to be done on the network's thread, the only one that touches it and what follows."""
        self._silent_since_s: float | None = None
        """Since when the engine owes something and has said nothing."""
        self._finals_heard = 0
        self._running = network.run(self._run)
        self._running.add_done_callback(self._ended)

    def begin(self, utterance_id: str, start_s: float) -> None:
        with self._changed:
            self._outbox.begin(utterance_id)
        self._tell()

    def push(self, pcm: Pcm) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._over or self.live or self._outbox.behind_s < AHEAD_S)
            if self._over:
                return
            self._outbox.push(pcm)
        self._tell()

    def end(self) -> None:
        with self._changed:
            self._outbox.end()
            self._finals_owed += 1
        self._tell()

    def drain(self, timeout_s: float) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._over or not self._finals_owed, timeout_s)
            return not self._over and not self._finals_owed

    def close(self) -> None:
        """Returns at once; hypotheses still on their way are not delivered."""
        if self._finish():
            self._running.cancel()

    def _tell(self) -> None:
        self._network.call(self._news.set)

    def _finish(self) -> bool:
        """Nothing more will come; whoever waits goes on. False if that was so already."""
        with self._changed:
            if self._over:
                return False
            self._over = True
            self._changed.notify_all()
        return True

    def _ended(self, running: "Future[None]") -> None:
        """Called when nothing runs any more, which after `close` was wanted and otherwise is a failure."""
        try:
            running.result()
        except SpeechError as error:
            failure: SpeechError = error
        except CancelledError:
            failure = SpeechError("speech recognition was shut down; restart Sidetone")
        except Exception as error:
            log.exception("a speech session failed")
            failure = SpeechError(f"speech recognition failed ({error}); it is started again", retryable=True)
        if self._finish():
            self._on_failure(failure)

    async def _run(self) -> None:
        """Until cancelled; raises SpeechError when there is no getting through."""
        loop = asyncio.get_running_loop()
        persistence = Persistence()
        while True:
            began_s, heard = loop.time(), self._finals_heard
            trouble_s: float | None = began_s
            try:
                async with asyncio.timeout(persistence.connect_s(began_s)):
                    connection = await self._remote.connect()
                trouble_s = None
                await self._converse(connection)
                continue
            except Exception as error:
                failure = self._remote.explain(error)
                if failure is None:
                    raise
            now_s = loop.time()
            if self._finals_heard > heard or now_s - began_s >= STEADY_S:
                persistence.succeeded()
            if trouble_s is None:
                trouble_s = now_s if self._silent_since_s is None else self._silent_since_s
            wait_s = persistence.failed(failure, trouble_s, now_s, self._jitter())
            log.info("connecting again: %s", failure)
            await asyncio.sleep(wait_s)

    async def _converse(self, connection: Connection) -> None:
        """Until the connection is lost, which raises, or too old."""
        dialogue = self._remote.dialogue()
        self._silent_since_s = None
        with self._changed:
            self._outbox.rewind()
        both: list[asyncio.Task[None]] = []
        try:
            await self._send(connection, dialogue.hello())
            both = [asyncio.create_task(work(connection, dialogue)) for work in (self._listen, self._talk)]
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in both:
                task.cancel()
            # Beside the next connection: a server that has gone silent takes its time to be left.
            self._network.see_off(self._leave(connection, dialogue))
            await asyncio.gather(*both, return_exceptions=True)

    async def _leave(self, connection: Connection, dialogue: Dialogue) -> None:
        try:
            async with asyncio.timeout(_FAREWELL_S):
                for message in dialogue.goodbye():
                    await connection.send(message)
                await connection.close()
        except Exception as error:
            if self._remote.explain(error) is None:
                raise

    async def _listen(self, connection: Connection, dialogue: Dialogue) -> None:
        loop = asyncio.get_running_loop()
        while True:
            message = await connection.recv()
            self._silent_since_s = None
            self._deliver(dialogue.read(message))
            if dialogue.owes:
                self._silent_since_s = loop.time()
            self._news.set()

    async def _talk(self, connection: Connection, dialogue: Dialogue) -> None:
        """Send what there is; in between keep the connection alive, and notice when there is no answer."""
        loop = asyncio.get_running_loop()
        opened_s = sent_s = loop.time()
        while True:
            self._news.clear()
            now_s = loop.time()
            if messages := self._next(dialogue):
                await self._send(connection, messages)
                sent_s = now_s
            else:
                due_s = [
                    _later(sent_s, dialogue.keep_alive_s),
                    _later(self._silent_since_s, ANSWER_S),
                    _later(self._silent_since_s, dialogue.patience_s),
                    _later(opened_s, dialogue.longest_s) if self._outbox.idle else None,
                ]
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(min((due for due in due_s if due is not None), default=None)):
                        await self._news.wait()
            if dialogue.owes and self._silent_since_s is None:
                self._silent_since_s = now_s
            now_s = loop.time()
            if _past(now_s, _later(self._silent_since_s, dialogue.patience_s)):
                self._deliver(dialogue.settle())
            if not dialogue.owes:
                self._silent_since_s = None
            if _past(now_s, _later(self._silent_since_s, ANSWER_S)):
                raise TimeoutError
            if _past(now_s, _later(sent_s, dialogue.keep_alive_s)):
                await self._send(connection, dialogue.keep_alive())
                sent_s = now_s
            if self._outbox.idle and _past(now_s, _later(opened_s, dialogue.longest_s)):
                return

    def _next(self, dialogue: Dialogue) -> list[Message]:
        messages: list[Message] = []
        with self._changed:
            while not messages and (step := self._outbox.next()):
                messages = _said(dialogue, step)
            self._changed.notify_all()
        return messages

    async def _send(self, connection: Connection, messages: Iterable[Message]) -> None:
        async with asyncio.timeout(ANSWER_S):
            for message in messages:
                await connection.send(message)

    def _deliver(self, hypotheses: list[Hypothesis]) -> None:
        for hypothesis in hypotheses:
            with self._changed:
                news = None if self._over else self._outbox.news(hypothesis)
            if news is None:
                continue
            self._on_hypothesis(news)
            if news.final:
                self._finals_heard += 1
                with self._changed:
                    self._finals_owed -= 1
                    self._changed.notify_all()


def _said(dialogue: Dialogue, step: Step) -> list[Message]:
    match step:
        case Begin(utterance_id=utterance_id):
            return dialogue.begin(utterance_id)
        case Sound(pcm=pcm):
            return dialogue.sound(pcm)
        case End():
            return dialogue.end()


def _later(since_s: float | None, wait_s: float | None) -> float | None:
    return None if since_s is None or wait_s is None else since_s + wait_s


def _past(now_s: float, due_s: float | None) -> bool:
    return due_s is not None and now_s >= due_s
