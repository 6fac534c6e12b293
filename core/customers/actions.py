"""Carrying out what a person has confirmed for a customer, once, and taking it back.

Assistants propose; `carry_out` is reached from the desk alone, on a person's word (`tests/customers/test_actions.py`
holds the import rule).
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, SQLModel

from core.clock import Clock
from core.customers.action_plans import Plan, Planner
from core.customers.action_rules import ActionRules, Value
from core.customers.models import ActionAudit, Callback, Charge, Customer, Escalation, Ticket
from core.errors import ActionError, StorageError

_MADE: dict[str, type[SQLModel]] = {str(model.__tablename__): model for model in (Charge, Ticket, Callback, Escalation)}


@dataclass(frozen=True, slots=True)
class Preview:
    """What an action would change, and whether an agent alone may have it done."""

    text: str
    needs_supervisor: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """What the audit trail says of an action."""

    effect: str
    taken_by: str
    undone_by: str | None


class Actions:
    """Everything that can be done for a customer, by the rules. Safe to use from any thread."""

    def __init__(self, engine: Engine, clock: Clock, rules: ActionRules) -> None:
        self._engine = engine
        self._clock = clock
        self._rules = rules
        # Two transactions that read the same credits would both find room for theirs.
        self._lock = threading.Lock()

    def specs(self) -> list[dict[str, Any]]:
        """The actions on offer: `[{action, label, fields: [{name, label, type, default, required, choices}]}]`."""
        return self._rules.specs(self._clock.now().date())

    def preview(self, action: str, customer_id: str, arguments: Mapping[str, Any], role: str = "agent") -> Preview:
        """What would change, exactly; nothing does. Raises ActionError when it cannot or may not be done at all."""
        with self._session() as session:
            planner, plan = self._plan(session, "preview", action, customer_id, self._read(action, arguments))
            return Preview(plan.text, planner.too_far(plan, role) is not None)

    def carry_out(
        self,
        action_id: str,
        action: str,
        customer_id: str,
        arguments: Mapping[str, Any],
        *,
        call_id: str,
        by: str,
        role: str,
    ) -> str:
        """Do it and record it in one transaction; the effect, for the agent. A second time with the same id changes
        nothing and tells the same effect. Raises ActionError when it cannot or may not be done."""
        with self._lock, self._session() as session:
            done = session.get(ActionAudit, action_id)
            if done is not None and done.undone_at is None:
                return done.effect
            if done is not None:
                raise ActionError("this was undone; propose it again")
            values = self._read(action, arguments)
            planner, plan = self._plan(session, action_id, action, customer_id, values)
            if too_far := planner.too_far(plan, role):
                raise ActionError(f"{too_far}; ask a supervisor to do it")
            session.add_all(plan.rows)
            session.add(
                ActionAudit(
                    action_id=action_id,
                    call_id=call_id,
                    action=action,
                    customer_id=customer_id,
                    arguments={name: str(value) for name, value in values.items() if value is not None},
                    effect=plan.text,
                    credit=plan.credit,
                    against=plan.against,
                    made=_made(plan),
                    taken_by=by,
                    taken_at=self._clock.now(),
                )
            )
            session.commit()
            return plan.text

    def deed(self, action_id: str) -> Deed | None:
        """What came of an action; None when it was never carried out."""
        with self._session() as session:
            audit = session.get(ActionAudit, action_id)
            return Deed(audit.effect, audit.taken_by, audit.undone_by) if audit else None

    def undo(self, action_id: str, by: str) -> None:
        """Remove what the action made, and record it; nothing the second time. Raises ActionError."""
        with self._lock, self._session() as session:
            audit = session.get(ActionAudit, action_id)
            if audit is None:
                raise ActionError(f"nothing was done under {action_id}, so there is nothing to undo")
            if audit.undone_at is not None:
                return
            for table, row_id in audit.made.items():
                row = session.get(_MADE[table], row_id)
                if row is None:
                    raise ActionError(f"{table}/{row_id} is gone, so this cannot be undone; open a ticket")
                session.delete(row)
            audit.undone_by, audit.undone_at = by, self._clock.now()
            session.add(audit)
            session.commit()

    def _read(self, action: str, arguments: Mapping[str, Any]) -> dict[str, Value]:
        return self._rules.read(action, arguments, self._clock.now().date())

    def _plan(
        self, session: Session, action_id: str, action: str, customer_id: str, values: Mapping[str, Value]
    ) -> tuple[Planner, Plan]:
        customer = session.get(Customer, customer_id)
        if customer is None:
            raise ActionError(f"there is no customer {customer_id}; choose who is calling first")
        planner = Planner(session, self._rules.rule(action), customer, self._clock.now().date(), action_id)
        plan = planner.plan(action, values)
        if too_far := planner.too_far(plan, "supervisor"):
            raise ActionError(f"{too_far}; choose less")
        return planner, plan

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            with Session(self._engine, expire_on_commit=False) as session:
                yield session
        except SQLAlchemyError as error:
            first_line = str(error).splitlines()[0]
            raise StorageError(f"the database refused the action, nothing was changed: {first_line}") from error


def _made(plan: Plan) -> dict[str, str]:
    """Table to id of every row of the plan; no plan makes two rows of one table."""
    return {str(row.__tablename__): str(inspect(row).mapper.primary_key_from_instance(row)[0]) for row in plan.rows}
