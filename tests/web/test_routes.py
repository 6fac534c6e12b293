"""Routes beside Streamlit's own, over real services."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from waiting import wait_for

from core.bootstrap import Services
from core.calls.events import PartyMuted, SummaryWritten, TranscriptFinal
from core.web.routes import api_routes

TOLD = ["CallStarted", "TranscriptFinal", "CallEnded", "SummaryWritten", "WrapUpCompleted"]


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=api_routes(lambda: services)), client=("127.0.0.1", 50_000)) as made:
        yield made


def say(services: Services, call_id: str, text: str, number: int = 1) -> None:
    final = TranscriptFinal(
        utterance_id=f"{call_id}-{number}",
        speaker="agent",
        text=text,
        start_s=number,
        end_s=number + 1,
        confidence=None,
        engine="scripted",
    )
    services.log.append(call_id, final)


def ended_call(services: Services) -> str:
    call_id = services.desk.start("Alex")
    say(services, call_id, "good morning")
    services.desk.end(call_id)
    wait_for(services, call_id, SummaryWritten)
    services.desk.wrap_up(call_id, "Resolved", True, "", by="Alex")
    services.log.sync()
    return call_id


def test_health_tells_what_is_in_use(client: TestClient) -> None:
    answer = client.get("/api/health").json()
    assert (answer["status"], answer["stt"], answer["assistant"]) == ("ok", "scripted", "playbook")


def test_calls_are_listed_newest_first_and_paged(client: TestClient, services: Services) -> None:
    first, second = ended_call(services), ended_call(services)
    listed = client.get("/api/calls").json()["calls"]
    assert {listed[0]["call_id"], listed[1]["call_id"]} == {first, second}
    assert listed[0]["started_at"] >= listed[1]["started_at"]
    assert len(client.get("/api/calls?limit=1&offset=1").json()["calls"]) == 1
    assert client.get("/api/calls?limit=many").status_code == 400


def test_one_call_is_its_fold(client: TestClient, services: Services) -> None:
    call_id = ended_call(services)
    answer = client.get(f"/api/calls/{call_id}").json()
    assert answer["transcript"][0]["text"] == "good morning"
    assert (answer["live"], answer["disposition"], answer["resolved"]) == (False, "Resolved", True)
    missing = client.get("/api/calls/call_nobody")
    assert (missing.status_code, "call_nobody" in missing.json()["error"]) == (404, True)


def test_other_sites_and_other_machines_are_refused(client: TestClient, services: Services) -> None:
    assert client.get("/api/calls", headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert client.get("/api/calls", headers={"Origin": "http://testserver"}).status_code == 200
    stranger = TestClient(Starlette(routes=api_routes(lambda: services)), client=("192.0.2.7", 50_000))
    assert stranger.get("/api/calls").status_code == 403
    assert stranger.get("/api/health").status_code == 200
    with stranger.websocket_connect("/api/live/call_1") as socket:
        assert socket.receive_json()["type"] == "Error"
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()


def events_of(stream: str) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix("data: ")) for line in stream.splitlines() if line.startswith("data: ")]


def test_sse_gives_all_events_resumes_and_ends_after_the_wrap_up(client: TestClient, services: Services) -> None:
    call_id = ended_call(services)
    whole = events_of(client.get(f"/api/calls/{call_id}/events").text)
    assert [event["seq"] for event in whole] == list(range(1, len(whole) + 1))
    assert [event["type"] for event in whole if event["type"] in TOLD] == TOLD
    rest = events_of(client.get(f"/api/calls/{call_id}/events", headers={"Last-Event-ID": "2"}).text)
    assert rest == whole[2:]
    assert client.get("/api/calls/call_nobody/events").status_code == 404
    assert client.get(f"/api/calls/{call_id}/events?after=x").status_code == 400


def receive_until(socket: Any, type_: str) -> list[dict[str, Any]]:
    received: list[dict[str, Any]] = []
    while not received or received[-1]["type"] != type_:
        frame = socket.receive_json()
        received += frame if isinstance(frame, list) else [frame]
    return received


def test_the_socket_gives_the_backlog_then_what_happens(client: TestClient, services: Services) -> None:
    call_id = services.desk.start("Alex")
    services.log.sync()
    with client.websocket_connect(f"/api/live/{call_id}") as socket:
        backlog = receive_until(socket, "CaughtUp")
        assert [message["type"] for message in backlog] == ["CallStarted", "CaughtUp"]
        assert backlog[-1]["data"] == {"seq": 1, "offset_s": backlog[-1]["data"]["offset_s"], "live": True}
        services.log.append(call_id, PartyMuted(party="customer"))
        assert receive_until(socket, "PartyMuted")[-1]["seq"] == 2
    with client.websocket_connect(f"/api/live/{call_id}?after=1") as socket:
        assert [message["type"] for message in receive_until(socket, "CaughtUp")] == ["PartyMuted", "CaughtUp"]


def test_the_socket_closes_when_the_call_is_wrapped_up(client: TestClient, services: Services) -> None:
    call_id = ended_call(services)
    with client.websocket_connect(f"/api/live/{call_id}") as socket:
        types = [message["type"] for message in receive_until(socket, "CaughtUp")]
        assert [kind for kind in types if kind in TOLD] == TOLD
        assert types[-2:] == ["WrapUpCompleted", "CaughtUp"]
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == 1000


def test_the_socket_says_when_a_call_is_unknown(client: TestClient) -> None:
    with client.websocket_connect("/api/live/call_nobody") as socket:
        message = socket.receive_json()
        assert (message["type"], "call_nobody" in message["data"]["message"]) == ("Error", True)


def test_stopping_ends_open_streams(client: TestClient, services: Services) -> None:
    call_id = services.desk.start("Alex")
    services.log.sync()
    with client.websocket_connect(f"/api/live/{call_id}") as socket:
        receive_until(socket, "CaughtUp")
        services.stopping.set()
        with pytest.raises(WebSocketDisconnect) as closed:
            receive_until(socket, "never")
        assert closed.value.code == 1001
    assert [event["type"] for event in events_of(client.get(f"/api/calls/{call_id}/events").text)] == []
