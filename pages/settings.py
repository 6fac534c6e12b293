"""What Sidetone runs with: the speech engines, what each can do and whether it is ready, and who helps the agent."""

import streamlit as st

from core import bootstrap
from core.access import require
from core.bootstrap import Services
from core.errors import NotAllowed
from core.speech.base import Capabilities
from core.speech.engines import AUTO, Listed
from pages.literal import literal
from pages.speech_choice import title
from pages.viewers import page_viewer

REFRESH_S = 1.0
MOST_NAMED = 6
STATES = {
    "ready": (":material/check_circle:", "green", "Ready"),
    "preparing": (":material/downloading:", "orange", "Getting ready"),
    "unavailable": (":material/block:", "gray", "Not set up"),
}


def abilities(can: Capabilities) -> list[str]:
    """What an engine can do, in words."""
    languages = ", ".join(can.languages)
    if "*" in can.languages:
        languages = "any"
    elif len(can.languages) > MOST_NAMED:
        languages = f"{len(can.languages)}, {', '.join(can.languages[:MOST_NAMED])} among them"
    return [
        "nothing leaves this machine" if can.local else "sends the sound to its maker",
        "words while people speak" if can.partials else "words when an utterance is over",
        f"languages: {languages}",
        *(["finds out the language"] if can.detects_language else []),
        *(["learns names and products"] if can.learns else []),
        *(["writes capitals, marks and figures"] if can.writes else []),
    ]


def engine(services: Services, each: Listed, serving: str) -> None:
    """One engine."""
    icon, colour, state = STATES[each.readiness.state]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{title(each.name)}**")
            st.badge(state, icon=icon, color=colour)
            if each.name == serving:
                st.badge("Used for new calls", icon=":material/graphic_eq:", color="blue")
            if each.rests_s:
                st.badge(f"Failed; tried again in {each.rests_s:.0f} s", icon=":material/hourglass:", color="red")
        st.caption(" · ".join(abilities(each.capabilities)))
        if each.readiness.progress is not None:
            st.progress(each.readiness.progress, text=literal(each.readiness.message))
        elif each.readiness.message:
            st.write(literal(each.readiness.message))
        if each.readiness.again and st.button("Try again", key=f"again-{each.name}"):
            services.speech.engine(each.name).warm_up()
            st.rerun(scope="fragment")


@st.fragment(run_every=REFRESH_S)
def engines(services: Services) -> None:
    serving = services.speech.serving
    if not serving:
        st.error("No engine is ready: calls go on without words.", icon=":material/error:")
    for each in services.speech.listed():
        engine(services, each, serving)


def page() -> None:
    services = bootstrap.running()
    try:
        require(page_viewer(), "see calls")
    except NotAllowed as error:
        st.error(literal(str(error)), icon=":material/lock:")
        return
    st.header("Settings")
    st.subheader("Speech")
    if services.speech.configured == AUTO:
        st.write(
            "A call uses the best engine that is ready, and goes on with the next one where one fails. "
            "Set `STT` to a name to use that one alone."
        )
    else:
        st.write(
            f"`STT` names {title(services.speech.configured)}: calls use that one alone, unless they ask for another."
        )
    engines(services)
    st.subheader("Assistant")
    name = services.assistant.name
    if name == "playbook":
        st.write("The playbook's rules help the agent: no key, no network. Set `OPENAI_API_KEY` to have a model help.")
    else:
        st.write(f"{literal(name)} helps the agent, with the playbook's rules behind it.")
    st.caption("Settings are read from the environment and `.env` when Sidetone starts; `.env.example` explains each.")


page()
