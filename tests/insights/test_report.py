"""The report: one file that needs nothing but itself."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from sqlalchemy import Engine
from stored import store

from core.calls.log import EventLog
from core.clock import ManualClock
from core.insights.anomalies import Anomaly
from core.insights.metrics import Basis, Period, days, previous
from core.insights.overview import CallFilter
from core.insights.report import Report, gather, in_words, render

SAID = (("customer", "hello"), ("agent", "good morning"))
LOADING = {("script", "src"), ("link", "href"), ("img", "src"), ("iframe", "src"), ("object", "data"), ("use", "href")}


class Loads(HTMLParser):
    """What a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if (tag, name) in LOADING]


@pytest.fixture
def period(clock: ManualClock) -> Period:
    today = clock.now().date()
    return days(today - timedelta(days=6), today, Basis(clock.now()).zone)


@pytest.fixture
def database_with_calls(database: Engine, event_log: EventLog, clock: ManualClock) -> Iterator[Engine]:
    store(event_log, clock, "bad", *SAID, rating=1, customer="<b>Ann</b>", channel="voice", sentiment=-0.5)
    store(event_log, clock, "good", *SAID, rating=5, agent="Priya Nair", topics=["billing"], channel="chat")
    return database


def report_of(database: Engine, clock: ManualClock, period: Period, **more: object) -> Report:
    calls = CallFilter()
    basis = Basis(clock.now())
    return gather(database, basis, period.of(calls), previous(period).of(calls), **more)  # type: ignore[arg-type]


def test_it_loads_nothing_and_holds_plotly_once(
    database_with_calls: Engine, clock: ManualClock, period: Period
) -> None:
    html = render(report_of(database_with_calls, clock, period, app_url="http://127.0.0.1:8501/"))
    loads = Loads()
    loads.feed(html)
    assert loads.found == []
    styles = "".join(re.findall(r"<style>(.*?)</style>", html.partition("<script>")[0], re.DOTALL))
    assert "url(" not in styles
    assert "@import" not in styles
    assert html.count("plotly.js v") == 1
    assert html.count("Plotly.newPlot(") >= 9


def test_it_tells_the_figures_and_the_worst_and_best_calls(
    database_with_calls: Engine, clock: ManualClock, period: Period
) -> None:
    report = report_of(database_with_calls, clock, period, app_url="http://127.0.0.1:8501/")
    assert (report.calls, report.first, report.last) == (2, period.since.date(), clock.now().date())
    assert [call.call_id for call in report.worst] == ["bad", "good"]
    assert [call.call_id for call in report.best] == ["good", "bad"]
    assert {tile.name: tile.value for tile in report.headlines}["csat"] == "50 %"
    html = render(report)
    assert '<a href="http://127.0.0.1:8501/replay?call=bad">bad</a>' in html
    assert '<div class="value" data-kpi="calls">2</div>' in html


def test_what_customers_are_called_is_no_markup(
    database_with_calls: Engine, clock: ManualClock, period: Period
) -> None:
    html = render(report_of(database_with_calls, clock, period))
    assert "<b>Ann</b>" not in html
    assert "&lt;b&gt;Ann&lt;/b&gt;" in html


def test_only_anomalies_of_its_days_are_in_it(database_with_calls: Engine, clock: ManualClock, period: Period) -> None:
    def anomaly(ago_days: int, why: str) -> Anomaly:
        at = clock.now() - timedelta(days=ago_days)
        return Anomaly(metric="calls", span="day", at=at, value=9, low=1, high=2, usual=1, why=why)

    found = [anomaly(1, "Calls 9, usually 1–2"), anomaly(30, "long ago")]
    html = render(report_of(database_with_calls, clock, period, anomalies=found))
    assert "Calls 9, usually 1–2" in html
    assert "long ago" not in html


def test_a_time_without_calls_is_said_to_be_one(
    database: Engine, event_log: EventLog, clock: ManualClock, period: Period
) -> None:
    html = render(report_of(database, clock, period))
    assert "No calls in this time" in html
    assert "newPlot(" not in html.rpartition("</script>")[2]


def test_it_says_which_calls_it_is_about() -> None:
    assert in_words(CallFilter()) == ""
    assert in_words(CallFilter(agents=("A", "B"), tiers=("gold",))) == "agents: A, B; tiers: gold"


def test_it_needs_both_ends_of_its_time(database: Engine, clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="a first and a last day"):
        gather(database, Basis(clock.now()), CallFilter(), CallFilter())
