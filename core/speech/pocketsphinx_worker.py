"""The process PocketSphinx decodes in, and the messages it exchanges with its parent by pickle over stdin and stdout.

It serves several sessions in turns, a step each, so that nobody's sound waits for another's. It ends when its stdin
does, so it never outlives its parent.
"""

import contextlib
import os
import pickle
import queue
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

from core.errors import SidetoneError
from core.speech.load import Load
from core.speech.pocketsphinx_decoders import Decoders, Steps
from core.speech.pocketsphinx_ear import Ear, Send
from core.speech.turns import Turns
from core.speech.worker_messages import Audio, Begin, Close, End, Failed, Open, Pause, Reply, Request, Unpacking

_BEHIND_S = 0.3
"""So far behind somebody who speaks, nothing is heard twice any more. The sound before the beginning was told, which
comes at once, is not counted."""
_LATE_S = 0.5
"""An utterance that begins to be decoded so late is decoded quickly, to catch up."""
_LEARNED = 4
"""Parties whose voices are learned: with more than two calls, time and the processor's cache are for hearing them."""
_TOGETHER_BYTES = 12_800
"""0.4 s."""
_CHUNK_BYTES = 1 << 20
_DONE = object()


class _Session:
    """An ear, the requests that wait for it and the one it is at."""

    def __init__(self, ear: Ear) -> None:
        self.ear = ear
        self.requests: deque[tuple[float, Request]] = deque()
        """And when each came."""
        self.steps: Steps | None = None
        self.begun_s = 0.0
        """When the utterance began to come."""
        self.speaking = False
        """It has not ended."""

    @property
    def urgent(self) -> bool:
        """A final is waited for."""
        return any(isinstance(request, End) for _, request in self.requests)


class Worker:
    """The sessions of this process, by turns. `clock` tells seconds."""

    def __init__(self, send: Send, decoders: Decoders, clock: Callable[[], float] = time.monotonic) -> None:
        self._send = send
        self._clock = clock
        self._sessions: dict[int, _Session] = {}
        self._turns: Turns[int] = Turns()
        self._load = Load()
        self._decoders = decoders
        self._warming_up: Steps | None = self._decoders.warm_up()

    @property
    def busy(self) -> bool:
        return len(self._turns) > 0 or self._warming_up is not None

    @property
    def _speaking(self) -> int:
        return sum(session.speaking for session in self._sessions.values())

    def put(self, request: Request) -> None:
        """Take a request; `step` carries it out."""
        if isinstance(request, Open):
            ear = Ear(request.session_id, self._decoders, self._send, self._clock)
            self._sessions[request.session_id] = _Session(ear)
        elif session := self._sessions.get(request.session_id):
            if isinstance(request, Close):
                session.requests.clear()
            session.requests.append((self._clock(), request))
            self._turns.wait(request.session_id, urgent=session.urgent)

    def step(self) -> None:
        """One step for the session whose turn it is, or of getting ready while nobody has one."""
        key = self._turns.next()
        if key is None:
            self._get_ready()
            return
        session = self._sessions[key]
        began_s = session.ear.step_began_s = self._clock()
        try:
            if session.steps is None and session.requests:
                session.steps = self._carried_out(session, *session.requests.popleft())
            if session.steps is None:
                session.ear.go_on()
            elif next(session.steps, _DONE) is _DONE:
                session.steps = None
        except (SidetoneError, OSError, RuntimeError, ValueError) as error:
            session.ear.let_go()
            del self._sessions[key]
            self._send(Failed(key, str(error)))
        ended_s = self._clock()
        session.ear.spent_s += ended_s - session.ear.step_began_s
        self._load.worked(began_s, ended_s)
        self._turns.done(key)
        if key in self._sessions and (session.steps or session.requests or session.ear.can_go_on):
            self._turns.wait(key, urgent=session.urgent)

    def _get_ready(self) -> None:
        if self._warming_up and next(self._warming_up, _DONE) is _DONE:
            self._warming_up = None

    def _carried_out(self, session: _Session, came_s: float, request: Request) -> Steps:
        ear = session.ear
        match request:
            case Begin(_, utterance_id, live):
                session.begun_s, session.speaking = came_s, True
                ear.begin(utterance_id)
                ear.live, ear.hurried = live, live and self._load.heavy
                ear.learning = len(self._sessions) <= _LEARNED
                ear.quick = live and (self._load.full(self._speaking) or self._clock() - came_s > _LATE_S)
            case Audio(_, pcm):
                yield from ear.take(b"".join((pcm, *self._following(session, len(pcm)))))
                behind_s = self._clock() - session.begun_s - ear.heard_s
                ear.hurried = ear.hurried or (ear.live and behind_s > _BEHIND_S)
            case Pause():
                yield from ear.pause(came_s)
            case End():
                if ear.heard_s and not ear.quick:
                    self._load.heard(ear.heard_s, ear.work_s)
                yield from ear.end()
                session.speaking = False
            case Close(session_id):
                ear.close()
                del self._sessions[session_id]

    def _following(self, session: _Session, size: int) -> Iterator[bytes]:
        """Sound that waits behind so many bytes: what is decoded together finds its models in the processor's cache."""
        while session.requests and size < _TOGETHER_BYTES:
            _, request = session.requests[0]
            if not isinstance(request, Audio):
                return
            session.requests.popleft()
            size += len(request.pcm)
            yield request.pcm


def main() -> None:
    """Serve until stdin ends. The models to use come first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever a library prints must not end up among the replies.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def send(reply: Reply) -> None:
        pickle.dump(reply, replies)
        replies.flush()

    received: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin.fileno(), received), name="requests", daemon=True).start()
    unpacking = Unpacking()
    worker: Worker | None = None
    with contextlib.suppress(BrokenPipeError):
        while True:
            try:
                while True:
                    data = received.get(block=worker is None or not worker.busy)
                    if not data:
                        return
                    for message in unpacking.push(data):
                        if worker is None:
                            worker = Worker(send, Decoders(message))
                        else:
                            worker.put(message)
            except queue.Empty:
                if worker is not None:
                    worker.step()


def _read(stdin: int, received: "queue.SimpleQueue[bytes]") -> None:
    """The thread that knows at once what has come: until stdin ends, which is nothing.

    It takes whole chunks, because decoding keeps the interpreter lock, and each time it is asked for costs.
    """
    while True:
        data = os.read(stdin, _CHUNK_BYTES)
        received.put(data)
        if not data:
            return
