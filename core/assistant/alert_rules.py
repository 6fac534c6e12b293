"""Alerts and the agent's checklist, read from a file a supervisor can edit (`data/alerts.yaml` explains it)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from core.assistant.rules import Rulebook, Strict, WrittenRule, compile_rules, read_rules_file, said
from core.assistant.vocabulary import plain
from core.errors import RulesError


class _WrittenAlert(WrittenRule):
    kind: Literal["alert"] = "alert"


class _WrittenItem(Strict):
    item: str
    label: str
    phrases: list[str] = Field(min_length=1)


class _File(Strict):
    rules: list[_WrittenAlert]
    checklist: list[_WrittenItem] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """Something the agent has to say in every call."""

    item: str
    label: str
    phrases: tuple[str, ...]

    def met_by(self, text: str) -> bool:
        words = plain(text)
        return any(said(phrase, words) for phrase in self.phrases)


@dataclass(frozen=True, slots=True)
class AlertBook:
    rulebook: Rulebook
    checklist: tuple[ChecklistItem, ...]


def load_alerts(path: Path) -> AlertBook:
    """Read an alerts file. Raises RulesError naming the file, the rule and what to fix."""
    written = read_rules_file(path, _File)
    items = [item.item for item in written.checklist]
    if twice := next((one for one in items if items.count(one) > 1), None):
        raise RulesError(f"{path.name}: checklist item {twice!r} is there twice; give each its own name")
    checklist = tuple(ChecklistItem(one.item, one.label, tuple(one.phrases)) for one in written.checklist)
    return AlertBook(Rulebook(compile_rules(path, written.rules), max_cards=0), checklist)
