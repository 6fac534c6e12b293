"""A server on loopback that speaks Deepgram's live protocol as its documentation describes it.

It hears the words of `word_tones`. What goes wrong on which connection is said beforehand, with `Trouble`.
"""

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from speech.word_tones import Heard, hear
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from core.audio.frames import SPEECH_RATE_HZ, Pcm

KEY = "dg-a-very-secret-key"
INTERIM_EVERY_S = 0.3
LONGEST_SEGMENT_S = 3.0
NOTICEABLE_S = 0.05
"""Less sound left than this, and a request to finish is not answered."""
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What goes wrong on one connection."""

    drop_after_s: float | None = None
    """Seconds of sound; then the line is cut without a word."""
    drop_before_answer: bool = False
    """Cut when asked to finish."""
    close: tuple[int, str] | None = None
    """Instead of cutting: a closing frame."""
    mute: bool = False
    garbage: bool = False
    status: int | None = None
    """The handshake is answered with this status instead."""
    unanswered_finalize: bool = False


NONE = Trouble()


@dataclass(slots=True)
class Talk:
    """One connection: what came over it, and how far it was recognised."""

    query: dict[str, list[str]]
    messages: list[str] = field(default_factory=list)
    """Text messages' types, in order."""
    pcm: list[Pcm] = field(default_factory=list)
    segment_s: float = 0.0
    """Where the segment being recognised begins."""
    interim_s: float = 0.0

    @property
    def sound(self) -> Pcm:
        return np.concatenate([np.zeros(0, np.int16), *self.pcm])

    @property
    def length_s(self) -> float:
        return sum(map(len, self.pcm)) / SPEECH_RATE_HZ


class DeepgramServer:
    """Use it as a context manager."""

    def __init__(self, *troubles: Trouble, key: str = KEY, model: str = "nova-3") -> None:
        """The first connection has the first trouble, and so on; those after the last have none."""
        self.talks: list[Talk] = []
        self._troubles = list(troubles)
        self._key = key
        self._model = model
        self._changed = threading.Condition()
        self._connections: list[ServerConnection] = []
        self._tried = 0
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "DeepgramServer":
        self._server = serve(self._talk, "127.0.0.1", 0, process_request=self._admit, compression=None, max_queue=None)
        self._thread = threading.Thread(target=self._server.serve_forever, name="deepgram-server")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        assert self._thread is not None
        self._server.shutdown()
        self.cut_all()
        self._thread.join(PATIENCE_S)

    @property
    def url(self) -> str:
        assert self._server is not None
        host, port = self._server.socket.getsockname()[:2]
        return f"ws://{host}:{port}"

    @property
    def tried(self) -> int:
        """Connections asked for, admitted or not."""
        return self._tried

    def cut_all(self) -> None:
        """Every line is cut."""
        with self._changed:
            connections, self._connections = self._connections, []
        for connection in connections:
            _cut(connection)

    def wait_for(self, happened: Callable[["DeepgramServer"], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: happened(self), PATIENCE_S)

    def count(self, kind: str) -> int:
        return sum(talk.messages.count(kind) for talk in self.talks)

    def _trouble(self, number: int) -> Trouble:
        return self._troubles[number] if number < len(self._troubles) else NONE

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        with self._changed:
            trouble = self._trouble(self._tried)
            connection.trouble = trouble  # type: ignore[attr-defined]
            self._tried += 1
            self._changed.notify_all()
        address = urlsplit(request.path)
        query = parse_qs(address.query)
        if request.headers.get("Authorization") != f"Token {self._key}":
            return _refusal(connection, 401, "INVALID_AUTH", "Invalid credentials.")
        if trouble.status is not None:
            return _refusal(connection, trouble.status, "ERROR", f"status {trouble.status} for key {self._key}")
        wanted = {"encoding": ["linear16"], "sample_rate": [str(SPEECH_RATE_HZ)], "interim_results": ["true"]}
        if address.path != "/v1/listen" or any(query.get(name) != value for name, value in wanted.items()):
            return _refusal(connection, 400, "Bad Request", "Unsupported parameters.")
        if query["model"] != [self._model]:
            return _refusal(connection, 400, "Bad Request", "No such model/language/tier combination found.")
        return None

    def _talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        talk = Talk(parse_qs(urlsplit(connection.request.path).query))
        with self._changed:
            self.talks.append(talk)
            self._connections.append(connection)
            self._changed.notify_all()
        trouble: Trouble = connection.trouble  # type: ignore[attr-defined]
        try:
            for message in connection:
                with self._changed:
                    if isinstance(message, str):
                        talk.messages.append(json.loads(message)["type"])
                    else:
                        talk.pcm.append(np.frombuffer(message, "<i2"))
                    self._changed.notify_all()
                if _goes_wrong(trouble, talk, message):
                    _part(connection, trouble)
                    return
                if not trouble.mute and not self._answer(connection, talk, trouble, message):
                    return
        except ConnectionClosed:
            return

    def _answer(self, connection: ServerConnection, talk: Talk, trouble: Trouble, message: str | bytes) -> bool:
        if trouble.garbage:
            for rubbish in ("no json", "[1, 2]", '{"type": "Results", "start": "soon"}', b"\x00\xff", "{}"):
                connection.send(rubbish)
        if not isinstance(message, str):
            _recognise(connection, talk)
        elif talk.messages[-1] == "Finalize":
            if not trouble.unanswered_finalize and talk.length_s - talk.segment_s >= NOTICEABLE_S:
                _final(connection, talk, talk.length_s, from_finalize=True)
        elif talk.messages[-1] == "CloseStream":
            connection.send(json.dumps({"type": "Metadata", "duration": talk.length_s, "channels": 1}))
            connection.close()
            return False
        return True


def _recognise(connection: ServerConnection, talk: Talk) -> None:
    """Finals where somebody pauses or goes on for too long, and a guess every now and then."""
    words = hear(talk.sound)
    end_s = talk.length_s
    fresh = [word for word in words if word.start_s >= talk.segment_s]
    pause_s = int(talk.query["endpointing"][0]) / 1000
    if fresh and end_s - fresh[-1].end_s >= pause_s:
        _final(connection, talk, end_s, speech_final=True)
    elif fresh and end_s - talk.segment_s > LONGEST_SEGMENT_S and end_s > fresh[-1].end_s:
        _final(connection, talk, end_s)
    elif end_s - talk.interim_s >= INTERIM_EVERY_S:
        talk.interim_s = end_s
        connection.send(_results(talk, end_s))


def _final(connection: ServerConnection, talk: Talk, end_s: float, **flags: bool) -> None:
    connection.send(_results(talk, end_s, is_final=True, **flags))
    talk.segment_s = talk.interim_s = end_s


def _results(talk: Talk, end_s: float, **flags: bool) -> str:
    words = [word for word in hear(talk.sound) if talk.segment_s <= (word.start_s + word.end_s) / 2 < end_s]
    detects = talk.query.get("language") == ["multi"]
    alternative: dict[str, Any] = {
        "transcript": " ".join(word.word for word in words),
        "confidence": 0.9 if words else 0.0,
        "words": [_word(word) for word in words],
    }
    if detects:
        alternative["languages"] = ["en"] if words else []
    return json.dumps(
        {
            "type": "Results",
            "channel_index": [0, 1],
            "start": round(talk.segment_s, 2),
            # Theirs end in odd digits, too.
            "duration": round(end_s - talk.segment_s, 2) + 1.8e-06,
            "is_final": False,
            "speech_final": False,
            "from_finalize": False,
            "channel": {"alternatives": [alternative]},
            "metadata": {"request_id": "2479c8c8-8185-40ac-9ac6-f0874419f793", "model_uuid": "", "model_info": {}},
            **flags,
        }
    )


def _word(word: Heard) -> dict[str, Any]:
    return {
        "word": word.word,
        "start": round(word.start_s, 2),
        "end": round(word.end_s, 2),
        "confidence": 0.9,
        "punctuated_word": word.word,
    }


def _goes_wrong(trouble: Trouble, talk: Talk, message: str | bytes) -> bool:
    if trouble.drop_before_answer and isinstance(message, str) and talk.messages[-1] == "Finalize":
        return True
    return trouble.drop_after_s is not None and talk.length_s >= trouble.drop_after_s


def _part(connection: ServerConnection, trouble: Trouble) -> None:
    if trouble.close is None:
        _cut(connection)
    else:
        connection.close(*trouble.close)


def _cut(connection: ServerConnection) -> None:
    try:
        connection.socket.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _refusal(connection: ServerConnection, status: int, code: str, message: str) -> Response:
    response = connection.respond(
        HTTPStatus(status), json.dumps({"err_code": code, "err_msg": message, "request_id": "b6ff"})
    )
    response.headers["dg-request-id"] = "b6ff"
    response.headers["dg-error"] = message
    return response
