"""The page's WebSocket: a call's events after a seq, and what is too fleeting to be logged (levels, connections).

A frame is a list of events (see `core.calls.events`), or one object without a seq: `CaughtUp` after the backlog, then
`Levels`, `Connections`, and `Error` before the socket is closed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect

from core.access import require
from core.bootstrap import Services
from core.calls.events import Recorded, to_wire
from core.calls.follow import AsyncFollower
from core.errors import SidetoneError
from core.web.viewers import viewer_of

TICK_S = 0.08
"""Levels are sent at 12.5 Hz."""
FRAME_EVENTS = 500
REFUSED = 4403
UNKNOWN = 4404
GOING_AWAY = 1001


def live_socket(running: Callable[[], Services]) -> Callable[[WebSocket], Awaitable[None]]:
    """Endpoint of `/api/live/{call_id}?after=SEQ`."""

    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        try:
            require(viewer_of(socket), "see calls")
            after = max(0, int(socket.query_params.get("after", "0")))
        except (SidetoneError, ValueError) as error:
            await _refuse(socket, REFUSED, str(error))
            return
        services = running()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_until_closed, socket, tasks.cancel_scope)
            await _feed(socket, services, socket.path_params["call_id"], after)
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
        await socket.close(GOING_AWAY if services.stopping.is_set() else 1000)
    except SidetoneError as error:
        await _refuse(socket, UNKNOWN, str(error))
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


async def _until_closed(socket: WebSocket, scope: anyio.CancelScope) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
    scope.cancel()


async def _refuse(socket: WebSocket, code: int, message: str) -> None:
    await socket.send_json({"type": "Error", "data": {"message": message}})
    await socket.close(code)
