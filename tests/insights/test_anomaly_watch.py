"""The rules in the file, what a supervisor changed of them, and who has seen what."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from insights.tallies import MONDAY, Floor, basis
from sqlalchemy import Engine

from core.clock import ManualClock
from core.config import Settings
from core.errors import RulesError
from core.insights.anomaly_watch import AnomalyWatch, load_anomaly_rules

FILE = "usual: {least_volume: 3, least_history: 4}\nfigures: {calls: {}, aht_s: {least_volume: 1}}\n"
NOW = MONDAY + timedelta(weeks=6, hours=5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "anomalies.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.fixture
def watch(database: Engine, clock: ManualClock, path: Path) -> AnomalyWatch:
    """Six usual Mondays with three calls at 9, and a seventh with nine of them."""
    floor = Floor(database)
    for week in range(7):
        for minute in range(9 if week == 6 else 3):
            floor.call(MONDAY + timedelta(weeks=week, minutes=minute), talk_s=100.0)
    return AnomalyWatch(database, clock, path)


def test_the_shipped_file_can_be_read() -> None:
    rules = load_anomaly_rules(Settings().anomalies_path)
    assert {"abandonment", "calls", "csat"} <= {rule.metric for rule in rules}


def test_a_rush_is_noticed_and_why(watch: AnomalyWatch) -> None:
    (noticed,) = watch.recent(basis(NOW))
    assert noticed.anomaly.why == "Calls 9, usually 3–3 on Mondays at 9"
    assert noticed.acknowledged is None


def test_the_day_counts_when_it_is_over(watch: AnomalyWatch) -> None:
    spans = [one.anomaly.span for one in watch.recent(basis(NOW + timedelta(days=1)))]
    assert spans == ["hour", "day"]


def test_an_hour_that_is_not_over_is_not_judged(watch: AnomalyWatch) -> None:
    assert watch.recent(basis(MONDAY + timedelta(weeks=6, minutes=30))) == []


def test_the_first_who_saw_it_stays_named(
    watch: AnomalyWatch, clock: ManualClock, path: Path, database: Engine
) -> None:
    key = watch.recent(basis(NOW))[0].anomaly.key
    watch.acknowledge(key, "Robin", " a bus came late ")
    watch.acknowledge(key, "Sam")
    (noticed,) = AnomalyWatch(database, clock, path).recent(basis(NOW))
    assert noticed.acknowledged is not None
    assert (noticed.acknowledged.by, noticed.acknowledged.note) == ("Robin", "a bus came late")
    assert noticed.acknowledged.at == clock.now()


def test_a_changed_rule_counts_until_it_is_reset(
    watch: AnomalyWatch, clock: ManualClock, path: Path, database: Engine
) -> None:
    calls = watch.rules()[0]
    watch.change(replace(calls, least_volume=10), "Robin")
    again = AnomalyWatch(database, clock, path)
    assert again.rules()[0].least_volume == 10
    assert again.recent(basis(NOW)) == []
    again.change(replace(calls, enabled=False), "Robin")
    assert again.rules()[0].enabled is False
    again.reset("calls")
    assert again.rules()[0] == calls
    assert len(again.recent(basis(NOW))) == 1


def test_a_change_out_of_range_is_refused(watch: AnomalyWatch) -> None:
    calls = watch.rules()[0]
    with pytest.raises(RulesError, match=r"Calls: spread.*greater than 0"):
        watch.change(replace(calls, spread=0.0), "Robin")
    with pytest.raises(RulesError, match="nobody watches 'csat'"):
        watch.change(replace(calls, metric="csat"), "Robin")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("figures: {csta: {}}", "'csta' is no figure"),
        ("figures: {csat: {spread: -1}}", "csat: spread"),
        ("figures: {csat: {speed: 1}}", "csat: speed"),
        ("rules: {}", "anomalies.yaml: rules"),
        ("a: [", "is not YAML"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "anomalies.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RulesError, match=message):
        load_anomaly_rules(path)
