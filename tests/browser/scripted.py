"""A loopback server that serves the browser modules and plays the other end of a call's WebSocket."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from serving import serving
from sheets import COMPONENTS, styles, theme
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from core.calls.events import CallEnded, Event, Recorded, WrapUpCompleted, to_wire

STARTED_AT = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)

# What Streamlit does for a component, without Streamlit: a shadow root with the styles, and the calls it makes.
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Call view</title>
<style>
  body { margin: 8px; background: var(--st-background-color); %s }
</style>
<body>
<input id="outside" aria-label="Somewhere to type">
<main id="places"></main>
<template id="styles">%s</template>
<script type="module">
  import mount from "/ui/call_view/mount.js";
  window.commands = [];
  window.place = () => {
    const host = document.createElement("div");
    document.querySelector("#places").append(host);
    const parentElement = host.attachShadow({ mode: "open" });
    const style = document.createElement("style");
    style.textContent = document.querySelector("#styles").content.textContent;
    parentElement.append(style);
    return parentElement;
  };
  window.invoke = (parentElement, call_id, desk = {}) =>
    mount({
      parentElement,
      data: { call_id, ...desk },
      setTriggerValue: (name, value) => window.commands.push([name, value]),
    });
  window.ready = true;
</script>
</body>
</html>
"""


class ScriptedCall:
    """One call's log and the sockets that follow it. Called from the test's thread, except for `serve`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, call_id: str) -> None:
        self.call_id = call_id
        self.wires: list[dict[str, Any]] = []
        self.afters: list[int] = []
        """Where each connection asked to begin, in the order of connecting."""
        self.refusal: str | None = None
        self._loop = loop
        self._listening: set[asyncio.Queue[dict[str, Any] | int]] = set()

    def add(self, *events: Event, offset_s: float | None = None) -> None:
        """Log events and send them to who follows."""
        for event in events:
            seq = len(self.wires) + 1
            at_s = self.wires[-1]["offset_s"] if offset_s is None and self.wires else offset_s or 0.0
            recorded = Recorded(self.call_id, seq, at_s, STARTED_AT + timedelta(seconds=at_s), event)
            self.wires.append(to_wire(recorded))
            self.send(self.wires[-1])

    def send(self, message: dict[str, Any]) -> None:
        """Send without logging."""
        self._loop.call_soon_threadsafe(self._put, message)

    def drop(self, code: int = 1012) -> None:
        """Close every connection from this end."""
        self._loop.call_soon_threadsafe(self._put, code)

    def _put(self, item: dict[str, Any] | int) -> None:
        for queue in self._listening:
            queue.put_nowait(item)

    async def serve(self, websocket: WebSocket) -> None:
        """Called on the server's loop."""
        await websocket.accept()
        after = int(websocket.query_params["after"])
        self.afters.append(after)
        if self.refusal is not None:
            await websocket.send_json({"type": "Error", "data": {"message": self.refusal}})
            await websocket.close(4404)
            return
        queue: asyncio.Queue[dict[str, Any] | int] = asyncio.Queue()
        backlog = list(self.wires)
        self._listening.add(queue)
        try:
            await websocket.send_json(backlog[after:])
            offset_s = backlog[-1]["offset_s"] if backlog else 0.0
            live = not any(wire["type"] == "CallEnded" for wire in backlog)
            caught_up = {"seq": len(backlog), "offset_s": offset_s, "live": live}
            await websocket.send_json({"type": "CaughtUp", "data": caught_up})
            if {CallEnded.__name__, WrapUpCompleted.__name__} <= {wire["type"] for wire in backlog}:
                await websocket.close(1000)
                return
            while not isinstance(item := await queue.get(), int):
                # A wire both in the backlog and in the queue arrives twice, as it may in life.
                await websocket.send_json(item)
            await websocket.close(item)
        except WebSocketDisconnect:
            return
        finally:
            self._listening.discard(queue)


class ScriptedServer:
    """Calls by id, made when first asked for."""

    def __init__(self) -> None:
        self._calls: dict[str, ScriptedCall] = {}
        self._place: tuple[str, asyncio.AbstractEventLoop] | None = None

    @contextmanager
    def running(self) -> Iterator["ScriptedServer"]:
        """Serve until the block ends, and close every connection then."""
        routes = [
            Route("/", _page),
            Mount("/ui", StaticFiles(directory=COMPONENTS)),
            WebSocketRoute("/api/live/{call_id}", self._live),
        ]
        with serving(Starlette(routes=routes), "scripted-server") as self._place:
            try:
                yield self
            finally:
                for call in self._calls.values():
                    call.drop(1001)

    @property
    def url(self) -> str:
        assert self._place is not None, "it is not running"
        return self._place[0]

    def call(self, call_id: str) -> ScriptedCall:
        assert self._place is not None, "it is not running"
        return self._calls.setdefault(call_id, ScriptedCall(self._place[1], call_id))

    async def _live(self, websocket: WebSocket) -> None:
        await self.call(websocket.path_params["call_id"]).serve(websocket)


def _page(request: Request) -> HTMLResponse:
    return HTMLResponse(PAGE % (theme(request), styles("call_view")))
