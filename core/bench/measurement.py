"""A measured quantity beside its budget, and the table of them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Statistic = Literal["p50", "p95", "max", "mean"]
_STATISTICS: dict[Statistic, Any] = {
    "p50": lambda values: np.percentile(values, 50),
    "p95": lambda values: np.percentile(values, 95),
    "max": np.max,
    "mean": np.mean,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A budget: this statistic of the values may be `at_most` so much."""

    statistic: Statistic
    at_most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Values of one quantity in one unit. Without limits it is for information."""

    what: str
    unit: str
    values: tuple[float, ...] = ()
    limits: tuple[Limit, ...] = ()
    note: str = ""
    """What one has to know to read the figure."""
    not_measured: str = ""
    """Why there are no values."""

    def statistic(self, name: Statistic) -> float:
        """NaN without values."""
        return float(_STATISTICS[name](self.values)) if self.values else math.nan

    @property
    def budget(self) -> str:
        if len(self.values) == 1:
            return ", ".join(f"≤ {figure(limit.at_most)} {self.unit}" for limit in self.limits)
        return ", ".join(f"{limit.statistic} ≤ {figure(limit.at_most)} {self.unit}" for limit in self.limits)

    @property
    def measured(self) -> str:
        if not self.values:
            return f"not measured: {self.not_measured or 'nothing came to be measured'}"
        if len(self.values) == 1:
            return f"{figure(self.values[0])} {self.unit}"
        p50, p95, largest = (figure(self.statistic(name)) for name in ("p50", "p95", "max"))
        return f"p50 {p50}, p95 {p95}, max {largest} {self.unit} (n={len(self.values)})"

    @property
    def verdict(self) -> str:
        """Of the limit that fares worst."""
        if not self.limits or not self.values:
            return ""
        worst = max(self.limits, key=lambda limit: _strain(self.statistic(limit.statistic), limit.at_most))
        value, strain = self.statistic(worst.statistic), _strain(self.statistic(worst.statistic), worst.at_most)
        if strain <= 1:
            return f"ok, {strain:.0%} of it" if worst.at_most else "ok"
        return f"over by {strain - 1:.0%}" if worst.at_most else f"over by {figure(value)} {self.unit}"

    def to_json(self) -> dict[str, Any]:
        statistics = {str(name): self.statistic(name) for name in _STATISTICS} if self.values else {}
        return {
            "what": self.what,
            "unit": self.unit,
            "budget": {limit.statistic: limit.at_most for limit in self.limits},
            "n": len(self.values),
            **statistics,
            "verdict": self.verdict,
            "note": self.note,
            "not_measured": self.not_measured if not self.values else "",
        }


def milliseconds(seconds: Iterable[float]) -> tuple[float, ...]:
    return tuple(1000 * value for value in seconds)


def figure(value: float) -> str:
    """Three digits that count, more only before the point: 0.0123, 1.23, 12.3, 1234."""
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def table(measurements: Sequence[Measurement]) -> str:
    """What | budget | measured | verdict, aligned, and the notes below."""
    notes: list[str] = []
    rows = [("what", "budget", "measured", "verdict")]
    for measurement in measurements:
        mark = ""
        if measurement.note:
            if measurement.note not in notes:
                notes.append(measurement.note)
            mark = f" [{notes.index(measurement.note) + 1}]"
        rows.append((measurement.what + mark, measurement.budget or "–", measurement.measured, measurement.verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rows.insert(1, tuple("─" * width for width in widths))  # type: ignore[arg-type]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, *(f"[{number}] {note}" for number, note in enumerate(notes, start=1))])


def _strain(value: float, at_most: float) -> float:
    """Above 1: over the budget."""
    if at_most:
        return value / at_most
    return math.inf if value > 0 else 0.0
