"""A measured quantity beside its budget, and the table of them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Row = tuple[str, ...]
Statistic = Literal["p50", "p95", "max", "mean"]
_STATISTICS: dict[Statistic, Any] = {
    "p50": lambda values: np.percentile(values, 50),
    "p95": lambda values: np.percentile(values, 95),
    "max": np.max,
    "mean": np.mean,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A budget: this statistic of the values may be at most so much, or with `least` has to be that much."""

    statistic: Statistic
    bound: float
    least: bool = False

    @property
    def sign(self) -> str:
        return "≥" if self.least else "≤"

    def strain(self, value: float) -> float:
        """Above 1: missed."""
        part, whole = (self.bound, value) if self.least else (value, self.bound)
        if whole:
            return part / whole
        return math.inf if part > 0 else 0.0

    def verdict(self, value: float) -> str:
        if self.strain(value) <= 1:
            return "ok" if self.least or not self.bound else f"ok, {self.strain(value):.0%} of it"
        if self.least:
            return f"short by {1 - value / self.bound:.0%}"
        return f"over by {self.strain(value) - 1:.0%}" if self.bound else ""


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
    engine: str = ""
    """Which one it was measured of, where several are: they stand side by side."""

    def statistic(self, name: Statistic) -> float:
        """NaN without values."""
        return float(_STATISTICS[name](self.values)) if self.values else math.nan

    @property
    def budget(self) -> str:
        several = len(self.values) > 1
        return ", ".join(
            f"{f'{limit.statistic} ' if several else ''}{limit.sign} {figure(limit.bound)} {self.unit}"
            for limit in self.limits
        )

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
        worst = max(self.limits, key=lambda limit: limit.strain(self.statistic(limit.statistic)))
        value = self.statistic(worst.statistic)
        return worst.verdict(value) or f"over by {figure(value)} {self.unit}"

    def to_json(self) -> dict[str, Any]:
        statistics = {str(name): self.statistic(name) for name in _STATISTICS} if self.values else {}
        return {
            "what": self.what,
            **({"engine": self.engine} if self.engine else {}),
            "unit": self.unit,
            "budget": {limit.statistic: limit.bound for limit in self.limits},
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
    """What | budget | measured | verdict, aligned; what was measured of several engines side by side; notes below."""
    notes: list[str] = []
    single = [measurement for measurement in measurements if not measurement.engine]
    several = [measurement for measurement in measurements if measurement.engine]
    parts = [_aligned(part) for part in (_list(single, notes), _side_by_side(several, notes)) if len(part) > 1]
    return "\n".join(["\n\n".join(parts), *(f"[{number}] {note}" for number, note in enumerate(notes, start=1))])


def _list(measurements: Sequence[Measurement], notes: list[str]) -> list[Row]:
    rows = [(one.what + _mark(one.note, notes), one.budget or "–", one.measured, one.verdict) for one in measurements]
    return [("what", "budget", "measured", "verdict"), *rows]


def _side_by_side(measurements: Sequence[Measurement], notes: list[str]) -> list[Row]:
    """A column per engine; a budget is that of those it was set for, whose cells tell how it is kept."""
    engines = list(dict.fromkeys(one.engine for one in measurements))
    found = {(one.what, one.engine): one for one in measurements}
    rows: list[Row] = [("what", "budget", *engines)]
    for what in dict.fromkeys(one.what for one in measurements):
        of_row = [found.get((what, engine)) for engine in engines]
        budget = next((one.budget for one in of_row if one and one.limits), "–")
        rows.append((what, budget, *(_cell(one, notes) for one in of_row)))
    return rows


def _cell(measurement: Measurement | None, notes: list[str]) -> str:
    if measurement is None:
        return "–"
    verdict = f" ({measurement.verdict})" if measurement.verdict else ""
    return measurement.measured + verdict + _mark(measurement.note, notes)


def _mark(note: str, notes: list[str]) -> str:
    if not note:
        return ""
    if note not in notes:
        notes.append(note)
    return f" [{notes.index(note) + 1}]"


def _aligned(rows: list[Row]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    ruled = [rows[0], tuple("─" * width for width in widths), *rows[1:]]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in ruled
    )
