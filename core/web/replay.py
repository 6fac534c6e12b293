"""What a replay is made of: a call's events, its time line, and the waveform of its recording."""

import json
from base64 import b64encode
from dataclasses import asdict

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.audio.peaks import PER_S, stored_peaks
from core.bootstrap import Services
from core.calls.events import to_wire
from core.errors import AudioError
from core.insights.timeline import timeline
from core.web.recordings import path_within, recorded_file

_HEADERS = {"Cache-Control": "private, no-cache"}


async def replay(request: Request, services: Services) -> Response:
    """Every committed event as on the wire, the time line, and whether there is sound to hear. Raises UnknownCall."""
    body = await run_in_threadpool(_replay, services, request.path_params["call_id"])
    return Response(body, media_type="application/json", headers=_HEADERS)


async def peaks(request: Request, services: Services) -> Response:
    """The waveform per party: base64 of one byte per `1 / per_s` seconds; 404 where there is no recording.

    Raises UnknownCall.
    """
    name = await run_in_threadpool(recorded_file, services.log, request.path_params["call_id"])
    path = path_within(services.settings.recordings_path, name) if name is not None else None
    if path is None:
        return JSONResponse({"error": "there is no recording of this call"}, status_code=404)
    try:
        found = await run_in_threadpool(stored_peaks, path)
    except AudioError as error:
        return JSONResponse({"error": str(error)}, status_code=404)
    parties = {party: b64encode(levels).decode() for party, levels in found.parties.items()}
    return JSONResponse({"per_s": PER_S, "parties": parties}, headers=_HEADERS)


def _replay(services: Services, call_id: str) -> bytes:
    events = services.log.events(call_id)
    content = {
        "call_id": call_id,
        "timeline": asdict(timeline(events)) if events else None,
        "sound": _has_sound(services, call_id),
        "events": [to_wire(recorded) for recorded in events],
    }
    return json.dumps(content, separators=(",", ":")).encode()


def _has_sound(services: Services, call_id: str) -> bool:
    """Whether the recording can be heard: there is one, and it is not being written any more."""
    call = services.log.call(call_id)
    name = recorded_file(services.log, call_id)
    finished = not (call.live and call.recording != "off")
    return finished and name is not None and path_within(services.settings.recordings_path, name) is not None
