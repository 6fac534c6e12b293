"""OpenAI's transcription endpoint on loopback: multipart requests in, JSON or a stream of events out, as documented."""

import io
import json
import wave
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.loopback import LoopbackServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as the server got it."""

    pcm: Pcm
    fields: dict[str, list[str]]
    authorization: str
    file: str

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SPEECH_RATE_HZ


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server does with one request."""

    text: str = ""
    status: int = 200
    code: str | None = None
    """The error's code."""
    retry_after: str | None = None
    drop_after: int | None = None
    """Deltas after which the connection breaks."""
    stall_after: int | None = None
    """Deltas after which nothing more comes until the server is closed; -1 is not even headers."""
    raw: str | None = None
    """Sent as it is in place of the stream."""
    languages: Sequence[str] | None = None
    logprobs: Sequence[float] | None = None
    streams: bool = True
    """Otherwise it answers all at once, as servers do that know no streaming."""


Script = Callable[[Asked, int], Answer]
"""From a request, and how many came before it, to the answer."""


class TranscriptionServer(LoopbackServer):
    """The server, on a port of its own while it is used as a context. Keeps every request it got."""

    def __init__(self, script: Script) -> None:
        super().__init__([Route("/v1/audio/transcriptions", self._transcribe, methods=["POST"])], "transcription")
        self.script = script
        self.asked: list[Asked] = []

    @property
    def url(self) -> str:
        return f"{self.address}/v1"

    async def _transcribe(self, request: Request) -> Response:
        asked = await _read(request)
        self.asked.append(asked)
        answer = self.script(asked, len(self.asked) - 1)
        if answer.stall_after == -1:
            await self.stall()
        if answer.status != 200:
            error = {"message": "it went wrong", "type": "error", "param": None, "code": answer.code}
            headers = {} if answer.retry_after is None else {"retry-after": answer.retry_after}
            return JSONResponse({"error": error}, status_code=answer.status, headers=headers)
        if not answer.streams or asked.fields.get("stream") != ["true"]:
            if answer.raw is not None:
                return Response(answer.raw, media_type="application/json")
            return JSONResponse({"text": answer.text, "usage": {"type": "duration", "seconds": 1}})
        return StreamingResponse(self._stream(answer), media_type="text/event-stream")

    async def _stream(self, answer: Answer) -> AsyncIterator[str]:
        if answer.raw is not None:
            yield answer.raw
            return
        pieces = [f" {word}" if at else word for at, word in enumerate(answer.text.split(" "))]
        for number, piece in enumerate(pieces):
            if number == answer.drop_after:
                raise ConnectionResetError("scripted disconnect")
            if number == answer.stall_after:
                await self.stall()
            yield _event({"type": "transcript.text.delta", "delta": piece})
        done: dict[str, Any] = {"type": "transcript.text.done", "text": answer.text}
        if answer.languages is not None:
            done["languages"] = [{"code": code} for code in answer.languages]
        if answer.logprobs is not None:
            done["logprobs"] = [{"token": "t", "logprob": value, "bytes": [116]} for value in answer.logprobs]
        yield _event(done)
        yield "data: [DONE]\n\n"


def _event(data: dict[str, Any]) -> str:
    return f"event: {data['type']}\ndata: {json.dumps(data)}\n\n"


async def _read(request: Request) -> Asked:
    async with request.form() as form:
        upload: Any = form["file"]
        with wave.open(io.BytesIO(await upload.read())) as sound:
            assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (SPEECH_RATE_HZ, 1, 2)
            pcm = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
        fields: dict[str, list[str]] = {}
        for name, value in form.multi_items():
            if isinstance(value, str):
                fields.setdefault(name.removesuffix("[]"), []).append(value)
        return Asked(
            pcm=pcm, fields=fields, authorization=request.headers.get("authorization", ""), file=str(upload.filename)
        )
