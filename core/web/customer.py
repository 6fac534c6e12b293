"""The customer's WebSocket: what they may know of their call, and the few things they may do in it.

A visit's id is the key to it: whoever has it is that customer. To the browser go `State`, whole whenever something
changed, `Levels` and `Connection` of the customer's own microphone, and `Error`. From it come `Message`, `Typing`,
`Seen`, `Mute`, `HangUp` and `Rate`. The texts of errors are written here, because those of the desk name calls.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect

from core.access import require
from core.bootstrap import Services
from core.calls.call import Call, fold
from core.calls.desk import COMMENT_MAX_CHARS, MESSAGE_MAX_CHARS
from core.calls.follow import AsyncFollower
from core.errors import CallAlreadyEnded, NotAllowed, SidetoneError
from core.web.allowance import Allowance
from core.web.customer_state import customer_state, elapsed_s
from core.web.sockets import DONE, FAILED, GOING_AWAY, REFUSED, TOO_MUCH, UNKNOWN, refuse
from core.web.viewers import viewer_of

TICK_S = 0.1
"""Levels are sent at 10 Hz."""
POSITION_EVERY_S = 0.5
FRAME_MAX_CHARS = 16_384
REQUESTS_PER_S = 20.0
NOT_UNDERSTOOD = "That could not be understood. Reload the page."


class _Refused(Exception):
    """What a customer asked for cannot be done; the text is for them."""


def customer_socket(running: Callable[[], Services]) -> Callable[[WebSocket], Awaitable[None]]:
    """Endpoint of `/api/customer/{visit_id}`."""

    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        try:
            require(viewer_of(socket), "call in")
            services = running()
            visit = services.switchboard.visit(socket.path_params["visit_id"])
        except NotAllowed:
            await refuse(socket, REFUSED, "This page may not call here. Open the link you were given.")
            return
        except SidetoneError:
            await refuse(socket, UNKNOWN, "This call is not known here any more. Call again.")
            return
        await _Visit(socket, services, visit.call_id).run()

    return endpoint


class _Visit:
    """One open page of a customer. Lives on the server's event loop."""

    def __init__(self, socket: WebSocket, services: Services, call_id: str) -> None:
        self._socket = socket
        self._services = services
        self._call_id = call_id
        self._call = Call(call_id)
        self._allowance = Allowance(REQUESTS_PER_S, services.clock.monotonic_s())

    async def run(self) -> None:
        arrived = self._arrive()
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._obey, tasks.cancel_scope)
                await self._show()
                tasks.cancel_scope.cancel()
        finally:
            if arrived:
                self._services.desk.depart(self._call_id, "customer")

    def _arrive(self) -> bool:
        """Whether this page is the customer's place in a chat. In a voice call that is their microphone."""
        try:
            if self._services.desk.call(self._call_id).channel == "chat":
                self._services.desk.arrive(self._call_id, "customer")
                return True
        except CallAlreadyEnded:
            pass
        return False

    async def _show(self) -> None:
        services = self._services
        try:
            async with AsyncFollower(services.log, self._call_id) as follower:
                shown: dict[str, Any] = {}
                position: int | None = None
                asked_s = float("-inf")
                while not (follower.over and self._nothing_to_ask) and not services.stopping.is_set():
                    self._call = fold(await follower.wait(TICK_S), self._call)
                    services.log.check()
                    if not self._call.waiting:
                        position, asked_s = None, float("-inf")
                    elif (now_s := services.clock.monotonic_s()) - asked_s >= POSITION_EVERY_S:
                        position = await asyncio.to_thread(services.switchboard.position, self._call_id)
                        asked_s = now_s
                    if self._call.seq:
                        await self._tell(position, shown)
            await self._socket.close(GOING_AWAY if services.stopping.is_set() else DONE)
        except SidetoneError:
            await refuse(self._socket, FAILED, "We have a technical problem. Please try again in a minute.")
        except (WebSocketDisconnect, RuntimeError):
            # The page went away while something was being sent to it; it comes back and gets the whole state.
            return

    @property
    def _nothing_to_ask(self) -> bool:
        """The customer cannot rate a call nobody answered, and rates others once."""
        return self._call.rating is not None or self._call.answered_s is None

    async def _tell(self, position: int | None, shown: dict[str, Any]) -> None:
        signals = self._services.desk.signals(self._call_id)
        typing = bool(signals.get("Typing", {}).get("agent"))
        state = customer_state(self._call, position, agent_typing=typing)
        if state != shown.get("State"):
            shown["State"] = state
            _, now_s = await asyncio.to_thread(self._services.desk.position, self._call_id)
            await self._send("State", {**state, "elapsed_s": elapsed_s(self._call, now_s)})
        if level := signals.get("Levels", {}).get("customer"):
            await self._send("Levels", level)
        connection = signals.get("Connections", {}).get("customer")
        if isinstance(connection, dict) and connection["state"] != shown.get("Connection"):
            shown["Connection"] = connection["state"]
            await self._send("Connection", {"state": connection["state"]})

    async def _obey(self, scope: anyio.CancelScope) -> None:
        """Do what the page asks, one thing after the other, until it goes or asks for too much."""
        while (received := await self._socket.receive())["type"] != "websocket.disconnect":
            if not self._allowance.take(self._services.clock.monotonic_s()):
                await refuse(self._socket, TOO_MUCH, "That was too much at once. Reload the page.")
                break
            try:
                asked = _parse(received.get("text"))
                await asyncio.to_thread(self._do, asked)
            except _Refused as refused:
                await self._send("Error", {"message": str(refused)})
            except CallAlreadyEnded:
                await self._send("Error", {"message": "The call is over. You can call again."})
            except SidetoneError:
                await self._send("Error", {"message": "That did not work. Please try again."})
        scope.cancel()

    def _do(self, asked: dict[str, Any]) -> None:
        """Called from a worker thread."""
        desk, call_id = self._services.desk, self._call_id
        match asked:
            case {"type": "Message", "data": {"text": str(text)}}:
                desk.send(call_id, "customer", _checked(text))
            case {"type": "Typing"}:
                desk.typing(call_id, "customer")
            case {"type": "Seen", "data": {"message_id": str(message_id)}}:
                desk.delivered(call_id, message_id, "customer")
            case {"type": "Mute", "data": {"muted": bool(muted)}}:
                desk.mute(call_id, "customer", muted)
            case {"type": "HangUp"}:
                self._services.switchboard.hang_up(call_id)
            case {"type": "Rate", "data": {"score": int(score), **rest}}:
                self._rate(score, rest.get("comment", ""))
            case _:
                raise _Refused(NOT_UNDERSTOOD)

    def _rate(self, score: int, comment: object) -> None:
        if isinstance(score, bool) or not 1 <= score <= 5 or not isinstance(comment, str):
            raise _Refused("Choose one to five stars.")
        if self._services.desk.call(self._call_id).live:
            raise _Refused("You can rate the call when it is over.")
        self._services.desk.rate_call(self._call_id, score, comment[:COMMENT_MAX_CHARS])

    async def _send(self, kind: str, data: Any) -> None:
        await self._socket.send_json({"type": kind, "data": data})


def _parse(text: str | None) -> dict[str, Any]:
    if text is None or len(text) > FRAME_MAX_CHARS:
        raise _Refused("That is too long. Write it in parts." if text else NOT_UNDERSTOOD)
    try:
        asked = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _Refused(NOT_UNDERSTOOD) from error
    if not isinstance(asked, dict):
        raise _Refused(NOT_UNDERSTOOD)
    return asked


def _checked(text: str) -> str:
    written = text.strip()
    if not written:
        raise _Refused("Write a message first.")
    if len(written) > MESSAGE_MAX_CHARS:
        raise _Refused(f"A message may have {MESSAGE_MAX_CHARS:,} characters. Write it in parts.")
    return written
