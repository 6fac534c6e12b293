"""What a click does."""

from collections.abc import Callable

import streamlit as st

from core.errors import SidetoneError
from pages.literal import literal

_REFUSED = "refused"


def carry_out(what: Callable[..., object], *subject: str) -> bool:
    """A click, carried out ahead of the script run it causes: that may end before it comes to the button.

    False where it was refused; `tell_why_not` says why.
    """
    try:
        what(*subject)
    except SidetoneError as error:
        st.session_state[_REFUSED] = str(error)
        return False
    return True


def tell_why_not() -> None:
    """Say why the last click was refused. Drawn where the run no longer ends for another: what it has drawn until then
    may never be seen."""
    if refused := st.session_state.pop(_REFUSED, ""):
        st.toast(literal(refused), icon=":material/error:")
