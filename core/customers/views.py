"""Rows as JSON-safe dictionaries: money as `"99.00"`, days as ISO dates, each with the `ref` that evidence names."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.customers.models import Charge, Customer, Note, Order, OrderItem, Policy, Product, Ticket

View = dict[str, Any]


def money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def customer_view(customer: Customer) -> View:
    return {
        "ref": f"customers/{customer.customer_id}",
        "customer_id": customer.customer_id,
        "account_number": customer.account_number,
        "name": customer.name,
        "tier": customer.tier,
        "since": day(customer.since),
        "lifetime_value": money(customer.lifetime_value),
        "plan": customer.plan,
        "email": customer.email,
        "phone": customer.phone,
        "language": customer.language,
        "preferences": dict(customer.preferences),
        "last_contact": {"date": day(customer.last_contact_on), "about": customer.last_contact_about},
    }


def order_view(order: Order, items: Iterable[tuple[OrderItem, Product]]) -> View:
    return {
        "ref": f"orders/{order.order_id}",
        "order_id": order.order_id,
        "customer_id": order.customer_id,
        "status": order.status,
        "placed_on": day(order.placed_on),
        "shipped_on": day(order.shipped_on),
        "delivered_on": day(order.delivered_on),
        "carrier": order.carrier,
        "tracking": order.tracking,
        "eta": day(order.eta),
        "total": money(order.total),
        "items": [_item_view(order, item, product) for item, product in items],
    }


def _item_view(order: Order, item: OrderItem, product: Product) -> View:
    return_by = order.placed_on + timedelta(days=product.return_days) if product.return_days else None
    return {
        "product_id": product.product_id,
        "name": product.name,
        "quantity": item.quantity,
        "price": money(item.price),
        "return_by": day(return_by),
    }


def charge_view(charge: Charge) -> View:
    return {
        "ref": f"charges/{charge.charge_id}",
        "date": day(charge.charged_on),
        "description": charge.description,
        "amount": money(charge.amount),
    }


def ticket_view(ticket: Ticket) -> View:
    return {
        "ref": f"tickets/{ticket.ticket_id}",
        "ticket_id": ticket.ticket_id,
        "subject": ticket.subject,
        "status": ticket.status,
        "opened_on": day(ticket.opened_on),
    }


def note_view(note: Note) -> View:
    return {"date": day(note.written_on), "text": note.text}


def product_view(product: Product) -> View:
    return {
        "ref": f"products/{product.product_id}",
        "product_id": product.product_id,
        "name": product.name,
        "category": product.category,
        "price": money(product.price),
        "return_days": product.return_days,
        "warranty_months": product.warranty_months,
    }


def policy_view(policy: Policy) -> View:
    return {
        "ref": f"policies/{policy.policy_type}",
        "policy_type": policy.policy_type,
        "title": policy.title,
        "summary": policy.summary,
        "text": policy.text,
        "limits": dict(policy.limits),
    }
