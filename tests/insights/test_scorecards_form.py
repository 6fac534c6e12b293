"""The form: what may be written in its file, and what is said when it is wrong."""

from pathlib import Path
from textwrap import dedent

import pytest

from core.assistant.alert_rules import load_alerts
from core.config import Settings
from core.errors import RulesError
from core.insights.scorecards.form import Form, load_form
from core.insights.scorecards.rules import Checklist, VerifiedFirst

SCORECARD = Settings().scorecard_path


def form_of(folder: Path, text: str) -> Form:
    path = folder / "form.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return load_form(path)


def test_the_form_that_comes_with_it_can_be_used() -> None:
    form = load_form(SCORECARD)
    items = {item.item for item in load_alerts(Settings().alerts_path).checklist}
    rules = [question.automatic for question in form.questions]
    asked = {rule.item for rule in rules if isinstance(rule, Checklist | VerifiedFirst)}
    assert asked, "the form asks for the checklist"
    assert asked <= items
    assert any(question.auto_fail for question in form.questions)
    assert {question.kind for question in form.questions} == {"yes_no", "scale", "text"}


def test_the_version_follows_the_meaning_not_the_spelling(tmp_path: Path) -> None:
    written = """
    sections:
      - title: One
        questions: [{id: a, ask: Good}]
    """
    same = """
    # Written differently
    sections:
    - {title: One, questions: [{id: a, ask: "Good", weight: 1.0}]}
    """
    other = written.replace("Good", "Very good")
    assert form_of(tmp_path, written).version == form_of(tmp_path, same).version
    assert form_of(tmp_path, written).version != form_of(tmp_path, other).version


@pytest.mark.parametrize(
    ("question", "complaint"),
    [
        (
            "{id: a, ask: Good, wieght: 2}",
            "form.yaml: section One: question a: wieght: Extra inputs are not permitted",
        ),
        ("{id: a, ask: Good, weight: -1}", "section One: question a: weight: Input should be greater than or equal"),
        ("{id: a, ask: Good, kind: scale, auto_fail: true}", "question a: auto_fail is for yes_no questions"),
        (
            "{id: a, ask: Good, kind: text, automatic: {rule: checklist, item: greeting}}",
            "question a: automatic is for yes_no questions",
        ),
        ("{id: a, ask: Good, automatic: {rule: magic}}", "question a: automatic: Input tag 'magic' found"),
        ("{id: a, ask: Good, automatic: {rule: said_early, within_s: 5}}", "said_early: phrases: Field required"),
        ("{ask: Good}", "section One: question number 1: id: Field required"),
        ("{id: a, ask: Good}, {id: a, ask: Bad}", "form.yaml: question 'a' is there twice"),
        ("{id: a, ask: Good, weight: 0}", "form.yaml: no question has a weight"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, question: str, complaint: str) -> None:
    with pytest.raises(RulesError) as raised:
        form_of(tmp_path, f"sections:\n- {{title: One, questions: [{question}]}}\n")
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["", "- just a list", "sections: [", "sections: []", "\x00"])
def test_what_is_no_form_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RulesError) as raised:
        form_of(tmp_path, text)
    assert "form.yaml" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match=r"nowhere\.yaml cannot be read"):
        load_form(tmp_path / "nowhere.yaml")
