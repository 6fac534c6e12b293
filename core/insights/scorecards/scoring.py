"""From answers to a score: the weighted share of the points there were to get."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import fsum

from core.insights.scorecards.form import NO, NOT_APPLICABLE, YES, Form, Question


@dataclass(frozen=True, slots=True)
class Score:
    percent: float | None
    """0 to 100; None when nothing that counts has been answered."""
    failed_by: tuple[Question, ...] = ()
    """Answered no, each of which alone makes the score zero."""
    sections: Mapping[str, float | None] = field(default_factory=dict)
    """The same share within each section, whatever failed."""

    @property
    def auto_failed(self) -> bool:
        return bool(self.failed_by)


def score(form: Form, values: Mapping[str, str]) -> Score:
    """The score of `values` by question id. N/A, texts and what is not answered neither help nor harm.

    percent = 100 · Σ weight · points ÷ Σ weight over the questions answered; 0 as soon as an auto-fail question is no.
    """
    failed_by = tuple(one for one in form.questions if one.auto_fail and values.get(one.id) == NO)
    return Score(
        0.0 if failed_by else _percent(form.questions, values),
        failed_by,
        {section.title: _percent(section.questions, values) for section in form.sections},
    )


def points(question: Question, value: str) -> float | None:
    """0 to 1; None for an answer that does not count. Raises ValueError for an answer the question does not have."""
    if question.kind == "text" or value in ("", NOT_APPLICABLE):
        return None
    if value not in question.choices:
        raise ValueError(f"{question.id} cannot be answered with {value!r}; use one of {', '.join(question.choices)}")
    if question.kind == "yes_no":
        return 1.0 if value == YES else 0.0
    return (int(value) - 1) / 4


def _percent(questions: Iterable[Question], values: Mapping[str, str]) -> float | None:
    counting = [
        (question.weight, earned)
        for question in questions
        if (earned := points(question, values.get(question.id, ""))) is not None
    ]
    # fsum is exact, so that the order of the questions cannot matter.
    possible = fsum(weight for weight, _ in counting)
    if not possible:
        return None
    return min(100.0, 100 * fsum(weight * earned for weight, earned in counting) / possible)
