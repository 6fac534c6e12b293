"""Quality: which calls to rate, and what those that were rated got."""

from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from core import bootstrap
from core.access import Viewer
from core.bootstrap import Services
from core.errors import SidetoneError
from core.insights.overview import CallFilter
from core.insights.scorecards.form import Form, load_form
from core.insights.scorecards.results import SCORE_FORMULA, Key, scores_by
from core.insights.scorecards.sampling import LISTED, PER_AGENT, Candidate, Choice, to_rate
from core.insights.search import terms_of
from core.insights.search_index import refresh
from pages.call_filters import chosen_calls, filter_bar, viewer_zone
from pages.literal import literal
from pages.quality_sheet import rate
from pages.viewers import supervisor_of
from pages.waiting import clock

PAGE_ROWS = 20
CHOICES: dict[Choice, str] = {
    "sample": "Random sample",
    "alerts": "With alerts",
    "flagged": "Flagged",
    "negative": "Unhappy customer",
    "rated": "Rated",
    "all": "All",
}
GROUPS: dict[Key, str] = {"agent": "Agent", "question": "Question", "week": "Week"}
RATE = {None: "Rate", "draft": "Go on", "final": "Open"}


def mark(call: Candidate) -> str:
    """How far the call is rated, in words as well as in colour."""
    if call.auto_failed:
        return f":red-badge[:material/block: Automatic fail · {call.score:.0f} %]"
    if call.score is not None:
        several = f" · {call.scorecards} scorecards" if call.scorecards > 1 else ""
        return f":green-badge[:material/check: {call.score:.0f} %{several}]"
    return ":orange-badge[:material/edit: Draft]" if call.mine == "draft" else ":gray-badge[Not rated]"


def reasons(call: Candidate) -> str:
    """Why it may be worth rating."""
    told = [
        (call.urgent_alerts, f":material/warning: {call.urgent_alerts} urgent"),
        (call.alerts, f"{call.alerts} alert{'s' if call.alerts != 1 else ''}"),
        (call.flags, ":material/flag: flagged"),
    ]
    found = [words for holds, words in told if holds]
    if call.sentiment is not None:
        found.append(f"sentiment {call.sentiment:+.1f}".replace("-", "−"))
    return " · ".join(found)


def row(call: Candidate, zone: ZoneInfo) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"candidate-{call.call_id}"):
        when = call.started_at.astimezone(zone)
        who = f"**{literal(call.agent)}** with {literal(call.customer_name or 'unknown caller')}"
        length = f" · {clock(call.duration_s)}" if call.duration_s is not None else ""
        chat = " · chat" if call.channel == "chat" else ""
        st.markdown(f"{who}  \n{when:%d %b %Y, %H:%M}{length}{chat} · {reasons(call)}", width="stretch")
        st.markdown(mark(call), width="content")
        name = f"Rate the call of {call.agent} with {call.customer_name or 'unknown caller'}"
        if st.button(RATE[call.mine], key=f"rate-{call.call_id}", help=literal(name)):
            st.query_params["call"] = call.call_id
            st.rerun()


def calls_to_rate(services: Services, viewer: Viewer, chosen: CallFilter, zone: ZoneInfo) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choice = st.segmented_control(
            "Which calls", list(CHOICES), format_func=CHOICES.__getitem__, default="sample", required=True, key="which"
        )
        per_agent = PER_AGENT
        if choice == "sample":
            per_agent = st.number_input(
                "Per agent and week",
                1,
                50,
                PER_AGENT,
                width=180,
                help="So many calls of each agent and week, by chance, the same for every supervisor. "
                "Calls with alerts come first, then flagged ones, then by the customer's mood.",
            )
    calls = to_rate(services.database, chosen, viewer.name, choice, int(per_agent), zone)
    if not calls:
        st.info(
            "No calls to rate here. Calls appear when they are over; choose another kind, or take filters away.",
            icon=":material/fact_check:",
        )
        return
    finished = sum(call.mine == "final" for call in calls)
    most = f"the first {LISTED}" if len(calls) == LISTED else str(len(calls))
    pages = (len(calls) - 1) // PAGE_ROWS + 1
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{most} call{'s' if len(calls) != 1 else ''}, {finished} finished by you.", width="stretch")
        at = st.number_input("Page", 1, pages, width=140, help=f"{pages} pages") if pages > 1 else 1
    for call in calls[PAGE_ROWS * (at - 1) : PAGE_ROWS * at]:
        row(call, zone)


def results(services: Services, form: Form, chosen: CallFilter, zone: ZoneInfo) -> None:
    with st.expander("Scores", icon=":material/bar_chart:"):
        key = st.segmented_control(
            "By", list(GROUPS), format_func=GROUPS.__getitem__, default="agent", required=True, help=SCORE_FORMULA
        )
        groups = scores_by(services.database, chosen, key, zone)
        if not groups:
            st.caption("Scores appear here when scorecards of these calls are finished.")
            return
        asked = {question.id: question.ask for question in form.questions}
        rows = [
            {
                GROUPS[key]: f"{one.value:%d %b %Y}" if key == "week" else asked.get(str(one.value), one.value),
                "Score": one.score,
                "Calls": one.calls,
                "Scorecards": one.scorecards,
                "Automatic fails": one.auto_failed,
            }
            for one in groups
        ]
        percent = st.column_config.ProgressColumn("Score", format="%.0f %%", min_value=0, max_value=100)
        st.dataframe(pd.DataFrame(rows), hide_index=True, column_config={"Score": percent})


def calls(services: Services, viewer: Viewer, form: Form) -> None:
    zone = viewer_zone()
    chosen = chosen_calls(zone)
    st.title("Quality")
    filter_bar(services, chosen, zone)
    if terms_of(chosen.words):
        refresh(services.database)
    calls_to_rate(services, viewer, chosen, zone)
    results(services, form, chosen, zone)


def page() -> None:
    services = bootstrap.running()
    viewer = supervisor_of(services, "Quality", "Calls are rated by supervisors.")
    if viewer is None:
        return
    try:
        form = load_form(services.settings.scorecard_path)
        call_id = st.query_params.get("call")
        if call_id is None:
            calls(services, viewer, form)
        else:
            scorecards = services.scorecards
            rate(services, scorecards, viewer, form, call_id)
    except SidetoneError as error:
        st.error(literal(str(error)), icon=":material/error:")


page()
