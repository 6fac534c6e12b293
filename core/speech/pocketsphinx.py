"""The embedded engine: PocketSphinx, decoding in worker processes because it never lets go of the interpreter lock."""

import contextlib
import pickle
import queue
import subprocess
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import IO, cast

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.calls.events import Party
from core.errors import SpeechError
from core.languages import ANY_LANGUAGE
from core.speech import child
from core.speech.base import (
    Capabilities,
    Hypothesis,
    Known,
    OnFailure,
    OnHypothesis,
    Readiness,
    SpeechSession,
    SpeechToText,
)
from core.speech.building import Building, readiness
from core.speech.models import Models, newest
from core.speech.registry import EngineSettings
from core.speech.worker_messages import (
    Audio,
    Begin,
    Close,
    End,
    Failed,
    Heard,
    Open,
    Pause,
    Reply,
    Request,
    Taken,
    packed,
)

_AHEAD_BYTES = 2 * 2 * SPEECH_RATE_HZ
"""Sound a session may have waiting in its worker: two seconds."""


def create(settings: EngineSettings) -> "PocketSphinxEngine":
    return PocketSphinxEngine(workers=settings.workers, cache=settings.cache)


class PocketSphinxEngine(SpeechToText):
    """A pool of worker processes; each session stays with the one that had the fewest when it was opened.

    A worker that dies fails its sessions and is replaced when the next one opens. With a `cache` the models of the
    domain are taken from there, or built there in the background while the stock model serves; sessions opened later
    use them. Without one it is the stock model.
    """

    name = "pocketsphinx"
    capabilities = Capabilities(partials=True, local=True, languages=("en",), learns=True)

    def __init__(self, workers: int = 2, cache: Path | None = None) -> None:
        self._workers: list[_WorkerProcess | None] = [None] * max(1, workers)
        self._retired: list[_WorkerProcess] = []
        self._session_ids = count(1)
        self._cache = cache
        self._models = newest(cache) if cache else None
        self._building: Building | None = None
        self._closed = False
        self._lock = threading.Lock()

    @property
    def readiness(self) -> Readiness:
        return readiness(self._models, self._building)

    def warm_up(self) -> None:
        """Start every worker; each makes its first decoder, which takes it about a second."""
        with self._lock:
            for slot in range(len(self._workers)):
                self._alive(slot)
        building = self._building
        if building and building.failure:
            self.learn(building.known)
        elif not self._models and not building:
            self.learn(Known())

    def learn(self, known: Known) -> None:
        """Expect these names and products. Returns at once; call it again when the data has changed."""
        if self._cache is None:
            return
        with self._lock:
            if self._closed:
                return
            if self._building:
                self._building.stop()
            self._building = Building(known, self._cache, self._use)

    def learned(self, timeout_s: float) -> bool:
        """Wait until what was last given to `learn` is in use; False if the time ran out or it failed."""
        building = self._building
        return building is not None and building.done(timeout_s)

    def open(
        self, party: Party, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ANY_LANGUAGE
    ) -> "PocketSphinxSession":
        """Raises SpeechError when the engine was closed or no worker can be started."""
        with self._lock:
            slot = min(range(len(self._workers)), key=self._load)
            worker = self._alive(slot)
            self._retire_idle()
            return worker.open(next(self._session_ids), on_hypothesis, on_failure)

    def close(self) -> None:
        """End the workers. Sessions still open fail. May be called twice."""
        with self._lock:
            self._closed = True
            workers = [*self._retired, *(worker for worker in self._workers if worker is not None)]
            building = self._building
        if building:
            building.stop()
        for worker in workers:
            worker.stop()

    @property
    def worker_pids(self) -> list[int]:
        """Process ids of the workers that run."""
        with self._lock:
            return [worker.pid for worker in self._workers if worker is not None and worker.alive]

    def _load(self, slot: int) -> int:
        worker = self._workers[slot]
        return worker.session_count if worker is not None and worker.alive else 0

    def _alive(self, slot: int) -> "_WorkerProcess":
        if self._closed:
            raise SpeechError("speech recognition was shut down; restart Sidetone")
        worker = self._workers[slot]
        if worker is None or not worker.alive:
            worker = self._workers[slot] = _WorkerProcess(slot, self._models)
        return worker

    def _use(self, models: Models) -> None:
        """Called from the thread of `Building`: new workers take over, the old ones serve the sessions they have."""
        with self._lock:
            if self._closed or models == self._models:
                return
            self._models = models
            for slot, worker in enumerate(self._workers):
                if worker is not None and worker.alive:
                    self._retired.append(worker)
                    self._workers[slot] = _WorkerProcess(slot, models)
            self._retire_idle()

    def _retire_idle(self) -> None:
        for worker in [worker for worker in self._retired if not worker.session_count or not worker.alive]:
            self._retired.remove(worker)
            worker.stop()


class PocketSphinxSession(SpeechSession):
    """One party's ear (see `SpeechSession`). Callbacks run on the reader thread of its worker process."""

    def __init__(self, session_id: int, send: Callable[[Request], None], leave: Callable[[int], None]) -> None:
        self._id = session_id
        self._send_request = send
        self._leave = leave
        self._changed = threading.Condition()
        self._ahead_bytes = 0
        self._finals_owed = 0
        self._over = False

    def begin(self, utterance_id: str, start_s: float) -> None:
        self._send(Begin(self._id, utterance_id, self.live))

    def push(self, pcm: Pcm) -> None:
        data = pcm.tobytes()
        with self._changed:
            self._changed.wait_for(lambda: self._over or self.live or self._ahead_bytes < _AHEAD_BYTES)
            self._ahead_bytes += len(data)
        self._send(Audio(self._id, data))

    def pause(self) -> None:
        self._send(Pause(self._id))

    def end(self) -> None:
        with self._changed:
            self._finals_owed += 1
        self._send(End(self._id))

    def drain(self, timeout_s: float) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._over or not self._finals_owed, timeout_s)
            return not self._finals_owed

    def close(self) -> None:
        """Returns at once; hypotheses still on their way are not delivered."""
        if not self._over:
            self._send(Close(self._id))
            self.abandon()
            self._leave(self._id)

    def abandon(self) -> None:
        """Nothing more will come; whoever waits goes on."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def taken(self, size: int) -> None:
        with self._changed:
            self._ahead_bytes -= size
            self._changed.notify_all()

    def final_delivered(self) -> None:
        with self._changed:
            self._finals_owed -= 1
            self._changed.notify_all()

    def _send(self, request: Request) -> None:
        if not self._over:
            self._send_request(request)


class _WorkerProcess:
    """A worker, and the threads at the pipes to it: one writes requests, the other reads replies and is the only one to
    call back.

    While a worker makes a decoder it keeps its interpreter lock for up to seconds and takes nothing from a pipe that
    holds two seconds of sound.
    """

    def __init__(self, slot: int, models: Models | None) -> None:
        # It ends with its stdin.
        self._process = child.start("core.speech.pocketsphinx_worker", "a speech worker cannot be started")
        self._requests = cast(IO[bytes], self._process.stdin)
        self._replies = cast(IO[bytes], self._process.stdout)
        self._outgoing: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._send(models)
        self._lock = threading.Lock()
        self._sessions: dict[int, tuple[PocketSphinxSession, OnHypothesis, OnFailure]] = {}
        self._ended = False
        self._reader = threading.Thread(target=self._read, name=f"pocketsphinx-{slot}", daemon=True)
        self._reader.start()
        threading.Thread(target=self._write, name=f"pocketsphinx-{slot}-requests", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self._ended and self._process.poll() is None

    @property
    def session_count(self) -> int:
        with self._lock:
            return len(self._sessions)

    def open(self, session_id: int, on_hypothesis: OnHypothesis, on_failure: OnFailure) -> PocketSphinxSession:
        session = PocketSphinxSession(session_id, self._send, self._leave)
        with self._lock:
            if self._ended:
                raise SpeechError("the speech worker has just stopped; try again", retryable=True)
            self._sessions[session_id] = (session, on_hypothesis, on_failure)
        self._send(Open(session_id))
        return session

    def stop(self) -> None:
        """Called from the thread that closes the engine. A worker holds nothing worth saving."""
        self._process.kill()
        self._reader.join(timeout=1)

    def _leave(self, session_id: int) -> None:
        with self._lock:
            self._sessions.pop(session_id, None)

    def _send(self, request: Request | Models | None) -> None:
        """Never waits. Called from the legs' worker threads."""
        self._outgoing.put(packed(request))

    def _write(self) -> None:
        """The writer thread: until there is nothing to write. A broken pipe is the reader's to report."""
        with contextlib.suppress(OSError), self._requests:
            while data := self._outgoing.get():
                self._requests.write(data)
                self._requests.flush()

    def _read(self) -> None:
        """The reader thread: until the worker ends."""
        try:
            with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError):
                while True:
                    self._dispatch(pickle.load(self._replies))
        finally:
            self._fail_sessions()

    def _fail_sessions(self) -> None:
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        with self._lock:
            self._ended = True
            left, self._sessions = list(self._sessions.values()), {}
        for session, _, on_failure in left:
            session.abandon()
            on_failure(SpeechError(f"speech recognition stopped (exit {code}); it can be started anew", retryable=True))
        self._replies.close()
        self._outgoing.put(b"")

    def _dispatch(self, reply: Reply) -> None:
        with self._lock:
            entry = self._sessions.get(reply.session_id)
        if entry is None:
            return
        session, on_hypothesis, on_failure = entry
        match reply:
            case Taken(_, size):
                session.taken(size)
            case Heard(_, utterance_id, text, final, confidence, decode_ms):
                on_hypothesis(
                    Hypothesis(
                        utterance_id=utterance_id, text=text, final=final, confidence=confidence, decode_ms=decode_ms
                    )
                )
                if final:
                    session.final_delivered()
            case Failed(session_id, message):
                self._leave(session_id)
                session.abandon()
                on_failure(SpeechError(f"speech recognition failed ({message}); open it again", retryable=True))
