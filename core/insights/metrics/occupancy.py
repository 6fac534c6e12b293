"""How much of their signed-in time agents were busy, from what they were doing and since when.

An agent's state lasts until their next one, and the last one until now. Every state but `away` is signed in.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, Subquery, cast, func, literal, select

from core.calls.records import table
from core.insights.overview import CallFilter
from core.insights.targets import Basis
from core.routing.records import AgentStateRow

BUSY = ("busy", "after-call work")
AWAY = "away"
CELL_S = 1_800.0
"""Clocks are set forward and back by multiples of this."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is looked at: from `since`, or from the beginning, to `until`."""

    since: datetime | None
    until: datetime

    @classmethod
    def of(cls, calls: CallFilter, basis: Basis) -> "Bounds":
        return cls(calls.since, min(calls.until, basis.now) if calls.until else basis.now)


def occupancy(connection: Connection, bounds: Bounds, agents: Sequence[str] = ()) -> float | None:
    """Share of the signed-in time, 0 to 1; None when nobody was signed in."""
    states = _states(bounds.until, agents)
    row = connection.execute(select(*_busy_and_signed_in(states, bounds.since, bounds.until))).one()
    return _share(row.busy_s, row.signed_in_s)


def occupancy_by_agent(connection: Connection, bounds: Bounds) -> dict[str, float]:
    """The share of each agent who was signed in."""
    states = _states(bounds.until)
    columns = _busy_and_signed_in(states, bounds.since, bounds.until)
    found = connection.execute(select(states.c.agent, *columns).group_by(states.c.agent))
    shares = {row.agent: _share(row.busy_s, row.signed_in_s) for row in found}
    return {agent: share for agent, share in shares.items() if share is not None}


def occupancy_over_time(
    connection: Connection, edges: Sequence[datetime], agents: Sequence[str] = ()
) -> dict[datetime, float]:
    """The share between each edge and the next, where anybody was signed in; by the earlier edge.

    Edges but the last are half hours apart, or multiples of that.
    """
    if len(edges) < 2:
        return {}
    begin_s = edges[0].timestamp()
    states = _states(edges[-1], agents)
    from_s = func.extract("epoch", func.greatest(states.c.at, edges[0])) - begin_s
    to_s = func.extract("epoch", states.c.ends_at) - begin_s
    cells = (
        select(states.c.state.in_(BUSY).label("busy"), from_s.label("from_s"), to_s.label("to_s"))
        .where(states.c.state != AWAY, states.c.ends_at > edges[0])
        .subquery("cells")
    )
    # A range join with the buckets takes three times as long as grouping by where a state begins and ends.
    first = cast(func.floor(cells.c.from_s / CELL_S), Integer).label("first")
    last = cast(func.floor(cells.c.to_s / CELL_S), Integer).label("last")
    query = select(cells.c.busy, first, last, func.count(), func.sum(cells.c.from_s), func.sum(cells.c.to_s)).group_by(
        cells.c.busy, first, last
    )
    busy_s: defaultdict[int, float] = defaultdict(float)
    signed_in_s: defaultdict[int, float] = defaultdict(float)
    starts = [edge.timestamp() - begin_s for edge in edges[:-1]]
    for busy, *stretch in connection.execute(query):
        for cell, length_s in _per_cell(*stretch):
            number = bisect_right(starts, cell * CELL_S) - 1
            signed_in_s[number] += length_s
            busy_s[number] += length_s if busy else 0.0
    shares = {number: _share(busy_s[number], total_s) for number, total_s in signed_in_s.items()}
    return {edges[number]: share for number, share in sorted(shares.items()) if share is not None}


def _per_cell(first: int, last: int, count: int, from_s: float, to_s: float) -> Iterator[tuple[int, float]]:
    """Seconds in each cell of `count` stretches that begin in the first and end in the last.

    `from_s` and `to_s` are the sums of where they begin and end.
    """
    if first == last:
        yield first, to_s - from_s
        return
    yield first, count * (first + 1) * CELL_S - from_s
    for between in range(first + 1, last):
        yield between, count * CELL_S
    yield last, to_s - count * last * CELL_S


def _states(until: datetime, agents: Sequence[str] = ()) -> Subquery:
    """Every state with its end, as far as `until`."""
    rows = table(AgentStateRow)
    next_at = func.lead(rows.c.at).over(partition_by=rows.c.agent, order_by=rows.c.at)
    ends_at = func.coalesce(next_at, literal(until)).label("ends_at")
    query = select(rows.c.agent, rows.c.state, rows.c.at, ends_at)
    query = query.where(rows.c.at < until)
    return (query.where(rows.c.agent.in_(agents)) if agents else query).subquery("states")


def _busy_and_signed_in(states: Subquery, since: Any, until: Any) -> list[Any]:
    start = states.c.at if since is None else func.greatest(states.c.at, since)
    end = func.least(states.c.ends_at, until)
    length_s = func.greatest(func.extract("epoch", end) - func.extract("epoch", start), 0.0)
    return [
        func.sum(length_s).filter(states.c.state.in_(BUSY)).label("busy_s"),
        func.sum(length_s).filter(states.c.state != AWAY).label("signed_in_s"),
    ]


def _share(busy_s: float | None, signed_in_s: float | None) -> float | None:
    return (busy_s or 0.0) / signed_in_s if signed_in_s else None
