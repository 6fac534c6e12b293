"""What figures over many calls are measured against."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from core.assistant.alert_rules import ChecklistItem
from core.routing.rules import RoutingRules


@dataclass(frozen=True, slots=True)
class Targets:
    """What the floor has promised itself."""

    percent: float = 80.0
    within_s: float = 20.0
    """So many percent of the customers answered within so many seconds."""
    checklist_items: int = 0
    """How many things the agent has to say in every call."""


def targets_of(rules: RoutingRules, checklist: Sequence[ChecklistItem]) -> Targets:
    """The targets as a supervisor wrote them in routing.yaml and alerts.yaml."""
    return Targets(rules.service_level.percent, rules.service_level.within_s, len(checklist))


@dataclass(frozen=True, slots=True)
class Basis:
    """What every figure needs beside the choice of calls."""

    now: datetime
    """Aware. What has not had its time yet, such as a call of yesterday for FCR, is left out."""
    targets: Targets = field(default_factory=Targets)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    """Of the viewer: hours, days and weeks are theirs."""
