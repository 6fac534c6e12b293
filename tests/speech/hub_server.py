"""The Hugging Face hub on loopback: the listing of a model's files and the files, large ones by way of a redirect."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE_BYTES = 100_000
"""From here on a file is in the large-file store."""


@dataclass
class HubServer:
    """Serves one folder as `repo`, on a port of its own while it is used as a context."""

    repo: str
    folder: Path
    breaks: list[float] = field(default_factory=list)
    """At what share of a large file the connection breaks, one for each request until there are none left."""
    damaged: int = 0
    """How many more times the large file comes with a wrong byte in it."""
    ranges: bool = True
    status: int = 200
    """Other than 200: what is answered to every request for a file."""
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Names of files that were asked for, and the range."""
    hold: threading.Event | None = None
    """Large files are held back in their middle until it is set."""

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        app = Starlette(
            routes=[
                Route("/api/models/{repo:path}", self._list),
                Route("/{repo:path}/resolve/{commit}/{name}", self._resolve),
                Route("/store/{name}", self._store),
            ]
        )
        quiet = uvicorn.Config(app, lifespan="off", ws="none", log_config=None, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(quiet)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> "HubServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.hold is not None:
            self.hold.set()
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()

    def _list(self, request: Request) -> Response:
        if request.path_params["repo"] != self.repo:
            headers = {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"}
            return JSONResponse({"error": "Repository not found"}, status_code=404, headers=headers)
        files = [_listed(path) for path in sorted(self.folder.iterdir())]
        return JSONResponse({"id": self.repo, "modelId": self.repo, "sha": COMMIT, "siblings": files})

    def _resolve(self, request: Request) -> Response:
        name = request.path_params["name"]
        assert request.path_params["commit"] == COMMIT
        if (self.folder / name).stat().st_size >= LARGE_BYTES:
            return RedirectResponse(f"/store/{name}", status_code=302)
        self.requests.append((name, request.headers.get("range", "")))
        return Response((self.folder / name).read_bytes(), status_code=self.status)

    def _store(self, request: Request) -> Response:
        name = request.path_params["name"]
        asked = request.headers.get("range", "")
        self.requests.append((name, asked))
        if self.status != 200:
            return Response(status_code=self.status)
        content = bytearray((self.folder / name).read_bytes())
        if self.damaged:
            self.damaged -= 1
            content[-1] ^= 1
        first = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.ranges else 0
        headers = {"content-length": str(len(content) - first)}
        if first:
            headers["content-range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        stop = round(self.breaks.pop(0) * len(content)) if self.breaks else len(content)
        return StreamingResponse(
            self._sent(bytes(content), first, stop), status_code=206 if first else 200, headers=headers
        )

    def _sent(self, content: bytes, first: int, stop: int) -> Iterator[bytes]:
        step = 65_536
        for at in range(first, stop, step):
            if self.hold is not None and at > len(content) // 2:
                self.hold.wait(30)
            yield content[at : min(at + step, stop)]
        if stop < len(content):
            raise ConnectionResetError("scripted disconnect")


def _listed(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    listed: dict[str, Any] = {"rfilename": path.name, "size": len(content), "blobId": _git_sha1(content)}
    if len(content) >= LARGE_BYTES:
        listed["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
    return listed


def _git_sha1(content: bytes) -> str:
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()
