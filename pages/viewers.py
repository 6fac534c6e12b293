"""Who is looking at a page."""

import streamlit as st

from core.access import DEMO_AGENT, Viewer


def page_viewer() -> Viewer:
    """Streamlit gives an address only to viewers on other machines."""
    address = st.context.ip_address
    return DEMO_AGENT if address is None else Viewer(address, "stranger")
