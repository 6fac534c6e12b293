"""A server on loopback that speaks OpenAI's Realtime API, transcription sessions only, as its reference describes it.

It hears the words of `word_tones`. What goes wrong on which connection is said beforehand, with `Trouble`.
"""

import base64
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from typing import Any, ClassVar

import numpy as np
from speech import socket_server
from speech.word_tones import PAUSE_S, hear
from websockets.http11 import Response
from websockets.sync.server import ServerConnection

KEY = "sk-a-very-secret-key"
RATE_HZ = 24_000
SHORTEST_S = 0.1
_TRANSCRIPTION = "conversation.item.input_audio_transcription"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble(socket_server.Trouble):
    update_error: dict[str, str] | None = None
    commit_error: dict[str, str] | None = None
    failed: dict[str, str] | None = None
    """What the transcription of the first item fails with."""
    invents: str | None = None
    """What it hears in an item without words."""


@dataclass(slots=True)
class Talk(socket_server.Talk):
    """One connection, and what was made of what came over it; its sound is the buffer."""

    rate_hz: ClassVar[int] = RATE_HZ
    transcription: dict[str, Any] = field(default_factory=dict)
    item_id: str = ""
    told: int = 0
    """Words of the buffer that were given as deltas."""


class RealtimeServer(socket_server.SocketServer[Trouble, Talk]):
    """Use it as a context manager."""

    trouble = Trouble
    talk = Talk
    key = KEY
    scheme = "Bearer"
    finish = "input_audio_buffer.commit"
    rubbish = ("no json", "[1, 2]", '{"type": 7}', b"\x00\xff", "{}", '{"type": "unheard.of"}')

    def __init__(self, *troubles: Trouble, key: str = KEY) -> None:
        """See `SocketServer`."""
        super().__init__(*troubles, key=key)
        self._ids = count(1)

    @property
    def url(self) -> str:
        return f"http://{self.address}/v1"

    def objection(self, path: str, query: dict[str, list[str]]) -> str:
        wanted = path == "/v1/realtime" and query == {"intent": ["transcription"]}
        return "" if wanted else "You must not provide a model parameter."

    def refusal(self, connection: ServerConnection, status: int, message: str) -> Response:
        code = {400: "invalid_request_error", 401: "invalid_api_key"}.get(status, "an_error")
        error = {"error": {"message": message, "type": "invalid_request_error", "code": code, "param": None}}
        return connection.respond(HTTPStatus(status), json.dumps(error))

    def greet(self, connection: ServerConnection, talk: Talk) -> None:
        self._say(connection, "session.created", session={"type": "transcription", "id": "sess_1"})

    def read(self, talk: Talk, message: str | bytes) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(message)
        if said["type"] == "input_audio_buffer.append":
            talk.take(np.frombuffer(base64.b64decode(said["audio"]), "<i2"))
        return said

    def answer(self, connection: ServerConnection, talk: Talk, trouble: Trouble, message: dict[str, Any]) -> None:
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
