"""Whose calls the made-up past is of: customers added for it, and every customer's record as it was on a day."""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from faker import Faker
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, select

from core.customers.models import Charge, Customer, Note, Order, OrderItem, Product, Ticket
from core.customers.views import charge_view, customer_view, note_view, order_view, ticket_view
from data.population import Population

AREA_CODES = (*range(201, 211), *range(304, 311), *range(312, 322), *range(401, 411), *range(501, 511))
"""None that the customers of the demo world have."""
MONTHS = 3
"""So many months of charges the customers of the demo world have."""
LINES = 100
"""555-0100 to 555-0199 are reserved for fiction, in every area."""
RETURNED_AFTER = timedelta(days=5)
"""Between delivery and return, where only the fact of the return is on file."""
View = dict[str, Any]


class MoreCustomers(Population):
    """As many more customers as are wanted, up to one for each number reserved for fiction."""

    def more(
        self, wanted: int, taken_names: set[str], taken_numbers: set[str], seed: int, months: int
    ) -> Iterator[SQLModel]:
        """Rows of all of them, parents first for each, with charges of the last `months` months."""
        free = [str(number) for number in range(20_000, 100_000) if str(number) not in taken_numbers]
        numbers = iter(self._random.sample(free, len(free)))
        phones = [f"+1{area}555{100 + line:04d}" for area in AREA_CODES for line in range(LINES)]
        self._months = months
        for name, phone in zip(_names(wanted, taken_names, seed), phones, strict=False):
            for row in self._person(name, "", numbers):
                if isinstance(row, Customer):
                    row.phone = phone
                yield row

    def _charges(self, owner: str, plan: str) -> Iterator[Charge]:
        recent = list(super()._charges(owner, plan))
        month = min(charge.charged_on for charge in recent).replace(day=1)
        for number in range(len(recent) + 1, len(recent) + 1 + self._months - MONTHS):
            month = (month - timedelta(days=1)).replace(day=1)
            yield Charge(
                charge_id=f"chg-{owner}-{number}",
                customer_id=owner,
                charged_on=month,
                description=f"{plan} renewal",
                amount=self._plans[plan],
            )
        yield from recent


def _names(wanted: int, taken: set[str], seed: int) -> Iterator[str]:
    """Names that share no part with those taken: the demo people are told apart by name alone."""
    faker = Faker("en_US")
    faker.seed_instance(seed)
    near = {part for name in taken for part in name.split()}
    given: set[str] = set()
    while len(given) < wanted:
        name = f"{faker.first_name()} {faker.last_name()}"
        if name not in given and not near & set(name.split()):
            given.add(name)
            yield name


@dataclass(frozen=True, slots=True)
class Record:
    """A customer and everything on file, up to today."""

    customer: Customer
    orders: tuple[tuple[Order, tuple[tuple[OrderItem, Product], ...]], ...]
    charges: tuple[Charge, ...]
    tickets: tuple[Ticket, ...]
    notes: tuple[Note, ...]

    def on(self, day: date) -> "Record":
        """The record as it was on `day`, newest first."""
        orders = [(_order_on(order, day), items) for order, items in self.orders if order.placed_on <= day]
        return Record(
            self.customer,
            tuple(sorted(orders, key=lambda one: one[0].placed_on, reverse=True)),
            tuple(sorted((c for c in self.charges if c.charged_on <= day), key=lambda c: c.charged_on, reverse=True)),
            tuple(_ticket_on(ticket, day) for ticket in self.tickets if ticket.opened_on <= day),
            tuple(note for note in self.notes if note.written_on <= day),
        )

    def profile(self) -> View:
        """As `core.customers.store.CustomerStore.profile` gives it."""
        return customer_view(self.customer) | {
            "orders": [order_view(order, items) for order, items in self.orders],
            "tickets": [ticket_view(ticket) for ticket in self.tickets],
            "charges": [charge_view(charge) for charge in self.charges],
            "notes": [note_view(note) for note in self.notes],
        }

    def latest_bill(self) -> tuple[Charge, ...]:
        """The charges of the latest month that has any."""
        months = [(charge.charged_on.year, charge.charged_on.month) for charge in self.charges]
        return tuple(c for c, month in zip(self.charges, months, strict=True) if month == max(months))


def _order_on(order: Order, day: date) -> Order:
    changes: dict[str, Any] = {}
    if order.shipped_on and order.shipped_on > day:
        changes = {"status": "processing", "shipped_on": None, "delivered_on": None, "carrier": None, "tracking": None}
    elif order.delivered_on and order.delivered_on > day:
        changes = {"status": "shipped", "eta": order.delivered_on, "delivered_on": None}
    elif order.status == "returned" and order.delivered_on and order.delivered_on + RETURNED_AFTER > day:
        changes = {"status": "delivered"}
    return order.model_copy(update=changes) if changes else order


def _ticket_on(ticket: Ticket, day: date) -> Ticket:
    if ticket.closed_on and ticket.closed_on > day:
        return ticket.model_copy(update={"status": "open", "closed_on": None})
    return ticket


def records(engine: Engine) -> list[Record]:
    """Every customer's, in the order of their ids."""
    with Session(engine, expire_on_commit=False) as session:
        products = {row.product_id: row for row in session.exec(select(Product))}
        items: defaultdict[str, list[tuple[OrderItem, Product]]] = defaultdict(list)
        for item in session.exec(select(OrderItem).order_by(OrderItem.item_id)):
            items[item.order_id].append((item, products[item.product_id]))
        orders = _by_customer(session.exec(select(Order).order_by(Order.order_id)))
        charges = _by_customer(session.exec(select(Charge).order_by(Charge.charge_id)))
        tickets = _by_customer(session.exec(select(Ticket).order_by(Ticket.ticket_id)))
        notes = _by_customer(session.exec(select(Note).order_by(Note.note_id)))
        customers = session.exec(select(Customer).order_by(Customer.customer_id)).all()
        session.expunge_all()
    return [
        Record(
            customer,
            tuple((order, tuple(items[order.order_id])) for order in orders[customer.customer_id]),
            tuple(charges[customer.customer_id]),
            tuple(tickets[customer.customer_id]),
            tuple(notes[customer.customer_id]),
        )
        for customer in customers
    ]


def _by_customer(rows: Any) -> defaultdict[str, list[Any]]:
    grouped: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.customer_id].append(row)
    return grouped


def dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}"


def spread(seed: int, *of: object) -> random.Random:
    """Chance of its own for everything: what is decided in one call changes no other."""
    return random.Random(" ".join(map(str, (seed, *of))))
