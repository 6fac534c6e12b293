"""Whatever is asked of a database that cannot answer, it is said in one line."""

from collections.abc import Callable, Iterator
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from insights.tallies import BASIS
from sqlalchemy import Engine, create_engine

from core.errors import StorageError
from core.insights import metrics
from core.insights.callers import callers
from core.insights.export import batches
from core.insights.listing import choices, count, page, ranking, rows_of
from core.insights.metrics.people import leaderboard
from core.insights.notable import best_calls, worst_calls
from core.insights.overview import CallFilter
from core.insights.report import gather
from core.insights.rhythm import rhythm
from core.insights.scorecards.results import scores_by
from core.insights.scorecards.sampling import to_rate
from core.insights.search import hits_in, terms_of
from core.insights.search_index import refresh

ALL = CallFilter()
DAY = metrics.days(date(2026, 3, 2), date(2026, 3, 2), ZoneInfo("UTC")).of(ALL)
ASKED: dict[str, Callable[[Engine], object]] = {
    "KPIs": lambda engine: metrics.kpis(engine, ALL, BASIS),
    "KPIs over time": lambda engine: metrics.series(engine, ALL, BASIS, "day"),
    "KPIs by hour and day": lambda engine: metrics.by_hour_and_day(engine, ALL, BASIS),
    "KPIs by agent": lambda engine: metrics.by(engine, ALL, BASIS, "agent"),
    "leaderboard": lambda engine: leaderboard(engine, ALL, BASIS),
    "a customer": lambda engine: metrics.customer_history(engine, "cust", BASIS),
    "topics": lambda engine: metrics.topics_trend(engine, ALL, BASIS),
    "dispositions": lambda engine: metrics.dispositions(engine, ALL),
    "funnel": lambda engine: metrics.funnel(engine, ALL),
    "latencies": lambda engine: metrics.latencies(engine, ALL),
    "today": lambda engine: metrics.service_today(engine, BASIS),
    "callers": lambda engine: callers(engine, "ann"),
    "best calls": lambda engine: best_calls(engine, ALL),
    "worst calls": lambda engine: worst_calls(engine, ALL),
    "rhythm": lambda engine: rhythm(engine, ALL, BASIS),
    "report": lambda engine: gather(engine, BASIS, DAY, DAY),
    "export": lambda engine: list(batches(engine, ALL)),
    "a page": lambda engine: page(engine, ALL),
    "how many": lambda engine: count(engine, ALL),
    "ranking": lambda engine: ranking(engine, CallFilter(words="refund")),
    "rows": lambda engine: rows_of(engine, ["call"]),
    "choices": lambda engine: choices(engine, "agent"),
    "hits": lambda engine: hits_in(engine, ["call"], terms_of("refund")),
    "making searchable": refresh,
    "scores": lambda engine: scores_by(engine, ALL, "agent"),
    "calls to rate": lambda engine: to_rate(engine, ALL, "Sam"),
}


@pytest.fixture(scope="module")
def nothing() -> Iterator[Engine]:
    """A database without a table."""
    engine = create_engine("duckdb:///:memory:")
    yield engine
    engine.dispose()


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_database_that_cannot_answer_is_said_so(nothing: Engine, ask: Callable[[Engine], object]) -> None:
    with pytest.raises(StorageError, match=r"cannot be (read|searched|exported)") as raised:
        ask(nothing)
    assert "\n" not in str(raised.value)
