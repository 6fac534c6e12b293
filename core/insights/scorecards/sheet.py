"""One supervisor's answers for one call, while they are being given."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.insights.scorecards.automatic import Proposal
from core.insights.scorecards.form import Form, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered to a question; everything is empty at first."""

    value: str = ""
    automatic: str = ""
    """What the question's rule answered, when it was last asked."""
    why: str = ""
    """The rule's reason."""
    at_s: float | None = None
    """The moment in the call the comment is about."""
    comment: str = ""
    reason: str = ""
    """Why the automatic answer does not stand."""

    @property
    def overrides(self) -> bool:
        return bool(self.automatic) and self.value != "" and self.value != self.automatic


Sheet = Mapping[str, Answer]
"""By question id."""


def blank(form: Form, proposals: Mapping[str, Proposal]) -> dict[str, Answer]:
    """A new sheet, on which the rules have answered what they can."""
    return {question.id: _proposed(proposals.get(question.id)) for question in form.questions}


def rerun(form: Form, sheet: Sheet, proposals: Mapping[str, Proposal]) -> tuple[dict[str, Answer], list[Question]]:
    """Ask the rules again: their answers replace their own earlier ones and what is empty, never a supervisor's.

    Also returns the questions whose answer is another one now.
    """
    new = {}
    for question in form.questions:
        old, proposed = sheet.get(question.id, Answer()), _proposed(proposals.get(question.id))
        untouched = old.value in ("", old.automatic)
        value = proposed.value if untouched else old.value
        new[question.id] = replace(old, value=value, automatic=proposed.automatic, why=proposed.why)
    changed = [one for one in form.questions if new[one.id].value != sheet.get(one.id, Answer()).value]
    return new, changed


def fitted(form: Form, sheet: Sheet) -> dict[str, Answer]:
    """The answers of an earlier form that can stand on this one."""
    return {question.id: _fitted(question, sheet.get(question.id, Answer())) for question in form.questions}


def values(sheet: Sheet) -> dict[str, str]:
    return {question_id: answer.value for question_id, answer in sheet.items()}


def unfinished(form: Form, sheet: Sheet) -> list[str]:
    """What keeps a sheet from being finished, one sentence each, in the order of the form."""
    found = []
    for question in form.questions:
        answer = sheet.get(question.id, Answer())
        if question.kind != "text" and not answer.value:
            found.append(f"Answer “{question.ask}”")
        elif answer.overrides and not answer.reason.strip():
            found.append(f"Say why the rule's answer to “{question.ask}” does not stand")
    return found


def _proposed(proposal: Proposal | None) -> Answer:
    return Answer(value=proposal.value, automatic=proposal.value, why=proposal.why) if proposal else Answer()


def _fitted(question: Question, answer: Answer) -> Answer:
    if question.kind == "text" or answer.value in question.choices:
        return answer
    return replace(answer, value="", automatic="", why="", reason="")
