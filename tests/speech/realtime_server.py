"""A server on loopback that speaks OpenAI's Realtime API, transcription sessions only, as its reference describes it.

It hears the words of `word_tones`. What goes wrong on which connection is said beforehand, with `Trouble`.
"""

import base64
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from speech.word_tones import PAUSE_S, hear
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from core.audio.frames import Pcm

KEY = "sk-a-very-secret-key"
RATE_HZ = 24_000
SHORTEST_S = 0.1
PATIENCE_S = 30.0
_TRANSCRIPTION = "conversation.item.input_audio_transcription"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What goes wrong on one connection."""

    drop_after_s: float | None = None
    """Seconds of sound; then the line is cut without a word."""
    drop_before_answer: bool = False
    """Cut when asked to commit."""
    close: tuple[int, str] | None = None
    """Instead of cutting: a closing frame."""
    mute: bool = False
    garbage: bool = False
    status: int | None = None
    """The handshake is answered with this status instead."""
    update_error: dict[str, str] | None = None
    commit_error: dict[str, str] | None = None
    failed: dict[str, str] | None = None
    """What the transcription of the first item fails with."""
    invents: str | None = None
    """What it hears in an item without words."""


NONE = Trouble()


@dataclass(slots=True)
class Talk:
    """One connection: what came over it, and what was made of it."""

    query: dict[str, list[str]]
    transcription: dict[str, Any] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    pcm: list[Pcm] = field(default_factory=list)
    """The buffer."""
    length_s: float = 0.0
    """Of all the sound that came."""
    item_id: str = ""
    told: int = 0
    """Words of the buffer that were given as deltas."""

    @property
    def sound(self) -> Pcm:
        return np.concatenate([np.zeros(0, np.int16), *self.pcm])


class RealtimeServer:
    """Use it as a context manager."""

    def __init__(self, *troubles: Trouble, key: str = KEY) -> None:
        """The first connection has the first trouble, and so on; those after the last have none."""
        self.talks: list[Talk] = []
        self.tried = 0
        """Connections asked for, admitted or not."""
        self._troubles = list(troubles)
        self._key = key
        self._changed = threading.Condition()
        self._connections: list[ServerConnection] = []
        self._ids = count(1)
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "RealtimeServer":
        self._server = serve(self._talk, "127.0.0.1", 0, process_request=self._admit, compression=None, max_queue=None)
        self._thread = threading.Thread(target=self._server.serve_forever, name="realtime-server")
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
        return f"http://{host}:{port}/v1"

    def cut_all(self) -> None:
        """Every line is cut."""
        with self._changed:
            connections, self._connections = self._connections, []
        for connection in connections:
            _cut(connection)

    def wait_for(self, happened: Callable[["RealtimeServer"], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: happened(self), PATIENCE_S)

    def count(self, kind: str) -> int:
        return sum(talk.messages.count(kind) for talk in self.talks)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        with self._changed:
            trouble = self._troubles[self.tried] if self.tried < len(self._troubles) else NONE
            connection.trouble = trouble  # type: ignore[attr-defined]
            self.tried += 1
            self._changed.notify_all()
        address = urlsplit(request.path)
        if request.headers.get("Authorization") != f"Bearer {self._key}":
            return _refusal(connection, 401, "invalid_api_key", f"Incorrect API key provided: {self._key}.")
        if trouble.status is not None:
            return _refusal(connection, trouble.status, "an_error", f"status {trouble.status}")
        if address.path != "/v1/realtime" or parse_qs(address.query) != {"intent": ["transcription"]}:
            return _refusal(connection, 400, "invalid_request_error", "You must not provide a model parameter.")
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
            if not trouble.mute:
                self._say(connection, "session.created", session={"type": "transcription", "id": "sess_1"})
            for raw in connection:
                message = json.loads(raw)
                with self._changed:
                    talk.messages.append(message["type"])
                    _take(talk, message)
                    self._changed.notify_all()
                if _goes_wrong(trouble, talk):
                    _part(connection, trouble)
                    return
                if not trouble.mute:
                    self._answer(connection, talk, trouble, message)
        except ConnectionClosed:
            return

    def _answer(self, connection: ServerConnection, talk: Talk, trouble: Trouble, message: dict[str, Any]) -> None:
        if trouble.garbage:
            for rubbish in ("no json", "[1, 2]", '{"type": 7}', b"\x00\xff", "{}", '{"type": "unheard.of"}'):
                connection.send(rubbish)
        match message["type"]:
            case "session.update":
                self._update(connection, talk, trouble, message)
            case "input_audio_buffer.append":
                self._tell(connection, talk)
            case "input_audio_buffer.commit":
                self._commit(connection, talk, trouble, message)

    def _update(self, connection: ServerConnection, talk: Talk, trouble: Trouble, message: dict[str, Any]) -> None:
        sound = message["session"]["audio"]["input"]
        if trouble.update_error:
            self._say(connection, "error", error=trouble.update_error)
        elif message["session"]["type"] != "transcription" or sound["format"] != {"type": "audio/pcm", "rate": RATE_HZ}:
            self._say(connection, "error", error={"type": "invalid_request_error", "message": "Invalid session."})
        elif sound["turn_detection"] is not None:
            said = "Turn detection is not supported for this transcription model"
            self._say(connection, "error", error={"type": "invalid_request_error", "message": said})
        else:
            talk.transcription = sound["transcription"]
            self._say(connection, "session.updated", session=message["session"])

    def _commit(self, connection: ServerConnection, talk: Talk, trouble: Trouble, message: dict[str, Any]) -> None:
        if trouble.commit_error:
            self._say(connection, "error", error={**trouble.commit_error, "event_id": message.get("event_id")})
            return
        if len(talk.sound) < SHORTEST_S * RATE_HZ:
            said = "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio."
            error = {"type": "invalid_request_error", "code": "input_audio_buffer_commit_empty", "message": said}
            self._say(connection, "error", error={**error, "event_id": message.get("event_id")})
            return
        self._name(talk)
        self._say(connection, "input_audio_buffer.committed", item_id=talk.item_id, previous_item_id=None)
        self._say(connection, "conversation.item.added", item={"id": talk.item_id, "type": "message"})
        self._tell(connection, talk, over=True)
        words = " ".join(word.word for word in hear(talk.sound, RATE_HZ))
        about: dict[str, Any] = {"item_id": talk.item_id, "content_index": 0}
        if trouble.failed:
            self._say(connection, f"{_TRANSCRIPTION}.failed", **about, error=trouble.failed)
        else:
            usage = {"type": "duration", "seconds": round(len(talk.sound) / RATE_HZ)}
            transcript = words or trouble.invents or ""
            self._say(connection, f"{_TRANSCRIPTION}.completed", **about, transcript=transcript, usage=usage)
        talk.pcm, talk.item_id, talk.told = [], "", 0

    def _tell(self, connection: ServerConnection, talk: Talk, *, over: bool = False) -> None:
        """Words that are over are given at once, under the id the item is going to have."""
        sound = talk.sound
        words = hear(sound, RATE_HZ)
        sure = [word for word in words if over or word.end_s < len(sound) / RATE_HZ - PAUSE_S / 2]
        for word in sure[talk.told :]:
            self._name(talk)
            delta = f" {word.word}" if talk.told else word.word
            self._say(connection, f"{_TRANSCRIPTION}.delta", item_id=talk.item_id, content_index=0, delta=delta)
            talk.told += 1

    def _name(self, talk: Talk) -> None:
        talk.item_id = talk.item_id or f"item_{next(self._ids)}"

    def _say(self, connection: ServerConnection, kind: str, **content: Any) -> None:
        connection.send(json.dumps({"type": kind, "event_id": f"event_{next(self._ids)}", **content}))


def _take(talk: Talk, message: dict[str, Any]) -> None:
    if message["type"] == "input_audio_buffer.append":
        talk.pcm.append(np.frombuffer(base64.b64decode(message["audio"]), "<i2"))
        talk.length_s += len(talk.pcm[-1]) / RATE_HZ


def _goes_wrong(trouble: Trouble, talk: Talk) -> bool:
    if trouble.drop_before_answer and talk.messages[-1] == "input_audio_buffer.commit":
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
    error = {"error": {"message": message, "type": "invalid_request_error", "code": code, "param": None}}
    return connection.respond(HTTPStatus(status), json.dumps(error))
