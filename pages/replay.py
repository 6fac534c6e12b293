"""A stored call, again as the agent saw it; and what today's rules would have made of it."""

from datetime import tzinfo
from math import isfinite

import streamlit as st

from core import bootstrap
from core.access import require
from core.bootstrap import Services
from core.calls.call import Call
from core.errors import NotAllowed, SidetoneError, UnknownCall
from core.insights.listing import Row, page
from core.insights.overview import CallFilter
from core.insights.what_if import Pair, WhatIf, todays_rules, what_if
from pages.call_filters import viewer_zone
from pages.call_replaced import tell_replaced
from pages.components import replay_view
from pages.literal import literal
from pages.viewers import page_viewer

RECENT = 50
VERDICTS = {
    "same": "Same",
    "other words": "Other words",
    "only then": "Would not come",
    "only now": "Would come",
}


def address_s() -> float:
    """The moment that the address names; the beginning when it names none."""
    try:
        at_s = float(st.query_params.get("at", "0"))
    except ValueError:
        return 0.0
    return max(0.0, at_s) if isfinite(at_s) else 0.0


def choose(services: Services) -> None:
    st.title("Replay")
    rows = {row["call_id"]: row for row in page(services.database, CallFilter(), size=RECENT).rows}
    if not rows:
        st.info(
            "No calls yet. Take or play one on the desk; it can be replayed when it is over.", icon=":material/history:"
        )
        return
    st.write("Choose a call. Every call in the history opens here, too.")
    zone = viewer_zone()
    chosen = st.selectbox("Call", list(rows), index=None, format_func=lambda call_id: named(rows[call_id], zone))
    if chosen is not None:
        st.query_params.from_dict({"call": chosen})
        st.rerun()


def named(row: Row, zone: tzinfo) -> str:
    who = row["customer_name"] or "unknown caller"
    title = f", {row['title']}" if row["title"] else ""
    return f"{row['started_at'].astimezone(zone):%Y-%m-%d %H:%M}: {who}{title}"


def ask_what_if(services: Services, call: Call) -> None:
    """Another run over the call's words, beside what was shown then."""
    with st.expander("What if: today’s rules over this call", icon=":material/compare_arrows:"):
        st.write(
            "Runs the rules as they are now over what was said, with today’s records, and puts the suggestions of both "
            "side by side. The stored call stays as it is."
        )
        choices = {"playbook": "Today’s rules"}
        if services.settings.uses_model:
            choices["model"] = literal(f"{services.assistant.name}, with today’s alerts")
        with st.form("what_if", border=False):
            how = st.radio("Help by", list(choices), format_func=choices.__getitem__, horizontal=True)
            run = st.form_submit_button("Run over this call", icon=":material/play_arrow:")
        kept: dict[tuple[str, str], WhatIf] = st.session_state.setdefault("what_if_results", {})
        if run:
            attempt(services, call.call_id, how, kept)
        found = kept.get((call.call_id, how))
        if found is not None:
            compare(found)


def attempt(services: Services, call_id: str, how: str, kept: dict[tuple[str, str], WhatIf]) -> None:
    other = services.assistant if how == "model" else None
    progress = st.progress(0.0, "Running over the call…")
    try:
        helpers = todays_rules(
            services.settings, services.customers, services.tools, services.clock, services.new_id, other
        )
        kept[call_id, how] = what_if(services.log.events(call_id), helpers, progress.progress)
    except SidetoneError as error:
        st.error(literal(str(error)), icon=":material/error:")
    finally:
        progress.empty()


def compare(found: WhatIf) -> None:
    pairs = found.pairs
    same = sum(pair.verdict == "same" for pair in pairs)
    then, now, both = st.columns(3)
    then.metric("Suggestions then", len(found.then))
    now.metric("Suggestions now", len(found.now))
    both.metric("The same", same)
    if not pairs:
        st.info("Neither then nor now is there anything to suggest.", icon=":material/info:")
        return
    st.table([row_of(pair) for pair in pairs])


def row_of(pair: Pair) -> dict[str, str]:
    return {
        "At": f"{int(pair.at_s) // 60:02d}:{int(pair.at_s) % 60:02d}",
        "Then": literal(pair.then.message) if pair.then else "",
        "Now": literal(pair.now.message) if pair.now else "",
        "Difference": VERDICTS[pair.verdict],
    }


def one_call(services: Services, call_id: str) -> None:
    try:
        call = services.log.call(call_id)
    except UnknownCall:
        st.warning("This call is not known here. It may belong to another database.", icon=":material/help:")
        choose(services)
        return
    st.page_link("pages/calls.py", label="All calls", icon=":material/arrow_back:")
    tell_replaced(services, call_id, "pages/replay.py")
    if call.live:
        st.info("This call is still going on: the replay shows it up to now. Reload for more.", icon=":material/info:")
    replay_view(
        call_id,
        at_s=address_s(),
        checklist=[{"item": required.item, "label": required.label} for required in services.checklist],
    )
    ask_what_if(services, call)


def show() -> None:
    services = bootstrap.running()
    try:
        require(page_viewer(), "see calls")
        call_id = st.query_params.get("call")
        if call_id is None:
            choose(services)
        else:
            one_call(services, call_id)
    except NotAllowed as error:
        st.error(literal(str(error)), icon=":material/lock:")
    except SidetoneError as error:
        st.error(literal(str(error)), icon=":material/error:")


show()
