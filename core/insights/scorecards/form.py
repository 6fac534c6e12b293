"""The form calls are rated on, read from a file a supervisor can edit (`data/scorecard.yaml`)."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, ValidationError, model_validator

from core.edited_files import read_edited
from core.insights.scorecards.rules import Rule, Strict

Kind = Literal["yes_no", "scale", "text"]
SCALE = ("1", "2", "3", "4", "5")
YES: Final = "yes"
NO: Final = "no"
NOT_APPLICABLE: Final = "na"


class Question(Strict):
    """Something to rate; a yes is always the good answer."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    ask: str = Field(min_length=1)
    kind: Kind = "yes_no"
    weight: float = Field(default=1, ge=0, allow_inf_nan=False)
    auto_fail: bool = False
    """A no makes the whole score zero."""
    help: str = ""
    automatic: Rule | None = None

    @property
    def choices(self) -> tuple[str, ...]:
        """What may be answered; a text may be anything."""
        return {"yes_no": (YES, NO, NOT_APPLICABLE), "scale": (*SCALE, NOT_APPLICABLE), "text": ()}[self.kind]

    @model_validator(mode="after")
    def _fits_together(self) -> "Question":
        if self.kind != "yes_no" and self.auto_fail:
            raise ValueError("auto_fail is for yes_no questions")
        if self.kind != "yes_no" and self.automatic:
            raise ValueError("automatic is for yes_no questions")
        return self


class Section(Strict):
    title: str = Field(min_length=1)
    questions: list[Question] = Field(min_length=1)


class Form(Strict):
    title: str = "Call quality"
    sections: list[Section] = Field(min_length=1)

    @property
    def questions(self) -> list[Question]:
        return [question for section in self.sections for question in section.questions]

    def question(self, question_id: str) -> Question | None:
        return next((one for one in self.questions if one.id == question_id), None)

    @property
    def version(self) -> str:
        """Changes with every change of the form, and only then."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return sha256(content.encode()).hexdigest()[:12]

    @model_validator(mode="after")
    def _is_usable(self) -> "Form":
        ids = [question.id for question in self.questions]
        if twice := next((one for one in ids if ids.count(one) > 1), None):
            raise ValueError(f"question {twice!r} is there twice; give each its own id")
        if not any(question.weight for question in self.questions if question.kind != "text"):
            raise ValueError("no question has a weight; give one that is not a text a weight above 0")
        return self


def load_form(path: Path) -> Form:
    """Read a form. Raises RulesError naming the file, the question and what to fix, in one line."""
    return read_edited(path, Form, explain=_explained)


def _explained(error: ValidationError, raw: Any) -> str:
    first = error.errors()[0]
    return ": ".join([*_named(first["loc"], raw), first["msg"].removeprefix("Value error, ")])


def _named(loc: tuple[int | str, ...], raw: Any) -> list[str]:
    """Where an error is, with the names of sections and questions in place of their numbers."""
    names: list[str] = []
    for step in loc:
        inner = isinstance(raw, list) and isinstance(step, int) and step < len(raw)
        raw = raw[step] if inner else raw.get(step) if isinstance(raw, dict) else None
        if isinstance(step, int):
            name = (raw.get("id") or raw.get("title")) if isinstance(raw, dict) else None
            names[-1:] = [f"{names[-1].removesuffix('s')} {name or f'number {step + 1}'}"] if names else [str(step + 1)]
        else:
            names.append(step)
    return names
