"""What is going on now, at the top of the dashboard."""

from datetime import timedelta

import streamlit as st

from core.bootstrap import Services
from core.errors import StorageError
from core.insights.metrics import Basis, LiveTiles, live_tiles, service_today
from core.insights.metrics.definitions import shown
from pages.literal import literal

LOOK_EVERY = timedelta(seconds=2)
STATES = ("available", "ringing", "busy", "after-call work", "away")


def now_on_the_floor(services: Services, basis: Basis) -> LiveTiles:
    switchboard = services.switchboard
    today = service_today(services.database, basis)
    return live_tiles(services.desk.live_calls(), switchboard.waiting(), switchboard.agents(), today)


@st.fragment(run_every=LOOK_EVERY)
def live(services: Services, zone_basis: Basis) -> None:
    """Tiles that follow the floor. Each keeps its place, so that only its number changes."""
    basis = Basis(services.clock.now().astimezone(zone_basis.zone), zone_basis.targets, zone_basis.zone)
    try:
        floor = now_on_the_floor(services, basis)
    except StorageError as error:
        st.error(literal(str(error)), icon=":material/error:")
        return
    agents = [f"{floor.agents[state]} {state}" for state in STATES if floor.agents.get(state)]
    at_work = sum(count for state, count in floor.agents.items() if state != "away")
    with st.container(key="live-tiles"):
        st.metric("Calls now", floor.calls, border=True, help="Voice calls an agent is in.")
        st.metric("Chats now", floor.chats, border=True, help="Chats an agent is in.")
        st.metric("Waiting", floor.waiting, border=True, help="Customers in the queue.")
        st.metric("Longest wait", shown(floor.longest_wait_s, "s"), border=True, help="Of those who wait now.")
        st.metric("Agents at work", at_work, border=True, help="All who are not away.")
        st.metric(
            "Service level today",
            shown(floor.today.service_level, "%"),
            border=True,
            help=f"Answered within {basis.targets.within_s:g} s ÷ offered since midnight. "
            f"The target is {basis.targets.percent:g} %.",
        )
    st.caption(
        f"Agents: {', '.join(agents) or 'none on the roster'}. Today {floor.today.offered} customers came into "
        f"the queue, {floor.today.answered} were answered, {floor.today.abandoned} hung up."
    )
