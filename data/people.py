"""The demo people of `world/people.yaml`, with their dates worked out for a given day."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import SQLModel

from core.customers.models import Charge, Customer, Note, Order, OrderItem, Product, Ticket
from core.errors import RulesError

_RELATIVE = re.compile(r"today(?P<days>[+-]\d+)?")
_YEARLESS = re.compile(r"(?P<month>\d\d)-(?P<day>\d\d)")


def customer_id(account_number: str) -> str:
    return f"cus-{account_number}"


def demo_people(written: list[dict[str, Any]], products: dict[str, Product], today: date) -> Iterator[SQLModel]:
    """Rows of the people as written in the file, parents first."""
    for person in written:
        yield from _rows(_dated(person, today), products)


def _rows(person: dict[str, Any], products: dict[str, Product]) -> Iterator[SQLModel]:
    owner = customer_id(person["account_number"])
    facts = {name: value for name, value in person.items() if name not in ("orders", "charges", "tickets", "notes")}
    yield Customer(customer_id=owner, **facts | {"lifetime_value": Decimal(person["lifetime_value"])})
    for order in person.get("orders", ()):
        yield from order_rows(owner, order, [(products[i["product_id"]], i["quantity"]) for i in order["items"]])
    for number, charge in enumerate(person.get("charges", ()), start=1):
        amount = Decimal(charge["amount"])
        yield Charge(**charge | {"charge_id": f"chg-{owner}-{number}", "customer_id": owner, "amount": amount})
    for number, ticket in enumerate(person.get("tickets", ()), start=1):
        yield Ticket(ticket_id=f"tkt-{owner}-{number}", customer_id=owner, **ticket)
    for number, note in enumerate(person.get("notes", ()), start=1):
        yield Note(note_id=f"note-{owner}-{number}", customer_id=owner, **note)


def order_rows(owner: str, facts: dict[str, Any], bought: list[tuple[Product, int]]) -> Iterator[SQLModel]:
    """An order and its items at today's prices."""
    total = sum((product.price * quantity for product, quantity in bought), Decimal(0))
    order = {name: value for name, value in facts.items() if name != "items"}
    yield Order(customer_id=owner, total=total, **order)
    for number, (product, quantity) in enumerate(bought, start=1):
        yield OrderItem(
            item_id=f"{facts['order_id']}-{number}",
            order_id=facts["order_id"],
            product_id=product.product_id,
            quantity=quantity,
            price=product.price,
        )


def _dated(person: dict[str, Any], today: date) -> dict[str, Any]:
    """The person with every written date as a date."""
    yearless = [(int(m["month"]), int(m["day"])) for text in _texts(person) if (m := _YEARLESS.fullmatch(text))]
    ahead = any(month_day > (today.month, today.day) for month_day in yearless)
    year = today.year - 1 if ahead else today.year

    def read(field: str, value: Any) -> Any:
        if isinstance(value, list):
            return [{name: read(name, inner) for name, inner in entry.items()} for entry in value]
        if not (field == "eta" or field.endswith("_on")) or isinstance(value, date):
            return value
        if match := _RELATIVE.fullmatch(value):
            return today + timedelta(days=int(match["days"] or 0))
        if match := _YEARLESS.fullmatch(value):
            return date(year, int(match["month"]), int(match["day"]))
        raise RulesError(f"people.yaml: {field}: {value!r} is no date; write 2023-01-12, today-1 or 10-15")

    return {name: read(name, value) for name, value in person.items()}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
