"""The tools an assistant may call. They read, never write, and answer in JSON-safe dictionaries of bounded size."""

import inspect
from collections.abc import Mapping
from decimal import Decimal
from itertools import takewhile
from typing import Any

from core.calls.events import EntityKind
from core.customers.models import Customer
from core.customers.store import ROWS, CustomerStore
from core.customers.views import View, customer_view, money
from core.errors import ToolError

TOOLS = (
    "lookup_customer",
    "get_order_status",
    "check_policy",
    "check_return_policy",
    "list_charges",
    "list_tickets",
)
_SEARCH_TYPES: tuple[EntityKind, ...] = ("name", "account", "order", "email", "phone")


class Tools:
    """Every answer has `found`: false means nothing is on file. Raises ToolError for arguments it cannot use."""

    def __init__(self, store: CustomerStore) -> None:
        self._store = store

    def invoke(self, name: str, arguments: Mapping[str, Any]) -> View:
        """Call the tool of that name."""
        method = getattr(self, name) if name in TOOLS else None
        if method is None:
            raise ToolError(f"there is no tool {name!r}; use one of {', '.join(TOOLS)}")
        try:
            bound = inspect.signature(method).bind(**arguments)
        except TypeError as error:
            raise ToolError(f"{name}: {error}; it takes {', '.join(parameters(name))}") from error
        answer: View = method(*bound.args, **bound.kwargs)
        return answer

    def lookup_customer(self, query: str, search_type: str) -> View:
        """Customers by name (also misheard ones, best first), account, order, email or phone (E.164)."""
        query = _text("query", query)
        match search_type:
            case "name":
                likely = [person.customer_id for _, person in self._store.directory().named(query)[:ROWS]]
                found = [customer for customer_id in likely if (customer := self._store.get(customer_id))]
            case "account":
                found = _listed(self._store.by_account(query))
            case "order":
                found = _listed(self._store.by_order(query))
            case "email":
                found = self._store.by_email(query)
            case "phone":
                found = self._store.by_phone(query)
            case _:
                raise ToolError(f"search_type {search_type!r} is none of {', '.join(_SEARCH_TYPES)}")
        return {"found": bool(found), "customers": [customer_view(customer) for customer in found]}

    def get_order_status(self, order_id: str) -> View:
        """Where an order is, what is in it, and until when each item can be returned."""
        order = self._store.order(_text("order_id", order_id).lstrip("#"))
        return {"found": True, "order": order} if order else {"found": False, "order_id": order_id}

    def check_policy(self, policy_type: str) -> View:
        """The company's policy of one type."""
        policy = self._store.policy(_text("policy_type", policy_type).lower())
        if policy:
            return {"found": True, "policy": policy}
        return {"found": False, "policy_type": policy_type, "policy_types": self._store.policy_types()}

    def check_return_policy(self, product_id: str) -> View:
        """A product's return window and warranty, with the policy on returns."""
        product = self._store.product(_text("product_id", product_id))
        if product is None:
            return {"found": False, "product_id": product_id}
        return {"found": True, "product": product, "policy": self._store.policy("return")}

    def list_charges(self, customer_id: str) -> View:
        """Recent charges, newest first; the latest month's added up as `latest_bill`, its charges oldest first."""
        if self._store.get(_text("customer_id", customer_id)) is None:
            return {"found": False, "customer_id": customer_id}
        charges = self._store.charges_of(customer_id)
        month = charges[0]["date"][:7] if charges else ""
        billed = list(takewhile(lambda charge: charge["date"].startswith(month), charges))[::-1]
        # A month that fills all rows read may go on beyond them: no total then.
        if not billed or len(billed) == ROWS:
            return {"found": True, "charges": charges}
        total = sum((Decimal(charge["amount"]) for charge in billed), Decimal(0))
        bill = {"date": charges[0]["date"], "total": money(total), "charges": billed}
        return {"found": True, "charges": charges, "latest_bill": bill}

    def list_tickets(self, customer_id: str) -> View:
        """Recent tickets, newest first, and those not closed."""
        if self._store.get(_text("customer_id", customer_id)) is None:
            return {"found": False, "customer_id": customer_id}
        tickets = self._store.tickets_of(customer_id)
        return {"found": True, "tickets": tickets, "open": [t for t in tickets if t["status"] != "closed"]}


def parameters(tool: str) -> tuple[str, ...]:
    """What a tool takes, all of it text. Raises ToolError when there is no such tool."""
    if tool not in TOOLS:
        raise ToolError(f"there is no tool {tool!r}; use one of {', '.join(TOOLS)}")
    return tuple(name for name in inspect.signature(getattr(Tools, tool)).parameters if name != "self")


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ToolError(f"{name} must be text, not {value!r}")
    return value.strip()


def _listed(customer: Customer | None) -> list[Customer]:
    return [customer] if customer else []
