"""What was saved for a call before, and what other supervisors gave it."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core.insights.scorecards.form import Form
from core.insights.scorecards.sheet import Answer
from core.insights.scorecards.store import Scorecard, Scorecards
from pages.call_filters import viewer_zone
from pages.waiting import clock

WORDS = {"yes": "Yes", "no": "No", "na": "N/A", "": "–"}


def others(scorecards: Scorecards, form: Form, call_id: str, by: str, *, own_finished: bool) -> None:
    """What was saved before, and what other supervisors gave; theirs only after one's own, so that nobody is led."""
    cards = scorecards.of_call(call_id)
    theirs = [card for card in cards if card.by != by]
    if theirs and own_finished:
        sheets = {card.by: scorecards.sheet(card.scorecard_id) for card in cards}
        st.markdown("##### Calibration")
        st.dataframe(compared(form, cards, sheets), hide_index=True)
    elif theirs:
        st.caption(f"Finished by {len(theirs)} other supervisor(s): shown when you have finished yours.")
    versions = scorecards.versions(call_id, by)
    if len(versions) > 1:
        with st.expander(f"Your {len(versions)} versions", icon=":material/history:"):
            earlier(scorecards, versions)


def compared(form: Form, cards: Sequence[Scorecard], sheets: Mapping[str, Mapping[str, Answer]]) -> pd.DataFrame:
    totals = {card.by: "–" if card.score is None else f"{card.score:.0f} %" for card in cards}
    rows = [{"Question": "Score", **totals}]
    for question in form.questions:
        given = {by: sheet.get(question.id, Answer()).value for by, sheet in sheets.items()}
        rows.append({"Question": question.ask, **{by: WORDS.get(value, value) for by, value in given.items()}})
    return pd.DataFrame(rows)


def earlier(scorecards: Scorecards, versions: Sequence[Scorecard]) -> None:
    zone = viewer_zone()
    numbers = {card.number: card for card in versions}

    def named(number: int) -> str:
        card = numbers[number]
        percent = "–" if card.score is None else f"{card.score:.0f} %"
        return f"{number}: {card.at.astimezone(zone):%d %b %Y, %H:%M}, {card.status}, {percent}"

    chosen = numbers[st.selectbox("Version", list(numbers), format_func=named)]
    form = scorecards.form(chosen.version)
    answers = scorecards.sheet(chosen.scorecard_id)
    asked = {question.id: question.ask for question in form.questions} if form else {}
    rows = [
        {
            "Question": asked.get(question_id, question_id),
            "Answer": WORDS.get(answer.value, answer.value),
            "Rule": WORDS.get(answer.automatic, ""),
            "Reason": answer.reason,
            "Comment": answer.comment,
            "At": "" if answer.at_s is None else clock(answer.at_s),
        }
        for question_id, answer in answers.items()
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True)
