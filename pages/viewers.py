"""Who is looking at a page."""

import streamlit as st

from core import bootstrap
from core.access import Viewer, require, staff_viewer
from core.bootstrap import Services
from core.errors import NotAllowed
from core.web.viewers import at_this_machine
from pages.literal import literal

LOOPBACK = "127.0.0.1"


def page_viewer() -> Viewer:
    """Whoever sits at this machine works here, as the one of the roster that `?as=` names; others are customers.

    The name is remembered from page to page, because going to another one clears the address.
    """
    # Streamlit gives an address only to viewers on other machines.
    peer = st.context.ip_address
    if not at_this_machine(peer or LOOPBACK, st.context.headers):
        return Viewer(peer or "a customer", "customer")
    services = bootstrap.running()
    told = st.query_params.get("as", "")
    wanted = told or st.session_state.get("viewer_name", "")
    if wanted != told:
        st.query_params["as"] = wanted
    st.session_state["viewer_name"] = wanted
    return staff_viewer(wanted, services.roster, services.settings.agent)


def supervisor_of(services: Services, title: str, why: str) -> Viewer | None:
    """Whoever looks at a page that is for supervisors. None when they are none: then the page asks which of them they
    are, and has nothing more to show. `why` says in a sentence that it is for supervisors."""
    viewer = page_viewer()
    try:
        require(viewer, "supervise")
    except NotAllowed:
        _choose_supervisor(services, title, why)
        return None
    return viewer


def _choose_supervisor(services: Services, title: str, why: str) -> None:
    st.title(title)
    st.write(f"{why} Choose who you are:")
    for colleague in services.roster:
        if colleague.role == "supervisor" and st.button(literal(colleague.name), icon=":material/badge:"):
            st.query_params["as"] = colleague.name
            st.rerun()
    st.caption("Supervisors are named in `data/agents.yaml`.")
