"""A call's recording, as a browser's player asks for it: in pieces, from any place."""

from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from core.audio.recorder import MEDIA_TYPE
from core.bootstrap import Services
from core.calls.events import RecordingStarted
from core.calls.log import EventLog

_HEADERS = {
    # Players ask again for each piece; nobody else keeps what a customer said.
    "Cache-Control": "private, no-cache",
    # A player in another site's page sends no Origin, so the guard of the routes does not know it.
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


async def recording(request: Request, services: Services) -> Response:
    """The file, or the part of it that `Range` names; 404 where there is none, 409 while it is being written.

    Raises UnknownCall.
    """
    call_id = request.path_params["call_id"]
    call = await run_in_threadpool(services.log.call, call_id)
    if call.live and call.recording != "off":
        return _problem(409, "the call is still being recorded; open its recording when it has ended")
    name = await run_in_threadpool(recorded_file, services.log, call_id)
    if name is None:
        return _problem(404, f"the call {call_id} was not recorded")
    path = path_within(services.settings.recordings_path, name)
    if path is None:
        return _problem(404, f"the recording of the call {call_id} is gone; it may have been deleted")
    return FileResponse(
        path, media_type=MEDIA_TYPE, filename=path.name, content_disposition_type="inline", headers=_HEADERS
    )


def recorded_file(log: EventLog, call_id: str) -> str | None:
    """Name of the file of a call's latest recording. Raises UnknownCall."""
    events = [recorded.event for recorded in log.events(call_id)]
    return next((event.file for event in reversed(events) if isinstance(event, RecordingStarted)), None)


def path_within(folder: Path, name: str) -> Path | None:
    """The file of that name if it lies in the folder itself and holds something; never one that lies elsewhere."""
    folder = folder.resolve()
    path = (folder / name).resolve()
    return path if path.parent == folder and path.is_file() and path.stat().st_size else None


def _problem(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status_code=status)
