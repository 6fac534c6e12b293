"""The demo world is the same for the same seed and day, and holds the people the demo calls are about."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete
from sqlmodel import Session, col, select

from core.customers.matching import LIKELY, name_score
from core.customers.models import TABLES, Charge, Customer, Order, OrderItem, Policy, Product
from core.customers.store import CustomerStore
from core.database import open_database
from core.errors import StorageError
from data.seed import refresh_relative_dates, seed, seed_if_empty, world

TODAY = date(2026, 1, 5)
NewDatabase = Callable[[], Engine]


@pytest.fixture
def new_database(tmp_path: Path) -> Iterator[NewDatabase]:
    engines: list[Engine] = []

    def make() -> Engine:
        engines.append(open_database(f"duckdb:///{tmp_path / f'{len(engines)}.duckdb'}"))
        return engines[-1]

    yield make
    for engine in engines:
        engine.dispose()


def rows(engine: Engine) -> dict[str, list[Any]]:
    with Session(engine) as session:
        return {
            model.__name__: sorted(str(row.model_dump()) for row in session.exec(select(model))) for model in TABLES
        }


def test_same_seed_and_day_give_identical_databases(new_database: NewDatabase) -> None:
    first, second = new_database(), new_database()
    seed(first, TODAY)
    seed(second, TODAY)
    assert rows(first) == rows(second)


def test_another_seed_gives_other_people_and_the_same_demo_people() -> None:
    def names(number: int) -> set[str]:
        return {row.name for row in world(TODAY, number) if isinstance(row, Customer)}

    assert names(7) != names(8)
    assert {"John Doe", "Sarah Johnson"} <= names(7) & names(8)


def test_the_report_counts_what_was_written(new_database: NewDatabase) -> None:
    engine = new_database()
    report = seed(engine, TODAY)
    assert report.rows["customers"] == 52
    assert report.rows == {
        model.__tablename__: len(written) for model, written in zip(TABLES, rows(engine).values(), strict=True)
    }


def test_john_doe_is_as_told(new_database: NewDatabase) -> None:
    engine = new_database()
    seed(engine, TODAY)
    store = CustomerStore(engine)
    john = store.by_account("12345")
    assert john is not None
    assert (john.name, john.tier, john.plan) == ("John Doe", "gold", "Premium Plan")
    assert (john.since.year, john.since.month) == (2023, 1)
    assert john.lifetime_value == Decimal("2340.00")
    assert john.last_contact_about == "feature request"
    assert [(c["date"], c["description"], c["amount"]) for c in store.charges_of(john.customer_id)] == [
        ("2025-10-15", "Data Overage", "30.99"),
        ("2025-10-01", "Premium Plan renewal", "99.00"),
    ]


def test_sarah_johnsons_order_is_as_told(new_database: NewDatabase) -> None:
    engine = new_database()
    seed(engine, TODAY)
    store = CustomerStore(engine)
    owner, order = store.by_order("78901"), store.order("78901")
    assert owner is not None
    assert order is not None
    assert owner.name == "Sarah Johnson"
    assert (order["status"], order["carrier"]) == ("shipped", "FedEx")
    assert (order["shipped_on"], order["eta"]) == ("2026-01-04", "2026-01-08")


@pytest.mark.parametrize(
    ("today", "year"),
    [(date(2026, 10, 14), 2025), (date(2026, 10, 15), 2026), (date(2026, 12, 31), 2026), (date(2027, 1, 1), 2026)],
)
def test_the_october_bill_never_lies_ahead(today: date, year: int) -> None:
    dates = [row.charged_on for row in world(today, 7) if isinstance(row, Charge) and row.customer_id == "cus-12345"]
    assert dates == [date(year, 10, 1), date(year, 10, 15)]


def test_nobody_generated_can_be_taken_for_a_demo_person() -> None:
    people = [row for row in world(TODAY, 7) if isinstance(row, Customer)]
    demo = [person for person in people if person.name in ("John Doe", "Sarah Johnson")]
    others = [person for person in people if person not in demo]
    assert len(demo) == 2
    assert len(others) == 50
    assert max(name_score(other.name, one.name) for other in others for one in demo) < LIKELY


def test_first_names_are_shared_and_numbers_are_not() -> None:
    rows = world(TODAY, 7)
    people = [row for row in rows if isinstance(row, Customer)]
    first_names = Counter(person.name.split()[0] for person in people)
    assert first_names["Sarah"] > 1
    assert first_names["John"] > 1
    numbers = [p.account_number for p in people] + [row.order_id for row in rows if isinstance(row, Order)]
    assert len(set(numbers)) == len(numbers)
    assert len({person.phone for person in people}) == len(people)
    assert len({person.email for person in people}) == len(people)


@pytest.mark.parametrize("day_offset", range(0, 366, 61))
def test_every_row_makes_sense_on_any_day(day_offset: int) -> None:
    today = TODAY + timedelta(days=day_offset)
    rows = world(today, 7)
    totals = {row.order_id: row.total for row in rows if isinstance(row, Order)}
    added: Counter[str] = Counter()
    for row in rows:
        if isinstance(row, OrderItem):
            added[row.order_id] += row.price * row.quantity  # type: ignore[assignment]
        if isinstance(row, Order):
            assert row.placed_on <= (row.shipped_on or today) <= (row.delivered_on or today) <= today
            assert (row.eta is not None) == (row.status == "shipped")
            assert row.eta is None or row.eta >= today
        if isinstance(row, Charge):
            assert row.charged_on <= today
    assert totals == dict(added)


def test_products_and_policies_are_complete() -> None:
    rows = world(TODAY, 7)
    products = [row for row in rows if isinstance(row, Product)]
    assert len(products) >= 12
    assert {product.return_days for product in products} >= {0, 30}
    policies = {row.policy_type: row for row in rows if isinstance(row, Policy)}
    assert policies.keys() == {"return", "refund", "warranty", "sla", "billing", "cancellation", "escalation"}
    assert all(policy.summary and policy.text for policy in policies.values())


def test_seeding_twice_is_refused_and_seeding_if_empty_leaves_alone(new_database: NewDatabase) -> None:
    engine = new_database()
    assert seed_if_empty(engine, TODAY) is not None
    before = rows(engine)
    assert seed_if_empty(engine, TODAY + timedelta(days=1)) is None
    with pytest.raises(StorageError, match="delete"):
        seed(engine, TODAY)
    assert rows(engine) == before


def test_a_failure_half_way_leaves_nothing_behind(new_database: NewDatabase) -> None:
    engine = new_database()
    with Session(engine) as session:
        session.add(next(row for row in world(TODAY, 7) if isinstance(row, Policy)))
        session.commit()
    with pytest.raises(StorageError, match="nothing was changed"):
        seed(engine, TODAY)
    left = rows(engine)
    assert (left["Customer"], left["Product"], len(left["Policy"])) == ([], [], 1)


def test_an_old_database_is_moved_to_today(new_database: NewDatabase) -> None:
    engine = new_database()
    seed(engine, TODAY)
    later = date(2026, 11, 20)
    assert refresh_relative_dates(engine, TODAY) == 0
    assert refresh_relative_dates(engine, later) > 0
    assert refresh_relative_dates(engine, later) == 0
    store = CustomerStore(engine)
    order = store.order("78901")
    assert order is not None
    assert (order["shipped_on"], order["eta"]) == ("2026-11-19", "2026-11-23")
    assert store.charges_of("cus-12345")[0]["date"] == "2026-10-15"


def test_refreshing_brings_nothing_back(new_database: NewDatabase) -> None:
    engine = new_database()
    seed(engine, TODAY)
    with engine.begin() as connection:
        connection.execute(delete(OrderItem).where(col(OrderItem.order_id) == "78901"))
    with engine.begin() as connection:
        connection.execute(delete(Order).where(col(Order.order_id) == "78901"))
    refresh_relative_dates(engine, date(2026, 11, 20))
    assert CustomerStore(engine).order("78901") is None
