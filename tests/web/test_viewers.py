"""Who is taken for whom, by where a connection comes from."""

import pytest
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from core.routing.roster import Agent
from core.web.viewers import AT_THIS_MACHINE, at_this_machine, viewer_of

ROSTER = [Agent(name="Alex Morgan"), Agent(name="Robin Castillo", role="supervisor")]


def connection(peer: str = "127.0.0.1", query: str = "", **headers: str) -> HTTPConnection:
    given = {"host": "localhost:8501", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return HTTPConnection(
        {
            "type": "http",
            "client": (peer, 50_000),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
            "query_string": query.encode(),
        }
    )


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.0.1", "::1"])
@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1:8501", "[::1]:8501", "sidetone.localhost", "testserver"])
def test_this_machine_is_staff(peer: str, host: str) -> None:
    assert viewer_of(connection(peer, host=host)).role == "agent"


@pytest.mark.parametrize(
    "headers",
    [
        {"forwarded": "for=127.0.0.1"},
        {"x_forwarded_for": "127.0.0.1"},
        {"x_forwarded_host": "localhost"},
        {"x_real_ip": "127.0.0.1"},
        {"via": "1.1 proxy"},
        {"host": "rebound.example:8501"},
        {"host": "localhost.example"},
        {"host": "192.168.1.5:8501"},
        {"host": "[2001:db8::1]:8501"},
        {"host": "[broken"},
    ],
)
def test_behind_a_proxy_or_under_another_name_it_is_a_customer(headers: dict[str, str]) -> None:
    assert viewer_of(connection(**headers), ROSTER, "Alex Morgan").role == "customer"
    assert viewer_of(connection(query="as=Robin Castillo", **headers), ROSTER, "Alex Morgan").role == "customer"


@pytest.mark.parametrize("peer", ["10.0.0.9", "192.0.2.7", "2001:db8::9", "", "not an address"])
def test_other_machines_are_customers_whatever_they_say(peer: str) -> None:
    viewer = viewer_of(connection(peer, query="as=Robin%20Castillo"), ROSTER, "Alex Morgan")
    assert (viewer.name, viewer.role) == (peer, "customer")


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://localhost:3000", "null"])
def test_pages_of_other_sites_are_strangers_from_everywhere(origin: str) -> None:
    assert viewer_of(connection(origin=origin)).role == "stranger"
    assert viewer_of(connection("10.0.0.9", origin=origin)).role == "stranger"
    assert viewer_of(connection(origin="http://localhost:8501")).role == "agent"


def test_staff_are_who_they_say() -> None:
    robin = viewer_of(connection(query="as=Robin%20Castillo"), ROSTER, "Alex Morgan")
    assert (robin.name, robin.role) == ("Robin Castillo", "supervisor")
    assert viewer_of(connection(query="as=Eve"), ROSTER, "Alex Morgan").name == "Alex Morgan"
    assert viewer_of(connection()).name == AT_THIS_MACHINE


def test_header_names_are_known_however_they_are_written() -> None:
    assert at_this_machine("127.0.0.1", Headers({"Host": "localhost"}))
    assert not at_this_machine("127.0.0.1", {"host": "localhost", "X-Forwarded-For": "10.0.0.9"})
