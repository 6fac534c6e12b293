"""Which calls stand out, when calls come, and who called."""

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from stored import store

from core.calls.log import EventLog
from core.clock import ManualClock
from core.insights.callers import callers
from core.insights.metrics import Basis
from core.insights.notable import best_calls, worst_calls
from core.insights.overview import CallFilter
from core.insights.rhythm import rhythm

SAID = (("customer", "hello"), ("agent", "good morning"))
EVERYTHING = CallFilter()


@pytest.fixture
def four_calls(event_log: EventLog, clock: ManualClock) -> None:
    store(event_log, clock, "angry", *SAID, sentiment=-0.8, customer="Ann Lee")
    store(event_log, clock, "rated_1", *SAID, sentiment=0.5, rating=1, channel="voice", customer="Ann Lee")
    store(event_log, clock, "rated_5", *SAID, sentiment=0.1, rating=5, channel="voice", customer="Bob Lee")
    store(event_log, clock, "happy", *SAID, sentiment=0.9)


@pytest.mark.usefixtures("four_calls")
def test_ratings_come_before_moods(database: Engine) -> None:
    assert [call.call_id for call in worst_calls(database, EVERYTHING)] == ["rated_1", "rated_5", "angry", "happy"]
    assert [call.call_id for call in best_calls(database, EVERYTHING, at_most=3)] == ["rated_5", "rated_1", "happy"]


@pytest.mark.usefixtures("four_calls")
def test_only_the_calls_chosen_stand_out(database: Engine) -> None:
    assert [call.call_id for call in best_calls(database, CallFilter(customer="bob"))] == ["rated_5"]
    assert best_calls(database, CallFilter(agents=("Nobody",))) == []


@pytest.mark.usefixtures("four_calls")
@pytest.mark.parametrize(
    ("zone", "day", "first_hour"), [("UTC", 0, 10), ("Europe/Berlin", 0, 11), ("Asia/Tokyo", 0, 19)]
)
def test_hours_are_the_viewers(database: Engine, clock: ManualClock, zone: str, day: int, first_hour: int) -> None:
    """The clock of the tests begins on a Monday at 9:00 UTC, and the first call an hour later."""
    week = rhythm(database, EVERYTHING, Basis(clock.now(), zone=ZoneInfo(zone)))
    assert [len(hours) for hours in week] == [24] * 7
    assert week[day][first_hour : first_hour + 4] == [1, 1, 1, 1]
    assert sum(map(sum, week)) == 4


def test_a_week_without_calls_is_empty(database: Engine, event_log: EventLog, clock: ManualClock) -> None:
    assert sum(map(sum, rhythm(database, EVERYTHING, Basis(clock.now())))) == 0


@pytest.mark.usefixtures("four_calls")
def test_callers_are_found_by_words_of_their_name_or_their_id(database: Engine) -> None:
    assert [(one.name, one.calls) for one in callers(database, "lee")] == [("Ann Lee", 2), ("Bob Lee", 1)]
    assert [one.name for one in callers(database, "lee BOB")] == ["Bob Lee"]
    assert [one.name for one in callers(database, "cust_Ann Lee")] == ["Ann Lee"]
    assert callers(database, "Carol") == []
