"""The floor's WebSocket: every call going on, the queue and the agents, whole, whenever something of it changed.

A frame is `{"type": "Floor", "data": …}` (see `floor_state`), or `Error` before the socket is closed. Durations are in
whole seconds, so that a quiet floor sends one small frame a second.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect

from core.access import require
from core.bootstrap import Services
from core.calls.floor_rows import FloorRow, floor_rows
from core.errors import SidetoneError
from core.routing.states import AgentStatus, Waiting
from core.web.sockets import FAILED, GOING_AWAY, REFUSED, refuse, until_closed
from core.web.viewers import viewer_of

LOOK_EVERY_S = 0.5


def floor_socket(running: Callable[[], Services]) -> Callable[[WebSocket], Awaitable[None]]:
    """Endpoint of `/api/floor?as=SUPERVISOR`."""

    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        services = running()
        try:
            require(viewer_of(socket, services.roster, services.settings.agent), "supervise")
        except SidetoneError as error:
            await refuse(socket, REFUSED, str(error))
            return
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(until_closed, socket, tasks.cancel_scope)
            await _feed(socket, services)
            tasks.cancel_scope.cancel()

    return endpoint


def floor_now(services: Services) -> dict[str, Any]:
    """The floor at this moment."""
    log = services.log
    rows = floor_rows(log.call_now(call.call_id) for call in log.live_calls())
    return floor_state(rows, services.switchboard.waiting(), services.switchboard.agents())


def floor_state(rows: Sequence[FloorRow], waiting: Sequence[Waiting], agents: Sequence[AgentStatus]) -> dict[str, Any]:
    """`{tiles, calls, waiting, agents}` as JSON values. `calls` are those that are not in the queue."""
    queue = {one.call_id: one for one in waiting}
    answered = [row for row in rows if row.call_id not in queue]
    return {
        "tiles": {
            "calls": len(answered),
            "waiting": len(waiting),
            "longest_wait_s": int(max((one.waited_s for one in waiting), default=0)),
            "agents": Counter(agent.state for agent in agents),
        },
        "calls": [_call(row) for row in answered],
        "waiting": [_waiting(one) for one in waiting],
        "agents": [_agent(agent) for agent in agents],
    }


def _call(row: FloorRow) -> dict[str, Any]:
    whole = {name: int(getattr(row, name)) for name in ("duration_s", "hold_s", "help_s")}
    return asdict(row) | whole | {"dropped_s": round(row.dropped_s, 1), "urgent": row.urgent}


def _waiting(one: Waiting) -> dict[str, Any]:
    names = ("call_id", "name", "reason", "tier", "language", "topic", "channel", "note", "known", "offered_to")
    return {name: getattr(one, name) for name in names} | {"waited_s": int(one.waited_s)}


def _agent(agent: AgentStatus) -> dict[str, Any]:
    return {
        "name": agent.name,
        "state": agent.state,
        "for_s": int(agent.for_s),
        "reason": agent.reason,
        "on_phone": agent.voice_call is not None,
        "chats": len(agent.chats),
        "senior": agent.senior,
    }


async def _feed(socket: WebSocket, services: Services) -> None:
    shown: dict[str, Any] | None = None
    try:
        while not services.stopping.is_set():
            services.log.check()
            state = await asyncio.to_thread(floor_now, services)
            if state != shown:
                shown = state
                await socket.send_json({"type": "Floor", "data": state})
            await asyncio.sleep(LOOK_EVERY_S)
        await socket.close(GOING_AWAY)
    except SidetoneError as error:
        await refuse(socket, FAILED, str(error))
    except (WebSocketDisconnect, RuntimeError):
        # The page went away while something was being sent to it; when it comes back, it gets everything anew.
        return
