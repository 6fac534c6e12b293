"""A speech engine's WebSocket on loopback, where what goes wrong on which connection is said beforehand."""

import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, ClassVar, Generic, Self, TypeVar
from urllib.parse import parse_qs, urlsplit

import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from core.audio.frames import SPEECH_RATE_HZ, Pcm

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


@dataclass(slots=True)
class Talk:
    """One connection: what came over it."""

    rate_hz: ClassVar[int] = SPEECH_RATE_HZ
    query: dict[str, list[str]]
    messages: list[str] = field(default_factory=list)
    """The types of those that have one, in order."""
    pcm: list[Pcm] = field(default_factory=list)
    samples: int = 0
    """All that came."""

    def take(self, pcm: Pcm) -> None:
        self.pcm.append(pcm)
        self.samples += len(pcm)

    @property
    def sound(self) -> Pcm:
        return np.concatenate([np.zeros(0, np.int16), *self.pcm])

    @property
    def length_s(self) -> float:
        return self.samples / self.rate_hz


AnyTrouble = TypeVar("AnyTrouble", bound=Trouble)
AnyTalk = TypeVar("AnyTalk", bound=Talk)


class SocketServer(ABC, Generic[AnyTrouble, AnyTalk]):
    """Use it as a context manager. What an engine says is its subclass's."""

    trouble: type[AnyTrouble]
    talk: type[AnyTalk]
    key: ClassVar[str]
    scheme: ClassVar[str]
    """Of the authorization."""
    finish: ClassVar[str]
    """The message that asks for the final."""
    rubbish: ClassVar[tuple[str | bytes, ...]]

    def __init__(self, *troubles: AnyTrouble, key: str = "") -> None:
        """The first connection has the first trouble, and so on; those after the last have none."""
        self.talks: list[AnyTalk] = []
        self.tried = 0
        """Connections asked for, admitted or not."""
        self._troubles = list(troubles)
        self._key = key or self.key
        self._changed = threading.Condition()
        self._connections: list[ServerConnection] = []
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """What the engine is given."""

    def greet(self, connection: ServerConnection, talk: AnyTalk) -> None:
        """Said before anything was asked."""

    @abstractmethod
    def read(self, talk: AnyTalk, message: str | bytes) -> dict[str, Any]:
        """The message, whose sound the talk now has."""

    @abstractmethod
    def answer(self, connection: ServerConnection, talk: AnyTalk, trouble: AnyTrouble, message: dict[str, Any]) -> None:
        """Say what the engine says to a message; `{}` was sound alone."""

    @abstractmethod
    def objection(self, path: str, query: dict[str, list[str]]) -> str:
        """What is wrong with what is asked for; empty if nothing is."""

    @abstractmethod
    def refusal(self, connection: ServerConnection, status: int, message: str) -> Response:
        """How a handshake is answered that fails."""

    def __enter__(self) -> Self:
        self._server = serve(self._talk, "127.0.0.1", 0, process_request=self._admit, compression=None, max_queue=None)
        self._thread = threading.Thread(target=self._server.serve_forever, name=type(self).__name__)
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
    def address(self) -> str:
        """Host and port."""
        assert self._server is not None
        host, port = self._server.socket.getsockname()[:2]
        return f"{host}:{port}"

    def cut_all(self) -> None:
        """Every line is cut."""
        with self._changed:
            connections, self._connections = self._connections, []
        for connection in connections:
            _cut(connection)

    def wait_for(self, happened: Callable[[Self], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: happened(self), PATIENCE_S)

    def count(self, kind: str) -> int:
        return sum(talk.messages.count(kind) for talk in self.talks)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        with self._changed:
            trouble = self._troubles[self.tried] if self.tried < len(self._troubles) else self.trouble()
            connection.trouble = trouble  # type: ignore[attr-defined]
            self.tried += 1
            self._changed.notify_all()
        if request.headers.get("Authorization") != f"{self.scheme} {self._key}":
            return self.refusal(connection, 401, f"Incorrect API key provided: {self._key}.")
        if trouble.status is not None:
            return self.refusal(connection, trouble.status, f"status {trouble.status} for key {self._key}")
        address = urlsplit(request.path)
        objection = self.objection(address.path, parse_qs(address.query))
        return self.refusal(connection, 400, objection) if objection else None

    def _talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        talk = self.talk(parse_qs(urlsplit(connection.request.path).query))
        with self._changed:
            self.talks.append(talk)
            self._connections.append(connection)
            self._changed.notify_all()
        trouble: AnyTrouble = connection.trouble  # type: ignore[attr-defined]
        with suppress(ConnectionClosed):
            if not trouble.mute:
                self.greet(connection, talk)
            for raw in connection:
                with self._changed:
                    message = self.read(talk, raw)
                    if kind := message.get("type"):
                        talk.messages.append(kind)
                    self._changed.notify_all()
                if self._goes_wrong(trouble, talk, kind):
                    _part(connection, trouble)
                    return
                if not trouble.mute:
                    for rubbish in self.rubbish if trouble.garbage else ():
                        connection.send(rubbish)
                    self.answer(connection, talk, trouble, message)

    def _goes_wrong(self, trouble: Trouble, talk: Talk, kind: str | None) -> bool:
        if trouble.drop_before_answer and kind == self.finish:
            return True
        return trouble.drop_after_s is not None and talk.length_s >= trouble.drop_after_s


def _part(connection: ServerConnection, trouble: Trouble) -> None:
    if trouble.close is None:
        _cut(connection)
    else:
        connection.close(*trouble.close)


def _cut(connection: ServerConnection) -> None:
    with suppress(OSError):
        connection.socket.shutdown(socket.SHUT_RDWR)
