"""The route that gives a call's recording to a player."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from core.audio.recorder import StereoRecorder
from core.bootstrap import Services, build
from core.calls.events import CallEnded, RecordingStarted, RecordingStopped
from core.config import Settings
from core.errors import UnknownCall
from core.speech.scripted import ScriptedEngine
from core.web.recordings import path_within, recording


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    settings = Settings(
        database_url=f"duckdb:///{tmp_path / 'sidetone.duckdb'}", recordings_path=tmp_path / "recordings"
    )
    settings.recordings_path.mkdir()
    built = build(settings, speech=ScriptedEngine([]))
    yield built
    built.close()


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    async def endpoint(request: Request) -> Response:
        try:
            return await recording(request, services)
        except UnknownCall as error:
            return JSONResponse({"error": str(error)}, status_code=404)

    with TestClient(Starlette(routes=[Route("/api/calls/{call_id}/recording", endpoint)])) as made:
        yield made


def recorded_call(services: Services, *files: str, ended: bool = True) -> str:
    """A call with these recordings, of one second more each."""
    call_id = services.desk.start("Alex")
    for duration_s, file in enumerate(files, 1):
        services.log.append(call_id, RecordingStarted(file=file))
        if Path(file).name == file:
            recorder = StereoRecorder(services.settings.recordings_path / file)
            noise = np.random.default_rng(duration_s).integers(-9_000, 9_000, duration_s * 16_000).astype(np.int16)
            recorder.write(noise, noise[::-1])
            recorder.close()
        if ended:
            services.log.append(call_id, RecordingStopped(duration_s=duration_s))
    if ended:
        services.log.append(call_id, CallEnded(reason="completed"))
    services.log.sync()
    return call_id


def test_the_file_is_given_whole_and_in_pieces(client: TestClient, services: Services) -> None:
    call_id = recorded_call(services, "one.opus")
    whole = (services.settings.recordings_path / "one.opus").read_bytes()
    address = f"/api/calls/{call_id}/recording"
    answer = client.get(address)
    assert (answer.status_code, answer.content) == (200, whole)
    assert answer.headers["content-type"] == "audio/ogg; codecs=opus"
    assert answer.headers["content-disposition"] == 'inline; filename="one.opus"'
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    piece = client.get(address, headers={"Range": "bytes=100-299"})
    assert (piece.status_code, piece.content) == (206, whole[100:300])
    assert piece.headers["content-range"] == f"bytes 100-299/{len(whole)}"
    assert client.get(address, headers={"Range": "bytes=-50"}).content == whole[-50:]
    assert client.get(address, headers={"Range": "bytes=99999999-"}).status_code == 416


def test_the_latest_recording_counts(client: TestClient, services: Services) -> None:
    call_id = recorded_call(services, "one.opus", "one-2.opus")
    latest = (services.settings.recordings_path / "one-2.opus").read_bytes()
    assert client.get(f"/api/calls/{call_id}/recording").content == latest


def test_what_is_not_there_is_said(client: TestClient, services: Services) -> None:
    unrecorded = recorded_call(services)
    answer = client.get(f"/api/calls/{unrecorded}/recording")
    assert (answer.status_code, "was not recorded" in answer.json()["error"]) == (404, True)
    deleted = recorded_call(services, "deleted.opus")
    (services.settings.recordings_path / "deleted.opus").unlink()
    answer = client.get(f"/api/calls/{deleted}/recording")
    assert (answer.status_code, "is gone" in answer.json()["error"]) == (404, True)
    assert client.get("/api/calls/call_nobody/recording").status_code == 404


def test_a_call_still_being_recorded_has_to_be_waited_for(client: TestClient, services: Services) -> None:
    call_id = recorded_call(services, "one.opus", ended=False)
    answer = client.get(f"/api/calls/{call_id}/recording")
    assert (answer.status_code, "when it has ended" in answer.json()["error"]) == (409, True)


def test_nothing_outside_the_folder_is_given(client: TestClient, services: Services) -> None:
    secret = services.settings.recordings_path.parent / "secret.opus"
    secret.write_bytes(b"secret")
    (services.settings.recordings_path / "link.opus").symlink_to(secret)
    for name in ("../secret.opus", str(secret)):
        call_id = recorded_call(services, name)
        assert client.get(f"/api/calls/{call_id}/recording").status_code == 404
    assert client.get("/api/calls/..%2f..%2fsecret.opus/recording").status_code == 404


@pytest.mark.parametrize("name", ["", ".", "..", "../secret.opus", "deeper/one.opus", "link.opus", "empty.opus"])
def test_only_a_file_in_the_folder_itself_will_do(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "recordings"
    (folder / "deeper").mkdir(parents=True)
    (folder / "deeper" / "one.opus").write_bytes(b"sound")
    (tmp_path / "secret.opus").write_bytes(b"secret")
    (folder / "link.opus").symlink_to(tmp_path / "secret.opus")
    (folder / "empty.opus").touch()
    (folder / "one.opus").write_bytes(b"sound")
    assert path_within(folder, name) is None
    assert path_within(folder, "one.opus") == (folder / "one.opus").resolve()
