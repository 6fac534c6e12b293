"""The Streamlit shell: who is here, and navigation between the pages they may see."""

import streamlit as st

from core.access import Viewer, may
from pages.viewers import page_viewer

STAFF_PAGES = [
    ("live", "Desk", ":material/call:"),
    ("calls", "Calls", ":material/history:"),
    ("upload", "Upload", ":material/upload:"),
    ("floor", "Floor", ":material/groups:"),
    ("dashboard", "Dashboard", ":material/monitoring:"),
    ("quality", "Quality", ":material/fact_check:"),
    ("classroom", "Classroom", ":material/school:"),
    ("settings", "Settings", ":material/settings:"),
]
REPLAY_PAGE = st.Page("pages/replay.py", title="Replay", icon=":material/replay:", visibility="hidden")
CUSTOMER_PAGE = st.Page("pages/customer.py", title="Call us", icon=":material/support_agent:", visibility="hidden")


def front_door() -> None:
    """Where customers come in who were given no more than the address of the machine."""
    st.switch_page(CUSTOMER_PAGE)


def staff_pages() -> list[st.Page]:
    """Each page asks for itself whether its viewer may see it: on this machine anybody may become a supervisor."""
    return [
        st.Page(f"pages/{name}.py", title=title, icon=icon, default=name == "live") for name, title, icon in STAFF_PAGES
    ]


def navigation(viewer: Viewer) -> st.Page:
    """A page that is not on offer does not exist for this viewer, whatever the address says."""
    if may(viewer, "see calls"):
        return st.navigation([*staff_pages(), REPLAY_PAGE, CUSTOMER_PAGE], position="top")
    entrance = st.Page(front_door, title="Welcome", default=True, visibility="hidden")
    return st.navigation([entrance, CUSTOMER_PAGE], position="hidden")


st.set_page_config(page_title="Sidetone", page_icon="pages/components/icon.svg", layout="wide")
# Streamlit leaves 6 rem above the page; a desk needs the height. A streamer has nothing to show, so it takes no room.
st.html(
    """<style>
    .stMainBlockContainer { padding-top: 4rem; padding-bottom: 1rem; }
    .stElementContainer:has(> iframe[title^="streamlit_webrtc"]) { position: absolute; }
    </style>"""
)
navigation(page_viewer()).run()
