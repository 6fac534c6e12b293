"""What a call's page says when its speakers were swapped."""

import streamlit as st

from core.bootstrap import Services
from core.insights.replaced import counts_instead, replaced_by


def tell_replaced(services: Services, call_id: str, page: str) -> None:
    """Which call counts instead of this one, or which one this counts instead of, each a link to it on that page.

    Raises StorageError.
    """
    if newer := counts_instead(services.database, call_id):
        with st.container(horizontal=True, vertical_alignment="center", key="replaced"):
            st.info("The speakers of this call were swapped: it counts no more.", icon=":material/swap_horiz:")
            st.page_link(page, label="Open the call that counts", query_params={"call": newer})
    elif older := replaced_by(services.database, call_id):
        st.page_link(
            page,
            label="Made anew with the speakers swapped; open it as it was before",
            icon=":material/swap_horiz:",
            query_params={"call": older},
        )
