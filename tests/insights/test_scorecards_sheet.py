"""A sheet while it is filled in: rules propose, supervisors decide, and nothing is overwritten in silence."""

from hypothesis import given
from hypothesis import strategies as st

from core.insights.scorecards.automatic import Proposal
from core.insights.scorecards.form import Form
from core.insights.scorecards.sheet import Answer, blank, fitted, rerun, unfinished

FORM = Form.model_validate(
    {
        "sections": [
            {
                "title": "One",
                "questions": [
                    {"id": "a", "ask": "Greeted?"},
                    {"id": "b", "ask": "Listened?", "kind": "scale"},
                    {"id": "c", "ask": "Notes?", "kind": "text"},
                ],
            }
        ]
    }
)
YES, NO = Proposal("yes", "Said."), Proposal("no", "Not said.")


def test_a_new_sheet_has_what_the_rules_answered_and_nothing_else() -> None:
    sheet = blank(FORM, {"a": YES})
    assert sheet == {"a": Answer(value="yes", automatic="yes", why="Said."), "b": Answer(), "c": Answer()}


def test_what_is_missing_is_named_in_the_order_of_the_form() -> None:
    overridden = {"a": Answer(value="no", automatic="yes")}
    assert unfinished(FORM, overridden) == [
        "Say why the rule's answer to “Greeted?” does not stand",
        "Answer “Listened?”",
    ]
    done = {"a": Answer(value="no", automatic="yes", reason="It was the colleague"), "b": Answer(value="na")}
    assert unfinished(FORM, done) == []


def test_asked_again_a_rule_replaces_its_own_answer_and_says_so() -> None:
    sheet, changed = rerun(FORM, blank(FORM, {"a": YES}), {"a": NO})
    assert sheet["a"] == Answer(value="no", automatic="no", why="Not said.")
    assert [question.id for question in changed] == ["a"]


def test_asked_again_a_rule_does_not_touch_what_a_supervisor_decided() -> None:
    decided = {"a": Answer(value="na", automatic="yes", reason="Colleague", comment="See", at_s=3.0)}
    sheet, changed = rerun(FORM, decided, {"a": NO})
    assert sheet["a"] == Answer(
        value="na", automatic="no", why="Not said.", reason="Colleague", comment="See", at_s=3.0
    )
    assert changed == []


values = st.sampled_from(["", "yes", "no", "na"])
proposals = st.one_of(st.just({}), st.sampled_from([YES, NO]).map(lambda one: {"a": one}))


@given(value=values, automatic=values, again=proposals)
def test_a_decision_that_differs_from_the_rule_always_survives(
    value: str, automatic: str, again: dict[str, Proposal]
) -> None:
    before = {"a": Answer(value=value, automatic=automatic)}
    after, changed = rerun(FORM, before, again)
    if value not in ("", automatic):
        assert after["a"].value == value
    assert [one.id for one in changed] == (["a"] if after["a"].value != value else [])
    assert rerun(FORM, after, again) == (after, [])


def test_answers_of_an_earlier_form_stand_where_they_still_can() -> None:
    earlier = {
        "a": Answer(value="4", comment="Fine"),
        "b": Answer(value="4"),
        "c": Answer(value="Words"),
        "gone": Answer(value="yes"),
    }
    assert fitted(FORM, earlier) == {
        "a": Answer(comment="Fine"),
        "b": Answer(value="4"),
        "c": Answer(value="Words"),
    }
