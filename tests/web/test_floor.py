"""The floor's WebSocket over real services: what it shows, and to whom."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from core.bootstrap import Services
from core.calls.call import Call, fold
from core.calls.events import CallQueued, CallStarted, Recorded
from core.calls.floor_rows import floor_rows
from core.routing.states import AgentStatus, Waiting
from core.routing.switchboard import CallRequest
from core.web.floor import floor_now, floor_socket, floor_state

SUPERVISOR = "Robin Castillo"
AGENT = "Alex Morgan"


def app(services: Services) -> Starlette:
    return Starlette(routes=[WebSocketRoute("/api/floor", floor_socket(lambda: services))])


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(app(services), base_url="http://localhost", client=("127.0.0.1", 50_000)) as made:
        yield made


def test_the_queue_and_the_calls_are_apart_and_counted(services: Services) -> None:
    now = services.clock.now()
    waits = fold(
        [
            Recorded("call_w", 1, 0, now, CallStarted(source="customer", agent="")),
            Recorded("call_w", 2, 1, now, CallQueued(name="Sarah")),
        ],
        Call("call_w"),
    )
    talks = fold([Recorded("call_t", 1, 0, now, CallStarted(source="microphone", agent=AGENT))], Call("call_t"))
    waiting = [Waiting(call_id="call_w", arrived_s=0, since_s=0, waited_s=75.9, name="Sarah")]
    agents = [AgentStatus(name=AGENT, state="busy"), AgentStatus(name="Priya Nair", state="busy")]
    state = floor_state(floor_rows([waits, talks]), waiting, agents)
    assert state["tiles"] == {"calls": 1, "waiting": 1, "longest_wait_s": 75, "agents": {"busy": 2}}
    assert [call["call_id"] for call in state["calls"]] == ["call_t"]
    assert [(one["call_id"], one["waited_s"]) for one in state["waiting"]] == [("call_w", 75)]
    assert floor_state([], [], [])["tiles"]["longest_wait_s"] == 0


def test_a_help_request_rises_above_a_longer_call(services: Services) -> None:
    longer = services.desk.start("Priya Nair")
    helped = services.desk.start(AGENT)
    assert [call["call_id"] for call in floor_now(services)["calls"]] == [longer, helped]
    services.desk.request_help(helped, "refund over my limit")
    first = floor_now(services)["calls"][0]
    assert (first["call_id"], first["agent"], first["help"]) == (helped, AGENT, "refund over my limit")
    services.desk.end_help(helped, SUPERVISOR)
    assert floor_now(services)["calls"][0]["call_id"] == longer


def test_the_socket_shows_the_floor_and_what_changes(client: TestClient, services: Services) -> None:
    with client.websocket_connect(f"/api/floor?as={SUPERVISOR}") as socket:
        assert socket.receive_json()["data"]["calls"] == []
        services.switchboard.set_availability(AGENT, "away")
        visit = services.switchboard.call_in(CallRequest(name="Somebody New", reason="my invoice"))
        frame = receive_until(socket, lambda floor: floor["waiting"])
        assert frame["waiting"][0]["call_id"] == visit.call_id
        assert frame["waiting"][0]["reason"] == "my invoice"
        assert {agent["name"] for agent in frame["agents"]} >= {AGENT}
        services.switchboard.set_availability(AGENT, "available")
        services.switchboard.accept(visit.call_id, AGENT)
        frame = receive_until(socket, lambda floor: floor["calls"])
        assert (frame["calls"][0]["agent"], frame["calls"][0]["state"]) == (AGENT, "talking")


def receive_until(socket: Any, wanted: Any) -> dict[str, Any]:
    while not wanted(floor := socket.receive_json()["data"]):
        pass
    found: dict[str, Any] = floor
    return found


@pytest.mark.parametrize(
    ("peer", "as_", "origin"),
    [
        ("127.0.0.1", AGENT, None),
        ("127.0.0.1", "", None),
        ("127.0.0.1", SUPERVISOR, "https://elsewhere.example"),
        ("10.0.0.9", SUPERVISOR, None),
    ],
)
def test_only_a_supervisor_at_this_machine_sees_it(services: Services, peer: str, as_: str, origin: str | None) -> None:
    services.desk.start(AGENT)
    headers = {"Origin": origin} if origin else {}
    client = TestClient(app(services), base_url="http://localhost", client=(peer, 50_000))
    with client.websocket_connect(f"/api/floor?as={as_}", headers=headers) as socket:
        assert socket.receive_json()["type"] == "Error"
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()


def test_it_ends_when_the_server_stops(client: TestClient, services: Services) -> None:
    with client.websocket_connect(f"/api/floor?as={SUPERVISOR}") as socket:
        socket.receive_json()
        services.stopping.set()
        with pytest.raises(WebSocketDisconnect) as closed:
            receive_until(socket, lambda _: False)
    assert closed.value.code == 1001
