"""The tables about customers: who they are, what they bought and pay, the rules that apply, and what was done for them.

Ids are made by the application and say what they are of, so a reference such as `orders/78901` can be read aloud.
Money is Decimal with two places, never float; days are dates without a time.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Column, Numeric
from sqlmodel import Field, SQLModel


def _money() -> Any:
    return Field(sa_column=Column(Numeric(12, 2), nullable=False))


def _json() -> Any:
    return Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class Customer(SQLModel, table=True):
    __tablename__ = "customers"

    customer_id: str = Field(primary_key=True)
    account_number: str = Field(unique=True)
    """Five digits, the number customers know."""
    name: str
    email: str
    phone: str
    """E.164, such as `+14155550132`."""
    tier: str
    """standard, silver, gold or platinum."""
    since: date
    lifetime_value: Decimal = _money()
    plan: str
    language: str
    preferences: dict[str, Any] = _json()
    last_contact_on: date | None = None
    last_contact_about: str = ""


class Product(SQLModel, table=True):
    __tablename__ = "products"

    product_id: str = Field(primary_key=True)
    name: str
    category: str
    price: Decimal = _money()
    return_days: int
    """Counted from the day of the order; 0 means it cannot be returned."""
    warranty_months: int


class Order(SQLModel, table=True):
    __tablename__ = "orders"

    order_id: str = Field(primary_key=True)
    """Five digits, as printed on the confirmation."""
    customer_id: str = Field(foreign_key="customers.customer_id", index=True)
    status: str
    """processing, shipped, delivered, returned or cancelled."""
    placed_on: date
    shipped_on: date | None = None
    delivered_on: date | None = None
    eta: date | None = None
    carrier: str | None = None
    tracking: str | None = None
    total: Decimal = _money()


class OrderItem(SQLModel, table=True):
    __tablename__ = "order_items"

    item_id: str = Field(primary_key=True)
    order_id: str = Field(foreign_key="orders.order_id", index=True)
    product_id: str = Field(foreign_key="products.product_id")
    quantity: int
    price: Decimal = _money()
    """Of one piece, on the day of the order."""


class Ticket(SQLModel, table=True):
    __tablename__ = "tickets"

    ticket_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customers.customer_id", index=True)
    subject: str
    status: str
    """open, waiting or closed."""
    opened_on: date
    closed_on: date | None = None


class Charge(SQLModel, table=True):
    __tablename__ = "charges"

    charge_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customers.customer_id", index=True)
    charged_on: date
    description: str
    amount: Decimal = _money()
    """Negative for a credit."""


class Note(SQLModel, table=True):
    __tablename__ = "notes"

    note_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customers.customer_id", index=True)
    written_on: date
    text: str


class Policy(SQLModel, table=True):
    __tablename__ = "policies"

    policy_type: str = Field(primary_key=True)
    """return, refund, warranty, sla, billing, cancellation or escalation."""
    title: str
    summary: str
    """One sentence an agent can say."""
    text: str
    limits: dict[str, Any] = _json()
    """The numbers in the text, for rules to compute with."""


class Callback(SQLModel, table=True):
    """A call the company owes a customer."""

    __tablename__ = "callbacks"

    callback_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customers.customer_id", index=True)
    due_on: date
    about: str


class Escalation(SQLModel, table=True):
    """What makes a ticket one for a supervisor."""

    __tablename__ = "escalations"

    # Not declared as a foreign key: DuckDB cannot delete child and parent in one transaction.
    ticket_id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customers.customer_id", index=True)
    priority: str
    """normal, high or urgent."""
    reason: str


class ActionAudit(SQLModel, table=True):
    """Everything an agent had the software do for a customer, and whether it was taken back."""

    __tablename__ = "action_audit"

    action_id: str = Field(primary_key=True)
    call_id: str
    action: str
    customer_id: str
    arguments: dict[str, Any] = _json()
    effect: str
    credit: Decimal = _money()
    """What the customer got, 0.00 for actions without money."""
    against: str = ""
    """What it was credited against: `orders/78901`, `charges/…`, `bills/2026-01`."""
    made: dict[str, Any] = _json()
    """The rows it made, table to id: what undoing removes."""
    taken_by: str
    taken_at: datetime
    undone_by: str | None = None
    undone_at: datetime | None = None


TABLES: tuple[type[SQLModel], ...] = (Customer, Product, Policy, Order, OrderItem, Ticket, Charge, Note)
"""What the demo world fills, parents before children: the order in which rows may be inserted."""
