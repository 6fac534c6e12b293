"""What an agent does with suggestions and for the customer: logged once, done once, on a person's word."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, select

from core.access import Viewer
from core.assistant.tools import Tools
from core.calls.desk import Desk
from core.calls.events import (
    ActionItem,
    ActionProposed,
    ActionRefused,
    ActionTaken,
    CallEnded,
    CallStarted,
    MomentFlagged,
    ProposedAction,
    SuggestionCompleted,
    SuggestionPinned,
    SuggestionRated,
    SuggestionStarted,
    SummaryWritten,
)
from core.calls.log import EventLog
from core.clock import ManualClock
from core.config import ROOT
from core.customers.action_rules import load_action_rules
from core.customers.actions import Actions
from core.customers.models import ActionAudit, Charge
from core.customers.store import CustomerStore
from core.database import open_database
from core.errors import ActionError, CallAlreadyEnded, CallError, NotAllowed
from data.seed import seed

SARAH, JOHN = "cus-24680", "cus-12345"
AGENT, SUPERVISOR = Viewer("Alex", "agent"), Viewer("Sam", "supervisor")
numbers = count(1)


def new_id(prefix: str) -> str:
    return f"{prefix}_{next(numbers)}"


@dataclass(frozen=True)
class Office:
    """A desk on the demo world of 5 January 2026, whose calls have neither sound nor an assistant."""

    database: Engine
    log: EventLog
    actions: Actions
    desk: Desk


def office_on(database: Engine) -> Office:
    clock = ManualClock()
    log = EventLog(database, clock)
    actions = Actions(database, clock, load_action_rules(ROOT / "data" / "actions.yaml"))

    def nothing(*_: object) -> Any:
        raise AssertionError("these calls have no sound and no assistant")

    desk = Desk(log, clock, CustomerStore(database), nothing, nothing, new_id, actions, ROOT / "data" / "recordings")
    return Office(database, log, actions, desk)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_database(f"duckdb:///{tmp_path_factory.mktemp('office') / 'world.duckdb'}")
    seed(engine, date(2026, 1, 5))
    yield engine
    engine.dispose()


@pytest.fixture
def office(world: Engine) -> Iterator[Office]:
    """Whatever a test leaves done is undone."""
    office = office_on(world)
    yield office
    with Session(world) as session:
        done = session.exec(select(ActionAudit.action_id)).all()
    for action_id in done:
        office.actions.undo(action_id, "the test")
    office.log.close()


@pytest.fixture
def desk(office: Office) -> Desk:
    return office.desk


@pytest.fixture
def call_id(office: Office) -> str:
    """A call with Sarah."""
    return open_call(office)


def open_call(office: Office, customer_id: str | None = SARAH) -> str:
    call_id = new_id("call")
    office.log.open(call_id, lambda: 1.0)
    office.log.append(call_id, CallStarted(source="microphone", agent="Alex"))
    if customer_id:
        office.desk.choose_customer(call_id, customer_id)
    return call_id


def suggest(office: Office, call_id: str, action: ProposedAction | None = None) -> str:
    card: dict[str, Any] = {"suggestion_id": new_id("sug"), "kind": "suggestion", "priority": "tip", "triggered_by": []}
    office.log.append(call_id, SuggestionStarted(**card, rule="r", assistant="playbook"))
    office.log.append(call_id, SuggestionCompleted(**card, message="Say hello.", evidence=[], action=action))
    return str(card["suggestion_id"])


def logged(office: Office, call_id: str) -> Counter[str]:
    office.log.sync()
    return Counter(type(recorded.event).__name__ for recorded in office.log.events(call_id))


def balance(office: Office, customer_id: str = SARAH) -> Decimal:
    with Session(office.database) as session:
        amounts = session.exec(select(Charge.amount).where(Charge.customer_id == customer_id))
        return sum(amounts, Decimal(0))


def test_a_suggestion_is_edited_and_used(office: Office, desk: Desk, call_id: str) -> None:
    as_it_was, edited = suggest(office, call_id), suggest(office, call_id)
    desk.use(call_id, as_it_was, "Say hello. ")
    desk.use(call_id, edited, "Good morning!")
    desk.use(call_id, edited, "Good evening!")
    cards = desk.call(call_id).suggestions
    assert (cards[as_it_was].state, cards[as_it_was].used_text) == ("used", None)
    assert (cards[edited].state, cards[edited].used_text) == ("used", "Good morning!")


def test_dismissing_tells_why(office: Office, desk: Desk, call_id: str) -> None:
    card = suggest(office, call_id)
    desk.dismiss(call_id, card, " wrong customer ")
    assert desk.call(call_id).suggestions[card].reason == "wrong customer"


def test_thumbs_and_pins_are_logged_when_they_change(office: Office, desk: Desk, call_id: str) -> None:
    card = suggest(office, call_id)
    for helpful in (True, True, False):
        desk.rate(call_id, card, helpful)
    for pinned in (True, True, False, False):
        desk.pin(call_id, card, pinned)
    counted = logged(office, call_id)
    assert (counted[SuggestionRated.__name__], counted[SuggestionPinned.__name__]) == (2, 2)
    suggestion = desk.call(call_id).suggestions[card]
    assert (suggestion.helpful, suggestion.pinned) == (False, False)
    with pytest.raises(CallError):
        desk.rate(call_id, "sug_none", True)


def test_questions_are_asked_while_the_call_is_on(office: Office, desk: Desk, call_id: str) -> None:
    question_id = desk.ask(call_id, "  when does   the order arrive? ")
    (asked,) = desk.call(call_id).asked
    assert (asked.question_id, asked.text) == (question_id, "when does the order arrive?")
    with pytest.raises(CallError, match="type a question"):
        desk.ask(call_id, " \n")
    office.log.append(call_id, CallEnded(reason="completed"))
    with pytest.raises(CallAlreadyEnded):
        desk.ask(call_id, "still there?")


def test_a_moment_is_flagged_where_it_was(office: Office, desk: Desk, call_id: str) -> None:
    desk.flag(call_id, " promised a refund ", at_s=0.4)
    desk.flag(call_id)
    first, second = desk.call(call_id).moments
    assert isinstance(first, MomentFlagged)
    assert (first.at_s, first.note) == (0.4, "promised a refund")
    assert second.at_s == desk.position(call_id)[1]


def test_an_action_is_proposed_confirmed_and_undone(office: Office, desk: Desk, call_id: str) -> None:
    owed = balance(office)
    action_id = desk.propose(call_id, "discount", {"percent": 10})
    proposed = desk.call(call_id).actions[action_id].proposed
    assert (proposed.customer_id, proposed.proposed_by, proposed.needs_supervisor) == (SARAH, "agent", False)
    assert "$21.80" in proposed.preview
    assert balance(office) == owed
    taken = desk.confirm(call_id, action_id, AGENT)
    assert taken == desk.confirm(call_id, action_id, SUPERVISOR)
    assert taken == ActionTaken(action_id=action_id, effect=proposed.preview, taken_by="Alex")
    assert balance(office) == owed - Decimal("21.80")
    with pytest.raises(CallError, match="undo it instead"):
        desk.decline(call_id, action_id, "changed my mind")
    desk.undo(call_id, action_id, AGENT)
    desk.undo(call_id, action_id, AGENT)
    assert balance(office) == owed
    with pytest.raises(CallError, match="propose it again"):
        desk.confirm(call_id, action_id, AGENT)
    counted = logged(office, call_id)
    assert [counted[name] for name in ("ActionProposed", "ActionTaken", "ActionUndone", "ActionRefused")] == [
        1,
        1,
        1,
        0,
    ]


def test_the_record_on_screen_follows_what_was_done(office: Office, desk: Desk, call_id: str) -> None:
    def credits_shown() -> list[str]:
        customer = desk.call(call_id).customer
        assert customer is not None
        return [charge["amount"] for charge in customer.profile["charges"] if charge["amount"].startswith("-")]

    desk.choose_customer(call_id, JOHN)
    assert credits_shown() == []
    action_id = desk.propose(call_id, "discount", {"percent": 10})
    desk.confirm(call_id, action_id, AGENT)
    assert credits_shown() == ["-13.00"]
    # What was taken off a bill is not itself the latest bill.
    bill = Tools(CustomerStore(office.database)).list_charges(JOHN)["latest_bill"]
    assert (bill["date"], bill["total"]) == ("2025-10-15", "129.99")
    desk.undo(call_id, action_id, AGENT)
    assert credits_shown() == []


def test_many_hands_on_confirm_take_it_once(office: Office, desk: Desk, call_id: str) -> None:
    owed = balance(office)
    with ThreadPoolExecutor(8) as hands:
        ids = set(hands.map(lambda _: desk.propose(call_id, "discount", {}), range(16)))
        (action_id,) = ids
        events = list(hands.map(lambda _: desk.confirm(call_id, action_id, AGENT), range(16)))
    assert len(set(map(str, events))) == 1
    assert balance(office) == owed - Decimal("21.80")
    counted = logged(office, call_id)
    assert (counted["ActionProposed"], counted["ActionTaken"]) == (1, 1)


def test_above_the_limit_the_agent_is_told_who_may(office: Office, desk: Desk, call_id: str) -> None:
    owed = balance(office)
    action_id = desk.propose(call_id, "discount", {"percent": 15})
    assert desk.call(call_id).actions[action_id].proposed.needs_supervisor
    refused = desk.confirm(call_id, action_id, AGENT)
    assert isinstance(refused, ActionRefused)
    assert "10 %" in refused.reason
    assert "supervisor" in refused.reason
    assert desk.confirm(call_id, action_id, SUPERVISOR) == refused
    assert balance(office) == owed
    again = desk.propose(call_id, "discount", {"percent": 15})
    assert isinstance(desk.confirm(call_id, again, SUPERVISOR), ActionTaken)
    assert balance(office) == owed - Decimal("32.70")


def test_strangers_neither_confirm_nor_undo(office: Office, desk: Desk, call_id: str) -> None:
    owed, stranger = balance(office), Viewer("10.0.0.9", "stranger")
    action_id = desk.propose(call_id, "discount", {})
    with pytest.raises(NotAllowed):
        desk.confirm(call_id, action_id, stranger)
    assert balance(office) == owed
    desk.confirm(call_id, action_id, AGENT)
    with pytest.raises(NotAllowed):
        desk.undo(call_id, action_id, stranger)
    assert balance(office) < owed


def test_what_the_model_wants_waits_for_a_person(office: Office, desk: Desk, call_id: str) -> None:
    owed = balance(office)
    card = suggest(office, call_id, ProposedAction(action="discount", arguments={"percent": 10}))
    assert balance(office) == owed
    action_id = desk.accept_proposal(call_id, card)
    assert desk.accept_proposal(call_id, card) == action_id
    call = desk.call(call_id)
    assert (call.actions[action_id].proposed.proposed_by, call.suggestions[card].state) == ("playbook", "used")
    assert balance(office) == owed
    desk.decline(call_id, action_id, "not today")
    desk.decline(call_id, action_id)
    refused = desk.confirm(call_id, action_id, AGENT)
    assert refused == ActionRefused(action_id=action_id, reason="not today")
    assert balance(office) == owed
    with pytest.raises(CallError, match="without an action"):
        desk.accept_proposal(call_id, suggest(office, call_id))


@pytest.mark.parametrize(
    ("action", "arguments"),
    [("delete_everything", {}), ("discount", {"customer_id": JOHN}), ("refund", {"of": f"chg-{JOHN}-2"})],
)
def test_nonsense_from_a_model_is_not_even_proposed(
    office: Office, desk: Desk, call_id: str, action: str, arguments: dict[str, Any]
) -> None:
    card = suggest(office, call_id, ProposedAction(action=action, arguments=arguments))
    with pytest.raises(ActionError):
        desk.accept_proposal(call_id, card)
    call = desk.call(call_id)
    assert (call.actions, call.suggestions[card].state) == ({}, "shown")


def test_nothing_is_done_for_a_customer_who_is_not_on_the_line(office: Office, desk: Desk) -> None:
    unknown = open_call(office, customer_id=None)
    with pytest.raises(CallError, match="choose the customer"):
        desk.propose(unknown, "discount", {})
    call_id, owed = open_call(office), balance(office)
    action_id = desk.propose(call_id, "discount", {})
    desk.choose_customer(call_id, JOHN)
    refused = desk.confirm(call_id, action_id, AGENT)
    assert isinstance(refused, ActionRefused)
    assert "another customer" in refused.reason
    assert balance(office) == owed


def test_what_is_done_is_what_was_shown(office: Office, desk: Desk, call_id: str) -> None:
    action_id = desk.propose(call_id, "refund", {"of": "78901"})
    partly = desk.propose(call_id, "refund", {"of": "78901", "amount": "18.00"})
    desk.confirm(call_id, partly, AGENT)
    refused = desk.confirm(call_id, action_id, SUPERVISOR)
    assert isinstance(refused, ActionRefused)
    assert "it would now be: Credit of $200.00" in refused.reason
    false = ActionProposed(
        action_id="act_false",
        action="refund",
        customer_id=SARAH,
        arguments={"of": "78901"},
        preview="A friendly word.",
        proposed_by="a model",
    )
    office.log.append(call_id, false)
    assert isinstance(desk.confirm(call_id, "act_false", SUPERVISOR), ActionRefused)
    assert balance(office) == Decimal("-18.00")


def test_after_the_wrap_up_nothing_is_done_or_undone(office: Office, desk: Desk, call_id: str) -> None:
    taken, waiting = desk.propose(call_id, "discount", {}), desk.propose(call_id, "ticket", {"subject": "x"})
    desk.confirm(call_id, taken, AGENT)
    office.log.append(call_id, CallEnded(reason="completed"))
    late = desk.propose(call_id, "callback", {"about": "the parcel"})
    assert isinstance(desk.confirm(call_id, late, AGENT), ActionTaken)
    desk.undo(call_id, late, AGENT)
    desk.wrap_up(call_id, "Resolved", True, "", by="Alex")
    owed = balance(office)
    for attempt in (
        lambda: desk.undo(call_id, taken, AGENT),
        lambda: desk.confirm(call_id, waiting, AGENT),
        lambda: desk.decline(call_id, waiting),
        lambda: desk.propose(call_id, "discount", {}),
    ):
        with pytest.raises(CallError, match="wrapped up"):
            attempt()
    assert balance(office) == owed


def test_the_agent_corrects_the_summary_once_the_call_is_over(office: Office, desk: Desk, call_id: str) -> None:
    summary = SummaryWritten(
        reason="late parcel",
        done="10 % off",
        outcome="content",
        action_items=[ActionItem(text="call back", owner="agent", due="2026-01-06")],
        topics=["delivery"],
        sentiment="better at the end",
        written_by="Alex",
    )
    with pytest.raises(CallError, match="end the call"):
        desk.write_summary(call_id, summary)
    office.log.append(call_id, CallEnded(reason="completed"))
    desk.write_summary(call_id, summary)
    assert desk.call(call_id).summary == summary


def test_a_deed_the_log_missed_is_found_again(office: Office, desk: Desk, call_id: str) -> None:
    told, missed = desk.propose(call_id, "discount", {}), desk.propose(call_id, "ticket", {"subject": "x"})
    desk.confirm(call_id, told, AGENT)
    office.actions.carry_out(missed, "ticket", SARAH, {"subject": "x"}, call_id=call_id, by="Alex", role="agent")
    office.actions.undo(told, "Alex")
    office.log.sync()
    restarted = office_on(office.database)
    assert call_id in restarted.desk.recover()
    states = {action_id: action.state for action_id, action in restarted.desk.call(call_id).actions.items()}
    assert states == {told: "undone", missed: "taken"}
    restarted.log.close()


PRESSES = st.lists(
    st.tuples(
        st.sampled_from([("discount", {}), ("refund", {"of": "78901", "amount": 30}), ("ticket", {"subject": "x"})]),
        st.sampled_from(["propose", "confirm", "confirm", "supervisor", "decline", "undo"]),
    ),
    max_size=14,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(presses=PRESSES)
def test_any_presses_keep_accounts_audit_and_log_together(
    office: Office, desk: Desk, presses: list[tuple[tuple[str, dict[str, Any]], str]]
) -> None:
    call_id, owed = open_call(office), balance(office)
    latest: dict[str, str] = {}
    for (action, arguments), press in presses:
        buttons: dict[str, Callable[[], object]] = {
            "confirm": lambda action=action: desk.confirm(call_id, latest.get(action, "act_none"), AGENT),
            "supervisor": lambda action=action: desk.confirm(call_id, latest.get(action, "act_none"), SUPERVISOR),
            "decline": lambda action=action: desk.decline(call_id, latest.get(action, "act_none")),
            "undo": lambda action=action: desk.undo(call_id, latest.get(action, "act_none"), AGENT),
        }
        try:
            if press == "propose":
                latest[action] = desk.propose(call_id, action, arguments)
            else:
                buttons[press]()
        except (ActionError, CallError):
            continue
    states = {action_id: action.state for action_id, action in desk.call(call_id).actions.items()}
    with Session(office.database) as session:
        audit = list(session.exec(select(ActionAudit).where(ActionAudit.call_id == call_id)))
    done = {action_id for action_id, state in states.items() if state in ("taken", "undone")}
    assert Counter(entry.action_id for entry in audit) == Counter(done)
    assert {entry.action_id for entry in audit if entry.undone_at} == {a for a in done if states[a] == "undone"}
    standing = [entry for entry in audit if not entry.undone_at]
    assert balance(office) == owed - sum((entry.credit for entry in standing), Decimal(0))
    for entry in standing:
        desk.undo(call_id, entry.action_id, AGENT)
    assert balance(office) == owed
