"""What is unusual: the banner, the list with its reasons, who has seen it, and what counts as unusual."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC

import streamlit as st

from core.access import Viewer
from core.bootstrap import Services
from core.errors import SidetoneError
from core.insights.anomalies import Anomaly, AnomalyRule
from core.insights.anomaly_watch import NOTE_MAX_CHARS, AnomalyWatch, Noticed
from core.insights.behind import address, calls_in
from core.insights.metrics import KPI_HELP, Basis
from pages.dashboard_charts import CALLS_PAGE
from pages.literal import literal

FOR_DAYS = 7
KEPT_S = 300
"""Anomalies are found over whole hours, so that looking for them at every click would find the same."""


def noticed_of(services: Services, basis: Basis) -> list[Noticed]:
    """What was unusual of late, newest first."""
    return _noticed(str(services.database.url), basis.zone.key, basis.now.strftime("%Y-%m-%d %H"), services, basis)


@st.cache_data(ttl=KEPT_S, show_spinner=False)
def _noticed(database: str, zone: str, hour: str, _services: Services, _basis: Basis) -> list[Noticed]:
    return _services.anomalies.recent(_basis, FOR_DAYS)


def banner(noticed: Sequence[Noticed]) -> None:
    """The newest that nobody has seen yet."""
    unseen = [one.anomaly for one in noticed if one.acknowledged is None]
    if not unseen:
        return
    newest = unseen[0]
    more = f" {len(unseen) - 1} more in “Unusual”." if len(unseen) > 1 else ""
    with st.container(key="anomaly-banner"):
        st.warning(f"{literal(newest.why)}: {_when(newest)}.{more}", icon=":material/notification_important:")


def anomalies(services: Services, viewer: Viewer, noticed: Sequence[Noticed]) -> None:
    """Everything unusual of the last days, and the rules."""
    st.markdown(f"##### Unusual in the last {FOR_DAYS} days")
    if not noticed:
        st.info(
            "Nothing unusual. A figure outside its usual band for the weekday and hour appears here with its reason. "
            "That takes at least four weeks of calls to compare with.",
            icon=":material/check_circle:",
        )
    for one in noticed:
        _entry(services, viewer, one)
    _thresholds(services, viewer)


def _entry(services: Services, viewer: Viewer, one: Noticed) -> None:
    anomaly = one.anomaly
    with st.container(border=True, key=f"anomaly-{anomaly.key}"):
        why, calls = st.columns([5, 1], vertical_alignment="center")
        why.markdown(f"**{literal(anomaly.why)}**  \n{_when(anomaly)}")
        chosen = calls_in(anomaly.at, anomaly.span, anomaly.at.tzinfo or UTC)
        with calls:
            st.page_link(CALLS_PAGE, label="Its calls", icon=":material/history:", query_params=address(chosen))
        if one.acknowledged is not None:
            seen = one.acknowledged
            note = f": {seen.note}" if seen.note else ""
            st.caption(f"Seen by {literal(seen.by)}, {seen.at:%-d %b %H:%M} UTC{literal(note)}")
            return
        with st.form(f"seen-{anomaly.key}", border=False, clear_on_submit=True):
            words, button = st.columns([5, 1], vertical_alignment="bottom")
            note = words.text_input("Note", max_chars=NOTE_MAX_CHARS, placeholder="What it was, if you know")
            if button.form_submit_button("Acknowledge", width="stretch"):
                services.anomalies.acknowledge(anomaly.key, viewer.name, note)
                _look_again()


def _thresholds(services: Services, viewer: Viewer) -> None:
    watch = services.anomalies
    rules = {rule.metric: rule for rule in watch.rules()}
    with st.expander("What counts as unusual", icon=":material/tune:"):
        metric = st.selectbox("Figure", list(rules), format_func=lambda name: KPI_HELP[name].label, key="anomaly-rule")
        rule = rules[metric]
        with st.form(f"rule-{metric}", border=False):
            spread, history, volume = st.columns(3)
            changed = replace(
                rule,
                spread=spread.number_input(
                    "Spread",
                    min_value=0.5,
                    value=float(rule.spread),
                    step=0.5,
                    help="How far from the usual value is still usual, in robust standard deviations.",
                ),
                least_history=int(
                    history.number_input("Weeks to compare with", min_value=1, value=rule.least_history, step=1)
                ),
                least_volume=int(volume.number_input("Least calls", min_value=0, value=rule.least_volume, step=1)),
                enabled=st.checkbox("Watch this figure", rule.enabled),
            )
            if st.form_submit_button("Save", type="primary"):
                _change(watch, changed, viewer)
        if st.button("Back to data/anomalies.yaml", icon=":material/undo:"):
            watch.reset(metric)
            _look_again()


def _change(watch: AnomalyWatch, rule: AnomalyRule, viewer: Viewer) -> None:
    try:
        watch.change(rule, viewer.name)
    except SidetoneError as error:
        st.error(literal(str(error)), icon=":material/error:")
    else:
        _look_again()


def _look_again() -> None:
    _noticed.clear()
    st.rerun()


def _when(anomaly: Anomaly) -> str:
    return f"{anomaly.at:%A %-d %B}" + (f", {anomaly.at:%H:%M}" if anomaly.span == "hour" else "")
