"""What our WebSockets have in common: their close codes, and how one is closed with a word to the page."""

import anyio
from starlette.websockets import WebSocket

DONE = 1000
GOING_AWAY = 1001
FAILED = 1011
REFUSED = 4403
UNKNOWN = 4404
TOO_MUCH = 4429


async def refuse(socket: WebSocket, code: int, message: str) -> None:
    """Tell the page why, and close."""
    await socket.send_json({"type": "Error", "data": {"message": message}})
    await socket.close(code)


async def until_closed(socket: WebSocket, scope: anyio.CancelScope) -> None:
    """Cancel `scope` when the page goes away; what it says until then is not listened to."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
    scope.cancel()
