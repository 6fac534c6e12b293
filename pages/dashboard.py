"""The supervisor's dashboard: what is going on, how it went, and what is unusual about it."""

import streamlit as st

from core import bootstrap
from core.access import Viewer
from core.bootstrap import Services
from core.errors import SidetoneError
from core.insights.listing import count
from core.insights.overview import CallFilter
from pages.dashboard_anomalies import anomalies, banner, noticed_of
from pages.dashboard_charts import STYLE
from pages.dashboard_filters import Choice, choose
from pages.dashboard_live import live
from pages.dashboard_people import agents, one_customer
from pages.dashboard_report import offer_report
from pages.dashboard_views import assistant, customers, floor, headlines, totals
from pages.literal import literal
from pages.viewers import supervisor_of

VIEWS = ("Floor", "Agents", "Customers", "Assistant", "Unusual")


def nothing_to_show(services: Services) -> None:
    """Why there is nothing, and what to do about it."""
    if count(services.database, CallFilter()):
        st.info(
            "No calls in this time with these filters. Choose a longer period, or take filters away.",
            icon=":material/filter_list_off:",
        )
        return
    st.info(
        "No calls yet. They appear here as soon as they are over. To look around in a made-up past, stop Sidetone and "
        "run this, then start it again:",
        icon=":material/query_stats:",
    )
    st.code("python -m core seed --history 90d --calls 5000", language="bash")


def views(services: Services, viewer: Viewer, choice: Choice) -> None:
    """The part of the dashboard that is looked at; only its figures are worked out."""
    view = st.segmented_control(
        "Part", VIEWS, default=VIEWS[0], required=True, key="view", bind="query-params", label_visibility="collapsed"
    )
    with st.spinner("Working out the figures…", show_time=True):
        if view == "Agents":
            agents(services, choice)
        elif view == "Customers":
            customers(services, choice)
            one_customer(services, choice)
        elif view == "Assistant":
            assistant(services, choice)
        elif view == "Unusual":
            anomalies(services, viewer, noticed_of(services, choice.basis))
        else:
            floor(services, choice)


def dashboard(services: Services, viewer: Viewer) -> None:
    st.html(STYLE)
    st.title("Dashboard", anchor=False)
    place = st.container()
    choice = choose(services)
    live(services, choice.basis)
    with st.spinner("Working out the figures…", show_time=True):
        now, before = totals(services, choice)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"#### {choice.words}")
        if now.calls:
            offer_report(services, choice)
    if now.calls:
        headlines(now, before)
        views(services, viewer, choice)
    else:
        nothing_to_show(services)
    # Looking through weeks for what is unusual takes longest, so that it comes last.
    with place:
        banner(noticed_of(services, choice.basis))


def page() -> None:
    services = bootstrap.running()
    viewer = supervisor_of(services, "Dashboard", "The dashboard is for supervisors.")
    if viewer is None:
        return
    with st.container(key="dashboard"):
        try:
            dashboard(services, viewer)
        except SidetoneError as error:
            st.error(literal(str(error)), icon=":material/error:")


page()
