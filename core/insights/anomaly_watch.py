"""What is unusual on the floor, by which rules, and who has seen it."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from core.calls.records import table
from core.clock import Clock
from core.edited_files import explained, read_edited
from core.errors import RulesError, StorageError
from core.insights.anomalies import Anomaly, AnomalyRule, Side, Span, detect, observations
from core.insights.metrics.calls import Point, by_hour_and_day
from core.insights.metrics.definitions import KPI_HELP
from core.insights.overview import CallFilter
from core.insights.reading import read
from core.insights.targets import Basis

NOTE_MAX_CHARS = 500
WATCHED = tuple(name for name in KPI_HELP if name not in ("fcr", "occupancy"))
"""FCR is known a week too late, and occupancy is nobody's alarm."""


class AnomalySettingRow(SQLModel, table=True):
    """A rule as somebody changed it on the page; it counts instead of the file's."""

    __tablename__ = "anomaly_settings"

    metric: str = ColumnField(primary_key=True)
    spread: float
    least_history: int
    least_volume: int
    enabled: bool
    by: str
    at: datetime


class AnomalyAckRow(SQLModel, table=True):
    """Somebody has seen an anomaly; the first who did."""

    __tablename__ = "anomaly_acks"

    key: str = ColumnField(primary_key=True)
    by: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    by: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """An anomaly, and who has seen it, if anybody."""

    anomaly: Anomaly
    acknowledged: Acknowledged | None


class AnomalyWatch:
    """Finds anomalies in the KPIs of all calls. Raises RulesError for a file that is wrong, StorageError."""

    def __init__(self, engine: Engine, clock: Clock, path: Path) -> None:
        self._engine = engine
        self._clock = clock
        self._written = load_anomaly_rules(path)
        try:
            SQLModel.metadata.create_all(engine, [table(AnomalySettingRow), table(AnomalyAckRow)])
        except SQLAlchemyError as error:
            raise _refused(error) from error

    def rules(self) -> list[AnomalyRule]:
        """The rules that count, in the order of the file."""
        changed = {row.metric: row for row in self._rows(AnomalySettingRow)}
        return [_changed(rule, changed[rule.metric]) if rule.metric in changed else rule for rule in self._written]

    def change(self, rule: AnomalyRule, by: str) -> None:
        """Let a rule's spread, least history, least volume, or whether it is enabled, count from now on.

        Raises RulesError when a value is out of range or the file has no rule for the metric.
        """
        if rule.metric not in {written.metric for written in self._written}:
            raise RulesError(f"nobody watches {rule.metric!r}; add it to the file of anomalies first")
        _check(rule)
        row = {
            "metric": rule.metric,
            "spread": rule.spread,
            "least_history": rule.least_history,
            "least_volume": rule.least_volume,
            "enabled": rule.enabled,
            "by": by,
            "at": self._clock.now(),
        }
        self._put(AnomalySettingRow, "metric", row)

    def reset(self, metric: str) -> None:
        """Let the file's rule count again."""
        rows = table(AnomalySettingRow)
        try:
            with self._engine.begin() as connection:
                connection.execute(delete(rows).where(rows.c.metric == metric))
        except SQLAlchemyError as error:
            raise _refused(error) from error

    def acknowledge(self, key: str, by: str, note: str = "") -> None:
        """`by` has seen the anomaly of that key. Who saw it first stays named."""
        if key in self._acknowledged():
            return
        row = {"key": key, "by": by, "at": self._clock.now(), "note": note.strip()[:NOTE_MAX_CHARS]}
        self._put(AnomalyAckRow, "key", row)

    def recent(self, basis: Basis, for_days: int = 7, calls: CallFilter | None = None) -> list[Noticed]:
        """Anomalies of today and the days before, newest first, over whole hours and days only.

        `calls` narrows the calls down; its dates do not matter. Raises StorageError.
        """
        rules = [rule for rule in self.rules() if rule.enabled]
        now = basis.now.astimezone(basis.zone)
        midnight = datetime.combine(now.date(), time(), basis.zone)
        since = midnight - timedelta(days=for_days)
        weeks = max((rule.weeks for rule in rules), default=0)
        acknowledged = self._acknowledged()
        found: list[Anomaly] = []
        until = now.replace(minute=0, second=0, microsecond=0)
        chosen = replace(calls or CallFilter(), since=since - timedelta(weeks=weeks), until=until)
        hours, days = by_hour_and_day(self._engine, chosen, basis)
        over: dict[Span, list[Point]] = {"hour": hours, "day": [day for day in days if day.at < midnight]}
        for span, points in over.items():
            for rule in rules:
                found += detect(rule, observations(points, rule.metric), span, since)
        found.sort(key=lambda one: (one.at, one.strength), reverse=True)
        return [Noticed(one, acknowledged.get(one.key)) for one in found]

    def _acknowledged(self) -> dict[str, Acknowledged]:
        return {row.key: Acknowledged(row.by, row.at, row.note) for row in self._rows(AnomalyAckRow)}

    def _rows(self, model: type[SQLModel]) -> list[Any]:
        return read(self._engine, select(table(model)), "anomalies")

    def _put(self, model: type[SQLModel], key: str, row: dict[str, Any]) -> None:
        rows = table(model)
        try:
            with self._engine.begin() as connection:
                connection.execute(delete(rows).where(rows.c[key] == row[key]))
                connection.execute(insert(rows), [row])
        except SQLAlchemyError as error:
            raise _refused(error) from error


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    spread: float = Field(default=5, gt=0, le=50)
    weeks: int = Field(default=8, ge=1, le=52)
    least_history: int = Field(default=4, ge=1, le=52)
    least_volume: int = Field(default=8, ge=0)
    least_change: float = Field(default=0.1, ge=0)
    least_calls: int = Field(default=0, ge=0)
    side: Side = "both"
    buckets: tuple[Span, ...] = ("hour", "day")
    enabled: bool = True


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    usual: dict[str, Any] = Field(default_factory=dict)
    figures: dict[str, dict[str, Any] | None] = Field(default_factory=dict)


def load_anomaly_rules(path: Path) -> tuple[AnomalyRule, ...]:
    """Read a file of rules. Raises RulesError naming the file, the figure and what to fix."""
    written = read_edited(path, _File, empty={})
    rules = []
    for metric, fields in written.figures.items():
        if metric not in WATCHED:
            raise RulesError(
                f"{path.name}: {metric!r} is no figure that can be watched; see the dashboard's list of KPIs"
            )
        try:
            rule = _Rule.model_validate(written.usual | (fields or {}))
        except ValidationError as error:
            raise RulesError(f"{path.name}: {metric}: {explained(error)}") from error
        rules.append(AnomalyRule(metric=metric, **rule.model_dump()))
    return tuple(rules)


def _check(rule: AnomalyRule) -> None:
    values = asdict(rule)
    metric = values.pop("metric")
    try:
        _Rule.model_validate(values)
    except ValidationError as error:
        raise RulesError(f"{KPI_HELP[metric].label}: {explained(error)}") from error


def _changed(rule: AnomalyRule, row: Any) -> AnomalyRule:
    return replace(
        rule,
        spread=row.spread,
        least_history=row.least_history,
        least_volume=row.least_volume,
        enabled=row.enabled,
    )


def _refused(error: SQLAlchemyError) -> StorageError:
    return StorageError(f"anomalies cannot be read or stored: {str(error).splitlines()[0]}")
