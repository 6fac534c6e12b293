"""What the tiles say about this moment."""

from datetime import UTC, datetime, timedelta

import pytest
from insights.tallies import MONDAY, Floor, basis
from sqlalchemy import Engine

from core.calls.call import Call
from core.calls.events import CallQueued
from core.insights.metrics import ServiceToday, live_tiles, service_today
from core.routing.states import AgentStatus, Waiting

QUIET = ServiceToday(0, 0, 0, 0)


@pytest.fixture
def floor(database: Engine) -> Floor:
    return Floor(database)


def test_an_empty_floor() -> None:
    tiles = live_tiles([], [], [], QUIET)
    assert (tiles.calls, tiles.chats, tiles.waiting, tiles.longest_wait_s, dict(tiles.agents)) == (0, 0, 0, None, {})
    assert tiles.today.service_level is None


def test_a_busy_floor() -> None:
    live = [Call("a"), Call("b", channel="chat"), Call("c", started_at=MONDAY, queued=CallQueued(), queued_s=0.0)]
    waiting = [
        Waiting(call_id="c", arrived_s=0.0, since_s=0.0, waited_s=12.0),
        Waiting(call_id="d", arrived_s=0.0, since_s=0.0, waited_s=40.0),
    ]
    agents = [AgentStatus(name=name, state=state) for name, state in (("Ann", "busy"), ("Bob", "busy"), ("Cy", "away"))]
    tiles = live_tiles(live, waiting, agents, QUIET)
    assert (tiles.calls, tiles.chats, tiles.waiting, tiles.longest_wait_s) == (1, 1, 2, 40.0)
    assert dict(tiles.agents) == {"busy": 2, "away": 1}


def test_service_since_the_viewers_midnight(floor: Floor) -> None:
    floor.call(MONDAY - timedelta(days=1))
    floor.call(MONDAY, waited_s=20.0)
    floor.call(MONDAY, waited_s=30.0, lasts_s=None)  # answered late, and still talking
    floor.call(MONDAY, waited_s=None, lasts_s=None)  # still waiting: not decided
    floor.abandoned(MONDAY, after_s=60.0)
    floor.abandoned(MONDAY, after_s=2.0)
    today = service_today(floor.engine, basis(MONDAY + timedelta(hours=1)))
    assert today == ServiceToday(offered=3, answered=2, in_time=1, abandoned=1)
    assert today.service_level == 1 / 3


def test_midnight_is_the_viewers(floor: Floor) -> None:
    floor.call(datetime(2026, 3, 2, 4, 59, tzinfo=UTC))  # Sunday night in New York
    floor.call(datetime(2026, 3, 2, 5, 0, tzinfo=UTC))
    assert service_today(floor.engine, basis(MONDAY, "America/New_York")).answered == 1
    assert service_today(floor.engine, basis(MONDAY)).answered == 2
