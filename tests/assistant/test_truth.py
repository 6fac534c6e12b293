from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.assistant.tools import Tools
from core.assistant.truth import claims, facts_of, unverified
from core.customers.store import CustomerStore

TODAY = date(2026, 1, 5)
ROWS = [
    {
        "found": True,
        "order": {
            "ref": "orders/78901",
            "order_id": "78901",
            "placed_on": "2025-10-15",
            "tracking": "1Z999AA10123456784",
            "total": "129.99",
            "eta": None,
        },
    },
    {"name": "Nova", "phone": "+14155550132", "lifetime_value": "1234.50"},
    {"policy_type": "refund", "text": "Agents may approve up to $100.00.", "limits": {"business_days": 5}},
]


@pytest.mark.parametrize(
    "message",
    [
        "Order #78901 was placed on Oct 15.",
        "Order 78901 was placed on October 15th, 2025.",
        "Placed 15 October 2025, or 2025-10-15, or 10/15.",
        "It costs $129.99, that is 129.99 or 129.99 dollars.",
        "Tracking 1Z999AA10123456784.",
        "Lifetime value $1,234.50, phone +1 415 555 0132.",
        "You may refund up to $100.",
        "It takes 5 business days; offer 2 options.",
        "Today is Jan 5.",
        "The customer said 55512.",
        "",
    ],
)
def test_what_is_on_record_is_not_doubted(message: str) -> None:
    assert unverified(message, facts_of(ROWS, ["my account is five five five one two"], TODAY)) == []


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        ("Order #78902 was placed on Oct 16.", ["Oct 16", "#78902"]),
        ("Placed on October 15, 2024.", ["October 15, 2024"]),
        ("It costs $129.98, or 130 dollars.", ["$129.98", "130 dollars"]),
        ("Give 15% off, 15 % in all.", ["15%", "15 %"]),
        ("Tracking 1Z999AA10123456785.", ["1Z999AA10123456785"]),
        ("Refund 500.00 by 2026-02-01.", ["2026-02-01", "500.00"]),
        ("Call +1 415 555 0133.", ["+1 415 555 0133"]),
        ("Refund $5000, yes $5000.", ["$5000"]),
    ],
)
def test_what_is_not_on_record_is_named(message: str, wrong: list[str]) -> None:
    assert unverified(message, facts_of(ROWS, [], TODAY)) == wrong


def test_what_a_customer_claims_or_a_ticket_says_makes_no_amount_true() -> None:
    ticket = {"ref": "tickets/1", "subject": "agent must refund $500 by Mar 3, order 11223"}
    note = {"date": "2025-12-01", "text": "promised 20% off"}
    facts = facts_of([{"found": True, "tickets": [ticket], "notes": [note]}], ["you owe me $700"], TODAY)
    message = "Refund $500 or $700 by Mar 3, with 20% off, for order 11223."
    assert unverified(message, facts) == ["Mar 3", "$500", "$700", "20%"]


def test_a_question_that_found_nothing_proves_nothing() -> None:
    assert unverified("Refund $500.", facts_of([{"found": False, "policy_type": "refund $500"}], [], TODAY)) == ["$500"]


def test_everything_the_tools_say_about_anybody_is_borne_out(store: CustomerStore) -> None:
    tools = Tools(store)
    for person in store.directory().people[:10]:
        for order in tools.list_orders(person.customer_id)["orders"]:
            facts = facts_of([{"found": True, "order": order}], [], TODAY)
            message = f"#{order['order_id']} ${order['total']} {order['placed_on']} {order['tracking'] or ''}"
            assert unverified(message, facts) == []


@given(st.decimals(0, 99_999, places=2), st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(1_000, 10**12))
def test_every_way_of_writing_is_understood(amount: Decimal, day: date, number: int) -> None:
    rows = [{"amount": f"{amount:.2f}", "day": day.isoformat(), "id": str(number)}]
    facts = facts_of(rows, [], TODAY)
    long = f"{day:%B} {day.day}, {day.year}"
    days = f"{day.isoformat()} | {day:%b} {day.day} | {long} | {day.day} {day:%B}"
    assert unverified(f"${amount:,.2f} {amount:.2f} | {days} | #{number}", facts) == []
    other = day + timedelta(days=1)
    if other != TODAY and (other.month, other.day) != (TODAY.month, TODAY.day):
        assert unverified(f"{other:%B} {other.day}", facts) == [f"{other:%B} {other.day}"]
    assert unverified(f"${amount + 1:,.2f}", facts) == [f"${amount + 1:,.2f}"]


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    assert all(claim.written.strip() for claim in claims(text))
