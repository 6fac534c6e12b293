"""What became of the assistant's suggestions."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, case, func, literal, select

from core.calls.records import SuggestionRow, table
from core.insights.overview import CallFilter, overview
from core.insights.reading import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """Suggestions by what became of them. written = discarded + shown; shown = used + dismissed + left alone."""

    name: str
    """A rule, a source (`playbook`, `model`, `alerts`), or empty for all."""
    written: int
    discarded: int
    """Taken back before, or while, the agent could read them."""
    shown: int
    used: int
    edited: int
    """Of the used ones: sent in other words."""
    dismissed: int
    time_to_use_s: float | None
    """Median, from the complete card to its use."""

    @property
    def use_rate(self) -> float | None:
        """Used ÷ shown."""
        return self.used / self.shown if self.shown else None

    @property
    def left_alone(self) -> int:
        return self.shown - self.used - self.dismissed


@dataclass(frozen=True, slots=True)
class SuggestionFunnel:
    """All of them, and split; most shown first."""

    total: Funnel
    by_rule: list[Funnel]
    by_source: list[Funnel]


def funnel(engine: Engine, calls: CallFilter) -> SuggestionFunnel:
    """What became of the suggestions of the calls chosen. The model's come from no rule."""
    cards, chosen = table(SuggestionRow), overview()
    # The fallback says in the name why it stood in for the model: "playbook (…)".
    source = func.split_part(cards.c.assistant, " ", 1).label("name")
    mine = cards.c.call_id.in_(select(chosen.c.call_id).where(*calls.on(chosen)))
    with reading(engine) as connection:

        def split(name: Any) -> list[Funnel]:
            query = select(name, *_counts(cards)).where(mine).group_by(name)
            found = [Funnel(**row) for row in connection.execute(query).mappings() if row["name"]]
            return sorted(found, key=lambda one: (-one.shown, one.name))

        total = connection.execute(select(literal("").label("name"), *_counts(cards)).where(mine)).mappings().one()
        return SuggestionFunnel(Funnel(**total), split(cards.c.rule.label("name")), split(source))


def _counts(cards: Any) -> list[Any]:
    used, discarded = cards.c.state == "used", cards.c.state == "discarded"
    wait_s = case((used, cards.c.settled_s - cards.c.completed_s))
    return [
        func.count().label("written"),
        func.count().filter(discarded).label("discarded"),
        func.count().filter(~discarded).label("shown"),
        func.count().filter(used).label("used"),
        func.count().filter(used, cards.c.edited).label("edited"),
        func.count().filter(cards.c.state == "dismissed").label("dismissed"),
        func.percentile_cont(0.5).within_group(wait_s).label("time_to_use_s"),
    ]
