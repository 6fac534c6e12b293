"""The top of an agent's desk: who they are, whether they take calls, what they have open, what rings."""

from collections.abc import Callable

import streamlit as st

from core.access import Viewer
from core.bootstrap import Services
from core.calls.call import CHAT, Call
from core.routing.states import AgentStatus, Availability
from pages.clicks import carry_out, tell_why_not
from pages.literal import literal
from pages.waiting import CHANNEL_ICONS, clock, queue, ringing

LOOK_EVERY_S = 1.0
AVAILABILITY: dict[Availability, str] = {"available": "Available", "away": "Away"}
STATE_COLOURS = {"available": "green", "ringing": "orange", "busy": "blue", "after-call work": "violet", "away": "gray"}


def status_of(services: Services, name: str) -> AgentStatus | None:
    """None for somebody without a desk, such as a supervisor."""
    return next((status for status in services.switchboard.agents() if status.name == name), None)


@st.fragment(run_every=LOOK_EVERY_S)
def desk_bar(
    services: Services, me: Viewer, shown: str | None, rings: str | None, opened: Callable[[str], None]
) -> None:
    """Everything that ticks. `shown` is the call on the page, `rings` what rang here when the page was drawn; `opened`
    puts a call into the address, and the page around this is drawn anew.

    Whatever is chosen here is a button's: what keeps a choice of its own is told by every run what that run found, and
    the browser says so with the next one, so that a run which began before a choice undoes it.
    """
    status = status_of(services, me.name)
    if (status and status.ringing != rings) or st.query_params.get("call") != shown:
        st.rerun()
    tell_why_not()
    waiting = services.switchboard.waiting()
    at_desk = next((one for one in waiting if status and one.call_id == status.ringing), None)
    others = [one for one in waiting if one is not at_desk]
    with st.container(horizontal=True, vertical_alignment="center", key="desk-bar"):
        _identity(services, me)
        if status:
            _availability(services, status)
            _open_calls(services, status, shown, len(others), opened)
            if shown is None and not waiting:
                st.markdown(":gray[Nobody is waiting.]", width="content")
    if not status:
        return
    if at_desk:
        ringing(services, me, at_desk, opened)
    elif shown is None and others:
        queue(services, me, others, opened)


def _identity(services: Services, me: Viewer) -> None:
    others = [agent.name for agent in services.roster if agent.role == "agent" and agent.name != me.name]

    def chosen() -> None:
        st.query_params.clear()
        st.query_params["as"] = st.session_state["desk-agent"]
        st.session_state["desk-changed"] = True

    st.menu_button(
        literal(me.name),
        others,
        key="desk-agent",
        on_click=chosen,
        icon=":material/badge:",
        help="Go to the desk of another agent",
        format_func=literal,
    )
    if st.session_state.pop("desk-changed", False):
        st.rerun()


def _availability(services: Services, status: AgentStatus) -> None:
    with st.container(horizontal=True, width="content", gap="xxsmall"):
        for availability, label in AVAILABILITY.items():
            st.button(
                label,
                key=f"{availability}-{status.name}",
                type="primary" if availability == status.availability else "secondary",
                on_click=carry_out,
                args=(services.switchboard.set_availability, status.name, availability),
            )
    why = f": {status.reason}" if status.reason and status.state == "away" else ""
    words = literal(f"{status.state.capitalize()}{why}")
    st.markdown(f":{STATE_COLOURS[status.state]}-badge[{words}] {clock(status.for_s)}", width="content")


def _open_calls(
    services: Services, status: AgentStatus, shown: str | None, waiting: int, opened: Callable[[str], None]
) -> None:
    """A button per call of theirs, with what they have not read yet, and the way back to the queue."""
    own = [status.voice_call] if status.voice_call else []
    for call_id in [*own, *status.chats]:
        call = services.desk.call(call_id)
        unread = 0 if call_id == shown else _unread(call)
        name = literal(call.customer.name if call.customer else (call.queued and call.queued.name) or "Customer")
        label = f"{name} ({unread} new)" if unread else name
        if call_id in status.wrapping_up:
            label += " · to wrap up"
        kind = "primary" if call_id == shown else "secondary"
        icon = CHANNEL_ICONS[call.channel]
        st.button(label, key=f"open-{call_id}", icon=icon, type=kind, on_click=opened, args=(call_id,))  # type: ignore[arg-type]
    if shown is not None:
        st.button(f"Queue ({waiting})", key="to-queue", icon=":material/groups:", on_click=opened, args=("",))


def _unread(call: Call) -> int:
    return sum(line.engine == CHAT and line.speaker == "customer" and not line.delivered for line in call.transcript)
