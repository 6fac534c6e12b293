"""Bring a recording from elsewhere: it is analysed in the background and opens in the replay."""

import streamlit as st

from core import bootstrap
from core.access import require
from core.bootstrap import Services
from core.calls.analysis import Analyses, Analysis, State
from core.calls.events import Party
from core.calls.sound import LONGEST_S, Channels, MonoHolds
from core.errors import CallError, NotAllowed
from pages.literal import literal
from pages.speech_choice import choose_engine, choose_language
from pages.viewers import page_viewer

FORMATS = ["wav", "mp3", "ogg", "opus", "flac", "m4a", "aac", "mp4", "mka", "webm", "aiff"]
LEFT: dict[Party, str] = {
    "customer": "Customer left, agent right",
    "agent": "Agent left, customer right",
}
MONO: dict[MonoHolds, str] = {
    "two people": "Customer and agent: tell them apart",
    "customer": "Only the customer",
    "agent": "Only the agent",
}
DOING: dict[State, str] = {
    "waiting": "Waits for the recording before it",
    "reading": "Reading the recording",
    "listening": "Finding out who is the agent",
    "analysing": "Writing down what was said",
}
REFRESH_S = 0.5


def minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def bring(services: Services) -> None:
    """The form; a recording sent off leaves it empty for the next one."""
    sent = st.session_state.setdefault("uploads-sent", 0)
    with st.form(f"upload-{sent}", border=False):
        file = st.file_uploader(
            "Recording",
            FORMATS,
            key=f"upload-file-{sent}",
            help=f"One call, at most {LONGEST_S / 3600:.0f} hours long.",
        )
        two, one = st.columns(2)
        left = two.radio("If it has two channels", list(LEFT), format_func=LEFT.__getitem__)
        mono = one.radio(
            "If it has one channel",
            list(MONO),
            format_func=MONO.__getitem__,
            help="Two voices are told apart by their sound alone; who of them is the agent is guessed from their "
            "first words. You can swap them when it is done.",
        )
        with st.expander("Options", icon=":material/tune:"), st.container(horizontal=True):
            engine = choose_engine(services, f"upload-{sent}")
            language = choose_language(f"upload-{sent}")
        analyse = st.form_submit_button("Analyse", type="primary", icon=":material/graphic_eq:")
    if analyse and file is None:
        st.warning("Choose a recording first.", icon=":material/upload_file:")
    elif analyse and file is not None:
        channels = Channels(left=left, mono=mono)
        analysis_id = services.analyses.begin(file.name, file, channels, engine, language)
        st.session_state["upload-awaited"] = analysis_id
        st.session_state["uploads-sent"] = sent + 1
        st.rerun()


def progress_of(analysis: Analysis) -> tuple[float, str]:
    """How far it is, 0–1, and the same in words."""
    of = f" of {minutes(analysis.duration_s)}" if analysis.duration_s else ""
    left = f", about {minutes(analysis.left_s)} left" if analysis.left_s is not None else ""
    text = DOING[analysis.state]
    if analysis.state == "reading" and analysis.duration_s and analysis.position_s >= analysis.duration_s:
        text = "Telling the voices apart, after reading"
    if analysis.state != "waiting":
        text += f": {minutes(analysis.position_s)}{of}{left}"
    return min(1.0, analysis.position_s / analysis.duration_s) if analysis.duration_s else 0.0, text


def under_way(analyses: Analyses, analysis: Analysis) -> None:
    bar, button = st.columns([5, 1], vertical_alignment="bottom")
    fraction, text = progress_of(analysis)
    bar.markdown(f"**{literal(analysis.name)}**")
    bar.progress(fraction, text)
    button.button(
        "Cancel",
        key=f"cancel-{analysis.analysis_id}",
        on_click=analyses.cancel,
        args=(analysis.analysis_id,),
        width="stretch",
    )


def swap(analyses: Analyses, call_id: str) -> None:
    try:
        analyses.swap(call_id)
    except CallError as error:
        st.error(str(error), icon=":material/error:")


def result(analyses: Analyses, analysis: Analysis, *, replaced: bool) -> None:
    """How an analysis ended. `replaced`: the call it made counts no more."""
    st.markdown(f"**{literal(analysis.name)}**")
    match analysis.state:
        case "done" if replaced:
            st.caption("Its speakers were swapped: the call made anew counts instead.")
        case "done":
            if analysis.message:
                st.caption(literal(analysis.message))
            watch, exchange = st.columns([1, 1])
            watch.link_button(
                "Open in replay",
                f"replay?call={analysis.call_id}",
                icon=":material/play_circle:",
                type="primary",
                width="stretch",
            )
            exchange.button(
                "Swap speakers",
                key=f"swap-{analysis.analysis_id}",
                icon=":material/swap_horiz:",
                help="Analyses it again, agent and customer exchanged. The new call then counts instead of this one.",
                on_click=swap,
                args=(analyses, analysis.call_id),
                width="stretch",
            )
        case "cancelled":
            st.info("Cancelled. Nothing of its sound was kept.", icon=":material/cancel:")
        case _:
            st.error(literal(analysis.message), icon=":material/error:")


@st.fragment(run_every=REFRESH_S)
def progress(analyses: Analyses, drawn: frozenset[str]) -> None:
    """What runs, refreshed by itself; when more is over than the page has `drawn`, the page runs again."""
    listed = analyses.all()
    if over_of(listed) != drawn:
        st.rerun()
    for analysis in reversed(listed):
        if not analysis.over:
            under_way(analyses, analysis)


def over_of(listed: list[Analysis]) -> frozenset[str]:
    return frozenset(analysis.analysis_id for analysis in listed if analysis.over)


def open_awaited(analyses: Analyses) -> None:
    """Show the call whoever is here is waiting for, unless there is something to know of it first."""
    analysis = analyses.get(st.session_state.get("upload-awaited", ""))
    if analysis is None or not analysis.over:
        return
    del st.session_state["upload-awaited"]
    if analysis.state == "done" and not analysis.message:
        st.switch_page("pages/replay.py", query_params={"call": analysis.call_id})


def page() -> None:
    services = bootstrap.running()
    st.title("Upload a recording")
    try:
        require(page_viewer(), "see calls")
    except NotAllowed as error:
        st.error(str(error), icon=":material/lock:")
        return
    analyses = services.analyses
    listed = analyses.all()
    open_awaited(analyses)
    bring(services)
    progress(analyses, over_of(listed))
    replaced = {analysis.replaces for analysis in listed if analysis.state == "done"}
    for analysis in listed:
        if analysis.over:
            with st.container(border=True):
                result(analyses, analysis, replaced=analysis.call_id in replaced)


page()
