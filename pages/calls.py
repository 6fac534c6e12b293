"""Every call that is over: to look for, to open, to take away."""

from datetime import tzinfo
from urllib.parse import quote, urlencode

import pandas as pd
import streamlit as st

from core import bootstrap
from core.access import require
from core.bootstrap import Services
from core.errors import ConfigurationError, NotAllowed, SidetoneError
from core.insights.address import query_of
from core.insights.call_files import CALL_FORMATS
from core.insights.export import COLUMNS as EXPORTED
from core.insights.export import FORMATS
from core.insights.listing import NEWEST_FIRST, PAGE_ROWS, RANKED, SORTS, Place, count, page, ranking, rows_of
from core.insights.overview import CallFilter
from core.insights.search import hits_in, terms_of
from core.insights.search_index import refresh
from pages.call_filters import address_pairs, chosen_calls, filter_bar, show_all, viewer_zone
from pages.call_hits import show_hits
from pages.call_replaced import tell_replaced
from pages.components import call_view
from pages.literal import literal
from pages.viewers import page_viewer

HITS_PAGE_ROWS = 25
RELEVANCE = "relevance"
ORDERS = {
    RELEVANCE: "Most relevant",
    "-started_at": "Newest",
    "started_at": "Oldest",
    "-duration_s": "Longest",
    "duration_s": "Shortest",
    "-waited_s": "Longest wait",
    "sentiment": "Most negative sentiment",
    "-sentiment": "Most positive sentiment",
    "-rating": "Highest rating",
    "-alerts": "Most alerts",
    "-flags": "Most flags",
    "agent": "Agent",
    "customer_name": "Customer",
    "-tier": "Tier",
    "disposition": "Disposition",
    "channel": "Channel",
}
TABLE = {
    "started_at": st.column_config.DatetimeColumn("Started", format="D MMM YYYY, HH:mm"),
    "customer_name": "Customer",
    "agent": "Agent",
    "tier": "Tier",
    "channel": "Channel",
    "duration_s": st.column_config.NumberColumn("Duration", format="%.0f s"),
    "waited_s": st.column_config.NumberColumn("Waited", format="%.0f s"),
    "sentiment": st.column_config.NumberColumn("Sentiment", format="%.2f", help="Inferred from words, -1 to 1"),
    "rating": st.column_config.NumberColumn("CSAT", help="The customer's own rating, 1 to 5"),
    "alerts": "Alerts",
    "flags": "Flags",
    "disposition": "Disposition",
    "end_reason": "Ended",
    "title": "Title",
    "recording": st.column_config.CheckboxColumn("Recorded", help="There is sound to replay"),
}


def order_of(words: str) -> str:
    """The order the address names, or the most telling one."""
    asked = st.query_params.get("sort", "")
    searching = bool(terms_of(words))
    if asked == RELEVANCE and searching:
        return asked
    return asked if asked.removeprefix("-") in SORTS else (RELEVANCE if searching else NEWEST_FIRST)


def choose_order(words: str) -> str:
    known = [name for name in ORDERS if name != RELEVANCE or terms_of(words)]
    current = order_of(words)
    if current not in known:
        known.append(current)
    picked = st.selectbox(
        "Order",
        known,
        index=known.index(current),
        format_func=lambda name: ORDERS.get(name, name),
        key=f"order-{current}-{len(known)}",
    )
    if picked != current:
        st.query_params["sort"] = picked
        st.rerun()
    return current


def export_menu(chosen: CallFilter) -> None:
    with st.popover("Export", icon=":material/download:", width="stretch"):
        st.caption("These calls, one row each")
        with st.container(horizontal=True):
            for kind in FORMATS:
                st.link_button(kind.upper(), f"api/export/calls.{kind}?{query_of(chosen)}")
        with st.expander("What the columns mean"):
            meanings = [{"column": name, "meaning": meaning} for name, (_, meaning) in EXPORTED.items()]
            st.dataframe(pd.DataFrame(meanings), hide_index=True)


def steps(calls: int, shown: int, start: int, onward: bool) -> int:
    """Where in the list this is, and the ways to the pages beside it; how many pages to go."""
    told, back, forth = st.columns([4, 1, 1], vertical_alignment="center")
    told.caption(f"{start + 1:,}–{start + shown:,} of {calls:,} calls")
    if back.button("Previous", icon=":material/chevron_left:", disabled=start == 0, width="stretch"):
        return -1
    if forth.button("Next", icon=":material/chevron_right:", disabled=not onward, width="stretch"):
        return 1
    return 0


def open_call(call_id: str | None) -> None:
    if call_id is None:
        del st.query_params["call"]
    else:
        st.query_params["call"] = call_id
    # A table of a new name forgets which row was picked.
    st.session_state["calls-opened"] = st.session_state.get("calls-opened", 0) + 1
    st.rerun()


def nothing_found(chosen: CallFilter) -> None:
    if chosen == CallFilter():
        st.info(
            "No calls yet. Those you take at the desk appear here when they are over. "
            "For a past to look at, stop Sidetone and run `python -m core seed --history 90d --calls 5000`.",
            icon=":material/history:",
        )
        return
    st.info("No call fits all of this. Take a filter away, or use fewer words.", icon=":material/search_off:")
    st.button("Show all calls", key="show-all", on_click=show_all)


def call_table(services: Services, chosen: CallFilter, order: str, zone: tzinfo) -> None:
    calls = count(services.database, chosen)
    if calls == 0:
        nothing_found(chosen)
        return
    # Where each page seen so far begins, for as long as it is the same list.
    state = st.session_state.setdefault("calls-pages", {})
    if state.get("of") != (chosen, order):
        state.update(of=(chosen, order), places=[None])
    places: list[Place | None] = state["places"]
    listed = page(services.database, chosen, order, places[-1])
    table = pd.DataFrame(listed.rows)
    table["recording"] = table["recording"].fillna("") != ""
    table["started_at"] = pd.to_datetime(table["started_at"], utc=True).dt.tz_convert(zone)
    opened = st.session_state.get("calls-opened", 0)
    picked = st.dataframe(
        table,
        column_order=list(TABLE),
        column_config=TABLE,
        hide_index=True,
        placeholder="",
        on_select="rerun",
        selection_mode="single-row",
        key=f"calls-{opened}-{len(places)}",
    )
    if rows := picked["selection"]["rows"]:
        open_call(listed.rows[rows[0]]["call_id"])
    step = steps(calls, len(listed.rows), (len(places) - 1) * PAGE_ROWS, listed.after is not None)
    if step > 0:
        places.append(listed.after)
    elif step < 0:
        places.pop()
    if step:
        st.rerun()


def found_calls(services: Services, chosen: CallFilter, order: str, zone: tzinfo) -> None:
    """Calls with words, a page of them with the lines they are in."""
    state = st.session_state.setdefault("calls-found", {})
    if state.get("of") != (chosen, order):
        state.update(of=(chosen, order), start=0, places=[None])
    start: int = state["start"]
    if order == RELEVANCE:
        ranked = ranking(services.database, chosen)
        calls, reachable = ranked.count, len(ranked.call_ids)
        rows = rows_of(services.database, ranked.call_ids[start : start + HITS_PAGE_ROWS])
        onward = start + HITS_PAGE_ROWS < reachable
    else:
        calls = count(services.database, chosen)
        listed = page(services.database, chosen, order, state["places"][-1], HITS_PAGE_ROWS)
        rows, onward = listed.rows, listed.after is not None
    if not rows:
        nothing_found(chosen)
        return
    if order == RELEVANCE and calls > RANKED:
        st.caption(f"The {RANKED:,} most relevant are listed. To get further, order by “Newest”.")
    hits = hits_in(services.database, [row["call_id"] for row in rows], terms_of(chosen.words))
    show_hits(rows, hits, [pair for pair in address_pairs() if pair[0] != "call"], zone)
    if step := steps(calls, len(rows), start, onward):
        state["start"] = start + step * HITS_PAGE_ROWS
        if order != RELEVANCE:
            state["places"] = [*state["places"], listed.after] if step > 0 else state["places"][:-1]
        st.rerun()


def history(services: Services) -> None:
    zone = viewer_zone()
    try:
        chosen = chosen_calls(zone)
    except ConfigurationError as error:
        st.error(literal(str(error)), icon=":material/error:")
        st.button("Show all calls", on_click=show_all)
        return
    filter_bar(services, chosen, zone)
    searching = bool(terms_of(chosen.words))
    if searching:
        with st.spinner("Making new calls searchable…"):
            refresh(services.database)
    elif chosen.words:
        st.info("There is no word in this to look for.", icon=":material/info:")
    ordering, exporting = st.columns([3, 1], vertical_alignment="bottom")
    with ordering:
        order = choose_order(chosen.words)
    with exporting:
        export_menu(chosen)
    (found_calls if searching else call_table)(services, chosen, order, zone)


def one_call(services: Services, call_id: str) -> None:
    back, replay, exporting = st.columns([2, 1, 1], vertical_alignment="center")
    if back.button("Back to the calls", icon=":material/arrow_back:"):
        open_call(None)
    services.log.call(call_id)
    tell_replaced(services, call_id, "pages/calls.py")
    address = f"replay?{urlencode({'call': call_id, 'at': 0})}"
    replay.link_button("Replay", address, icon=":material/replay:", width="stretch")
    with exporting.popover("Export", icon=":material/download:", width="stretch"):
        labels = {"txt": "Text", "srt": "SRT", "vtt": "WebVTT", "json": "Every event (JSON)", "zip": "All (ZIP)"}
        for kind in CALL_FORMATS:
            st.link_button(labels[kind], f"api/calls/{quote(call_id, safe='')}/export.{kind}", width="stretch")
    call_view(call_id, on_command=None)


def show() -> None:
    services = bootstrap.running()
    try:
        require(page_viewer(), "see calls")
    except NotAllowed as error:
        st.error(str(error), icon=":material/lock:")
        return
    call_id = st.query_params.get("call")
    try:
        if call_id:
            one_call(services, call_id)
        else:
            st.subheader("Calls")
            history(services)
    except SidetoneError as error:
        st.error(literal(str(error)), icon=":material/error:")


show()
