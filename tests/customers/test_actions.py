"""What is done for a customer is done once, within the rules, and can be taken back without a trace in the accounts."""

import ast
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, col, select

from core.clock import ManualClock
from core.config import ROOT
from core.customers.action_rules import load_action_rules
from core.customers.actions import Actions
from core.customers.models import ActionAudit, Callback, Charge, Escalation, Order, OrderItem, Policy, Ticket
from core.customers.store import CustomerStore
from core.database import open_database
from core.errors import ActionError, StorageError
from data.seed import seed

JOHN, SARAH = "cus-12345", "cus-24680"
OVERAGE, RENEWAL = f"chg-{JOHN}-2", f"chg-{JOHN}-1"
CHANGED: tuple[type[SQLModel], ...] = (Charge, Ticket, Callback, Escalation)
RULES = load_action_rules(ROOT / "data" / "actions.yaml")
numbers = count(1)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_database(f"duckdb:///{tmp_path_factory.mktemp('actions') / 'world.duckdb'}")
    seed(engine, date(2026, 1, 5))
    yield engine
    engine.dispose()


@pytest.fixture
def actions(world: Engine) -> Iterator[Actions]:
    """On the demo world of 5 January 2026; whatever a test leaves done is undone."""
    actions = Actions(world, ManualClock(), RULES)
    yield actions
    for audit in audits(world):
        actions.undo(audit.action_id, "the test")


def audits(engine: Engine) -> list[ActionAudit]:
    with Session(engine) as session:
        return list(session.exec(select(ActionAudit)))


def rows(engine: Engine, *models: type[SQLModel]) -> list[str]:
    with Session(engine) as session:
        return sorted(str(row.model_dump()) for model in models for row in session.exec(select(model)))


def balance(engine: Engine, customer_id: str) -> Decimal:
    with Session(engine) as session:
        amounts = session.exec(select(Charge.amount).where(Charge.customer_id == customer_id))
        return sum(amounts, Decimal(0))


def do(
    actions: Actions,
    action: str,
    customer_id: str,
    role: str = "agent",
    action_id: str | None = None,
    **arguments: Any,
) -> tuple[str, str]:
    """Carry it out; its id and effect."""
    action_id = action_id or f"act_{next(numbers)}"
    effect = actions.carry_out(action_id, action, customer_id, arguments, call_id="call_1", by="Alex", role=role)
    return action_id, effect


@pytest.mark.parametrize(
    ("action", "customer_id", "arguments", "credit"),
    [
        ("discount", JOHN, {}, "13.00"),
        ("discount", JOHN, {"percent": "5", "of": RENEWAL}, "4.95"),
        ("discount", SARAH, {"percent": 10}, "21.80"),
        ("waive_fee", JOHN, {}, "30.99"),
        ("waive_fee", JOHN, {"charge": f"charges/{OVERAGE}", "reason": "goodwill"}, "30.99"),
        ("refund", SARAH, {"of": "#78901", "amount": 29}, "29.00"),
    ],
)
def test_money_is_credited_to_the_cent_and_taken_back(
    world: Engine, actions: Actions, action: str, customer_id: str, arguments: Mapping[str, Any], credit: str
) -> None:
    before, owed = rows(world, *CHANGED), balance(world, customer_id)
    preview = actions.preview(action, customer_id, arguments)
    assert f"${credit}" in preview.text
    assert not preview.needs_supervisor
    assert rows(world, *CHANGED) == before
    action_id, effect = do(actions, action, customer_id, **arguments)
    assert effect == preview.text
    assert balance(world, customer_id) == owed - Decimal(credit)
    (audit,) = [audit for audit in audits(world) if audit.action_id == action_id]
    assert (audit.call_id, audit.taken_by, audit.credit) == ("call_1", "Alex", Decimal(credit))
    actions.undo(action_id, "Sam")
    actions.undo(action_id, "Somebody else")
    assert rows(world, *CHANGED) == before
    deed = actions.deed(action_id)
    assert deed is not None
    assert (deed.effect, deed.taken_by, deed.undone_by) == (effect, "Alex", "Sam")


@pytest.mark.parametrize(
    ("action", "arguments", "made"),
    [
        ("ticket", {"subject": "Watch does not charge"}, {"tickets"}),
        ("callback", {"about": "the refund"}, {"callbacks"}),
        ("escalate", {"reason": "asks for a supervisor", "priority": "urgent"}, {"tickets", "escalations"}),
    ],
)
def test_promises_become_rows_and_go_again(
    world: Engine, actions: Actions, action: str, arguments: Mapping[str, Any], made: set[str]
) -> None:
    before = rows(world, *CHANGED)
    action_id, _ = do(actions, action, SARAH, **arguments)
    assert len(rows(world, *CHANGED)) == len(before) + len(made)
    (audit,) = [audit for audit in audits(world) if audit.action_id == action_id]
    assert set(audit.made) == made
    actions.undo(action_id, "Alex")
    assert rows(world, *CHANGED) == before


def test_what_was_done_is_on_the_customers_record(world: Engine, actions: Actions) -> None:
    do(actions, "discount", SARAH)
    do(actions, "escalate", SARAH, reason="third late parcel", priority="urgent")
    profile = CustomerStore(world).profile(SARAH)
    assert [charge["amount"] for charge in profile["charges"]] == ["-21.80"]
    assert [ticket["subject"] for ticket in profile["tickets"]] == ["Escalation (urgent): third late parcel"]


@pytest.mark.parametrize(
    ("action", "customer_id", "arguments", "told"),
    [
        ("discount", JOHN, {"percent": 60}, "50 % supervisors may give"),
        ("discount", JOHN, {"percent": "all"}, "must be a number above 0"),
        ("discount", JOHN, {"percent": -5}, "must be a number above 0"),
        ("discount", JOHN, {"of": "78901"}, "no order or charge '78901'"),
        ("discount", JOHN, {"to_everybody": True}, "does not take 'to_everybody'"),
        ("waive_fee", JOHN, {"charge": RENEWAL}, "price of a plan, not a fee"),
        ("waive_fee", SARAH, {}, "no fee to waive"),
        ("refund", JOHN, {"of": "64318"}, "return window of order 64318 ended on Oct 31"),
        ("refund", JOHN, {"of": OVERAGE}, "could be disputed until Dec 14"),
        ("refund", SARAH, {"of": "78901", "amount": "218.01"}, "at most $218.00"),
        ("refund", SARAH, {"of": OVERAGE}, "no order or charge"),
        ("refund", SARAH, {"amount": 5}, "of is missing"),
        ("callback", SARAH, {"about": "x", "due": "2026-01-04"}, "between today and Feb 4"),
        ("callback", SARAH, {"about": "x", "due": "soon"}, "must be a date"),
        ("escalate", SARAH, {"reason": "x", "priority": "now"}, "one of normal, high, urgent"),
        ("ticket", SARAH, {"subject": "  "}, "subject is missing"),
        ("ticket", SARAH, {"subject": ["x"]}, "must be text"),
        ("ticket", SARAH, {"subject": "x" * 301}, "too long"),
        ("ticket", "cus-0", {"subject": "x"}, "choose who is calling"),
        ("delete_customer", SARAH, {}, "there is no action"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    world: Engine, actions: Actions, action: str, customer_id: str, arguments: Mapping[str, Any], told: str
) -> None:
    before = rows(world, *CHANGED, ActionAudit)
    with pytest.raises(ActionError, match=told.replace("$", r"\$")):
        actions.preview(action, customer_id, arguments)
    with pytest.raises(ActionError, match=told.replace("$", r"\$")):
        do(actions, action, customer_id, role="supervisor", **arguments)
    assert rows(world, *CHANGED, ActionAudit) == before


@pytest.mark.parametrize(
    ("action", "customer_id", "arguments"),
    [("discount", JOHN, {"percent": "10.5"}), ("refund", SARAH, {"of": "78901", "amount": "100.01"})],
)
def test_above_the_agents_limit_a_supervisor_does_it(
    world: Engine, actions: Actions, action: str, customer_id: str, arguments: Mapping[str, Any]
) -> None:
    owed = balance(world, customer_id)
    assert actions.preview(action, customer_id, arguments).needs_supervisor
    assert not actions.preview(action, customer_id, arguments, "supervisor").needs_supervisor
    with pytest.raises(ActionError, match="ask a supervisor"):
        do(actions, action, customer_id, **arguments)
    assert balance(world, customer_id) == owed
    do(actions, action, customer_id, role="supervisor", **arguments)
    assert balance(world, customer_id) < owed


def test_a_limit_cannot_be_split(actions: Actions) -> None:
    do(actions, "refund", SARAH, of="78901", amount=60)
    assert actions.preview("refund", SARAH, {"of": "78901", "amount": 40}).needs_supervisor is False
    assert actions.preview("refund", SARAH, {"of": "78901", "amount": "40.01"}).needs_supervisor is True
    first, _ = do(actions, "discount", JOHN)
    for of in ("", RENEWAL, OVERAGE):
        with pytest.raises(ActionError, match="has a discount already"):
            do(actions, "discount", JOHN, of=of)
    actions.undo(first, "Alex")
    do(actions, "discount", JOHN, of=OVERAGE)
    with pytest.raises(ActionError, match="has a discount already"):
        do(actions, "discount", JOHN)


def test_nobody_gets_back_more_than_they_paid(world: Engine, actions: Actions) -> None:
    do(actions, "waive_fee", JOHN)
    with pytest.raises(ActionError, match="credit of"):
        do(actions, "waive_fee", JOHN, charge=OVERAGE)
    do(actions, "discount", SARAH)
    do(actions, "refund", SARAH, role="supervisor", of="78901")
    assert balance(world, SARAH) == Decimal("-218.00")
    with pytest.raises(ActionError, match="at most"):
        do(actions, "refund", SARAH, role="supervisor", of="78901", amount="0.01")


def test_a_refund_covers_the_items_that_can_still_be_returned(world: Engine) -> None:
    with Session(world) as session:
        (placed,) = session.exec(select(Order.placed_on).where(Order.order_id == "78901"))
        assert len(session.exec(select(OrderItem).where(OrderItem.order_id == "78901")).all()) == 2
    last_day = ManualClock()
    last_day.advance((30 - (date(2026, 1, 5) - placed).days) * 86_400)
    assert "$218.00" in Actions(world, last_day, RULES).preview("refund", SARAH, {"of": "78901"}).text
    last_day.advance(86_400)
    with pytest.raises(ActionError, match="return window of order 78901 ended on Feb 2"):
        Actions(world, last_day, RULES).preview("refund", SARAH, {"of": "78901"})


def test_a_limit_a_policy_sets_changes_with_the_policy(database: Engine) -> None:
    seed(database, date(2026, 1, 5))
    actions = Actions(database, ManualClock(), RULES)
    wanted = {"of": "78901", "amount": 30}
    assert not actions.preview("refund", SARAH, wanted).needs_supervisor
    with Session(database) as session:
        policy = session.exec(select(Policy).where(col(Policy.policy_type) == "refund")).one()
        policy.limits = {**policy.limits, "agent_limit": "25.00"}
        session.add(policy)
        session.commit()
    assert actions.preview("refund", SARAH, wanted).needs_supervisor


def test_many_hands_on_one_button_do_it_once(world: Engine, actions: Actions) -> None:
    owed = balance(world, SARAH)

    def press(_: int) -> str:
        return do(actions, "discount", SARAH, action_id="act_pressed")[1]

    with ThreadPoolExecutor(8) as hands:
        effects = set(hands.map(press, range(32)))
    assert len(effects) == 1
    assert balance(world, SARAH) == owed - Decimal("21.80")
    with ThreadPoolExecutor(8) as hands:
        list(hands.map(lambda _: actions.undo("act_pressed", "Alex"), range(32)))
    assert balance(world, SARAH) == owed
    assert [audit.action_id for audit in audits(world)].count("act_pressed") == 1
    with pytest.raises(ActionError, match="was undone"):
        press(0)


def test_two_agents_cannot_both_spend_the_same_room(world: Engine, actions: Actions) -> None:
    def press(number: int) -> str:
        try:
            do(actions, "refund", SARAH, role="supervisor", action_id=f"act_race_{number}", of="78901", amount=150)
        except ActionError as error:
            return str(error)
        return "done"

    with ThreadPoolExecutor(8) as hands:
        outcomes = list(hands.map(press, range(8)))
    assert outcomes.count("done") == 1
    assert balance(world, SARAH) == Decimal("-150.00")


def test_what_is_gone_cannot_be_undone_in_silence(world: Engine, actions: Actions) -> None:
    with pytest.raises(ActionError, match="nothing was done"):
        actions.undo("act_never", "Alex")
    action_id, _ = do(actions, "ticket", SARAH, subject="Lost parcel")
    with Session(world) as session:
        ticket = session.get(Ticket, f"tkt-{action_id}")
        assert ticket is not None
        kept = ticket.model_dump()
        session.delete(ticket)
        session.commit()
    with pytest.raises(ActionError, match="is gone"):
        actions.undo(action_id, "Alex")
    with Session(world) as session:
        session.add(Ticket(**kept))
        session.commit()


def test_a_database_that_fails_changes_nothing(tmp_path: Path) -> None:
    engine = open_database(f"duckdb:///{tmp_path / 'broken.duckdb'}")
    seed(engine, date(2026, 1, 5))
    before = rows(engine, *CHANGED)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE action_audit DROP COLUMN effect")
        connection.exec_driver_sql("ALTER TABLE action_audit ADD COLUMN effect INTEGER")
    with pytest.raises(StorageError, match="nothing was changed"):
        do(Actions(engine, ManualClock(), RULES), "ticket", SARAH, subject="x")
    assert rows(engine, *CHANGED) == before
    engine.dispose()


BUTTONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("discount", JOHN, {"percent": 10}),
    ("discount", JOHN, {"percent": 20, "of": RENEWAL}),
    ("waive_fee", JOHN, {}),
    ("refund", SARAH, {"of": "78901", "amount": "70.00"}),
    ("refund", SARAH, {"of": "78901", "amount": "50.00"}),
    ("escalate", SARAH, {"reason": "angry"}),
    ("callback", SARAH, {"about": "the parcel"}),
)
PRESSES = st.lists(
    st.tuples(st.sampled_from(range(len(BUTTONS))), st.sampled_from(["agent", "supervisor", "undo"])), max_size=12
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(presses=PRESSES)
def test_any_order_of_doing_and_undoing_keeps_the_accounts(
    world: Engine, actions: Actions, presses: list[tuple[int, str]]
) -> None:
    before, owed = rows(world, *CHANGED), {who: balance(world, who) for who in (JOHN, SARAH)}
    ids = [f"act_{next(numbers)}" for _ in BUTTONS]
    for button, press in presses:
        action, who, arguments = BUTTONS[button]
        try:
            if press == "undo":
                actions.undo(ids[button], "Alex")
            else:
                do(actions, action, who, role=press, action_id=ids[button], **arguments)
        except ActionError:
            pass
        standing = [audit for audit in audits(world) if audit.action_id in ids and audit.undone_at is None]
        for customer_id in (JOHN, SARAH):
            given_back = sum((a.credit for a in standing if a.customer_id == customer_id), Decimal(0))
            assert balance(world, customer_id) == owed[customer_id] - given_back
    done = [audit.action_id for audit in audits(world) if audit.action_id in ids]
    assert len(done) == len(set(done))
    for action_id in done:
        actions.undo(action_id, "Alex")
    assert rows(world, *CHANGED) == before


def uses(path: Path) -> Iterator[str]:
    """Modules a file imports, and `.name` for every attribute it reads."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            yield f".{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_only_a_person_at_the_desk_reaches_what_changes_records() -> None:
    code = sorted([*(ROOT / "core").rglob("*.py"), *(ROOT / "pages").rglob("*.py"), ROOT / "app.py", ROOT / "main.py"])
    used = {path.relative_to(ROOT).as_posix(): set(uses(path)) for path in code}
    users = {what: {name for name, names in used.items() if what in names} for what in set().union(*used.values())}
    assert users[".carry_out"] == {"core/calls/acting.py"}
    assert users["core.calls.acting"] <= {"core/calls/desk.py"}
    assert users.get("core.customers.actions", set()) <= {"core/bootstrap.py"}
    helping = {name for name in used if name.startswith("core/assistant/")} | {"core/calls/assist.py"}
    for reach in ("core.calls.desk", "core.access", ".confirm", ".propose", ".undo"):
        assert users.get(reach, set()) & helping == set()
