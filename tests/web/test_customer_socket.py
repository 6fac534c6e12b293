"""What a customer can reach, tried as somebody would who wants more."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect
from waiting import wait_for

from core.bootstrap import Services, build
from core.calls.events import (
    CallEnded,
    CallRated,
    CustomerIdentified,
    MessageDelivered,
    MessageSent,
    PartyJoined,
    PartyLeft,
    PartyMuted,
    Recorded,
    SuggestionCompleted,
    WrapUpCompleted,
)
from core.calls.follow import Follower
from core.config import Settings
from core.routing.switchboard import CallRequest, Visit
from core.speech.scripted import ScriptedEngine
from core.web.customer import FRAME_MAX_CHARS, customer_socket
from core.web.routes import api_routes

ELSEWHERE = ("10.0.0.9", 50_000)
AGENT = "Alex Morgan"
OPEN_TO_CUSTOMERS = {"/api/health", "/api/customer/{visit_id}"}


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    """A browser on another machine."""
    with TestClient(Starlette(routes=api_routes(lambda: services)), client=ELSEWHERE) as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """One set of services for tests that only send: making them takes longer than the test."""
    settings = Settings(database_url=f"duckdb:///{tmp_path_factory.mktemp('shared') / 'sidetone.duckdb'}")
    built = build(settings, speech=ScriptedEngine([]))
    yield built
    built.close()


def chat(services: Services, **told: Any) -> Visit:
    return services.switchboard.call_in(CallRequest(channel="chat", **told))


def answered_chat(services: Services, **told: Any) -> Visit:
    services.switchboard.set_availability(AGENT, "available")
    visit = chat(services, **told)
    services.switchboard.accept(visit.call_id, AGENT)
    return visit


def opened(client: TestClient, visit: Visit) -> WebSocketTestSession:
    return client.websocket_connect(f"/api/customer/{visit.visit_id}")


def receive_until(socket: WebSocketTestSession, wanted: Any) -> list[dict[str, Any]]:
    """Frames up to the first for which `wanted` holds."""
    received: list[dict[str, Any]] = []
    while not received or not wanted(received[-1]):
        received.append(socket.receive_json())
    return received


def state_where(socket: WebSocketTestSession, **expected: Any) -> dict[str, Any]:
    def fits(frame: dict[str, Any]) -> bool:
        return frame["type"] == "State" and all(frame["data"][name] == value for name, value in expected.items())

    state: dict[str, Any] = receive_until(socket, fits)[-1]["data"]
    return state


def error_of(socket: WebSocketTestSession) -> str:
    message: str = receive_until(socket, lambda frame: frame["type"] == "Error")[-1]["data"]["message"]
    return message


def ask(socket: WebSocketTestSession, kind: str, **data: Any) -> None:
    socket.send_json({"type": kind, "data": data})


def refusal(client: TestClient, address: str) -> tuple[str, int]:
    """The message and close code a socket is refused with."""
    with client.websocket_connect(address) as socket:
        message = error_of(socket)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    return message, closed.value.code


def paths(routes: list[Any], kind: type) -> list[str]:
    assert all(isinstance(route, Route | WebSocketRoute | Mount) for route in routes)
    return [route.path for route in routes if isinstance(route, kind)]


def filled(path: str, visit: Visit) -> str:
    return path.format_map(_Ids(visit))


class _Ids(dict[str, str]):
    """Whatever a path asks for, the attacker knows it; they have one visit of their own."""

    def __init__(self, visit: Visit) -> None:
        super().__init__(visit_id=visit.visit_id)
        self._call_id = visit.call_id

    def __missing__(self, name: str) -> str:
        return self._call_id


def test_every_route_refuses_customers_but_those_meant_for_them(client: TestClient, services: Services) -> None:
    visit = chat(services)
    routes = api_routes(lambda: services)
    tried = [path for path in paths(routes, Route) if path not in OPEN_TO_CUSTOMERS]
    assert {"/api/calls", "/api/calls/{call_id}", "/api/calls/{call_id}/events"} <= set(tried)
    for path in tried:
        for query in ("", "?as=Robin%20Castillo"):
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                answer = client.request(method, filled(path, visit) + query)
                assert answer.status_code in (403, 405), (method, path, answer.text)
                assert visit.call_id not in answer.text


def test_every_socket_refuses_customers_but_their_own(client: TestClient, services: Services) -> None:
    visit = chat(services)
    tried = [path for path in paths(api_routes(lambda: services), WebSocketRoute) if path not in OPEN_TO_CUSTOMERS]
    assert "/api/live/{call_id}" in tried
    for path in tried:
        assert refusal(client, f"{filled(path, visit)}?as=Robin%20Castillo")[1] == 4403, path


def test_health_tells_customers_only_that_it_runs(client: TestClient) -> None:
    assert client.get("/api/health").json() == {"status": "ok"}


def test_a_visit_opens_one_call_and_guesses_open_none(client: TestClient, services: Services) -> None:
    mine, other = chat(services, reason="mine"), chat(services, reason="other")
    assert mine.visit_id != other.visit_id
    assert len(mine.visit_id) >= 22, "too short to be unguessable"
    for guess in (other.call_id, mine.visit_id[:-1], mine.visit_id + "A", mine.visit_id.swapcase(), "nobody", "%00"):
        assert refusal(client, f"/api/customer/{guess}")[1] == 4404
    services.desk.send(other.call_id, "customer", "for the other call only")
    with opened(client, mine) as socket:
        assert state_where(socket, phase="waiting")["messages"] == []


def test_a_page_of_another_site_cannot_use_a_visit(client: TestClient, services: Services) -> None:
    visit = chat(services)
    headers = {"Origin": "https://elsewhere.example"}
    with client.websocket_connect(f"/api/customer/{visit.visit_id}", headers=headers) as socket:
        assert "may not call here" in error_of(socket)


def test_a_chat_from_the_queue_to_the_rating(client: TestClient, services: Services) -> None:
    visit = chat(services)
    with opened(client, visit) as socket:
        state_where(socket, phase="waiting", position=1)
        services.switchboard.set_availability(AGENT, "available")
        services.switchboard.accept(visit.call_id, AGENT)
        assert state_where(socket, phase="talking")["agent"] == "Alex"
        ask(socket, "Message", text="  Where is my order?  ")
        assert state_where(socket)["messages"][-1]["text"] == "Where is my order?"
        message_id = services.desk.send(visit.call_id, "agent", "I am looking.")
        assert state_where(socket)["messages"][-1] | {"at_s": 0} == {
            "message_id": message_id,
            "mine": False,
            "text": "I am looking.",
            "at_s": 0,
            "delivered": False,
        }
        ask(socket, "Seen", message_id=message_id)
        assert wait_for(services, visit.call_id, MessageDelivered).event == MessageDelivered(message_id=message_id)
        services.desk.typing(visit.call_id, "agent")
        state_where(socket, agent_typing=True)
        services.desk.hold(visit.call_id, AGENT)
        state_where(socket, phase="on hold")
        services.desk.resume(visit.call_id, AGENT)
        state_where(socket, phase="talking")
        ask(socket, "HangUp")
        assert state_where(socket, phase="ended")["end_reason"] == "completed"
        ask(socket, "Rate", score=5, comment="quick")
        state_where(socket, rated=True)
    assert services.desk.call(visit.call_id).rating == CallRated(score=5, comment="quick")


def test_a_call_is_rated_once_also_after_its_wrap_up(client: TestClient, services: Services) -> None:
    visit = answered_chat(services)
    services.desk.end(visit.call_id)
    wait_for(services, visit.call_id, CallEnded)
    services.desk.wrap_up(visit.call_id, "Resolved", True, "", by=AGENT)
    with opened(client, visit) as socket:
        state_where(socket, phase="ended", rated=False)
        ask(socket, "Rate", score=2)
        state_where(socket, rated=True)
        with pytest.raises(WebSocketDisconnect) as closed:
            receive_until(socket, lambda frame: False)
        assert closed.value.code == 1000
    assert services.desk.call(visit.call_id).rating == CallRated(score=2)


def test_a_customer_comes_back_and_finds_everything(client: TestClient, services: Services) -> None:
    visit = answered_chat(services)
    with opened(client, visit) as socket:
        ask(socket, "Message", text="Hello")
        assert len(state_where(socket, phase="talking")["messages"]) <= 1
        wait_for(services, visit.call_id, MessageSent)
    wait_for(services, visit.call_id, PartyLeft)
    with opened(client, visit) as socket:
        assert [message["text"] for message in state_where(socket)["messages"]] == ["Hello"]
        assert services.desk.call(visit.call_id).legs["customer"].lines == 1


def test_presence_is_told_by_the_socket_in_a_chat_and_by_the_microphone_in_a_call(
    client: TestClient, services: Services
) -> None:
    written, spoken = chat(services), services.switchboard.call_in(CallRequest())
    with opened(client, written) as one, opened(client, spoken) as other:
        state_where(one), state_where(other)
        assert services.desk.call(written.call_id).legs["customer"].lines == 1
        assert services.desk.call(spoken.call_id).legs == {}
    services.log.sync()
    assert PartyLeft in [type(event) for event in logged(services, written.call_id)]
    assert PartyJoined not in [type(event) for event in logged(services, spoken.call_id)]


def logged(services: Services, call_id: str) -> list[Any]:
    with Follower(services.log, call_id) as follower:
        events: list[Recorded] = follower.wait(0)
    return [recorded.event for recorded in events]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("{", "could not be understood"),
        ("[" * 5_000, "could not be understood"),
        ("[]", "could not be understood"),
        ("null", "could not be understood"),
        ('{"type": "Message"}', "could not be understood"),
        ('{"type": "Message", "data": {"text": 5}}', "could not be understood"),
        ('{"type": "Message", "data": {"text": "  "}}', "Write a message first"),
        (json.dumps({"type": "Message", "data": {"text": "x" * 2_001}}), "2,000 characters"),
        (json.dumps({"type": "Message", "data": {"text": "x" * FRAME_MAX_CHARS}}), "too long"),
        ('{"type": "Mute", "data": {"muted": 1}}', "could not be understood"),
        ('{"type": "Rate", "data": {"score": true}}', "one to five"),
        ('{"type": "Rate", "data": {"score": 6}}', "one to five"),
        ('{"type": "Rate", "data": {"score": 5, "comment": {}}}', "one to five"),
        ('{"type": "Rate", "data": {"score": 5}}', "when it is over"),
        ('{"type": "Hold", "data": {}}', "could not be understood"),
        ('{"type": "CallAnswered", "data": {"agent": "Eve"}}', "could not be understood"),
    ],
)
def test_what_cannot_be_done_is_said_and_the_line_stays(shared: Services, sent: str, said: str) -> None:
    visit = chat(shared)
    with browser_of(shared).websocket_connect(f"/{visit.visit_id}") as socket:
        socket.send_text(sent)
        assert said in error_of(socket)
        ask(socket, "Message", text="still here")
        wait_for(shared, visit.call_id, MessageSent)


def browser_of(services: Services) -> TestClient:
    route = WebSocketRoute("/{visit_id}", customer_socket(lambda: services))
    return TestClient(Starlette(routes=[route]), client=ELSEWHERE)


def test_bytes_are_not_understood(client: TestClient, services: Services) -> None:
    with opened(client, chat(services)) as socket:
        socket.send_bytes(b"\x00\xff")
        assert "could not be understood" in error_of(socket)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KINDS = st.sampled_from(["Message", "Typing", "Seen", "Mute", "Rate", "HangUp ", "State"])


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=40) | st.builds(json.dumps, st.fixed_dictionaries({"type": KINDS, "data": JSON}))))
def test_nothing_that_is_sent_breaks_the_socket(shared: Services, frames: list[str]) -> None:
    visit = chat(shared)
    with browser_of(shared).websocket_connect(f"/{visit.visit_id}") as socket:
        for frame in frames[:15]:
            socket.send_text(frame)
        ask(socket, "Message", text="the end")
        receive_until(
            socket,
            lambda frame: frame["type"] == "State" and "the end" in [m["text"] for m in frame["data"]["messages"]],
        )
    shared.switchboard.hang_up(visit.call_id)


def test_a_flood_is_cut_off(client: TestClient, services: Services) -> None:
    visit = answered_chat(services)
    with opened(client, visit) as socket:
        for _ in range(60):
            ask(socket, "Typing")
        with pytest.raises(WebSocketDisconnect) as closed:
            receive_until(socket, lambda frame: False)
        assert closed.value.code == 4429
    wait_for(services, visit.call_id, PartyLeft)


def test_a_customer_cannot_mark_their_own_message_as_delivered(client: TestClient, services: Services) -> None:
    visit = answered_chat(services)
    with opened(client, visit) as socket:
        ask(socket, "Message", text="Hello")
        (message,) = receive_until(socket, lambda frame: frame["type"] == "State" and frame["data"]["messages"])[-1][
            "data"
        ]["messages"]
        ask(socket, "Seen", message_id=message["message_id"])
        ask(socket, "Seen", message_id="nobody")
        ask(socket, "Message", text="and now")
        receive_until(socket, lambda frame: frame["type"] == "State" and len(frame["data"]["messages"]) == 2)
    assert not services.desk.call(visit.call_id).utterances[message["message_id"]].delivered


def test_a_customer_mutes_only_themselves(client: TestClient, services: Services) -> None:
    services.switchboard.set_availability(AGENT, "available")
    visit = services.switchboard.call_in(CallRequest())
    services.switchboard.accept(visit.call_id, AGENT)
    with opened(client, visit) as socket:
        socket.send_json({"type": "Mute", "data": {"muted": True, "party": "agent"}})
        assert wait_for(services, visit.call_id, PartyMuted).event == PartyMuted(party="customer")


def test_after_the_end_nothing_can_be_said_and_the_answer_names_no_call(client: TestClient, services: Services) -> None:
    visit = answered_chat(services)
    services.desk.end(visit.call_id)
    wait_for(services, visit.call_id, CallEnded)
    with opened(client, visit) as socket:
        ask(socket, "Message", text="one more thing")
        message = error_of(socket)
        assert (message, visit.call_id in message) == ("The call is over. You can call again.", False)


def test_stopping_closes_the_line_so_that_the_page_comes_back(client: TestClient, services: Services) -> None:
    with opened(client, chat(services)) as socket:
        state_where(socket)
        services.stopping.set()
        with pytest.raises(WebSocketDisconnect) as closed:
            receive_until(socket, lambda frame: False)
        assert closed.value.code == 1001


PLANTED = ("Sarah Johnson", "Morgan", "order 78901 is late, says the note", "supervisor-only", "Robin", "not verified")


def test_nothing_of_the_agents_side_leaves_with_the_frames(client: TestClient, services: Services) -> None:
    """A call with everything in it; the raw frames are searched for all that a customer must not see."""
    other = chat(services, name="Michael Turner", reason="another customer's reason")
    visit = answered_chat(services, name="Sarah Johnson", reason="Where is my order")
    call_id = visit.call_id
    frames: list[str] = []

    def note_until(socket: WebSocketTestSession, said: str) -> None:
        while not frames or said not in frames[-1]:
            frames.append(json.dumps(socket.receive_json(), ensure_ascii=False))

    with opened(client, visit) as socket:
        ask(socket, "Message", text="Hi, where is my order 78901? This is awful, I want to cancel everything.")
        wait_for(services, call_id, SuggestionCompleted)
        services.desk.flag(call_id, "order 78901 is late, says the note")
        services.desk.ask(call_id, "supervisor-only question")
        services.desk.request_help(call_id, "supervisor-only reason")
        services.desk.supervise(call_id, "Robin Castillo", "listen")
        services.desk.send(call_id, "agent", "One moment please.")
        note_until(socket, "One moment please.")
        services.switchboard.transfer(call_id, AGENT, note="supervisor-only note")
        note_until(socket, '"waiting"')
        ask(socket, "HangUp")
        note_until(socket, '"ended"')
    call = services.desk.call(call_id)
    assert call.customer is not None
    assert [type(event) for event in logged(services, call_id)].count(CustomerIdentified) >= 1
    told = "\n".join(frames)
    planted = [*PLANTED, call_id, other.call_id, other.visit_id, visit.visit_id, "Michael", "another customer"]
    planted += [call.customer.customer_id, call.customer.account_number, str(call.customer.profile.get("email"))]
    planted += [suggestion.message for suggestion in call.suggestions.values() if suggestion.message]
    planted += [*call.suggestions, "sentiment", "evidence", "topic", "prompt", "supervisor", "suggestion", "tier"]
    assert len(call.suggestions) > 0
    assert [word for word in planted if word in told] == []


def test_a_wrapped_up_call_without_an_answer_closes_the_line(client: TestClient, services: Services) -> None:
    visit = chat(services)
    with opened(client, visit) as socket:
        ask(socket, "HangUp")
        assert state_where(socket, phase="ended")["end_reason"] == "abandoned"
        services.switchboard.tick()
        wait_for(services, visit.call_id, WrapUpCompleted)
        with pytest.raises(WebSocketDisconnect) as closed:
            receive_until(socket, lambda frame: False)
        assert closed.value.code == 1000
