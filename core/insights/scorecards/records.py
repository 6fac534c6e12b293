"""The tables of the scorecards. Rows are only ever added: what was saved before stays as it was."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Double
from sqlmodel import Field, SQLModel


class FormRow(SQLModel, table=True):
    """A form as it was when calls were rated on it."""

    __tablename__ = "scorecard_forms"

    version: str = Field(primary_key=True)
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class ScorecardRow(SQLModel, table=True):
    """A supervisor's scorecard of a call as it was saved; of several, the one with the highest `number` counts."""

    __tablename__ = "scorecards"

    scorecard_id: str = Field(primary_key=True)
    call_id: str
    by: str
    number: int
    """1, 2, 3, … for each call and supervisor."""
    at: datetime
    version: str
    """Of the form."""
    status: str
    """draft or final."""
    score: float | None = Field(default=None, sa_column=Column(Double))
    """0 to 100."""
    auto_failed: bool
    comment: str = ""


class AnswerRow(SQLModel, table=True):
    """An answer on a scorecard (see `core.insights.scorecards.sheet.Answer`)."""

    __tablename__ = "scorecard_answers"

    scorecard_id: str = Field(primary_key=True)
    question: str = Field(primary_key=True)
    value: str
    points: float | None = Field(default=None, sa_column=Column(Double))
    """0 to 1; empty for what does not count."""
    automatic: str = ""
    why: str = ""
    reason: str = ""
    comment: str = ""
    at_s: float | None = Field(default=None, sa_column=Column(Double))
    """The moment in the call the comment is about."""
