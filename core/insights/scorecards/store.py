"""Keeping scorecards: every save is a version of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Select, Subquery, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from core.calls.records import table
from core.clock import Clock
from core.errors import ConfigurationError, StorageError
from core.insights.scorecards.form import Form
from core.insights.scorecards.records import AnswerRow, FormRow, ScorecardRow
from core.insights.scorecards.scoring import points, score
from core.insights.scorecards.sheet import Answer, Sheet, unfinished, values

Status = Literal["draft", "final"]
# Two saves of one supervisor, in two tabs, must not get the same number.
_saving = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """A scorecard as it was saved once."""

    scorecard_id: str
    call_id: str
    by: str
    number: int
    at: datetime
    version: str
    status: Status
    score: float | None
    auto_failed: bool
    comment: str


class Scorecards:
    """The scorecards of a database. Every method raises StorageError when the database refuses."""

    def __init__(self, engine: Engine, clock: Clock, new_id: Callable[[str], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id

    def save(self, form: Form, call_id: str, by: str, sheet: Sheet, *, comment: str = "", final: bool) -> Scorecard:
        """Store a sheet as the newest version of this supervisor's scorecard of the call.

        Raises ConfigurationError naming what is missing when it is `final` and not everything is answered.
        """
        if final and (missing := unfinished(form, sheet)):
            raise ConfigurationError(f"{missing[0]}, then finish")
        result = score(form, values(sheet))
        with _saving, self._connection() as connection:
            saved = Scorecard(
                scorecard_id=self._new_id("scorecard"),
                call_id=call_id,
                by=by,
                number=_next_number(connection, call_id, by),
                at=self._clock.now(),
                version=form.version,
                status="final" if final else "draft",
                score=result.percent,
                auto_failed=result.auto_failed,
                comment=comment,
            )
            _keep_form(connection, form)
            connection.execute(insert(table(ScorecardRow)), [asdict(saved)])
            connection.execute(insert(table(AnswerRow)), _answer_rows(form, sheet, saved.scorecard_id))
        return saved

    def newest(self, call_id: str, by: str) -> Scorecard | None:
        """What a supervisor last saved for a call."""
        versions = self.versions(call_id, by)
        return versions[0] if versions else None

    def versions(self, call_id: str, by: str) -> list[Scorecard]:
        """Everything a supervisor saved for a call, newest first."""
        rows = table(ScorecardRow)
        mine = select(rows).where(rows.c.call_id == call_id, rows.c.by == by).order_by(rows.c.number.desc())
        return self._scorecards(mine)

    def of_call(self, call_id: str) -> list[Scorecard]:
        """The finished scorecards of a call, one per supervisor, by name."""
        finished = newest(final=True)
        return self._scorecards(select(finished).where(finished.c.call_id == call_id).order_by(finished.c.by))

    def sheet(self, scorecard_id: str) -> dict[str, Answer]:
        """The answers on a scorecard."""
        rows = table(AnswerRow)
        query = select(rows).where(rows.c.scorecard_id == scorecard_id)
        with self._connection() as connection:
            found = connection.execute(query).mappings().all()
        return {row["question"]: Answer(**{name: row[name] for name in Answer.__dataclass_fields__}) for row in found}

    def form(self, version: str) -> Form | None:
        """The form as it was when scorecards with this version were saved."""
        rows = table(FormRow)
        with self._connection() as connection:
            content: Any = connection.execute(select(rows.c.content).where(rows.c.version == version)).scalar()
        return Form.model_validate(content) if content else None

    def _scorecards(self, query: Select[Any]) -> list[Scorecard]:
        with self._connection() as connection:
            rows = connection.execute(query).mappings().all()
        return [Scorecard(**{name: row[name] for name in Scorecard.__dataclass_fields__}) for row in rows]

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StorageError(f"scorecards cannot be read or stored: {str(error).splitlines()[0]}") from error


def newest(*, final: bool) -> Subquery:
    """The scorecards that count: the newest per call and supervisor, or the newest of those that are `final`."""
    rows = table(ScorecardRow)
    place = func.row_number().over(partition_by=(rows.c.call_id, rows.c.by), order_by=rows.c.number.desc())
    query = select(rows, place.label("place"))
    placed = (query.where(rows.c.status == "final") if final else query).subquery("placed")
    return select(placed).where(placed.c.place == 1).subquery("finished" if final else "newest")


def _next_number(connection: Connection, call_id: str, by: str) -> int:
    rows = table(ScorecardRow)
    highest = select(func.max(rows.c.number)).where(rows.c.call_id == call_id, rows.c.by == by)
    return (connection.execute(highest).scalar() or 0) + 1


def _keep_form(connection: Connection, form: Form) -> None:
    forms = table(FormRow)
    if connection.execute(select(forms.c.version).where(forms.c.version == form.version)).scalar() is None:
        connection.execute(insert(forms), [{"version": form.version, "content": form.model_dump(mode="json")}])


def _answer_rows(form: Form, sheet: Sheet, scorecard_id: str) -> list[dict[str, Any]]:
    answers = ((question, sheet.get(question.id, Answer())) for question in form.questions)
    return [
        {
            "scorecard_id": scorecard_id,
            "question": question.id,
            "points": points(question, answer.value),
            **asdict(answer),
        }
        for question, answer in answers
    ]
