import json
from typing import Any

import pytest

from core.assistant.tools import TOOLS, Tools, parameters, schema
from core.customers.store import ROWS, CustomerStore
from core.errors import ToolError


@pytest.fixture
def tools(store: CustomerStore) -> Tools:
    return Tools(store)


@pytest.mark.parametrize(
    ("query", "search_type"),
    [
        ("Sarah Johnson", "name"),
        ("sara jonson", "name"),
        ("24680", "account"),
        ("78901", "order"),
        ("SARAH.johnson@example.com", "email"),
        ("+12065550147", "phone"),
    ],
)
def test_customers_are_looked_up_in_every_way(tools: Tools, query: str, search_type: str) -> None:
    answer = tools.lookup_customer(query, search_type)
    assert answer["found"]
    assert answer["customers"][0]["name"] == "Sarah Johnson"


def test_order_status_comes_from_the_order(tools: Tools) -> None:
    order = tools.get_order_status("#78901")["order"]
    assert (order["ref"], order["carrier"], order["eta"]) == ("orders/78901", "FedEx", "2026-01-08")


def test_the_latest_bill_adds_up(tools: Tools) -> None:
    bill = tools.list_charges("cus-12345")["latest_bill"]
    assert (bill["date"], bill["total"]) == ("2025-10-15", "129.99")
    assert [charge["amount"] for charge in bill["charges"]] == ["99.00", "30.99"]


def test_return_policy_of_a_product(tools: Tools) -> None:
    answer = tools.check_return_policy("prd-pulse-watch")
    assert answer["product"]["return_days"] == 30
    assert answer["policy"]["ref"] == "policies/return"


def test_order_details_carry_each_product(tools: Tools) -> None:
    answer = tools.get_order_details("#78901")
    assert [product["product_id"] for product in answer["products"]] == [
        item["product_id"] for item in answer["order"]["items"]
    ]
    assert answer["products"][0]["warranty_months"] == 12


def test_a_customers_orders_are_listed_newest_first(tools: Tools) -> None:
    orders = tools.list_orders("cus-24680")["orders"]
    assert "78901" in [order["order_id"] for order in orders]
    assert [order["placed_on"] for order in orders] == sorted((o["placed_on"] for o in orders), reverse=True)


def test_knowledge_is_cited(tools: Tools) -> None:
    best = tools.search_knowledge("how many days does a refund take")["passages"][0]
    assert best["ref"] == "policies/refund"
    assert "5 business days" in best["excerpt"]


@pytest.mark.parametrize(("query", "found"), [("audio", "prd-aria-buds"), ("watch band", "prd-sport-band")])
def test_products_are_found_by_name_and_category(tools: Tools, query: str, found: str) -> None:
    assert found in [product["product_id"] for product in tools.search_products(query)["products"]]


@pytest.mark.parametrize("tool", TOOLS)
def test_each_tool_is_described_for_function_calling(tool: str) -> None:
    function = schema(tool)["function"]
    assert (function["name"], function["parameters"]["additionalProperties"]) == (tool, False)
    assert tuple(function["parameters"]["properties"]) == tuple(function["parameters"]["required"]) == parameters(tool)
    assert len(function["description"]) > 20
    json.dumps(function)


def test_a_number_without_quotes_is_understood(tools: Tools) -> None:
    assert tools.invoke("get_order_status", {"order_id": 78901})["found"]


def test_policies_and_tickets(tools: Tools) -> None:
    assert tools.check_policy("Refund")["policy"]["limits"]["business_days"] == 5
    assert [ticket["status"] for ticket in tools.list_tickets("cus-12345")["open"]] == ["open"]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("lookup_customer", {"query": "Peter Parker", "search_type": "name"}),
        ("lookup_customer", {"query": "00000", "search_type": "account"}),
        ("get_order_status", {"order_id": "55555"}),
        ("check_policy", {"policy_type": "time travel"}),
        ("check_return_policy", {"product_id": "prd-none"}),
        ("list_charges", {"customer_id": "cus-0"}),
        ("list_tickets", {"customer_id": "cus-0"}),
        ("list_orders", {"customer_id": "cus-0"}),
        ("get_order_details", {"order_id": "55555"}),
        ("search_knowledge", {"query": "zzzz qqqq"}),
        ("search_products", {"query": "submarine"}),
    ],
)
def test_what_is_not_on_file_is_said_to_be_missing(tools: Tools, tool: str, arguments: dict[str, str]) -> None:
    assert tools.invoke(tool, arguments)["found"] is False


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("drop_tables", {}, "use one of lookup_customer"),
        ("_store", {}, "no tool"),
        ("get_order_status", {}, "it takes order_id"),
        ("get_order_status", {"order_id": "1", "limit": 3}, "it takes order_id"),
        ("get_order_status", {"order_id": ["78901"]}, "valid string"),
        ("get_order_status", {"order_id": " "}, "at least 1 character"),
        ("get_order_status", {"order_id": "7" * 201}, "at most 200 characters"),
        ("lookup_customer", {"query": "x", "search_type": "shoe size"}, "should be 'name'"),
    ],
)
def test_bad_arguments_say_what_is_taken(tools: Tools, tool: str, arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(ToolError, match=says):
        tools.invoke(tool, arguments)


def test_every_answer_about_everybody_is_json_and_bounded(tools: Tools, store: CustomerStore) -> None:
    for person in store.directory().people:
        for answer in (
            tools.list_charges(person.customer_id),
            tools.list_tickets(person.customer_id),
            tools.list_orders(person.customer_id),
        ):
            assert json.loads(json.dumps(answer)) == answer
            assert all(len(rows) <= ROWS for rows in answer.values() if isinstance(rows, list))
    assert all(parameters(tool) for tool in TOOLS)
