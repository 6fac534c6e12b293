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
from core.clock import ManualClock

KEY = "dg-a-very-secret-key"
INTERIM_EVERY_S = 0.3
LONGEST_SEGMENT_S = 3.0
NOTICEABLE_S = 0.05
"""Less sound left than this, and a request to finish is not answered."""
LONGEST_SILENCE_S = 10.0
"""Without sound or a message to keep alive; then the connection is closed, as documented for NET-0001."""


NO_SOUND = "NET-0001: Deepgram did not receive audio data or a text message within the timeout window."
ERROR = {"type": "Error", "description": "The stream cannot be decoded.", "message": "", "variant": "Decoding"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble(socket_server.Trouble):
    unanswered_finalize: bool = False
    noisy: bool = False
    """Pauses go unnoticed, as with music behind the voice; where an utterance ends is told by its words alone."""
    error_after_s: float | None = None
    """Seconds of sound; then a message says that something went wrong, and the connection is closed."""


@dataclass(slots=True)
class Talk(socket_server.Talk):
    """One connection, and how far what came over it was recognised."""

    segment_s: float = 0.0
    """Where the segment being recognised begins."""
    interim_s: float = 0.0
    utterance_end_s: float = 0.0
    """The last word of whose utterance the end was told."""
    heard_from_s: float = 0.0
    """When sound or a message came last, on the server's clock."""
    closed_because: str = ""


class DeepgramServer(socket_server.SocketServer[Trouble, Talk]):
    """Use it as a context manager."""

    trouble = Trouble
    talk = Talk
    key = KEY
    scheme = "Token"
    finish = "Finalize"
    rubbish = ("no json", "[1, 2]", '{"type": "Results", "start": "soon"}', b"\x00\xff", "{}")

    def __init__(self, *troubles: Trouble, key: str = "", clock: ManualClock | None = None) -> None:
        """With a clock that is moved by hand connections end that are silent for too long; see `look_at_clock`."""
        super().__init__(*troubles, key=key)
        self._clock = clock or ManualClock()
        self._listening: dict[ServerConnection, Talk] = {}

    def look_at_clock(self) -> None:
        """Close what was silent for too long; to be called when the clock has been moved."""
        now_s = self._clock.monotonic_s()
        with self._changed:
            silent = [
                connection
                for connection, talk in self._listening.items()
                if now_s - talk.heard_from_s >= LONGEST_SILENCE_S
            ]
            for connection in silent:
                self._listening.pop(connection).closed_because = NO_SOUND
            self._changed.notify_all()
        for connection in silent:
            connection.close(1011, NO_SOUND)

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

    def greet(self, connection: ServerConnection, talk: Talk) -> None:
        with self._changed:
            talk.heard_from_s = self._clock.monotonic_s()
            self._listening[connection] = talk
            self._changed.notify_all()

    def read(self, talk: Talk, message: str | bytes) -> dict[str, Any]:
        talk.heard_from_s = self._clock.monotonic_s()
        if isinstance(message, str):
            said: dict[str, Any] = json.loads(message)
            return said
        talk.take(np.frombuffer(message, "<i2"))
        return {}

    def answer(self, connection: ServerConnection, talk: Talk, trouble: Trouble, message: dict[str, Any]) -> None:
        match message.get("type"):
            case None if trouble.error_after_s is not None and talk.length_s >= trouble.error_after_s:
                connection.send(json.dumps(ERROR))
                connection.close(1011, "NET-0000")
            case None:
                _recognise(connection, talk, notices_pauses=not trouble.noisy)
            case "Finalize" if not trouble.unanswered_finalize and talk.length_s - talk.segment_s >= NOTICEABLE_S:
                _final(connection, talk, talk.length_s, from_finalize=True)
            case "CloseStream":
                connection.send(json.dumps(_metadata(talk)))
                connection.close()


def _recognise(connection: ServerConnection, talk: Talk, *, notices_pauses: bool) -> None:
    """Finals where somebody pauses or goes on for too long, and a guess every now and then."""
    words = hear(talk.sound)
    end_s = talk.length_s
    fresh = [word for word in words if word.start_s >= talk.segment_s]
    pause_s = int(talk.query["endpointing"][0]) / 1000
    if notices_pauses and fresh and end_s - fresh[-1].end_s >= pause_s:
        _final(connection, talk, end_s, speech_final=True)
    elif fresh and end_s - talk.segment_s > LONGEST_SEGMENT_S and end_s > fresh[-1].end_s:
        _final(connection, talk, end_s)
    elif end_s - talk.interim_s >= INTERIM_EVERY_S:
        talk.interim_s = end_s
        connection.send(_results(talk, end_s))
    gap_s = int(talk.query["utterance_end_ms"][0]) / 1000
    if words and words[-1].end_s > talk.utterance_end_s and end_s - words[-1].end_s >= gap_s:
        talk.utterance_end_s = words[-1].end_s
        told = {"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": round(words[-1].end_s, 2)}
        connection.send(json.dumps(told))


def _final(connection: ServerConnection, talk: Talk, end_s: float, **flags: bool) -> None:
    connection.send(_results(talk, end_s, is_final=True, **flags))
    talk.segment_s = talk.interim_s = end_s


def _metadata(talk: Talk) -> dict[str, Any]:
    """What is told of the whole stream when it is over."""
    return {
        "type": "Metadata",
        "transaction_key": "deprecated",
        "request_id": "2479c8c8-8185-40ac-9ac6-f0874419f793",
        "sha256": "",
        "created": "2026-01-05T09:00:00.000Z",
        "duration": talk.length_s,
        "channels": 1,
    }


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
