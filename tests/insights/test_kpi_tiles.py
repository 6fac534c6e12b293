"""KPIs as tiles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.insights.kpi_tiles import DETAILS, HEADLINES, changed, tiles
from core.insights.metrics import KPI_HELP, Kpis


@pytest.mark.parametrize(
    ("name", "now", "before", "text", "better"),
    [
        ("csat", 0.8, 0.7, "+10.0 pts", True),
        ("abandonment", 0.05, 0.03, "+2.0 pts", False),
        ("aht_s", 90.0, 100.0, "-10 %", True),
        ("calls", 12, 10, "+20 %", None),
        ("sentiment_end", 0.1, 0.3, "-0.20", False),
        ("rating", 4.5, 4.25, "+0.25", True),
        ("aht_s", 100.0, 100.1, "+0 %", None),
        ("calls", 4000, 1, "+999 % and more", None),
    ],
)
def test_a_change_is_told_with_its_sign_and_whether_it_is_good(
    name: str, now: float, before: float, text: str, better: bool | None
) -> None:
    change = changed(KPI_HELP[name], now, before)
    assert change is not None
    assert (change.text, change.better) == (text, better)


@pytest.mark.parametrize(("now", "before"), [(None, 0.5), (0.5, None), (None, None)])
def test_without_two_values_nothing_changed(now: float | None, before: float | None) -> None:
    assert changed(KPI_HELP["csat"], now, before) is None


def test_nothing_is_no_part_of_nothing() -> None:
    assert changed(KPI_HELP["calls"], 5, 0) is None


@given(st.floats(0.01, 1), st.floats(0.01, 1))
def test_what_is_better_one_way_is_worse_the_other(one: float, other: float) -> None:
    there, back = (changed(KPI_HELP["csat"], *pair) for pair in ((one, other), (other, one)))
    assert there is not None
    assert back is not None
    assert (there.better is None) == (back.better is None)
    assert there.better is None or there.better is not back.better


def test_a_tile_carries_its_formula_and_a_word_for_the_colour() -> None:
    (tile,) = tiles(Kpis(aht_s=185.0), Kpis(aht_s=370.0), ["aht_s"])
    assert (tile.value, tile.verdict) == ("3:05 min", "better")
    assert tile.formula == KPI_HELP["aht_s"].formula


def test_every_tile_of_an_empty_period_is_a_dash_or_zero() -> None:
    for tile in tiles(Kpis(), Kpis(), [*HEADLINES, *DETAILS]):
        assert tile.value in ("–", "0")
        assert tile.change is None
