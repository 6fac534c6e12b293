"""KPIs as tiles: the value, how it moved since the period before, and whether that is good."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.insights.metrics import KPI_HELP, Definition, Kpis, Unit
from core.insights.metrics.definitions import shown

HEADLINES = ("calls", "service_level", "asa_s", "abandonment", "aht_s", "resolution", "fcr", "csat")
DETAILS = (
    "first_response_s",
    "sentiment_start",
    "sentiment_end",
    "talk_ratio",
    "non_talk",
    "interruptions",
    "agent_wpm",
    "customer_wpm",
    "checklist",
    "alerts",
    "transfers",
    "occupancy",
)
MOST_PERCENT = 999
_STEPS: dict[Unit, str] = {"%": "{:+.1f} pts", "1-5": "{:+.2f}", "-1 to 1": "{:+.2f}"}


@dataclass(frozen=True, slots=True)
class Change:
    """How a KPI moved since the period before."""

    text: str
    """With its sign, such as `+12 %`."""
    better: bool | None
    """None where it did not move, or where neither way is better."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A KPI ready to be shown."""

    name: str
    label: str
    value: str
    change: Change | None
    """None where there is nothing to compare with."""
    formula: str

    @property
    def verdict(self) -> str:
        """The change in one word, for those who do not see its colour."""
        better = self.change.better if self.change else None
        return "" if better is None else "better" if better else "worse"


def tiles(now: Kpis, before: Kpis, names: Iterable[str]) -> list[Tile]:
    """KPIs by their names in `KPI_HELP`."""
    return [
        Tile(
            name,
            KPI_HELP[name].label,
            shown(now.value(name), KPI_HELP[name].unit),
            changed(KPI_HELP[name], now.value(name), before.value(name)),
            KPI_HELP[name].formula,
        )
        for name in names
    ]


def changed(definition: Definition, now: float | None, before: float | None) -> Change | None:
    """Shares change by points, marks and moods by steps, everything else in percent of what it was."""
    if now is None or before is None:
        return None
    if definition.unit in _STEPS:
        text = _STEPS[definition.unit].format((100 if definition.unit == "%" else 1) * (now - before))
    elif before:
        percent = 100 * (now - before) / before
        text = f"{percent:+.0f} %" if percent <= MOST_PERCENT else f"+{MOST_PERCENT} % and more"
    else:
        return None
    # What is shown as no change is none.
    if not any(digit in text for digit in "123456789"):
        return Change(text.replace("-", "+"), None)
    return Change(text, None if definition.better is None else (now > before) == (definition.better == "up"))
