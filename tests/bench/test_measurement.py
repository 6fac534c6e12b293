"""Figures beside budgets."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.bench.measurement import Limit, Measurement, figure, table


def of(*values: float, limits: tuple[Limit, ...] = (Limit("p95", 100),)) -> Measurement:
    return Measurement(what="wait", unit="ms", values=values, limits=limits)


@pytest.mark.parametrize(
    ("measurement", "verdict"),
    [
        (of(50, 50), "ok, 50% of it"),
        (of(100), "ok, 100% of it"),
        (of(125), "over by 25%"),
        (of(40, 80, limits=(Limit("p50", 120), Limit("max", 50))), "over by 60%"),
        (of(0, limits=(Limit("max", 0),)), "ok"),
        (of(1.5, limits=(Limit("max", 0),)), "over by 1.50 ms"),
        (of(96, limits=(Limit("mean", 95, least=True),)), "ok"),
        (of(76, limits=(Limit("mean", 95, least=True),)), "short by 20%"),
        (of(0, limits=(Limit("mean", 95, least=True),)), "short by 100%"),
        (of(7, limits=()), ""),
        (of(), ""),
    ],
)
def test_the_verdict_is_that_of_the_worst_limit(measurement: Measurement, verdict: str) -> None:
    assert measurement.verdict == verdict


def test_what_was_not_measured_is_never_ok() -> None:
    missing = Measurement(what="paint", unit="ms", limits=(Limit("p95", 100),), not_measured="no browser")
    assert (missing.measured, missing.verdict) == ("not measured: no browser", "")
    assert missing.to_json()["not_measured"] == "no browser"
    assert "p95" not in missing.to_json()


@given(st.floats(min_value=1e-4, max_value=1e7))
def test_figures_keep_three_digits(value: float) -> None:
    assert math.isclose(float(figure(value)), value, rel_tol=0.006)


@given(st.lists(st.floats(min_value=0, max_value=1e6), min_size=1), st.floats(min_value=1e-3, max_value=1e6))
def test_a_verdict_is_ok_exactly_when_the_statistic_keeps_the_limit(values: list[float], at_most: float) -> None:
    measurement = of(*values, limits=(Limit("p95", at_most),))
    assert measurement.verdict.startswith("ok") == (measurement.statistic("p95") <= at_most)


def test_the_table_is_aligned_and_tells_each_note_once() -> None:
    lines = table(
        [
            Measurement(what="a", unit="ms", values=(1, 2), limits=(Limit("p50", 10),), note="warm"),
            Measurement(what="longer", unit="s", values=(3,), note="warm"),
            Measurement(what="none", unit="s", not_measured="no browser"),
        ]
    ).splitlines()
    assert lines[0].split() == ["what", "budget", "measured", "verdict"]
    assert {
        line.index(word) for line, word in zip(lines[2:5], ("p50 1.50", "3.00 s", "not measured"), strict=True)
    } == {lines[0].index("measured")}
    assert lines[5:] == ["[1] warm"]


def test_engines_stand_side_by_side() -> None:
    limit = Limit("mean", 95, least=True)
    lines = table(
        [
            Measurement(what="b: names", unit="%", values=(90,), engine="stock"),
            Measurement(what="a: errors", unit="%", values=(12,), engine="stock", note="100 words"),
            Measurement(what="b: names", unit="%", values=(97,), engine="ours", limits=(limit,)),
            Measurement(what="a: errors", unit="%", not_measured="no key", engine="theirs"),
        ]
    ).splitlines()
    columns = [lines[0].index(name) for name in ("what", "budget", "stock", "ours", "theirs")]

    def cells(line: str) -> list[str]:
        return [line[at:end].strip() for at, end in zip(columns, [*columns[1:], None], strict=True)]

    assert cells(lines[2]) == ["b: names", "≥ 95.0 %", "90.0 %", "97.0 % (ok)", "–"]
    assert cells(lines[3]) == ["a: errors", "–", "12.0 % [1]", "–", "not measured: no key"]
    assert lines[4:] == ["[1] 100 words"]
