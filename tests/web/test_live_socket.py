"""What the agent's page says over its WebSocket, and what of the customer it is told there."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.bootstrap import Services
from core.web.routes import api_routes


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=api_routes(lambda: services)), client=("127.0.0.1", 50_000)) as made:
        yield made


@pytest.fixture
def call_id(services: Services) -> str:
    return services.desk.start("Alex", channel="chat")


def receive_until(socket: Any, type_: str) -> dict[str, Any]:
    while True:
        frame = socket.receive_json()
        for message in frame if isinstance(frame, list) else [frame]:
            if message["type"] == type_:
                return dict(message)


def test_the_agent_typing_shows(client: TestClient, services: Services, call_id: str) -> None:
    with client.websocket_connect(f"/api/live/{call_id}") as socket:
        receive_until(socket, "CaughtUp")
        socket.send_json({"type": "Typing"})
        assert receive_until(socket, "Typing")["data"]["agent"] is True


def test_what_the_agent_has_seen_is_delivered(client: TestClient, services: Services, call_id: str) -> None:
    asked = services.desk.send(call_id, "customer", "Where is my order?")
    with client.websocket_connect(f"/api/live/{call_id}") as socket:
        receive_until(socket, "CaughtUp")
        socket.send_json({"type": "Seen", "data": {"message_id": asked}})
        assert receive_until(socket, "MessageDelivered")["data"] == {"message_id": asked}
    assert services.desk.call(call_id).utterances[asked].delivered


NONSENSE = ["no JSON", "[]", "1", '{"type": "Seen"}', '{"type": "Seen", "data": {"message_id": 7}}', '{"type": "End"}']


@pytest.mark.parametrize("said", [*NONSENSE, '{"type": "Seen", "data": {"message_id": "msg_none"}}', "x" * 2_000])
def test_what_makes_no_sense_is_left_alone(client: TestClient, services: Services, call_id: str, said: str) -> None:
    with client.websocket_connect(f"/api/live/{call_id}") as socket:
        receive_until(socket, "CaughtUp")
        before = services.desk.call(call_id)
        socket.send_text(said)
        socket.send_json({"type": "Typing"})
        receive_until(socket, "Typing")
        assert services.desk.call(call_id) == before


def test_the_agents_own_messages_are_not_theirs_to_confirm(
    client: TestClient, services: Services, call_id: str
) -> None:
    told = services.desk.send(call_id, "agent", "It is on its way.")
    with client.websocket_connect(f"/api/live/{call_id}") as socket:
        receive_until(socket, "CaughtUp")
        socket.send_json({"type": "Seen", "data": {"message_id": told}})
        socket.send_json({"type": "Typing"})
        receive_until(socket, "Typing")
    assert not services.desk.call(call_id).utterances[told].delivered
