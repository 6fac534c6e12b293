"""The instructor's page: let scripted customers call in, and let the class call in with their phones."""

from typing import get_args
from urllib.parse import urlsplit, urlunsplit

import streamlit as st

from core import bootstrap
from core.access import require
from core.bootstrap import Services
from core.calls.turn_taking import CallerMode
from core.classroom import MOST_CALLERS, Classroom
from core.errors import NotAllowed, SidetoneError
from core.scenarios import Scenario
from pages.components.qr import qr_code
from pages.speech_choice import choose_engine
from pages.viewers import page_viewer

MODES: dict[CallerMode, str] = {
    "waits": "Waits for the agent's turn",
    "clock": "Runs on a fixed clock",
}
REFRESH_S = 1.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def choose_scenarios(scenarios: list[Scenario]) -> list[Scenario]:
    """Show what there is; those chosen, in the order they were."""
    rows = [
        {
            "Caller": scenario.title,
            "Length": minutes(scenario.duration_s),
            "What happens": scenario.description,
            "What it shows": scenario.shows,
        }
        for scenario in scenarios
    ]
    by_title = {scenario.title: scenario for scenario in scenarios}
    chosen = st.multiselect("Who calls", list(by_title), placeholder="Choose one or several", key="classroom-who")
    with st.expander("What each caller is about", icon=":material/menu_book:"):
        st.table(rows)
    return [by_title[title] for title in chosen]


def start_callers(services: Services, classroom: Classroom) -> None:
    st.subheader("Scripted callers")
    st.write(
        "Each becomes a customer in the queue and rings at an agent's desk. They say the customer's part of a script; "
        "whoever answers is the agent."
    )
    chosen = choose_scenarios(services.scenarios())
    how_many, how = st.columns(2)
    # Someone who chooses three callers means three, until they say otherwise.
    count = how_many.number_input(
        "How many callers",
        min_value=1,
        max_value=MOST_CALLERS,
        value=max(1, len(chosen)),
        key=f"classroom-count-{len(chosen)}",
        help="More than you chose: they take turns. The same one several times is fine.",
    )
    mode: CallerMode = how.radio(
        "How they talk",
        get_args(CallerMode),
        format_func=MODES.__getitem__,
        horizontal=True,
        key="classroom-mode",
        help="Waiting callers answer when the agent has spoken or written, and go on after 12 seconds of silence. "
        "On a fixed clock they speak when the script says, whatever the agent does.",
    )
    with st.expander("Options", icon=":material/tune:"):
        engine = choose_engine(services, "classroom")
        st.caption("Each caller speaks the language of their script.")
    if st.button("Start callers", type="primary", icon=":material/call:", disabled=not chosen):
        try:
            started = classroom.start(chosen, int(count), mode, engine)
        except SidetoneError as error:
            st.error(f"Not everybody got through: {error}", icon=":material/error:")
        else:
            one = len(started) == 1
            st.toast(f"{len(started)} {'caller is' if one else 'callers are'} on the line.", icon=":material/call:")


@st.fragment(run_every=REFRESH_S)
def on_the_line(classroom: Classroom) -> None:
    st.subheader("On the line now")
    callers = classroom.callers()
    if not callers:
        st.caption("Nobody. Callers you start appear here until they hang up.")
        return
    for caller in callers:
        who, state, button = st.columns([4, 3, 2], vertical_alignment="center")
        who.write(f"**{caller.title}** · {minutes(caller.duration_s)}")
        state.write(caller.state)
        button.button(
            "Hang up",
            key=f"hang-up-{caller.call_id}",
            on_click=classroom.hang_up,
            args=([caller.call_id],),
            width="stretch",
        )
    everybody = [caller.call_id for caller in callers]
    st.button("Hang up for all of them", icon=":material/call_end:", on_click=classroom.hang_up, args=(everybody,))


def customer_link(page_url: str) -> str:
    """Where customers call in, on the server a page came from."""
    parts = urlsplit(page_url)
    folder = parts.path.rstrip("/").rpartition("/")[0]
    return urlunsplit((parts.scheme, parts.netloc, f"{folder}/customer", "", ""))


def invite_class() -> None:
    st.subheader("The class as customers")
    # This page opens on this machine only, so the address others need is not always its own.
    link = st.text_input(
        "Address for the class",
        customer_link(st.context.url or ""),
        key="classroom-link",
        help="Put this machine's address on the network in place of localhost; the code follows.",
    ).strip()
    parts = urlsplit(link)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        st.error("Write an address such as http://192.168.0.20:8501/customer", icon=":material/error:")
        return
    code, words = st.columns([1, 2], gap="large")
    with code:
        qr_code(link)
    with words:
        st.write("Whoever opens this address is a customer, with no sign-in:")
        st.code(link, language=None)
        if parts.hostname in LOOPBACK:
            st.info(
                "This address works on this machine only. For phones, start Sidetone with `HOST=0.0.0.0` and write "
                "this machine's address on the network above.",
                icon=":material/smartphone:",
            )
        elif parts.scheme != "https":
            st.info(
                "Browsers give the microphone only to https pages: at this address a phone can write, not talk.",
                icon=":material/mic_off:",
            )
        st.caption("Text chat needs neither https nor a microphone.")


def page() -> None:
    services = bootstrap.running()
    st.title("Classroom")
    try:
        require(page_viewer(), "teach")
    except NotAllowed as error:
        st.error(str(error), icon=":material/lock:")
        return
    classroom = Classroom(services.switchboard, services.desk, services.log, services.clock)
    start_callers(services, classroom)
    on_the_line(classroom)
    st.divider()
    invite_class()


page()
