"""A past to look at: months of calls that never were, told event by event and stored as the log would have stored them.

Everything follows from a seed: who calls when and why, who answers, how long they wait and what is said.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import SQLModel

from core.calls.bulk import insert_rows, write_calls
from core.calls.events import Recorded
from core.calls.records import CallRow, table
from core.customers.models import TABLES, Product
from core.edited_files import read_yaml
from core.errors import StorageError
from core.routing.records import AgentStateRow
from core.routing.roster import Agent
from data.past import CALL_ID, Past
from data.past_customers import MoreCustomers, Record, records
from data.past_demand import arrivals, shifts
from data.past_desks import Desks
from data.seed import WORLD

CALLS_PER_CUSTOMER = 5
LEAST_CUSTOMERS = 40
DAYS_OF = {"d": 1, "w": 7}
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class HistoryReport:
    calls: int
    events: int
    abandoned: int
    first: date
    last: date

    def __str__(self) -> str:
        share = self.abandoned / self.calls
        return (
            f"{self.calls:,} calls from {self.first} to {self.last} with {self.events:,} events; {share:.0%} abandoned"
        )


def days_in(text: str) -> int:
    """`90d` → 90, `12w` → 84. Raises ValueError."""
    match = re.fullmatch(r"(\d{1,4})([dw])", text.strip().lower())
    days = int(match[1]) * DAYS_OF[match[2]] if match else 0
    if not 1 <= days <= 3660:
        raise ValueError(f"{text!r} is no length of time: write 90d or 12w")
    return days


def past_calls(engine: Engine) -> int:
    """How many calls of a made-up past are stored."""
    calls = table(CallRow)
    made = select(func.count()).select_from(calls).where(calls.c.call_id.startswith(CALL_ID, autoescape=True))
    with engine.connect() as connection:
        return int(connection.execute(made).scalar_one())


def seed_history(
    engine: Engine,
    roster: Sequence[Agent],
    *,
    today: date,
    zone: tzinfo,
    days: int,
    calls: int,
    seed: int = 7,
    with_events: bool = True,
    progress: Progress = lambda done, of: None,
) -> HistoryReport:
    """Store `calls` calls of the `days` days before `today` in one transaction, with the customers they need.

    The same arguments give the same rows. The demo world must be there. Without their events calls can be counted and
    searched but not replayed. Raises StorageError when there is such a past already, or when the roster is too small.
    """
    if past_calls(engine):
        raise StorageError("there is a past already; to make another one, begin with a new database file")
    last_day = today - timedelta(days=1)
    desks = [agent for agent in roster if agent.role == "agent"]
    working = shifts(last_day, days, calls, [agent.name for agent in desks], zone, seed)
    coming = arrivals(last_day, days, calls, zone, seed)
    try:
        with engine.begin() as connection:
            _add_customers(connection, records(engine), today, days, calls, seed)
        past = Past(records(engine), Desks(desks, working), seed)
        with engine.begin() as connection:
            told = _reported(past.calls(coming), len(coming), progress)
            events = write_calls(connection, told, with_events=with_events)
            insert_rows(connection, {AgentStateRow: past.desks.state_rows()})
    except SQLAlchemyError as error:
        raise StorageError(f"the past cannot be written: {str(error).splitlines()[0]}") from error
    return HistoryReport(calls, events, past.abandoned, last_day - timedelta(days=days - 1), last_day)


def _reported(calls: Iterator[list[Recorded]], of: int, progress: Progress) -> Iterator[list[Recorded]]:
    for number, call in enumerate(calls, start=1):
        yield call
        progress(number, of)


def _add_customers(
    connection: Connection, there: Sequence[Record], today: date, days: int, calls: int, seed: int
) -> None:
    wanted = max(LEAST_CUSTOMERS, calls // CALLS_PER_CUSTOMER)
    products = [Product(**row._mapping) for row in connection.execute(select(table(Product)))]
    plans = read_yaml(WORLD / "products.yaml")["plans"]
    population = MoreCustomers(seed=seed + 1, today=today, products=products, plans=plans)
    names = {record.customer.name for record in there}
    numbers = {record.customer.account_number for record in there}
    numbers |= {order.order_id for record in there for order, _ in record.orders}
    made: defaultdict[type[SQLModel], list[dict[str, Any]]] = defaultdict(list)
    for row in population.more(wanted, names, numbers, seed, months=days // 28 + 2):
        made[type(row)].append(row.model_dump())
    for model in TABLES:
        if made[model]:
            connection.execute(insert(table(model)), made[model])
