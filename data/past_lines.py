"""The written material of the made-up past: `history/*.yaml`, and the sentences made from it."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, RootModel

from core.calls.events import Evidence, Priority, SuggestionKind
from core.customers.models import Order
from core.edited_files import read_edited
from data.past_call import Card
from data.past_customers import Record, dollars

HISTORY = Path(__file__).parent / "history"
SLA_HOURS = {"platinum": 1, "gold": 4}
DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
_SLOT = re.compile(r"\{(\w+)\}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Probe(_Strict):
    agent: list[str]
    customer: list[str]


class WrittenAction(_Strict):
    action: str
    arguments: dict[str, str] = Field(default_factory=dict)
    preview: str
    effect: str


class Issue(_Strict):
    """Why a customer calls, and what is said about it."""

    topic: str
    weight: float
    needs: Literal["", "charge", "shipped", "delivered"]
    solved: float
    label: str
    reasons: list[str]
    opening: list[str]
    probes: list[Probe]
    cards: list[str]
    fix: list[str]
    stuck: list[str]
    note: list[str]
    note_stuck: list[str]
    action: WrittenAction | None = None


class Language(_Strict):
    words: dict[str, list[str]]
    common: dict[str, list[str]]
    issues: dict[str, Issue]


class WrittenCard(_Strict):
    kind: SuggestionKind = "suggestion"
    priority: Priority
    say: str
    row: str = ""
    policy: str = ""
    tool: str = ""


class _Cards(RootModel[dict[str, WrittenCard]]):
    pass


Written = TypeVar("Written", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Material:
    languages: Mapping[str, Language]
    cards: Mapping[str, WrittenCard]


@cache
def material() -> Material:
    """Raises RulesError when a file is wrong."""
    languages = {code: _read(name, Language) for code, name in (("en", "english"), ("es", "spanish"))}
    return Material(languages, _read("cards", _Cards).root)


def _read(name: str, model: type[Written]) -> Written:
    return read_edited(HISTORY / f"{name}.yaml", model)


class Voice:
    """Makes sentences: picks one of the written ones and fills it with what is so in this call."""

    def __init__(self, language: str, facts: dict[str, str], chance: random.Random) -> None:
        self.language = material().languages[language]
        self.facts = facts
        self._chance = chance

    def pick(self, written: list[str]) -> str:
        return self.fill(self._chance.choice(written))

    def common(self, name: str) -> str:
        return self.pick(self.language.common[name])

    def fill(self, text: str) -> str:
        return _SLOT.sub(self._value, text)

    def _value(self, slot: re.Match[str]) -> str:
        name = slot[1]
        if name not in self.facts:
            # The customer keeps to what they said: the same room and the same error code in all of the call.
            self.facts[name] = self._chance.choice(self.language.words[name.rstrip("2")])
        return self.facts[name]

    def card(self, rule: str, evidence: Callable[[str, str], Evidence | None]) -> Card:
        written = material().cards[rule]
        rests_on = (evidence("row", written.row), evidence("policy", written.policy))
        return Card(
            rule,
            written.kind,
            written.priority,
            self.fill(written.say),
            tuple(one for one in rests_on if one is not None),
            written.tool,
        )


def possible(issues: Mapping[str, Issue], record: Record | None) -> dict[str, float]:
    """The issues a customer may call about, with their weights; without a record those that need nothing."""
    statuses = {order.status for order, _ in record.orders} if record else set()
    there = {
        "": True,
        "charge": bool(record and record.charges),
        "shipped": bool(statuses & {"shipped", "processing"}),
        "delivered": "delivered" in statuses,
    }
    return {name: issue.weight for name, issue in issues.items() if issue.weight and there[issue.needs]}


def order_in_question(issue: Issue, record: Record | None, chance: random.Random) -> Order | None:
    wanted = {"shipped": ("shipped", "processing"), "delivered": ("delivered",)}.get(issue.needs, ())
    fitting = [order for order, _ in record.orders if order.status in wanted] if record else []
    return chance.choice(fitting) if fitting else None


def facts_for(
    record: Record | None, order: Order | None, agent: str, day: date, language: str, chance: random.Random
) -> dict[str, str]:
    """What may be named in a call of this customer on this day, by slot."""
    due = day + timedelta(days=chance.randint(1, 6))
    facts = {"agent": agent.split()[0], "due_day": DAYS[language][due.weekday()], "first": "", "last_contact": ""}
    if record is None:
        return facts | {
            "plan": "Standard Plan",
            "email": "the one I gave you",
            "since_year": "2019",
            "tier": "standard",
            "sla_hours": "24",
        }
    customer = record.customer
    facts |= {
        "name": customer.name,
        "first": customer.name.split()[0],
        "account": customer.account_number,
        "plan": customer.plan,
        "email": customer.email,
        "tier": customer.tier,
        "tier_title": customer.tier.capitalize(),
        "since_year": str(customer.since.year),
        "value": dollars(customer.lifetime_value),
        "sla_hours": str(SLA_HOURS.get(customer.tier, 24)),
    }
    if record.tickets:
        facts["last_contact"] = f"Latest ticket: {record.tickets[0].subject}."
    if bill := record.latest_bill():
        charge = chance.choice(bill)
        listed = [f"{dollars(one.amount)} {one.description} of {short(one.charged_on)}" for one in bill]
        facts |= {
            "charge": charge.description,
            "charge_amount": dollars(charge.amount),
            "charge_day": short(charge.charged_on),
            "bill_total": dollars(sum((one.amount for one in bill), start=charge.amount * 0)),
            "bill_parts": f"the {' plus '.join(listed)}",
        }
    return facts | (_order_facts(record, order) if order else {})


def _order_facts(record: Record, order: Order) -> dict[str, str]:
    product = next(items[0][1] for one, items in record.orders if one.order_id == order.order_id)
    eta = order.eta or order.delivered_on
    return {
        "order": order.order_id,
        "product": product.name,
        "order_day": short(order.placed_on),
        "order_total": dollars(order.total),
        "order_shipped": short(order.shipped_on),
        "order_eta": short(eta),
        "carrier": order.carrier or "the carrier",
        "tracking": order.tracking or "not given yet",
        "return_by": short(order.placed_on + timedelta(days=product.return_days)),
    }


def short(day: date | None) -> str:
    return f"{day:%b} {day.day}" if day else "soon"


def rule_for(name: str, record: Record | None, order: Order | None, day: date) -> str | None:
    """The playbook's rule a card's name stands for, where that depends on the record; None where none fits."""
    if name == "order-status":
        if order is None or order.status == "processing":
            return "order-not-sent" if order else None
        return "order-overdue" if order.eta and order.eta < day else "order-on-its-way"
    if name == "return-window":
        if record is None or order is None:
            return None
        items = next(items for one, items in record.orders if one.order_id == order.order_id)
        until = order.placed_on + timedelta(days=items[0][1].return_days)
        return "return-open" if until >= day else "return-closed"
    if name == "bill-explained":
        if record is None or not record.charges:
            return None
        return "bill-explained" if len(record.latest_bill()) > 1 else "bill-of-one-charge"
    if name in ("keep-customer", "technical-promise", "access-verify", "churn-risk") and record is None:
        return None
    return name
