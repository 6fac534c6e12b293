"""The score: a weighted share, whatever the order, between 0 and 100, and never worse for a better answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.insights.scorecards.form import SCALE, Form
from core.insights.scorecards.scoring import points, score

Answers = dict[str, str]


def form_of(*questions: dict[str, object]) -> Form:
    return Form.model_validate({"sections": [{"title": "One", "questions": list(questions)}]})


def question(question_id: str, **more: object) -> dict[str, object]:
    return {"id": question_id, "ask": "Good?", **more}


SMALL = form_of(
    question("a", weight=1),
    question("b", weight=2, auto_fail=True),
    question("c", weight=3, kind="scale"),
    question("d", kind="text"),
)


def test_a_hand_computed_case() -> None:
    # (1·0 + 2·1 + 3·(4−1)/4) ÷ (1 + 2 + 3) = 4.25 ÷ 6
    result = score(SMALL, {"a": "no", "b": "yes", "c": "4", "d": "Well done"})
    assert result.percent == pytest.approx(100 * 4.25 / 6)
    assert result.failed_by == ()
    assert result.sections == {"One": result.percent}


def test_na_is_left_out_and_nothing_is_no_score() -> None:
    assert score(SMALL, {"a": "yes", "b": "na", "c": "na"}).percent == 100
    assert score(SMALL, {"a": "na", "b": "na"}).percent is None
    assert score(SMALL, {}).percent is None


def test_an_automatic_fail_is_zero_and_says_why() -> None:
    result = score(SMALL, {"a": "yes", "b": "no", "c": "5"})
    assert result.percent == 0
    assert [one.id for one in result.failed_by] == ["b"]
    assert result.sections["One"] == pytest.approx(100 * 4 / 6), "the section still tells how the rest was"


def test_an_answer_the_question_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="a cannot be answered with 'perhaps'; use one of yes, no, na"):
        score(SMALL, {"a": "perhaps"})


@st.composite
def rated(draw: st.DrawFn) -> tuple[list[dict[str, object]], Answers]:
    count = draw(st.integers(1, 8))
    questions, answers = [question("weighty", weight=1)], {"weighty": draw(st.sampled_from(["yes", "no"]))}
    for number in range(count):
        kind = draw(st.sampled_from(["yes_no", "scale", "text"]))
        weight = draw(st.floats(0, 50, allow_subnormal=False))
        fails = kind == "yes_no" and draw(st.booleans())
        questions.append(question(f"q{number}", kind=kind, weight=weight, auto_fail=fails))
        choices = {"yes_no": ["yes", "no"], "scale": list(SCALE), "text": ["words"]}[kind]
        answers[f"q{number}"] = draw(st.sampled_from([*choices, "na", ""])) if kind != "text" else "words"
    return questions, answers


@given(given_=rated(), data=st.data())
def test_the_order_of_questions_and_answers_does_not_matter(
    given_: tuple[list[dict[str, object]], Answers], data: st.DataObject
) -> None:
    questions, answers = given_
    shuffled = data.draw(st.permutations(questions))
    others = dict(data.draw(st.permutations(list(answers.items()))))
    assert score(form_of(*shuffled), others).percent == score(form_of(*questions), answers).percent


@given(given_=rated())
def test_a_score_is_between_0_and_100_and_0_after_a_fail(given_: tuple[list[dict[str, object]], Answers]) -> None:
    questions, answers = given_
    result = score(form_of(*questions), answers)
    assert result.percent is not None
    assert 0 <= result.percent <= 100
    assert result.percent == 0 or not result.auto_failed


@given(given_=rated(), data=st.data())
def test_a_better_answer_never_lowers_the_score(
    given_: tuple[list[dict[str, object]], Answers], data: st.DataObject
) -> None:
    questions, answers = given_
    form = form_of(*questions)
    counting = [one for one in form.questions if points(one, answers.get(one.id, "")) is not None]
    raised = data.draw(st.sampled_from(counting))
    before = points(raised, answers[raised.id])
    for value in raised.choices:
        after = points(raised, value)
        if after is not None and before is not None and after >= before:
            better = score(form, {**answers, raised.id: value}).percent
            worse = score(form, answers).percent
            assert better is not None
            assert worse is not None
            assert better >= worse - 1e-9
