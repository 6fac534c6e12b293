"""What the tools may tell in a call: nothing that belongs to anybody but the customer of this call."""

from collections.abc import Mapping
from typing import Any

from core.assistant.tools import Tools
from core.calls.call import Call
from core.customers.views import View

NOT_THEIRS: View = {"error": "not this call's customer"}
NOT_HEARD: View = {"error": "nobody is identified: only what was heard in this call can be looked up"}
_FREE = ("check_policy", "check_return_policy", "search_knowledge", "search_products")
_BY_ORDER = ("get_order_status", "get_order_details")
_BY_CUSTOMER = ("list_orders", "list_charges", "list_tickets")
_NOT_PRIVATE = ("ref", "name", "account_number")
_LIKELY = 3
"""Most people a name that was heard is taken for."""


class ScopedTools:
    """Tools for one turn of a call. Who that is follows from the call alone: the agent changes it by identifying."""

    def __init__(self, tools: Tools, call: Call) -> None:
        self._tools = tools
        self._call = call

    def invoke(self, name: str, arguments: Mapping[str, Any]) -> View:
        """As `Tools.invoke`; what is out of scope is answered with an error as data."""
        if name in _FREE:
            return self._tools.invoke(name, arguments)
        if name in _BY_ORDER:
            return self._order(name, arguments)
        if name in _BY_CUSTOMER:
            return self._customers_own(name, arguments)
        return self._lookup(name, arguments)

    def _order(self, name: str, arguments: Mapping[str, Any]) -> View:
        if self._call.customer is None:
            return NOT_THEIRS
        answer = self._tools.invoke(name, arguments)
        if answer["found"] and answer["order"]["customer_id"] != self._call.customer.customer_id:
            return NOT_THEIRS
        return answer

    def _customers_own(self, name: str, arguments: Mapping[str, Any]) -> View:
        customer = self._call.customer
        if customer is None or arguments.get("customer_id") != customer.customer_id:
            return NOT_THEIRS
        return self._tools.invoke(name, arguments)

    def _lookup(self, name: str, arguments: Mapping[str, Any]) -> View:
        customer = self._call.customer
        if customer is None and not self._heard(arguments):
            return NOT_HEARD
        answer = self._tools.invoke(name, arguments)
        if customer is None:
            likely = answer["customers"][:_LIKELY]
            return {
                "found": answer["found"],
                "customers": [{field: person[field] for field in _NOT_PRIVATE} for person in likely],
            }
        own = [person for person in answer["customers"] if person["customer_id"] == customer.customer_id]
        return NOT_THEIRS if answer["found"] and not own else {"found": bool(own), "customers": own}

    def _heard(self, arguments: Mapping[str, Any]) -> bool:
        asked = (arguments.get("search_type"), str(arguments.get("query", "")).strip().lower())
        return any((entity.kind, entity.value.lower()) == asked for entity in self._call.entities)
