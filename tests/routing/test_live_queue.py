"""The switchboard over the real desk and log: a customer's way from the first ring to the wrap-up."""

import pytest

from core.bootstrap import Services
from core.calls.events import CallAnswered
from core.errors import CallError
from core.routing.switchboard import CallRequest

AGENT = "Alex Morgan"


def test_a_call_is_queued_rings_is_answered_transferred_and_wrapped_up(services: Services) -> None:
    board, desk = services.switchboard, services.desk
    board.set_availability(AGENT, "available")
    visit = board.call_in(CallRequest(account_number="24680", reason="my order is broken", source="scripted"))
    call = desk.call(visit.call_id)
    assert (call.agent, call.offered_to, call.waiting) == ("", AGENT, True)
    assert call.queued is not None
    assert (call.queued.topic, call.queued.tier) == ("orders", "silver")
    assert call.customer is not None
    assert call.customer.matched_on == ["account number given, not verified"]
    assert call.customer.profile["orders"]
    board.accept(visit.call_id, AGENT)
    assert desk.call(visit.call_id).agent == AGENT
    desk.hold(visit.call_id, AGENT)
    board.set_availability("Hannah Lee", "available")
    board.transfer(visit.call_id, AGENT, "Hannah Lee", "watch strap")
    assert not desk.call(visit.call_id).on_hold
    with pytest.raises(CallError, match="it rings at the desk of Hannah Lee"):
        board.accept(visit.call_id, AGENT)
    board.accept(visit.call_id, "Hannah Lee")
    assert desk.call(visit.call_id).agent == "Hannah Lee"
    board.hang_up(visit.call_id)
    desk.close()
    services.log.sync()
    assert desk.call(visit.call_id).end_reason == "completed"
    board.tick()
    states = {one.name: one.state for one in board.agents()}
    assert (states[AGENT], states["Hannah Lee"]) == ("available", "after-call work")
    desk.wrap_up(visit.call_id, "Solved", True, "", "Hannah Lee")
    board.tick()
    assert {one.name: one.state for one in board.agents()}["Hannah Lee"] == "available"
    answers = [one.event for one in services.log.events(visit.call_id) if isinstance(one.event, CallAnswered)]
    assert [answer.agent for answer in answers] == [AGENT, "Hannah Lee"]
    assert board.visit(visit.visit_id) == visit


def test_who_hangs_up_in_the_queue_is_closed_without_anybody(services: Services) -> None:
    visit = services.switchboard.call_in(CallRequest(name="Nobody"))
    services.switchboard.hang_up(visit.call_id)
    services.desk.close()
    services.switchboard.tick()
    services.log.sync()
    call = services.desk.call(visit.call_id)
    assert call.end_reason == "abandoned"
    assert call.wrap_up is not None
    assert call.wrap_up.disposition == "Abandoned"


def test_the_token_of_a_visit_says_nothing_of_the_call(services: Services) -> None:
    visits = [services.switchboard.call_in(CallRequest()) for _ in range(3)]
    assert len({visit.visit_id for visit in visits}) == 3
    for visit in visits:
        assert len(visit.visit_id) >= 20
        assert visit.call_id.removeprefix("call_") not in visit.visit_id
