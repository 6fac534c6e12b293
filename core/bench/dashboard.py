"""How long the queries of the dashboard and of the history take on a thousand to a hundred thousand calls."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, Insert, Interval, String, case, cast, func, insert, literal, select, true
from sqlmodel import SQLModel

from core.bench import history
from core.bench.conditions import Options, temporary_database
from core.bench.measurement import Limit, Measurement, milliseconds
from core.calls.records import (
    CallRow,
    FactsRow,
    LatencyRow,
    ServiceRow,
    SuggestionRow,
    SummaryRow,
    TopicRow,
    TranscriptRow,
    table,
)
from core.clock import SystemClock
from core.config import Settings
from core.database import open_database
from core.insights.anomaly_watch import AnomalyWatch
from core.insights.metrics import (
    Basis,
    Dimension,
    Targets,
    by,
    customer_history,
    days,
    dispositions,
    funnel,
    kpis,
    latencies,
    series,
    service_today,
    topics_trend,
)
from core.insights.overview import CallFilter
from core.insights.search_index import refresh
from core.routing.records import AgentStateRow
from core.routing.roster import load_roster
from data.history import seed_history
from data.seed import seed

SIZES = (1_000, 10_000, 100_000)
PAST_DAYS = 90
HOURLY_DAYS = 7
ROUNDS = 9
APART = timedelta(minutes=2)
"""A copy of a call begins so much later than the one before."""
TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")
LIMIT = Limit("p95", 300)
NOTES = {
    "dashboard": f"{PAST_DAYS} days with all calls chosen (hour by hour: {HOURLY_DAYS} days)",
    "history": f"everything a page of the list or of the search shows, of {PAST_DAYS} days",
}
COPIED: tuple[type[SQLModel], ...] = (
    CallRow,
    ServiceRow,
    FactsRow,
    TopicRow,
    LatencyRow,
    SuggestionRow,
    TranscriptRow,
    SummaryRow,
    AgentStateRow,
)
_NUMBERED = ("call_id", "suggestion_id", "utterance_id", "change_id", "agent", "text")
_DATED = ("started_at", "ended_at", "at")
_DIMENSIONS: tuple[Dimension, ...] = ("agent", "topic", "tier", "channel", "disposition", "hour", "weekday")


def measure(options: Options) -> list[Measurement]:
    """A believable past of 1,000 calls, then copies of it with agents of their own, each some minutes later."""
    measured: list[Measurement] = []
    with temporary_database() as url:
        engine = open_database(url)
        try:
            seed(engine, TODAY, options.settings.seed)
            roster = load_roster(options.settings.agents_path)
            seed_history(engine, roster, today=TODAY, zone=ZONE, days=PAST_DAYS, calls=SIZES[0], with_events=False)
            copies = 1
            for calls in SIZES:
                multiply(engine, copies, calls // SIZES[0])
                copies = calls // SIZES[0]
                measured += _measured("dashboard", calls, queries(engine))
                begun_s = time.perf_counter()
                made = refresh(engine)
                took = (time.perf_counter() - begun_s) / made * 1000
                note = f"{made:,} at once, at the first search"
                what = f"history, {calls:,} calls: making one searchable"
                measured.append(Measurement(what=what, unit="ms", values=(took,), note=note))
                measured += _measured("history", calls, history.queries(engine))
        finally:
            engine.dispose()
    return measured


def _measured(suite: str, calls: int, asked: Mapping[str, Callable[[], object]]) -> list[Measurement]:
    note = f"{NOTES[suite]}; {ROUNDS} runs after a first one"
    return [
        Measurement(
            what=f"{suite}, {calls:,} calls: {name}",
            unit="ms",
            values=milliseconds(_times_s(query)),
            limits=(LIMIT,),
            note=note,
        )
        for name, query in asked.items()
    ]


def queries(engine: Engine) -> Mapping[str, Callable[[], object]]:
    """Everything the dashboard asks of the database, by what it shows."""
    basis = Basis(NOW, Targets(80, 20, 3), ZONE)
    calls = days(TODAY - timedelta(days=PAST_DAYS), TODAY, ZONE).of(CallFilter())
    lately = days(TODAY - timedelta(days=HOURLY_DAYS), TODAY, ZONE).of(CallFilter())
    watch = AnomalyWatch(engine, SystemClock(), Settings().anomalies_path)
    return {
        "service level today": partial(service_today, engine, basis),
        "all KPIs": partial(kpis, engine, calls, basis),
        "KPIs hour by hour": partial(series, engine, lately, basis, "hour"),
        "KPIs day by day": partial(series, engine, calls, basis, "day"),
        "KPIs week by week": partial(series, engine, calls, basis, "week"),
        **{f"KPIs by {dimension}": partial(by, engine, calls, basis, dimension) for dimension in _DIMENSIONS},
        "topics by day": partial(topics_trend, engine, calls, basis, "day"),
        "dispositions": partial(dispositions, engine, calls),
        "suggestion funnel": partial(funnel, engine, calls),
        "latencies per stage": partial(latencies, engine, calls),
        "a customer's history": partial(customer_history, engine, _somebody(engine), basis),
        "anomalies of 7 days": partial(watch.recent, basis),
    }


def multiply(engine: Engine, copies: int, wanted: int) -> None:
    """Where there are `copies` of a past, the first of them included, add as many as are missing to `wanted`."""
    with engine.begin() as connection:
        for model in COPIED:
            if wanted > copies:
                connection.execute(_copies(model, copies, wanted - 1))


def _copies(model: type[SQLModel], first: int, last: int) -> Insert:
    rows = table(model)
    numbers = func.generate_series(first, last).table_valued("number").render_derived(name="copies")
    number = numbers.c.number
    suffix = literal(" #") + cast(number, String)

    def copied(column: Any) -> Any:
        if column.name in _NUMBERED:
            return case((column == "", column), else_=column + suffix).label(column.name)
        if column.name in _DATED:
            return (column + number * cast(literal(f"{APART.seconds} seconds"), Interval)).label(column.name)
        return column

    original = rows.c["call_id" if "call_id" in rows.c else "change_id"].not_like("% #%")
    query = select(*map(copied, rows.c)).select_from(rows.join(numbers, true())).where(original)
    return insert(rows).from_select([column.name for column in rows.c], query)


def _somebody(engine: Engine) -> str:
    calls = table(CallRow)
    with engine.connect() as connection:
        return str(connection.execute(select(func.max(calls.c.customer_id))).scalar_one())


def _times_s(query: Callable[[], object]) -> list[float]:
    query()
    times_s = []
    for _ in range(ROUNDS):
        begun_s = time.perf_counter()
        query()
        times_s.append(time.perf_counter() - begun_s)
    return times_s
