"""The live call: start one, follow it, help in it, wrap it up."""

from datetime import timedelta
from typing import Any

import streamlit as st

from core import bootstrap
from core.bootstrap import Services
from core.calls.call import Call
from core.errors import SidetoneError, UnknownCall
from pages.components import call_view
from pages.components.microphone import microphone
from pages.viewers import page_viewer
from pages.wrap_up import wrap_up

OFFLINE = "playbook"


def start_screen(services: Services) -> None:
    st.title("Take a call")
    st.caption(
        "Words appear as the customer speaks; the customer's record and suggestions follow. "
        f"Speech by {services.speech.name}, help by {assistant_label(services)}"
        f"{': no key, no network' if services.assistant.name == OFFLINE else ''}."
    )
    demo, mic = st.columns(2, gap="large")
    with demo:
        st.subheader("Play demo call")
        st.write("A recorded caller, in real time, through everything a microphone goes through.")
        for scenario in services.scenarios():
            if st.button(
                f"Play demo call: {scenario.title}", key=f"demo-{scenario.name}", icon=":material/play_arrow:"
            ):
                open_call(services.desk.play(scenario.audio_path, scenario.title, services.settings.agent))
    with mic:
        st.subheader("Speak yourself")
        st.write("You are the customer. The browser will ask for your microphone.")
        if st.button("Start a call with the microphone", type="primary", icon=":material/mic:"):
            open_call(services.desk.start(services.settings.agent))
        st.caption("Try: “My name is Sarah Johnson, I am calling about order seven eight nine zero one.”")
    rejoin(services)


def rejoin(services: Services) -> None:
    live = services.desk.live_calls()
    if live:
        st.subheader("Going on now")
    for call in live:
        who = call.customer.name if call.customer else "caller not identified yet"
        if st.button(f"Rejoin: {call.title or 'microphone call'}, {who}", key=call.call_id, icon=":material/login:"):
            open_call(call.call_id)


def open_call(call_id: str) -> None:
    """The address names the call, so that a reload comes back to it."""
    st.query_params["call"] = call_id
    st.rerun()


def close_call() -> None:
    st.query_params.clear()
    st.rerun()


def call_screen(services: Services, call: Call) -> None:
    if call.source == "microphone" and call.live:
        microphone(services, call.call_id, "customer")
    if call.source == "demo" and call.live:
        loudspeaker(services, call)
    if not call.live:
        wrap_up(services, call, following=close_call)
    call_view(
        call.call_id,
        on_command=lambda command: obey(services, call.call_id, command),
        actions=services.actions.specs(),
        checklist=[{"item": required.item, "label": required.label} for required in services.checklist],
        templates=services.templates(call.customer.profile if call.customer else {}),
        assistant=assistant_label(services),
    )


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


def obey(services: Services, call_id: str, command: dict[str, Any]) -> None:
    """Carry out a click of the agent."""
    desk = services.desk
    try:
        match command:
            case {"name": "use", "suggestion_id": str(suggestion_id)}:
                desk.use(call_id, suggestion_id, command.get("text"))
            case {"name": "dismiss", "suggestion_id": str(suggestion_id)}:
                desk.dismiss(call_id, suggestion_id, command.get("reason", ""))
            case {"name": "rate", "suggestion_id": str(suggestion_id), "helpful": bool(helpful)}:
                desk.rate(call_id, suggestion_id, helpful)
            case {"name": "pin", "suggestion_id": str(suggestion_id), "pinned": bool(pinned)}:
                desk.pin(call_id, suggestion_id, pinned)
            case {"name": "ask", "text": str(text)}:
                desk.ask(call_id, text)
            case {"name": "flag", "at_s": int() | float() as at_s, "note": str(note)}:
                desk.flag(call_id, note, at_s)
            case {"name": "propose", "action": str(action), "arguments": dict(arguments)}:
                desk.propose(call_id, action, arguments)
            case {"name": "accept", "suggestion_id": str(suggestion_id)}:
                desk.accept_proposal(call_id, suggestion_id)
            case {"name": "confirm", "action_id": str(action_id)}:
                desk.confirm(call_id, action_id, page_viewer())
            case {"name": "decline", "action_id": str(action_id)}:
                desk.decline(call_id, action_id)
            case {"name": "undo", "action_id": str(action_id)}:
                desk.undo(call_id, action_id, page_viewer())
            case {"name": "choose_customer", "customer_id": str(customer_id)}:
                desk.choose_customer(call_id, customer_id)
            case {"name": "mute" | "unmute" as name, "party": "customer" | "agent" as party}:
                desk.mute(call_id, party, name == "mute")
            case {"name": "end"}:
                desk.end(call_id)
            case {"name": "identified" | "ended"}:
                pass
    except SidetoneError as error:
        st.toast(str(error), icon=":material/error:")


def page() -> None:
    services = bootstrap.running()
    call_id = st.query_params.get("call")
    if call_id is None:
        start_screen(services)
        return
    try:
        call = services.desk.call(call_id)
    except UnknownCall:
        st.warning("This call is not known here. It may belong to another database.", icon=":material/help:")
        if st.button("Take a call"):
            close_call()
        return
    call_screen(services, call)


page()
