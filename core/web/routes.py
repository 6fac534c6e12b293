"""The routes beside Streamlit's own."""

from collections.abc import Awaitable, Callable
from importlib.metadata import version

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from core.access import Action, may, require
from core.bootstrap import Services
from core.calls.history import recent_calls, summary
from core.errors import NotAllowed, SidetoneError, UnknownCall
from core.web.customer import customer_socket
from core.web.exports import export_call, export_calls, export_columns
from core.web.floor import floor_socket
from core.web.live import live_socket
from core.web.recordings import recording
from core.web.replay import peaks, replay
from core.web.sse import event_stream
from core.web.viewers import viewer_of

Handler = Callable[[Request, Services], Awaitable[Response]]


def api_routes(running: Callable[[], Services]) -> list[BaseRoute]:
    """Health, calls, the WebSockets and SSE. `running` gives the process's services once they are up."""

    def guarded(handler: Handler, action: Action | None) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                if action is not None:
                    require(viewer_of(request), action)
                return await handler(request, running())
            except NotAllowed as error:
                return _problem(403, error)
            except UnknownCall as error:
                return _problem(404, error)
            except SidetoneError as error:
                return _problem(503, error)

        return endpoint

    return [
        Route("/api/health", guarded(health, None)),
        Route("/api/calls", guarded(calls, "see calls")),
        Route("/api/calls/{call_id}", guarded(one_call, "see calls")),
        Route("/api/calls/{call_id}/events", guarded(event_stream, "see calls")),
        Route("/api/calls/{call_id}/recording", guarded(recording, "see calls")),
        Route("/api/calls/{call_id}/replay", guarded(replay, "see calls")),
        Route("/api/calls/{call_id}/peaks", guarded(peaks, "see calls")),
        Route("/api/calls/{call_id}/export.{format}", guarded(export_call, "see calls")),
        Route("/api/export/columns", guarded(export_columns, "see calls")),
        Route("/api/export/calls.{format}", guarded(export_calls, "see calls")),
        WebSocketRoute("/api/live/{call_id}", live_socket(running)),
        WebSocketRoute("/api/floor", floor_socket(running)),
        WebSocketRoute("/api/customer/{visit_id}", customer_socket(running)),
    ]


async def health(request: Request, services: Services) -> Response:
    """That it runs; what it runs with is told to those who work here."""
    services.log.check()
    if not may(viewer_of(request), "see calls"):
        return JSONResponse({"status": "ok"})
    return JSONResponse(
        {
            "status": "ok",
            "streamlit": version("streamlit"),
            "stt": services.speech.serving,
            "assistant": services.assistant.name,
            "live_calls": len(services.log.live_calls()),
        }
    )


async def calls(request: Request, services: Services) -> Response:
    try:
        limit = min(500, max(1, int(request.query_params.get("limit", "50"))))
        offset = max(0, int(request.query_params.get("offset", "0")))
    except ValueError:
        return JSONResponse({"error": "limit and offset take whole numbers"}, status_code=400)
    rows = await run_in_threadpool(recent_calls, services.database, limit=limit, offset=offset)
    return JSONResponse({"calls": rows})


async def one_call(request: Request, services: Services) -> Response:
    call = await run_in_threadpool(services.log.call, request.path_params["call_id"])
    return JSONResponse(summary(call))


def _problem(status: int, error: SidetoneError) -> Response:
    return JSONResponse({"error": str(error)}, status_code=status)
