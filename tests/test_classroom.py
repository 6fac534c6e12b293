"""Any number of scripted callers, in the queue like everybody else."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.calls.call import Call
from core.calls.desk import MakeCaller
from core.calls.events import CallQueued
from core.calls.log import EventLog
from core.classroom import MOST_CALLERS, Classroom, state_of
from core.clock import ManualClock
from core.errors import CallError
from core.routing.arrivals import CallRequest, Visit
from core.routing.states import Waiting
from core.scenarios import Introduction, Scenario, Turn


def scenario(title: str, **told: str) -> Scenario:
    return Scenario(
        path=Path(f"{title}.yaml"),
        title=title,
        caller=Introduction(**told),
        voices={"customer": "slt"},
        turns=(Turn(party="customer", text="Hello"),),
    )


class Line:
    """A switchboard and a desk that only remember."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.requests: list[CallRequest] = []
        self.calls: dict[str, Call] = {}
        self.talking: list[str] = []
        self.hung_up: list[str] = []

    def call_in(self, request: CallRequest) -> Visit:
        call_id = f"call_{len(self.requests)}"
        self.requests.append(request)
        self.calls[call_id] = Call(
            call_id,
            started_at=self.clock.now(),
            source=request.source,
            title=request.title,
            queued=CallQueued(reason=request.reason),
        )
        return Visit(f"visit_{call_id}", call_id)

    def waiting(self) -> list[Waiting]:
        return [Waiting(call_id=call_id, arrived_s=0, since_s=0) for call_id in self.calls]

    def hang_up(self, call_id: str) -> None:
        self.hung_up.append(call_id)

    def caller(self, call_id: str, make: MakeCaller) -> None:
        self.talking.append(call_id)

    def live_calls(self) -> list[Call]:
        return list(self.calls.values())


@pytest.fixture
def line(clock: ManualClock) -> Line:
    return Line(clock)


@pytest.fixture
def classroom(line: Line, event_log: EventLog, clock: ManualClock) -> Classroom:
    return Classroom(line, line, event_log, clock)


def test_callers_take_the_scenarios_in_turn(classroom: Classroom, line: Line) -> None:
    bill, order = scenario("Bill", name="John Doe", reason="my bill", language="es"), scenario("Order")
    started = classroom.start([bill, order], 3, "waits")
    assert started == ["call_0", "call_1", "call_2"] == line.talking
    assert [request.title for request in line.requests] == ["Bill", "Order", "Bill"]
    assert line.requests[0] == CallRequest(
        name="John Doe", reason="my bill", language="es", source="scripted", title="Bill"
    )


def test_nobody_and_too_many_are_refused(classroom: Classroom, line: Line) -> None:
    with pytest.raises(CallError, match="choose at least one"):
        classroom.start([], 1, "waits")
    classroom.start([scenario("Bill")], MOST_CALLERS - 1, "clock")
    with pytest.raises(CallError, match="hang up for some"):
        classroom.start([scenario("Bill")], 2, "clock")
    assert len(line.requests) == MOST_CALLERS - 1


def test_who_is_on_the_line_is_read_from_the_calls(classroom: Classroom, line: Line, clock: ManualClock) -> None:
    classroom.start([scenario("Bill"), scenario("Order")], 2, "waits")
    line.calls["other"] = Call("other", source="customer", started_at=clock.now())
    clock.advance(90)
    assert [(caller.title, caller.duration_s) for caller in classroom.callers()] == [("Bill", 90), ("Order", 90)]
    classroom.hang_up([caller.call_id for caller in classroom.callers()])
    assert line.hung_up == ["call_0", "call_1"]


def test_the_state_of_a_call_in_words(clock: ManualClock) -> None:
    waiting = Call("c", started_at=clock.now(), queued=CallQueued())
    assert state_of(waiting, 1) == "waits, next in line"
    assert state_of(waiting, 4) == "waits, number 4"
    assert state_of(waiting, None) == "waits"
    assert state_of(replace(waiting, offered_to="Alex"), 1) == "rings at Alex"
    answered = replace(waiting, agent="Alex", answered_s=3.0)
    assert state_of(answered, None) == "talks with Alex"
    assert state_of(replace(answered, hold_started_s=9.0), None) == "on hold with Alex"
