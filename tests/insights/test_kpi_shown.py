"""Values as people read them."""

import pytest

from core.insights.metrics.definitions import Unit, shown


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "%", "–"),
        (0.314, "%", "31 %"),
        (45.4, "s", "45 s"),
        (119.4, "s", "119 s"),
        (119.9, "s", "2:00 min"),
        (372.0, "s", "6:12 min"),
        (12_345.0, "calls", "12,345"),
        (0.5, "per call", "0.5"),
        (-0.204, "-1 to 1", "-0.20"),
        (4.256, "1-5", "4.26"),
    ],
)
def test_with_unit(value: float | None, unit: Unit, text: str) -> None:
    assert shown(value, unit) == text


def test_bare() -> None:
    assert shown(0.314, "%", bare=True) == "31"
