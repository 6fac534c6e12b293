"""The tools an assistant may call. They read, never write, and answer in JSON-safe dictionaries of bounded size."""

import inspect
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from itertools import takewhile
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, create_model

from core.calls.events import EntityKind
from core.customers import knowledge
from core.customers.models import Customer
from core.customers.store import ROWS, CustomerStore
from core.customers.views import View, customer_view, money
from core.errors import ToolError

TOOLS = (
    "lookup_customer",
    "get_order_status",
    "get_order_details",
    "list_orders",
    "list_charges",
    "list_tickets",
    "check_policy",
    "check_return_policy",
    "search_knowledge",
    "search_products",
)
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
OrderId = Annotated[Text, Field(description="five digits, such as 78901")]
CustomerId = Annotated[Text, Field(description="such as cus-12345")]


class Tools:
    """Every answer has `found`: false means nothing is on file. Raises ToolError for arguments it cannot use."""

    def __init__(self, store: CustomerStore) -> None:
        self._store = store

    def invoke(self, name: str, arguments: Mapping[str, Any]) -> View:
        """Call the tool of that name with arguments that are checked first."""
        model = _arguments(name)
        try:
            checked = model.model_validate(dict(arguments))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "arguments"
            raise ToolError(f"{name}: {where}: {first['msg']}; it takes {', '.join(parameters(name))}") from error
        answer: View = getattr(self, name)(**checked.model_dump())
        return answer

    def lookup_customer(
        self,
        query: Annotated[Text, Field(description="a name, an account or order number, an e-mail address or a phone")],
        search_type: EntityKind,
    ) -> View:
        """Customers by name (also misheard ones, best first), account, order, email or phone (E.164)."""
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
        return {"found": bool(found), "customers": [customer_view(customer) for customer in found]}

    def get_order_status(self, order_id: OrderId) -> View:
        """Where an order is, what is in it, and until when each item can be returned."""
        order = self._store.order(order_id.lstrip("#"))
        return {"found": True, "order": order} if order else {"found": False, "order_id": order_id}

    def get_order_details(self, order_id: OrderId) -> View:
        """An order with each product in it: price today, return window and warranty."""
        order = self._store.order(order_id.lstrip("#"))
        if order is None:
            return {"found": False, "order_id": order_id}
        bought = [self._store.product(item["product_id"]) for item in order["items"][:ROWS]]
        return {"found": True, "order": order, "products": [product for product in bought if product]}

    def list_orders(self, customer_id: CustomerId) -> View:
        """A customer's recent orders, newest first."""
        if self._store.get(customer_id) is None:
            return {"found": False, "customer_id": customer_id}
        return {"found": True, "orders": self._store.orders_of(customer_id)}

    def list_charges(self, customer_id: CustomerId) -> View:
        """Recent charges, newest first; the latest month's added up as `latest_bill`, its charges oldest first."""
        if self._store.get(customer_id) is None:
            return {"found": False, "customer_id": customer_id}
        charges = self._store.charges_of(customer_id)
        # Credits given since are no part of a bill.
        paid = [charge for charge in charges if Decimal(charge["amount"]) > 0]
        month = paid[0]["date"][:7] if paid else ""
        billed = list(takewhile(lambda charge: charge["date"].startswith(month), paid))[::-1]
        # A month that fills all rows read may go on beyond them: no total then.
        if not billed or (len(charges) == ROWS and len(billed) == len(paid)):
            return {"found": True, "charges": charges}
        total = sum((Decimal(charge["amount"]) for charge in billed), Decimal(0))
        bill = {"date": paid[0]["date"], "total": money(total), "charges": billed}
        return {"found": True, "charges": charges, "latest_bill": bill}

    def list_tickets(self, customer_id: CustomerId) -> View:
        """Recent tickets, newest first, and those not closed."""
        if self._store.get(customer_id) is None:
            return {"found": False, "customer_id": customer_id}
        tickets = self._store.tickets_of(customer_id)
        return {"found": True, "tickets": tickets, "open": [t for t in tickets if t["status"] != "closed"]}

    def check_policy(self, policy_type: Text) -> View:
        """The company's policy of one type: return, refund, warranty, sla, billing, cancellation or escalation."""
        policy = self._store.policy(policy_type.lower())
        if policy:
            return {"found": True, "policy": policy}
        return {"found": False, "policy_type": policy_type, "policy_types": self._store.policy_types()}

    def check_return_policy(self, product_id: Annotated[Text, Field(description="such as prd-pulse-watch")]) -> View:
        """A product's return window and warranty, with the policy on returns."""
        product = self._store.product(product_id)
        if product is None:
            return {"found": False, "product_id": product_id}
        return {"found": True, "product": product, "policy": self._store.policy("return")}

    def search_knowledge(self, query: Text) -> View:
        """Passages of policies and product pages that answer a question, best first, each with the `ref` to cite."""
        hits = knowledge.search(query, knowledge.passages(self._store))
        return {
            "found": bool(hits),
            "passages": [{"ref": hit.ref, "title": hit.title, "excerpt": hit.excerpt} for hit in hits],
        }

    def search_products(self, query: Annotated[Text, Field(description="words of a product or a category")]) -> View:
        """Products by name or category, best first, for something that would suit the customer."""
        products = {product["ref"]: product for product in self._store.products()}
        pages = [knowledge.Passage(ref, product["name"], (product["category"],)) for ref, product in products.items()]
        hits = knowledge.search(query, pages)
        return {"found": bool(hits), "products": [products[hit.ref] for hit in hits]}


def parameters(tool: str) -> tuple[str, ...]:
    """What a tool takes, all of it text. Raises ToolError when there is no such tool."""
    return tuple(_arguments(tool).model_fields)


@cache
def schema(tool: str) -> dict[str, Any]:
    """The tool as function calling describes it, from its type hints and docstring. Raises ToolError."""
    described = _arguments(tool).model_json_schema()
    for property_ in described["properties"].values():
        property_.pop("title", None)
    function = {
        "name": tool,
        "description": inspect.getdoc(getattr(Tools, tool)),
        "parameters": {key: described[key] for key in ("type", "properties", "required", "additionalProperties")},
    }
    return {"type": "function", "function": function}


@cache
def _arguments(tool: str) -> type[BaseModel]:
    """The tool's parameters as a model that checks them."""
    if tool not in TOOLS:
        raise ToolError(f"there is no tool {tool!r}; use one of {', '.join(TOOLS)}")
    hints = get_type_hints(getattr(Tools, tool), include_extras=True)
    fields: dict[str, Any] = {name: (hint, ...) for name, hint in hints.items() if name != "return"}
    # Models write numbers such as 78901 without quotes.
    return create_model(tool, __config__=ConfigDict(extra="forbid", coerce_numbers_to_str=True), **fields)


def _listed(customer: Customer | None) -> list[Customer]:
    return [customer] if customer else []
