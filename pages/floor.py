"""The supervisor's floor: every call going on, and one of them to follow, listen to or join."""

from datetime import timedelta
from functools import partial

import streamlit as st

from core import bootstrap
from core.bootstrap import Services
from core.calls.bridge import SUPERVISOR
from core.calls.call import Call
from core.calls.events import SupervisionMode
from core.calls.floor_rows import shown_to_agent, why_not_heard
from core.errors import SidetoneError, UnknownCall
from pages.clicks import carry_out, tell_why_not
from pages.components import call_view, floor_view
from pages.components.microphone import microphone
from pages.literal import literal
from pages.viewers import supervisor_of

LOOK_EVERY = timedelta(seconds=1)
MODES: dict[SupervisionMode, tuple[str, str, str]] = {
    "listen": ("Listen", ":material/hearing:", "You hear both. Nobody hears you."),
    "whisper": ("Whisper", ":material/record_voice_over:", "You hear both. Only the agent hears you."),
    "join": ("Join", ":material/group_add:", "You hear both, and both hear you."),
}


def look_at(services: Services, supervisor: str, call_id: str | None) -> None:
    """Open a call, or none, and let go of the one that is open."""
    left = st.query_params.get("call")
    if left is not None and left != call_id:
        try:
            services.desk.stop_supervising(left, supervisor)
        except UnknownCall:
            st.toast("The call you left is not known here any more.", icon=":material/help:")
    if call_id is None:
        st.query_params.pop("call", None)
    else:
        st.query_params["call"] = call_id


def obey(services: Services, supervisor: str, command: str, call_id: str) -> None:
    """Carry out a click on the floor."""
    try:
        if command == "on_it":
            services.desk.end_help(call_id, supervisor)
        look_at(services, supervisor, call_id)
    except SidetoneError as error:
        st.toast(str(error), icon=":material/error:")


def mode_of(call: Call, supervisor: str) -> SupervisionMode | None:
    joined = call.supervisors.get(supervisor)
    return joined.mode if joined else None


def on_the_line(call: Call, supervisor: str) -> bool:
    return call.live and mode_of(call, supervisor) is not None


def open_call(services: Services, supervisor: str, call_id: str) -> None:
    try:
        call = services.desk.call(call_id)
    except UnknownCall:
        st.warning("This call is not known here. It may belong to another database.", icon=":material/help:")
        return
    joined = on_the_line(call, supervisor)
    controls(services, supervisor, call_id, call.live, joined)
    if joined:
        microphone(services, call_id, f"{SUPERVISOR}{supervisor}", two_way=True)
    call_view(call_id, on_command=None)


@st.fragment(run_every=LOOK_EVERY)
def controls(services: Services, supervisor: str, call_id: str, drawn_live: bool, drawn_joined: bool) -> None:
    """What a supervisor can do in the call. `drawn_…`: what the page around this shows of it, which is drawn anew when
    that has changed."""
    call = services.desk.call(call_id)
    mode = mode_of(call, supervisor)
    if (call.live, on_the_line(call, supervisor)) != (drawn_live, drawn_joined):
        st.rerun()
    tell_why_not()
    if call.help is not None:
        reason = f": {call.help.reason}" if call.help.reason else "."
        words, answer = st.columns([5, 1], vertical_alignment="center")
        words.warning(literal(f"{call.agent or 'The agent'} asks for help{reason}"), icon=":material/front_hand:")
        answer.button(
            "I'm on it",
            type="primary",
            width="stretch",
            on_click=carry_out,
            args=(services.desk.end_help, call_id, supervisor),
        )
    if (reason_not := why_not_heard(call)) is not None and mode is None:
        st.caption(reason_not)
        return
    supervise(services, supervisor, call, mode)


def supervise(services: Services, supervisor: str, call: Call, mode: SupervisionMode | None) -> None:
    may_be_silent = services.rules.monitoring.silent
    with st.container(horizontal=True, vertical_alignment="center"):
        silently = may_be_silent and st.checkbox(
            "Listen unseen", help="The agent is not shown that you listen. Who speaks is always shown."
        )
        for wanted, (label, icon, meaning) in MODES.items():
            kind = "primary" if mode == wanted else "secondary"
            visible = shown_to_agent(wanted, silently=silently, may_be_silent=may_be_silent)
            supervise_so = partial(services.desk.supervise, visible=visible)
            told = (supervise_so, call.call_id, supervisor, wanted)
            st.button(label, type=kind, icon=icon, help=meaning, on_click=carry_out, args=told)
        if mode is not None:
            told_to_stop = (services.desk.stop_supervising, call.call_id, supervisor)
            st.button("Stop", icon=":material/close:", on_click=carry_out, args=told_to_stop)
        st.caption(
            MODES[mode][2]
            if mode
            else "You read along. Choose how to be on the line; the browser will ask for your microphone."
        )


def page() -> None:
    services = bootstrap.running()
    viewer = supervisor_of(services, "Floor", "The floor is for supervisors.")
    if viewer is None:
        return
    call_id = st.query_params.get("call")
    with st.container(horizontal=True, vertical_alignment="center"):
        if call_id is None:
            st.subheader("Floor")
        elif st.button("Back to the floor", icon=":material/arrow_back:"):
            look_at(services, viewer.name, None)
            st.rerun()
        st.caption(f"Supervisor: {literal(viewer.name)}")
    floor_view(
        viewer.name,
        open_call=call_id,
        on_command=lambda command, chosen: obey(services, viewer.name, command, chosen),
    )
    if call_id is not None:
        open_call(services, viewer.name, call_id)


page()
