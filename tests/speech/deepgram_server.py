"""A server on loopback that speaks Deepgram's live protocol as its documentation describes it.

It hears the words of `word_tones`. What goes wrong on which connection is said beforehand, with `Trouble`.
"""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import numpy as np
from speech import socket_server
from speech.word_tones import Heard, hear
from websockets.http11 import Response
from websockets.sync.server import ServerConnection

from core.audio.frames import SPEECH_RATE_HZ

KEY = "dg-a-very-secret-key"
INTERIM_EVERY_S = 0.3
LONGEST_SEGMENT_S = 3.0
NOTICEABLE_S = 0.05
"""Less sound left than this, and a request to finish is not answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble(socket_server.Trouble):
    unanswered_finalize: bool = False


@dataclass(slots=True)
class Talk(socket_server.Talk):
    """One connection, and how far what came over it was recognised."""

    segment_s: float = 0.0
    """Where the segment being recognised begins."""
    interim_s: float = 0.0


class DeepgramServer(socket_server.SocketServer[Trouble, Talk]):
    """Use it as a context manager."""

    trouble = Trouble
    talk = Talk
    key = KEY
    scheme = "Token"
    finish = "Finalize"
    rubbish = ("no json", "[1, 2]", '{"type": "Results", "start": "soon"}', b"\x00\xff", "{}")

    @property
    def url(self) -> str:
        return f"ws://{self.address}"

    def objection(self, path: str, query: dict[str, list[str]]) -> str:
        wanted = {"encoding": ["linear16"], "sample_rate": [str(SPEECH_RATE_HZ)], "interim_results": ["true"]}
        if path != "/v1/listen" or any(query.get(name) != value for name, value in wanted.items()):
            return "Unsupported parameters."
        if query["model"] != ["nova-3"]:
            return "No such model/language/tier combination found."
        return ""

    def refusal(self, connection: ServerConnection, status: int, message: str) -> Response:
        code = {400: "Bad Request", 401: "INVALID_AUTH"}.get(status, "ERROR")
        response = connection.respond(
            HTTPStatus(status), json.dumps({"err_code": code, "err_msg": message, "request_id": "b6ff"})
        )
        response.headers["dg-request-id"] = "b6ff"
        response.headers["dg-error"] = message
        return response

    def read(self, talk: Talk, message: str | bytes) -> dict[str, Any]:
        if isinstance(message, str):
            said: dict[str, Any] = json.loads(message)
            return said
        talk.take(np.frombuffer(message, "<i2"))
        return {}

    def answer(self, connection: ServerConnection, talk: Talk, trouble: Trouble, message: dict[str, Any]) -> None:
        match message.get("type"):
            case None:
                _recognise(connection, talk)
            case "Finalize" if not trouble.unanswered_finalize and talk.length_s - talk.segment_s >= NOTICEABLE_S:
                _final(connection, talk, talk.length_s, from_finalize=True)
            case "CloseStream":
                connection.send(json.dumps({"type": "Metadata", "duration": talk.length_s, "channels": 1}))
                connection.close()


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
