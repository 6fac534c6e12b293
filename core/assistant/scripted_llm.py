"""A language model that says what a script says, over the real protocol: streamed chat completions on loopback.

For teaching, the bench and tests: whatever speaks to OpenAI-compatible servers can be pointed at `url`.
"""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

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


@dataclass
class ScriptedLLM:
    """The server, on a port of its own while it is used as a context. Keeps every request it got."""

    script: Script
    requests: list[Json] = field(default_factory=list)
    closed_early: threading.Event = field(default_factory=threading.Event)
    """Set once a client has left before its answer was complete."""

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        app = Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])
        quiet = uvicorn.Config(app, lifespan="off", ws="none", log_config=None, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(quiet)
        self._released = threading.Event()
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="scripted-llm", daemon=True
        )

    @property
    def url(self) -> str:
        """The base URL for clients."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"

    def __enter__(self) -> "ScriptedLLM":
        # The socket listens already: a request waits for the thread at most.
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._released.set()
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()

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
                        await self._stall()
                    yield f"data: {json.dumps(chunk)}\n\n"
                    await asyncio.sleep(reply.token_s)
                yield "data: [DONE]\n\n"
            complete = True
        finally:
            if not complete:
                self.closed_early.set()

    async def _stall(self) -> None:
        while not self._released.is_set():
            await asyncio.sleep(0.01)


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
