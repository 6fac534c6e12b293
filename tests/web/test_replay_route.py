"""What a replay page is given: events, time line, waveform; nobody is asked for anything."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from core.audio.recorder import StereoRecorder
from core.bootstrap import Services
from core.calls.events import CallEnded, RecordingStarted, RecordingStopped, to_wire
from core.errors import UnknownCall
from core.web.replay import peaks, replay


class Silent:
    """Stands for a model or an engine that must not be asked."""

    name = "silent"

    def __getattr__(self, asked: str) -> NoReturn:
        raise AssertionError(f"a replay asked for {asked}")


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    silent: Any = Silent()
    deaf = replace(
        services, assistant=silent, speech=silent, understanding=silent, make_assistance=silent, tools=silent
    )

    def guarded(handler: Any) -> Any:
        async def endpoint(request: Request) -> Response:
            try:
                answer: Response = await handler(request, deaf)
            except UnknownCall as error:
                return JSONResponse({"error": str(error)}, status_code=404)
            return answer

        return endpoint

    routes = [
        Route("/api/calls/{call_id}/replay", guarded(replay)),
        Route("/api/calls/{call_id}/peaks", guarded(peaks)),
    ]
    with TestClient(Starlette(routes=routes)) as made:
        yield made


def record(services: Services, file: str = "one.opus") -> str:
    """A call that was recorded for a second, and is over."""
    services.settings.recordings_path.mkdir(exist_ok=True)
    call_id = services.desk.start("Alex")
    services.log.append(call_id, RecordingStarted(file=file))
    recorder = StereoRecorder(services.settings.recordings_path / "one.opus")
    recorder.write(np.full(16_000, 8_000, np.int16), np.zeros(16_000, np.int16))
    recorder.close()
    services.log.append(call_id, RecordingStopped(duration_s=1.0))
    services.log.append(call_id, CallEnded(reason="completed"))
    services.log.sync()
    return call_id


def test_it_is_the_log_as_it_is(client: TestClient, services: Services) -> None:
    call_id = record(services)
    content = client.get(f"/api/calls/{call_id}/replay").json()
    assert content["call_id"] == call_id
    assert content["events"] == [to_wire(recorded) for recorded in services.log.events(call_id)]
    assert content["sound"] is True
    assert content["timeline"]["recorded_from_s"] == content["events"][1]["offset_s"]
    assert content["timeline"]["duration_s"] == content["events"][-1]["offset_s"]


def test_the_waveform_is_of_the_recording(client: TestClient, services: Services) -> None:
    call_id = record(services)
    content = client.get(f"/api/calls/{call_id}/peaks").json()
    assert content["per_s"] == 20
    levels = {party: base64.b64decode(text) for party, text in content["parties"].items()}
    assert len(levels["customer"]) == pytest.approx(20, abs=1)
    assert max(levels["customer"]) > 10 * max(levels["agent"], default=0)


def test_without_a_recording_there_is_no_sound(client: TestClient, services: Services) -> None:
    for call_id in (services.desk.start("Alex"), record(services, "missing.opus"), record(services, "../one.opus")):
        services.log.sync()
        assert client.get(f"/api/calls/{call_id}/replay").json()["sound"] is False
        answer = client.get(f"/api/calls/{call_id}/peaks")
        assert (answer.status_code, answer.json()) == (404, {"error": "there is no recording of this call"})


def test_a_file_that_holds_no_sound_is_said(client: TestClient, services: Services) -> None:
    call_id = record(services)
    (services.settings.recordings_path / "one.opus").write_bytes(b"not sound")
    answer = client.get(f"/api/calls/{call_id}/peaks")
    assert answer.status_code == 404
    assert "not a recording that can be read" in answer.json()["error"]


def test_a_recording_still_being_written_is_not_played(client: TestClient, services: Services) -> None:
    services.settings.recordings_path.mkdir(exist_ok=True)
    (services.settings.recordings_path / "one.opus").write_bytes(b"begun")
    call_id = services.desk.start("Alex")
    services.log.append(call_id, RecordingStarted(file="one.opus"))
    services.log.sync()
    assert client.get(f"/api/calls/{call_id}/replay").json()["sound"] is False


def test_nobody_knows_an_unknown_call(client: TestClient) -> None:
    for what in ("replay", "peaks"):
        assert client.get(f"/api/calls/nobody/{what}").status_code == 404
