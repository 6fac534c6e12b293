"""One agent beside the others, and one customer over time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select

from core.insights.metrics.calls import by, kpis
from core.insights.metrics.definitions import KPI_HELP
from core.insights.metrics.sums import Kpis
from core.insights.overview import CallFilter, overview
from core.insights.reading import reading
from core.insights.targets import Basis

LEAST_HANDLED = 5
"""Below so many calls an agent is listed without a place."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An agent's place in the leaderboard; agents with the same value share one."""

    place: int | None
    """None for too few calls, or nothing to compare by."""
    agent: str
    kpis: Kpis


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCall:
    """A call of a customer's history."""

    call_id: str
    started_at: datetime
    duration_s: float
    channel: str
    agent: str
    reason: str
    disposition: str | None
    resolved: bool | None
    rating: int | None
    sentiment: float | None
    end_reason: str | None


@dataclass(frozen=True, slots=True)
class CustomerHistory:
    """Everything there is of a customer's calls, newest first."""

    kpis: Kpis
    calls: list[CustomerCall]


def leaderboard(engine: Engine, calls: CallFilter, basis: Basis, kpi: str = "csat") -> list[Standing]:
    """Agents by one KPI, the best first: the lowest value where lower is better. KeyError for a name that is none."""
    sign = 1 if KPI_HELP[kpi].better == "down" else -1
    groups = by(engine, calls, basis, "agent")
    values = {
        str(group.value): sign * value
        for group in groups
        if group.kpis.handled >= LEAST_HANDLED and (value := group.kpis.value(kpi)) is not None
    }
    ranked = sorted(values.values())
    standings = [
        Standing(ranked.index(values[agent]) + 1 if (agent := str(group.value)) in values else None, agent, group.kpis)
        for group in groups
    ]
    return sorted(standings, key=lambda one: (one.place is None, one.place or 0, -one.kpis.handled, one.agent))


def customer_history(engine: Engine, customer_id: str, basis: Basis, at_most: int = 100) -> CustomerHistory:
    """A customer's calls that are over, whatever the dates, with their KPIs."""
    chosen = CallFilter(customer_id=customer_id)
    rows = overview()
    columns = [rows.c[name] for name in CustomerCall.__dataclass_fields__]
    query = select(*columns).where(*chosen.on(rows)).order_by(rows.c.started_at.desc(), rows.c.call_id).limit(at_most)
    with reading(engine) as connection:
        found = [
            CustomerCall(
                **{**row, "channel": row["channel"] or "voice", "reason": row["reason"] or ""},
            )
            for row in connection.execute(query).mappings()
        ]
    return CustomerHistory(kpis(engine, chosen, basis), found)
