"""What an action would change, worked out from the records without changing anything."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, SQLModel, col, select

from core.customers.action_rules import ActionRule, PolicyNumber, Value
from core.customers.models import (
    ActionAudit,
    Callback,
    Charge,
    Customer,
    Escalation,
    Order,
    OrderItem,
    Policy,
    Product,
    Ticket,
)
from core.errors import ActionError

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Rows to be made, and what they mean."""

    text: str
    """One line for the agent, with amounts and dates; true of the plan and of the deed."""
    rows: tuple[SQLModel, ...]
    credit: Decimal = ZERO
    against: str = ""
    percent: Decimal = ZERO
    """Of what it is taken off."""
    in_all: Decimal = ZERO
    """This credit and those already given on the same order or charge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owed:
    """Something a customer paid, or has to, that money can be given back on."""

    ref: str
    name: str
    amount: Decimal
    credited: Decimal
    left: Decimal
    """What can still be given back."""
    shares: tuple[str, ...] = ()
    """The bill it is on, or the charges on this bill."""


class Planner:
    """Plans one action for one customer; it sees that customer's rows only. All methods raise ActionError."""

    def __init__(self, session: Session, rule: ActionRule, customer: Customer, today: date, action_id: str) -> None:
        self._session = session
        self._rule = rule
        self._customer = customer
        self._today = today
        self._action_id = action_id

    def plan(self, action: str, arguments: Mapping[str, Value]) -> Plan:
        planned: dict[str, Callable[..., Plan]] = {
            "discount": self._discount,
            "waive_fee": self._waive_fee,
            "escalate": self._escalate,
            "callback": self._callback,
            "refund": self._refund,
            "ticket": self._ticket,
        }
        return planned[action](**arguments)

    def too_far(self, plan: Plan, role: str) -> str | None:
        """Why `role` may not carry the plan out; None when it may."""
        limit = next((limit for name, limit in self._rule.limits.items() if name == role), None)
        if limit is None:
            return None
        if limit.percent is not None and plan.percent > limit.percent:
            return f"{plan.percent.normalize():f} % is more than the {limit.percent.normalize():f} % {role}s may give"
        most = self._policy_number(limit.amount) if isinstance(limit.amount, PolicyNumber) else limit.amount
        if most is not None and plan.in_all > most:
            return f"{_dollars(plan.in_all)} is more than the {_dollars(most)} {role}s may give"
        return None

    def _discount(self, *, percent: Decimal, of: str | None, reason: str | None) -> Plan:
        owed = self._owed(of) if of else self._latest()
        earlier = select(ActionAudit.action_id).where(
            *self._standing([owed.ref, *owed.shares]), ActionAudit.action == "discount"
        )
        if self._session.exec(earlier).first():
            raise ActionError(f"{owed.name} has a discount already; undo that one first")
        credit = (owed.amount * percent / 100).quantize(CENT, ROUND_HALF_UP)
        what = f"{percent.normalize():f} % off {owed.name} ({_dollars(owed.amount)})"
        return self._credit(owed, credit, f"Discount, {what}", reason, percent)

    def _waive_fee(self, *, charge: str | None, reason: str | None) -> Plan:
        fee = self._charge(charge) if charge else self._latest_fee()
        if not self._is_fee(fee):
            raise ActionError(f"{fee.description} is the price of a plan, not a fee; use a discount or a refund")
        owed = self._owed_charge(fee)
        if owed.credited:
            raise ActionError(f"{owed.name} has a credit of {_dollars(owed.credited)} already; undo that one first")
        return self._credit(owed, owed.amount, f"Waived {owed.name}", reason)

    def _refund(self, *, of: str, amount: Decimal | None, reason: str | None) -> Plan:
        order = self._order(of)
        owed = self._returnable(order) if order else self._disputable(self._charge(of))
        credit = amount if amount is not None else owed.left
        return self._credit(owed, credit, f"Refund for {owed.name}", reason)

    def _escalate(self, *, reason: str, priority: str) -> Plan:
        ticket = self._new_ticket(f"Escalation ({priority}): {reason}")
        owner = self._customer.customer_id
        detail = Escalation(ticket_id=ticket.ticket_id, customer_id=owner, priority=priority, reason=reason)
        return Plan(text=f"Escalation to a supervisor, priority {priority}: {reason}", rows=(ticket, detail))

    def _callback(self, *, due: date, about: str) -> Plan:
        last = self._today + timedelta(days=self._rule.within_days)
        if not self._today <= due <= last:
            raise ActionError(f"a callback is due between today and {_day(last)}; choose another day")
        owner = self._customer.customer_id
        row = Callback(callback_id=f"cb-{self._action_id}", customer_id=owner, due_on=due, about=about)
        return Plan(text=f"Callback to {self._customer.name} on {due:%a}, {_day(due)}, about {about}", rows=(row,))

    def _ticket(self, *, subject: str) -> Plan:
        return Plan(text=f"Ticket: {subject}", rows=(self._new_ticket(subject),))

    def _new_ticket(self, subject: str) -> Ticket:
        return Ticket(
            ticket_id=f"tkt-{self._action_id}",
            customer_id=self._customer.customer_id,
            subject=subject,
            status="open",
            opened_on=self._today,
        )

    def _credit(self, owed: _Owed, credit: Decimal, what: str, reason: str | None, percent: Decimal = ZERO) -> Plan:
        if credit <= 0 or credit > owed.left:
            raise ActionError(f"at most {_dollars(owed.left)} can be credited on {owed.name}")
        row = Charge(
            charge_id=f"chg-{self._action_id}",
            customer_id=self._customer.customer_id,
            charged_on=self._today,
            description=what,
            amount=-credit,
        )
        text = f"Credit of {_dollars(credit)} to {self._customer.name}. {what}{f'. Reason: {reason}' if reason else ''}"
        in_all = credit + owed.credited
        return Plan(text=text, rows=(row,), credit=credit, against=owed.ref, percent=percent, in_all=in_all)

    def _owed(self, of: str) -> _Owed:
        order = self._order(of)
        return self._owed_order(order, order.total) if order else self._owed_charge(self._charge(of))

    def _latest(self) -> _Owed:
        """The bill of the latest month with charges, else the latest order."""
        charges = self._charges()
        if charges:
            return self._bill([charge for charge in charges if _month(charge) == _month(charges[0])])
        newest = select(Order).where(Order.customer_id == self._customer.customer_id)
        order = self._session.exec(newest.order_by(col(Order.placed_on).desc(), col(Order.order_id))).first()
        if order is None:
            raise ActionError(f"{self._customer.name} has no charge and no order to take a discount off")
        return self._owed_order(order, order.total)

    def _latest_fee(self) -> Charge:
        for charge in self._charges():
            if self._is_fee(charge) and not self._credited([_ref(charge)]):
                return charge
        raise ActionError(f"{self._customer.name} has no fee to waive")

    def _is_fee(self, charge: Charge) -> bool:
        return not any(word.lower() in charge.description.lower() for word in self._rule.not_fees)

    def _bill(self, charges: list[Charge]) -> _Owed:
        total = sum((charge.amount for charge in charges), ZERO)
        ref, shares = f"bills/{_month(charges[0])}", tuple(map(_ref, charges))
        credited = self._credited([ref, *shares])
        name = f"the bill of {charges[0].charged_on:%B %Y}"
        return _Owed(ref=ref, name=name, amount=total, credited=credited, left=total - credited, shares=shares)

    def _owed_charge(self, charge: Charge) -> _Owed:
        bill = self._bill([other for other in self._charges() if _month(other) == _month(charge)])
        credited = self._credited([_ref(charge)])
        return _Owed(
            ref=_ref(charge),
            name=f"{charge.description} of {_day(charge.charged_on)}",
            amount=charge.amount,
            credited=credited,
            left=min(charge.amount - credited, bill.left),
            shares=(bill.ref,),
        )

    def _owed_order(self, order: Order, most: Decimal) -> _Owed:
        ref = f"orders/{order.order_id}"
        credited = self._credited([ref])
        left = max(ZERO, min(most, order.total) - credited)
        return _Owed(ref=ref, name=f"order {order.order_id}", amount=order.total, credited=credited, left=left)

    def _returnable(self, order: Order) -> _Owed:
        """The order, as far as its items can be returned today."""
        if order.status == "returned":
            return self._owed_order(order, order.total)
        bought = self._session.exec(
            select(OrderItem, Product)
            .join(Product, col(Product.product_id) == col(OrderItem.product_id))
            .where(OrderItem.order_id == order.order_id)
        ).all()
        ends = [order.placed_on + timedelta(days=product.return_days) for _, product in bought if product.return_days]
        if not ends:
            raise ActionError(f"nothing of order {order.order_id} can be returned, so it cannot be refunded")
        if max(ends) < self._today:
            raise ActionError(f"the return window of order {order.order_id} ended on {_day(max(ends))}; no refund")
        worth = (
            item.price * item.quantity
            for item, product in bought
            if product.return_days and order.placed_on + timedelta(days=product.return_days) >= self._today
        )
        return self._owed_order(order, sum(worth, ZERO))

    def _disputable(self, charge: Charge) -> _Owed:
        days = self._policy_number(PolicyNumber(policy="billing", limit="dispute_days"))
        last = charge.charged_on + timedelta(days=int(days))
        if last < self._today:
            raise ActionError(f"{charge.description} could be disputed until {_day(last)}; no refund")
        return self._owed_charge(charge)

    def _order(self, of: str) -> Order | None:
        number = of.removeprefix("orders/").lstrip("#")
        mine = select(Order).where(Order.order_id == number, Order.customer_id == self._customer.customer_id)
        return self._session.exec(mine).first()

    def _charge(self, of: str) -> Charge:
        charge_id = of.removeprefix("charges/")
        found = next((charge for charge in self._charges() if charge.charge_id == charge_id), None)
        if found is None:
            raise ActionError(f"{self._customer.name} has no order or charge {of!r}; take one from the customer panel")
        return found

    def _charges(self) -> list[Charge]:
        """What was charged, newest first; credits are not."""
        mine = select(Charge).where(Charge.customer_id == self._customer.customer_id, Charge.amount > 0)
        return list(self._session.exec(mine.order_by(col(Charge.charged_on).desc(), col(Charge.charge_id).desc())))

    def _credited(self, refs: Iterable[str]) -> Decimal:
        total = select(func.coalesce(func.sum(ActionAudit.credit), 0)).where(*self._standing(refs))
        return Decimal(self._session.exec(total).one()).quantize(CENT)

    def _standing(self, refs: Iterable[str]) -> tuple[Any, ...]:
        """Conditions for actions on `refs` that were not undone."""
        return (
            col(ActionAudit.customer_id) == self._customer.customer_id,
            col(ActionAudit.against).in_(list(refs)),
            col(ActionAudit.undone_at).is_(None),
        )

    def _policy_number(self, number: PolicyNumber) -> Decimal:
        policy = self._session.get(Policy, number.policy)
        if policy is None or number.limit not in policy.limits:
            raise ActionError(f"the {number.policy} policy sets no {number.limit}; ask a supervisor to add it")
        return Decimal(str(policy.limits[number.limit]))


def _ref(charge: Charge) -> str:
    return f"charges/{charge.charge_id}"


def _month(charge: Charge) -> str:
    return f"{charge.charged_on:%Y-%m}"


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}"


def _day(value: date) -> str:
    return f"{value:%b} {value.day}"
