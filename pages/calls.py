"""Stored calls, each as it was seen."""

import pandas as pd
import streamlit as st

from core import bootstrap
from core.bootstrap import Services
from core.calls.earlier import find_calls
from core.calls.history import recent_calls
from pages.components import call_view

PAGE_ROWS = 200
COLUMNS = {
    "started_at": st.column_config.DatetimeColumn("Started", format="D MMM YYYY, HH:mm:ss"),
    "title": "Call",
    "source": "Source",
    "customer_name": "Customer",
    "duration_s": st.column_config.NumberColumn("Duration", format="%.0f s"),
    "end_reason": "Ended",
    "disposition": "Disposition",
    "note": "Note",
}


def choose(services: Services) -> str | None:
    """The call picked in the table, or the one the address names."""
    words = st.text_input("Search summaries", placeholder="order 78901 refund", icon=":material/search:")
    rows = recent_calls(services.database, limit=PAGE_ROWS)
    if words:
        found = {call.call_id for call in find_calls(services.database, words, limit=PAGE_ROWS)}
        rows = [row for row in rows if row["call_id"] in found]
        if not rows:
            st.info(f"No summary holds “{words}”.", icon=":material/search_off:")
            return None
    if not rows:
        st.info(
            "No calls yet. Those you take on the live page appear here when they are over.", icon=":material/history:"
        )
        return None
    table = pd.DataFrame(rows)
    table["started_at"] = pd.to_datetime(table["started_at"])
    picked = st.dataframe(
        table,
        column_order=list(COLUMNS),
        column_config=COLUMNS,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="calls",
    )
    selected = picked["selection"]["rows"]
    return rows[selected[0]]["call_id"] if selected else st.query_params.get("call")


def page() -> None:
    services = bootstrap.running()
    st.title("Calls")
    call_id = choose(services)
    if call_id is None:
        st.caption("Choose a call to see its transcript, customer and suggestions.")
        return
    call_view(call_id, on_command=lambda _: None)


page()
