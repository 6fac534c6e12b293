"""The page's WebSocket: a call's events after a seq, and what is too fleeting to be logged (levels, connections).

A frame is a list of events (see `core.calls.events`), or one object without a seq: `CaughtUp` after the backlog, then
`Levels`, `Connections`, `Typing`, and `Error` before the socket is closed.

The agent's page says two things itself: `{"type": "Typing"}`, and `{"type": "Seen", "data": {"message_id"}}` when a
message of the customer is on its screen.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect

from core.access import Viewer, may, require
from core.bootstrap import Services
from core.calls.desk import Desk
from core.calls.events import Recorded, to_wire
from core.calls.follow import AsyncFollower
from core.errors import SidetoneError
from core.web.sockets import DONE, GOING_AWAY, REFUSED, UNKNOWN, refuse
from core.web.viewers import viewer_of

log = logging.getLogger(__name__)
TICK_S = 0.08
"""Levels are sent at 12.5 Hz."""
FRAME_EVENTS = 500
SAID_MAX_CHARS = 1_000


def live_socket(running: Callable[[], Services]) -> Callable[[WebSocket], Awaitable[None]]:
    """Endpoint of `/api/live/{call_id}?after=SEQ`."""

    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        viewer = viewer_of(socket)
        try:
            require(viewer, "see calls")
            after = max(0, int(socket.query_params.get("after", "0")))
        except (SidetoneError, ValueError) as error:
            await refuse(socket, REFUSED, str(error))
            return
        services, call_id = running(), socket.path_params["call_id"]
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_listen, socket, services, call_id, viewer, tasks.cancel_scope)
            await _feed(socket, services, call_id, after)
            tasks.cancel_scope.cancel()

    return endpoint


async def _feed(socket: WebSocket, services: Services, call_id: str, after: int) -> None:
    try:
        async with AsyncFollower(services.log, call_id, after) as follower:
            await _backlog(socket, services, follower, call_id)
            shown: dict[str, Any] = {}
            while not follower.over and not services.stopping.is_set():
                await _send(socket, await follower.wait(TICK_S))
                services.log.check()
                for kind, data in services.desk.signals(call_id).items():
                    if data and (kind == "Levels" or shown.get(kind) != data):
                        shown[kind] = data
                        await socket.send_json({"type": kind, "data": data})
        await socket.close(GOING_AWAY if services.stopping.is_set() else DONE)
    except SidetoneError as error:
        await refuse(socket, UNKNOWN, str(error))
    except (WebSocketDisconnect, RuntimeError):
        # The page went away while something was being sent to it; it comes back with its last seq.
        return


async def _backlog(socket: WebSocket, services: Services, follower: AsyncFollower, call_id: str) -> None:
    await _send(socket, await follower.wait(0))
    live, offset_s = await asyncio.to_thread(services.desk.position, call_id)
    data = {"seq": follower.seq, "offset_s": offset_s, "live": live}
    await socket.send_json({"type": "CaughtUp", "data": data})


async def _send(socket: WebSocket, events: list[Recorded]) -> None:
    """Events in frames of many: a page that comes late to a long call draws it in one go."""
    for start in range(0, len(events), FRAME_EVENTS):
        await socket.send_json([to_wire(recorded) for recorded in events[start : start + FRAME_EVENTS]])


async def _listen(
    socket: WebSocket, services: Services, call_id: str, viewer: Viewer, scope: anyio.CancelScope
) -> None:
    """Hear the page until it goes away."""
    while (received := await socket.receive())["type"] != "websocket.disconnect":
        if may(viewer, "take calls") and len(text := received.get("text") or "") <= SAID_MAX_CHARS:
            try:
                await asyncio.to_thread(_heed, services.desk, call_id, text)
            except SidetoneError as error:
                # A call that is unknown or can no longer be stored is told by the feed.
                log.info("a page's word about call %s came to nothing: %s", call_id, error)
    scope.cancel()


def _heed(desk: Desk, call_id: str, text: str) -> None:
    """Do what a page says; what makes no sense is left alone."""
    try:
        said = json.loads(text)
    except ValueError:
        return
    match said:
        case {"type": "Typing"}:
            desk.typing(call_id, "agent")
        case {"type": "Seen", "data": {"message_id": str(message_id)}}:
            desk.delivered(call_id, message_id, "agent")
