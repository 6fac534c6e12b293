"""The agent's desk: who waits, what rings, the call being taken, and its wrap-up."""

from datetime import timedelta
from typing import Any

import streamlit as st

from core import bootstrap
from core.access import Viewer, require
from core.assistant import voice_commands
from core.bootstrap import Services
from core.calls.call import Call
from core.calls.commands import obey
from core.errors import NotAllowed, SidetoneError, UnknownCall
from core.languages import ANY_LANGUAGE
from core.routing.states import AgentStatus
from pages.components import call_view
from pages.components.microphone import microphone
from pages.desk_bar import desk_bar, status_of
from pages.literal import literal
from pages.speech_choice import choose_engine, choose_language
from pages.viewers import page_viewer
from pages.wrap_up import wrap_up

OFFLINE = "playbook"


def start_screen(services: Services, me: Viewer) -> None:
    st.header("Take a call")
    st.caption(
        "Words appear as the customer speaks; the customer's record and suggestions follow. "
        f"Speech by {services.speech.serving or 'nobody: see Settings'}, help by {assistant_label(services)}"
        f"{': no key, no network' if services.assistant.name == OFFLINE else ''}."
    )
    with st.expander("Options", icon=":material/tune:"), st.container(horizontal=True):
        engine = choose_engine(services, "start")
        language = choose_language("start")
    demo, mic = st.columns([2, 1], gap="large")
    with demo:
        st.subheader("Play demo call")
        st.write("A recorded caller, in real time, through everything a microphone goes through.")
        with st.container(horizontal=True, gap="small"):
            for scenario in services.scenarios():
                label = f"Play demo call: {scenario.title}"
                if st.button(label, key=f"demo-{scenario.name}", icon=":material/play_arrow:"):
                    spoken = scenario.caller.language if language == ANY_LANGUAGE else language
                    open_call(services.desk.play(scenario.audio_path, scenario.title, me.name, engine, spoken))
    with mic:
        st.subheader("Speak yourself")
        st.write("You are the customer. The browser will ask for your microphone.")
        if st.button("Start a call with the microphone", type="primary", icon=":material/mic:"):
            open_call(services.desk.start(me.name, engine=engine, language=language))
        st.caption("Try: “My name is Sarah Johnson, I am calling about order seven eight nine zero one.”")
    rejoin(services)


def rejoin(services: Services) -> None:
    live = [call for call in services.desk.live_calls() if call.queued is None]
    if live:
        st.subheader("Going on now")
    for call in live:
        who = call.customer.name if call.customer else "caller not identified yet"
        label = literal(f"Rejoin: {call.title or 'microphone call'}, {who}")
        if st.button(label, key=call.call_id, icon=":material/login:"):
            open_call(call.call_id)


def address(call_id: str) -> None:
    """The address names the call, so that a reload comes back to it; without one it is the desk's."""
    if call_id:
        st.query_params["call"] = call_id
    else:
        st.query_params.pop("call", None)


def open_call(call_id: str) -> None:
    address(call_id)
    st.rerun()


def close_call() -> None:
    open_call("")


def line(services: Services, status: AgentStatus | None, call: Call | None) -> None:
    """The sound of this browser: of the call on the page, or of the one that goes on beside the chats."""
    spoken = services.desk.call(status.voice_call) if status and status.voice_call else None
    if call and call.live and call.source == "microphone":
        microphone(services, call.call_id, "customer")
    elif spoken and spoken.live and spoken.answered_s is not None:
        microphone(services, spoken.call_id, "agent", two_way=True)


def call_screen(services: Services, me: Viewer, call: Call) -> None:
    if call.source == "demo" and call.live:
        loudspeaker(services, call)
    if not call.live:
        wrap_up(services, call, following=close_call)
    call_view(
        call.call_id,
        on_command=lambda command: carry_out(services, me, call.call_id, command),
        actions=services.actions.specs(),
        checklist=[{"item": required.item, "label": required.label} for required in services.checklist],
        templates=services.templates(call.customer.profile if call.customer else {}),
        assistant=assistant_label(services),
        colleagues=colleagues(services, me, call),
        voice_commands=[{"say": say, "does": does} for say, does in voice_commands.LIST],
    )


def reading_screen(services: Services, call: Call) -> None:
    """Somebody else's call, or one that nobody has answered."""
    if call.live:
        where = f"{call.agent} has this call" if call.agent else "This customer waits for an agent"
        words, back = st.columns([4, 1], vertical_alignment="center")
        words.info(f"{literal(where)}. You can read along.", icon=":material/visibility:")
        if back.button("Back to my desk", icon=":material/arrow_back:"):
            close_call()
    call_view(call.call_id, on_command=None)


def colleagues(services: Services, me: Viewer, call: Call) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "state": one.state, "free": one.free_for(call.channel, services.rules)}
        for one in services.switchboard.agents()
        if one.name != me.name
    ]


def assistant_label(services: Services) -> str:
    name = services.assistant.name
    return f"offline {name}" if name == OFFLINE else name


def loudspeaker(services: Services, call: Call) -> None:
    """Let the room hear a demo call, from the moment it is asked to."""
    scenario = next((known for known in services.scenarios() if known.title == call.title), None)
    if scenario is None:
        return
    if not st.toggle("Hear the call", key=f"hear-{call.call_id}", help="Plays the demo call's sound in this browser."):
        st.session_state.pop("heard_from_s", None)
        return
    _, elapsed_s = services.desk.position(call.call_id)
    # Kept, because another start on the next script run would make the sound jump.
    from_s = st.session_state.setdefault("heard_from_s", elapsed_s)
    st.audio(scenario.audio_path, start_time=timedelta(seconds=from_s), autoplay=True)


def carry_out(services: Services, me: Viewer, call_id: str, command: dict[str, Any]) -> None:
    """Carry out a click of the agent."""
    try:
        obey(services.desk, services.switchboard, me, call_id, command)
    except SidetoneError as error:
        st.toast(literal(str(error)), icon=":material/error:")
        return
    if command["name"] == "transfer":
        st.query_params.pop("call", None)


def page() -> None:
    services = bootstrap.running()
    me = page_viewer()
    try:
        require(me, "take calls")
    except NotAllowed as error:
        st.error(literal(str(error)), icon=":material/lock:")
        return
    status = status_of(services, me.name)
    rings = status.ringing if status else None
    call_id = st.query_params.get("call")
    desk_bar(services, me, call_id, rings, address)
    sound = st.container(gap=None)
    try:
        call = services.desk.call(call_id) if call_id else None
    except UnknownCall:
        st.warning("This call is not known here. It may belong to another database.", icon=":material/help:")
        if st.button("Take a call"):
            close_call()
        return
    with sound:
        line(services, status, call)
    if call is None and rings:
        call_view(rings, on_command=None)
    elif call is None:
        start_screen(services, me)
    elif call.queued is None or call.agent == me.name:
        call_screen(services, me, call)
    else:
        reading_screen(services, call)


page()
