"""A language model that says what a script says, over the real protocol: streamed chat completions on loopback.

For teaching, the bench and tests: whatever speaks to OpenAI-compatible servers can be pointed at `url`.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from core.loopback import LoopbackServer

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the model does when asked once."""

    text: str = ""
    calls: Sequence[tuple[str, str]] = ()
    """Tools to call: name and arguments as they are written, which need not be JSON."""
    first_token_s: float = 0.0
    token_s: float = 0.0
    piece: int = 5
    """Characters per chunk."""
    drop_after: int | None = None
    """Chunks after which the connection breaks."""
    stall_after: int | None = None
    """Chunks after which nothing more comes until the server is closed."""
    status: int = 200
    retry_after_s: float | None = None
    raw: str | None = None
    """Sent as it is in place of the stream."""
    refusal: str | None = None


Script = Callable[[Json, int], Reply]
"""From a request's body, and how many came before it, to the reply."""


class ScriptedLLM(LoopbackServer):
    """The server, on a port of its own while it is used as a context. Keeps every request it got."""

    def __init__(self, script: Script) -> None:
        super().__init__([Route("/v1/chat/completions", self._complete, methods=["POST"])], "scripted-llm")
        self.script = script
        self.requests: list[Json] = []
        self.closed_early = threading.Event()
        """Set once a client has left before its answer was complete."""

    @property
    def url(self) -> str:
        """The base URL for clients."""
        return f"{self.address}/v1"

    async def _complete(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(body)
        reply = self.script(body, len(self.requests) - 1)
        if reply.status != 200:
            headers = {} if reply.retry_after_s is None else {"retry-after": f"{reply.retry_after_s:g}"}
            error = {"message": "scripted failure", "type": "server_error", "code": None, "param": None}
            return JSONResponse({"error": error}, status_code=reply.status, headers=headers)
        return StreamingResponse(self._stream(reply), media_type="text/event-stream")

    async def _stream(self, reply: Reply) -> AsyncIterator[str]:
        complete = False
        try:
            await asyncio.sleep(reply.first_token_s)
            if reply.raw is not None:
                yield reply.raw
            else:
                for number, chunk in enumerate(_chunks(reply)):
                    if number == reply.drop_after:
                        raise ConnectionResetError("scripted disconnect")
                    if number == reply.stall_after:
                        await self.stall()
                    yield f"data: {json.dumps(chunk)}\n\n"
                    await asyncio.sleep(reply.token_s)
                yield "data: [DONE]\n\n"
            complete = True
        finally:
            if not complete:
                self.closed_early.set()


def _chunks(reply: Reply) -> list[Json]:
    deltas: list[Json] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": reply.text[at : at + reply.piece]} for at in range(0, len(reply.text), reply.piece)]
    for index, (name, arguments) in enumerate(reply.calls):
        named = {"name": name, "arguments": ""}
        deltas.append({"tool_calls": [{"index": index, "id": f"call_{index}", "type": "function", "function": named}]})
        pieces = [arguments[at : at + reply.piece] for at in range(0, len(arguments), reply.piece)]
        deltas += [{"tool_calls": [{"index": index, "function": {"arguments": piece}}]} for piece in pieces]
    if reply.refusal:
        deltas.append({"refusal": reply.refusal})
    chunks = [_chunk(delta, None) for delta in deltas]
    return [*chunks, _chunk({}, "tool_calls" if reply.calls else "stop")]


def _chunk(delta: Json, finish_reason: str | None) -> Json:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
    return {"id": "scripted", "object": "chat.completion.chunk", "created": 0, "model": "scripted", "choices": [choice]}
