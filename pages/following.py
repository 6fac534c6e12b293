"""Widgets that show what is kept elsewhere."""

from typing import Any

import streamlit as st


def follow(key: str, value: Any) -> None:
    """Let the widget of this key show the value when that has changed; until then it may be half filled in.

    What it shows already it is not told again: on the way to the browser that would undo a choice made meanwhile.
    """
    before = f"{key}-followed"
    if key not in st.session_state or (st.session_state.get(before) != value and st.session_state[key] != value):
        st.session_state[key] = value
    st.session_state[before] = value
