"""The Streamlit shell: who is here, and navigation between the pages."""

import streamlit as st

from core.access import require
from core.errors import NotAllowed
from pages.viewers import page_viewer

st.set_page_config(page_title="Sidetone", page_icon="pages/components/icon.svg", layout="wide")
# Streamlit leaves 6 rem above the page; a desk needs the height.
st.html("<style>.stMainBlockContainer { padding-top: 4rem; padding-bottom: 1rem; }</style>")
try:
    require(page_viewer(), "take calls")
except NotAllowed as error:
    st.error(str(error), icon=":material/lock:")
    st.stop()
st.navigation(
    [
        st.Page("pages/live.py", title="Live call", icon=":material/call:", default=True),
        st.Page("pages/calls.py", title="Calls", icon=":material/history:"),
    ],
    position="top",
).run()
