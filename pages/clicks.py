"""What a click does."""

from collections.abc import Callable

import streamlit as st

from core.errors import SidetoneError
from pages.literal import literal


def carry_out(what: Callable[..., object], *subject: str) -> None:
    """A click, carried out ahead of the script run it causes: that may end before it comes to the button."""
    try:
        what(*subject)
    except SidetoneError as error:
        st.toast(literal(str(error)), icon=":material/error:")
