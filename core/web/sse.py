"""The same feed as the WebSocket's, as Server-Sent Events for scripts and other front ends."""

import json
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from core.bootstrap import Services
from core.calls.events import to_wire
from core.calls.follow import AsyncFollower

POLL_S = 0.5
"""How soon an idle stream notices that the server stops."""
PINGS_EVERY = 30


async def event_stream(request: Request, services: Services) -> Response:
    """Events after `Last-Event-ID` (or `?after=`); ends once the call is over and wrapped up."""
    call_id = request.path_params["call_id"]
    try:
        after = int(request.headers.get("last-event-id") or request.query_params.get("after", "0"))
    except ValueError:
        return JSONResponse({"error": "Last-Event-ID takes the seq of the last event seen"}, status_code=400)
    await run_in_threadpool(services.log.call, call_id)
    return StreamingResponse(
        _stream(services, call_id, max(0, after)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


async def _stream(services: Services, call_id: str, after: int) -> AsyncIterator[str]:
    idle = 0
    async with AsyncFollower(services.log, call_id, after) as follower:
        while not services.stopping.is_set():
            events = await follower.wait(POLL_S)
            for recorded in events:
                wire = to_wire(recorded)
                yield f"id: {recorded.seq}\nevent: {wire['type']}\ndata: {json.dumps(wire)}\n\n"
            if follower.over:
                return
            idle = 0 if events else idle + 1
            if idle % PINGS_EVERY == PINGS_EVERY - 1:
                yield ": still here\n\n"
