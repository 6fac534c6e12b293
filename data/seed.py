"""The demo world: demo people, fifty generated customers, products and policies, written into a database."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine, insert, or_, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, SQLModel, col, select

from core.customers.models import TABLES, Charge, Customer, Order, Policy, Product
from core.edited_files import read_yaml
from core.errors import StorageError
from data.people import demo_people
from data.population import Population

WORLD = Path(__file__).parent / "world"


@dataclass(frozen=True, slots=True)
class SeedReport:
    """How many rows each table got."""

    rows: Mapping[str, int]

    def __str__(self) -> str:
        return ", ".join(f"{count} {table.replace('_', ' ')}" for table, count in self.rows.items())


def seed(engine: Engine, today: date, seed: int = 7) -> SeedReport:
    """Fill an empty database in one transaction; the same seed and day give the same rows.

    Raises StorageError when there are customers already.
    """
    if _has_customers(engine):
        raise StorageError("the database has customers already: seed a new file, or delete this one first")
    return _write(engine, world(today, seed))


def seed_if_empty(engine: Engine, today: date, seed: int = 7) -> SeedReport | None:
    """Seed a database without customers; None when it has some."""
    return None if _has_customers(engine) else _write(engine, world(today, seed))


def _write(engine: Engine, rows: list[SQLModel]) -> SeedReport:
    try:
        with engine.begin() as connection:
            for model in TABLES:
                chosen = [row.model_dump() for row in rows if type(row) is model]
                connection.execute(insert(model).values(chosen))
    except SQLAlchemyError as error:
        first_line = str(error).splitlines()[0]
        raise StorageError(f"the demo world cannot be written, nothing was changed: {first_line}") from error
    counts = Counter(str(type(row).__tablename__) for row in rows)
    return SeedReport({str(model.__tablename__): counts[str(model.__tablename__)] for model in TABLES})


def refresh_relative_dates(engine: Engine, today: date) -> int:
    """Move the demo people's orders and charges to `today`, so that "shipped yesterday" stays true.

    Returns how many rows changed. Rows that are gone stay gone.
    """
    products = {row.product_id: row for row in _products()}
    wanted = demo_people(_read("people")["people"], products, today)
    changed = 0
    with engine.begin() as connection:
        for row in wanted:
            if not isinstance(row, Order | Charge):
                continue
            dates = {name: value for name, value in row.model_dump().items() if isinstance(value, date)}
            stale = or_(*(getattr(type(row), name) != value for name, value in dates.items()))
            same = (
                col(Order.order_id) == row.order_id
                if isinstance(row, Order)
                else col(Charge.charge_id) == row.charge_id
            )
            changed += connection.execute(update(type(row)).where(same, stale).values(dates)).rowcount
    return changed


def world(today: date, seed: int) -> list[SQLModel]:
    """Every row of the demo world. Raises RulesError when a file under `world/` is wrong."""
    people = _read("people")
    products = _products()
    demo = list(demo_people(people["people"], {row.product_id: row for row in products}, today))
    names = {row.name for row in demo if isinstance(row, Customer)}
    numbers = {row.account_number for row in demo if isinstance(row, Customer)}
    numbers |= {row.order_id for row in demo if isinstance(row, Order)}
    population = Population(seed=seed, today=today, products=products, plans=_read("products")["plans"])
    policies = [Policy(**policy) for policy in _read("policies")["policies"]]
    return [*products, *policies, *demo, *population.rows(people["namesakes"], names, numbers)]


def _products() -> list[Product]:
    return [Product.model_validate(product) for product in _read("products")["products"]]


def _read(name: str) -> dict[str, Any]:
    return cast("dict[str, Any]", read_yaml(WORLD / f"{name}.yaml"))


def _has_customers(engine: Engine) -> bool:
    with Session(engine) as session:
        return session.exec(select(Customer.customer_id).limit(1)).first() is not None
