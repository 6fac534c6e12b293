"""Chosen calls, and one call, as files to take away."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse

from core.bootstrap import Services
from core.calls.call import Call, fold
from core.calls.events import Recorded
from core.errors import ConfigurationError
from core.insights.address import filter_of
from core.insights.call_files import CALL_FORMATS, json_of_events, srt_of, text_of, vtt_of, zip_of
from core.insights.export import COLUMNS, FORMATS, batches, csv_of, json_of, write_parquet
from core.insights.overview import CallFilter
from core.web.recordings import path_within, recorded_file

_HEADERS = {
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "txt": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "zip": "application/zip",
}
_WRITERS: dict[str, Callable[[Call, list[Recorded]], str]] = {
    "txt": lambda call, events: text_of(call),
    "srt": lambda call, events: srt_of(call),
    "vtt": lambda call, events: vtt_of(call),
    "json": lambda call, events: json_of_events(events),
}


async def export_calls(request: Request, services: Services) -> Response:
    """`/api/export/calls.{format}`: the calls that the rest of the address names (see `core.insights.address`).

    400 for an address that names none, 404 for an unknown format. Raises StorageError.
    """
    kind = request.path_params["format"]
    if kind not in FORMATS:
        return _problem(404, f"calls are exported as {', '.join(FORMATS)}, not as {kind}")
    try:
        chosen = filter_of(request.query_params.multi_items(), UTC)
    except ConfigurationError as error:
        return _problem(400, str(error))
    if kind == "parquet":
        return await run_in_threadpool(_parquet, services, chosen)
    write = csv_of if kind == "csv" else json_of
    # The first part is made here, where what goes wrong can still be told.
    first, rest = await run_in_threadpool(_begun, write(batches(services.database, chosen)))
    return StreamingResponse(_chained(first, rest), media_type=_MEDIA_TYPES[kind], headers=_attachment(f"calls.{kind}"))


async def export_columns(request: Request, services: Services) -> Response:
    """`/api/export/columns`: what the columns of exported calls mean."""
    columns = [{"name": name, "type": str(kind), "meaning": meaning} for name, (kind, meaning) in COLUMNS.items()]
    return JSONResponse({"columns": columns})


async def export_call(request: Request, services: Services) -> Response:
    """`/api/calls/{call_id}/export.{format}`: one call as text, subtitles, events, or all of it in a ZIP.

    404 for an unknown format. Raises UnknownCall.
    """
    kind, call_id = request.path_params["format"], request.path_params["call_id"]
    if kind not in CALL_FORMATS:
        return _problem(404, f"a call is exported as {', '.join(CALL_FORMATS)}, not as {kind}")
    content = await run_in_threadpool(_call_file, services, call_id, kind)
    return Response(content, media_type=_MEDIA_TYPES[kind], headers=_attachment(f"{_name(call_id)}.{kind}"))


def _call_file(services: Services, call_id: str, kind: str) -> bytes:
    events = services.log.events(call_id)
    call = fold(events, Call(call_id))
    if kind != "zip":
        return _WRITERS[kind](call, events).encode()
    name = None if call.live else recorded_file(services.log, call_id)
    recording = path_within(services.settings.recordings_path, name) if name else None
    return zip_of(call, events, recording)


def _parquet(services: Services, chosen: CallFilter) -> Response:
    # A Parquet file is known only when it is complete.
    with tempfile.NamedTemporaryFile(suffix=".parquet", delete=False) as file:
        path = Path(file.name)
    try:
        write_parquet(batches(services.database, chosen), path)
    except BaseException:
        path.unlink()
        raise
    return FileResponse(
        path,
        media_type=_MEDIA_TYPES["parquet"],
        headers=_attachment("calls.parquet"),
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


def _begun(parts: Iterator[bytes]) -> tuple[list[bytes], Iterator[bytes]]:
    return [part for _, part in zip(range(2), parts, strict=False)], parts


def _chained(first: Iterable[bytes], rest: Iterable[bytes]) -> Iterator[bytes]:
    yield from first
    yield from rest


def _name(call_id: str) -> str:
    return "".join(letter for letter in call_id if letter.isalnum() or letter in "_-")


def _attachment(name: str) -> dict[str, str]:
    return {**_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}


def _problem(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status_code=status)
