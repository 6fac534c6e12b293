import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, select

from core.bootstrap import Services
from core.customers.models import Customer, Policy, Product
from core.customers.store import ROWS, CustomerStore
from core.database import open_database
from core.errors import StorageError


def test_a_customer_is_found_by_every_number_and_address(store: CustomerStore) -> None:
    found = [
        store.get("cus-24680"),
        store.by_account("24680"),
        store.by_order("78901"),
        *store.by_email("Sarah.Johnson@Example.com"),
        *store.by_phone("+12065550147"),
    ]
    assert [customer and customer.name for customer in found] == ["Sarah Johnson"] * 5


def test_nobody_is_found_for_what_is_not_on_file(store: CustomerStore) -> None:
    assert store.get("cus-0") is store.by_account("0") is store.by_order("0") is store.order("0") is None
    assert store.product("0") is store.policy("0") is None
    assert store.by_email("x@example.com") == store.by_phone("+1") == store.charges_of("cus-0") == []
    assert store.profile("cus-0") == {}


@pytest.mark.parametrize("text", ["' OR 1=1 --", "78901'; DROP TABLE orders; --", '"', "%", "\\"])
def test_what_callers_say_is_never_sql(store: CustomerStore, text: str) -> None:
    assert store.by_account(text) is store.by_order(text) is store.order(text) is None
    assert store.by_email(text) == []
    assert store.order("78901") is not None


def test_the_profile_is_what_the_panel_shows(store: CustomerStore) -> None:
    profile = store.profile("cus-24680")
    assert json.loads(json.dumps(profile)) == profile
    assert profile["name"] == "Sarah Johnson"
    assert profile["lifetime_value"] == "612.00"
    assert profile["last_contact"] == {"date": "2025-11-26", "about": "change of address"}
    order = profile["orders"][0]
    assert (order["ref"], order["order_id"], order["total"]) == ("orders/78901", "78901", "218.00")
    assert [(item["name"], item["quantity"], item["price"]) for item in order["items"]] == [
        ("Pulse Fit Smartwatch", 1, "189.00"),
        ("Sport Watch Band", 1, "29.00"),
    ]
    assert profile["notes"] == [{"date": "2025-11-26", "text": "Moved; new delivery address confirmed."}]


def test_the_return_window_counts_from_the_day_of_the_order(store: CustomerStore) -> None:
    order = store.order("78901")
    assert order is not None
    assert order["placed_on"] == "2026-01-03"
    assert {item["return_by"] for item in order["items"]} == {"2026-02-02"}


def test_every_profile_is_bounded_and_newest_first(store: CustomerStore) -> None:
    for person in store.directory().people:
        profile = store.profile(person.customer_id)
        for rows, day in (("orders", "placed_on"), ("charges", "date"), ("tickets", "opened_on"), ("notes", "date")):
            days = [row[day] for row in profile[rows]]
            assert days == sorted(days, reverse=True)
            assert len(days) <= ROWS


def test_the_directory_is_kept_until_refreshed(database: Engine) -> None:
    store = CustomerStore(database)
    assert store.directory().people == ()
    before = store.fingerprint()
    assert store.fingerprint() == before
    with Session(database) as session:
        session.add(
            Customer(
                customer_id="cus-1",
                account_number="11111",
                name="Ada Quill",
                email="Ada@Example.com",
                phone="+12125550101",
                tier="standard",
                since=date(2025, 1, 1),
                lifetime_value=Decimal("1.00"),
                plan="Basic Plan",
                language="English",
            )
        )
        session.commit()
    assert store.directory().people == ()
    assert store.fingerprint() != before
    store.refresh()
    assert [person.name for person in store.directory().exactly("email", "ada@example.com")] == ["Ada Quill"]


CHANGES: list[tuple[type[SQLModel], str]] = [
    (Customer, "name"),
    (Customer, "plan"),
    (Product, "name"),
    (Policy, "title"),
    (Policy, "summary"),
]


@pytest.mark.parametrize(("table", "field"), CHANGES)
def test_a_change_of_anything_engines_learn_is_noticed(services: Services, table: type[SQLModel], field: str) -> None:
    """Also one after which the texts are as long as before, and the first and the last of them the same."""
    before = services.customers.fingerprint()
    assert services.customers.fingerprint() == before
    with Session(services.database) as session:
        rows = sorted(session.exec(select(table)), key=lambda row: str(getattr(row, field)))
        middle = rows[len(rows) // 2]
        text = getattr(middle, field)
        setattr(middle, field, text[:-1] + ("x" if text[-1] != "x" else "y"))
        session.commit()
    assert services.customers.fingerprint() != before


@pytest.mark.parametrize(
    ("table", "own"),
    [
        (Customer, {"customer_id": "cus-own", "account_number": "99999999"}),
        (Product, {"product_id": "prd-own"}),
        (Policy, {"policy_type": "own"}),
    ],
)
def test_who_and_what_comes_and_goes_is_noticed(services: Services, table: type[SQLModel], own: dict[str, str]) -> None:
    before = services.customers.fingerprint()
    with Session(services.database) as session:
        another = table(**session.exec(select(table)).first().model_dump() | own)  # type: ignore[union-attr]
        session.add(another)
        session.commit()
        assert services.customers.fingerprint() != before
        session.delete(another)
        session.commit()
    assert services.customers.fingerprint() == before


def test_whoever_was_in_contact_last_is_named_first(store: CustomerStore) -> None:
    names = store.recent_names()
    assert sorted(names) == sorted(person.name for person in store.directory().people)
    by_name = {person.name: store.get(person.customer_id) for person in store.directory().people}
    days = [customer.last_contact_on or date.min for name in names if (customer := by_name[name])]
    assert days == sorted(days, reverse=True)
    assert days[0] > date.min


def test_a_database_that_fails_is_one_clear_error(tmp_path: Path) -> None:
    engine = open_database(f"duckdb:///{tmp_path / 'broken.duckdb'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE notes")
    with pytest.raises(StorageError, match="customer records cannot be read"):
        CustomerStore(engine).notes_of("cus-1")
    engine.dispose()
