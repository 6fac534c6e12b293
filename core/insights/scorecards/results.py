"""Scores over many calls. A call several supervisors rated counts once, with the mean of their scores."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Engine, Integer, cast, func, select

from core.calls.records import table
from core.insights.metrics.period import bucket_key, bucket_start
from core.insights.overview import CallFilter, overview
from core.insights.reading import read
from core.insights.scorecards.records import AnswerRow
from core.insights.scorecards.store import newest

Key = Literal["agent", "question", "week"]
SCORE_FORMULA = (
    "Mean of the finished scorecards of each call, then mean over the calls rated. A scorecard's score is "
    "100 × Σ weight × points ÷ Σ weight over the questions answered, and 0 when an auto-fail question is no."
)
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class ScoreGroup:
    """What the calls with `value` in common were rated."""

    value: str | datetime
    """An agent, a question's id, or the beginning of a week in the viewer's zone."""
    calls: int
    scorecards: int
    score: float | None
    """0 to 100 (see SCORE_FORMULA); of a question the mean of its points, as percent."""
    auto_failed: int
    """Calls with at least one automatic fail; of a question: 0."""


def scores_by(engine: Engine, chosen: CallFilter, key: Key, zone: ZoneInfo = _UTC) -> list[ScoreGroup]:
    """Finished scorecards of the calls chosen, in order: agents and questions from the lowest score, weeks by time.

    Calls without scorecards are not in it. Raises StorageError.
    """
    calls, cards, answers = overview(), newest(final=True), table(AnswerRow)
    joined = calls.join(cards, cards.c.call_id == calls.c.call_id)
    value: ColumnElement[Any] = calls.c.agent
    rated: ColumnElement[Any] = cards.c.score
    failed: ColumnElement[Any] = cast(cards.c.auto_failed, Integer)
    if key == "week":
        value = bucket_key(calls.c.started_at, "week", zone, chosen.since)
    if key == "question":
        joined = joined.join(answers, answers.c.scorecard_id == cards.c.scorecard_id)
        value, rated, failed = answers.c.question, 100 * answers.c.points, cast(0, Integer)
    per_call = (
        select(
            value.label("value"),
            func.count().label("scorecards"),
            func.avg(rated).label("score"),
            func.max(failed).label("failed"),
        )
        .select_from(joined)
        .where(*chosen.on(calls), rated.is_not(None))
        .group_by(calls.c.call_id, value)
        .subquery("per_call")
    )
    query = select(
        per_call.c.value,
        func.count().label("calls"),
        func.sum(per_call.c.scorecards).label("scorecards"),
        func.avg(per_call.c.score).label("score"),
        func.sum(per_call.c.failed).label("failed"),
    ).group_by(per_call.c.value)
    found = read(engine, query, "scores")
    groups = [
        ScoreGroup(
            bucket_start(row.value, "week", zone, chosen.since) if key == "week" else row.value,
            row.calls,
            int(row.scorecards),
            row.score,
            int(row.failed),
        )
        for row in found
    ]
    if key == "week":
        return sorted(groups, key=lambda group: str(group.value))
    return sorted(groups, key=lambda group: (group.score or 0.0, str(group.value)))
