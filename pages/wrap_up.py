"""After the call: its summary, looked over by the agent, and how it ended."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from core.bootstrap import Services
from core.calls.call import Call
from core.calls.events import PARTIES, ActionItem, SummaryWritten

DISPOSITIONS = ["Resolved", "Follow-up", "Escalated", "Hung up", "Wrong number"]
SUMMARY_WAIT = timedelta(seconds=15)
LOOK_EVERY = timedelta(seconds=0.5)
BLANK = SummaryWritten(
    reason="", done="", outcome="", action_items=[], topics=[], sentiment="", written_by="nobody so far"
)


def wrap_up(services: Services, call: Call, *, following: Callable[[], None]) -> None:
    """Everything between the end of a call and the next one, which `following` leads to."""
    if call.wrap_up is not None:
        done, onward = st.columns([4, 1], vertical_alignment="center")
        done.success(f"Wrapped up: {call.wrap_up.disposition}. The call is kept under Calls.", icon=":material/check:")
        if onward.button("Next call", type="primary", icon=":material/call:"):
            following()
    elif call.summary is None and _is_expected(services, call):
        _await_summary(services, call)
    else:
        _form(services, call, call.summary or BLANK)


def _is_expected(services: Services, call: Call) -> bool:
    """Whether a summary may still come: not when it is overdue, or the agent will not wait for it."""
    overdue = call.ended_at is None or services.clock.now() - call.ended_at > SUMMARY_WAIT
    return not overdue and not st.session_state.get(_impatient_key(call), False)


def _impatient_key(call: Call) -> str:
    return f"write-summary-{call.call_id}"


@st.fragment(run_every=LOOK_EVERY)
def _await_summary(services: Services, call: Call) -> None:
    now = services.desk.call(call.call_id)
    if now.summary is not None or now.wrap_up is not None or not _is_expected(services, now):
        st.rerun()
    words, button = st.columns([4, 1], vertical_alignment="center")
    words.info(f"The summary is being written… {now.summary_draft}", icon=":material/edit_note:")
    if button.button("Write it myself"):
        st.session_state[_impatient_key(call)] = True
        st.rerun()


def _form(services: Services, call: Call, summary: SummaryWritten) -> None:
    with st.form(f"wrap-up-{call.call_id}"):
        what, is_resolved, save = st.columns([6, 2, 1], vertical_alignment="bottom")
        disposition = what.pills("How did the call end?", DISPOSITIONS, default=DISPOSITIONS[0], required=True)
        resolved = is_resolved.selectbox(
            "Resolved?", ["As above", "Yes", "No"], help="“As above”: resolved when the call ended as “Resolved”."
        )
        saved = save.form_submit_button("Save", type="primary", help="Closes the call's log")
        note = st.text_input("Note", placeholder="What the next agent should know")
        with st.expander(f"Summary by {summary.written_by}", expanded=True, icon=":material/summarize:"):
            edited = _summary_fields(summary)
    if saved:
        if replace(edited, written_by=summary.written_by) != summary:
            services.desk.write_summary(call.call_id, replace(edited, written_by=call.agent))
        is_done = disposition == DISPOSITIONS[0] if resolved == "As above" else resolved == "Yes"
        services.desk.wrap_up(call.call_id, str(disposition), is_done, note, by=call.agent)
        st.rerun()


def _summary_fields(summary: SummaryWritten) -> SummaryWritten:
    """The summary as the agent leaves it."""
    reason, done, outcome = st.columns(3)
    words = {
        "reason": reason.text_area("Reason for the call", summary.reason, height="content"),
        "done": done.text_area("What was done", summary.done, height="content"),
        "outcome": outcome.text_area("Outcome", summary.outcome, height="content"),
    }
    items, about = st.columns([2, 1])
    with items:
        st.caption("Action items")
        table = st.data_editor(
            _item_table(summary.action_items),
            num_rows="dynamic",
            hide_index=True,
            width="stretch",
            column_config={
                "text": st.column_config.TextColumn("What", width="large"),
                "owner": st.column_config.SelectboxColumn("Owner", options=list(PARTIES), default="agent"),
                "due": st.column_config.DateColumn("Due"),
            },
        )
    with about:
        known = list(dict.fromkeys(summary.topics))
        topics = st.multiselect("Topics", known, default=known, accept_new_options=True)
        sentiment = st.text_input("Sentiment", summary.sentiment)
    return SummaryWritten(
        **{name: text.strip() for name, text in words.items()},
        action_items=_items(table),
        topics=list(topics),
        sentiment=sentiment.strip(),
        written_by=summary.written_by,
    )


def _item_table(items: list[ActionItem]) -> pd.DataFrame:
    rows = [
        {"text": item.text, "owner": item.owner, "due": date.fromisoformat(item.due) if item.due else None}
        for item in items
    ]
    return pd.DataFrame(rows, columns=["text", "owner", "due"]).astype({"text": "object", "due": "object"})


def _items(table: pd.DataFrame) -> list[ActionItem]:
    """Rows without words are no items."""
    rows: list[dict[str, Any]] = table.to_dict("records")
    return [
        ActionItem(
            text=str(row["text"]).strip(),
            owner="customer" if row["owner"] == "customer" else "agent",
            due=None if pd.isna(row["due"]) else pd.Timestamp(row["due"]).date().isoformat(),
        )
        for row in rows
        if not pd.isna(row["text"]) and str(row["text"]).strip()
    ]
