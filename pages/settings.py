"""What Sidetone runs with: the speech engines, what each can do and whether it is ready, and who helps the agent."""

import streamlit as st

from core import bootstrap
from core.access import require
from core.bootstrap import Services
from core.errors import NotAllowed
from core.languages import language_name
from core.speech.base import Capabilities, Readiness
from core.speech.engines import AUTO, Listed
from pages.literal import literal
from pages.speech_choice import title
from pages.viewers import page_viewer

REFRESH_S = 1.0
MOST_NAMED = 6
STATES = {
    "ready": (":material/check_circle:", "green", "Ready"),
    "preparing": (":material/downloading:", "orange", "Getting ready"),
    "failed": (":material/error:", "red", "Failed"),
    "unavailable": (":material/block:", "gray", "Not set up"),
}
NOT_BEGUN = (":material/schedule:", "gray", "Not loaded yet")
ONLY_BY_NAME = (":material/person_raised_hand:", "gray", "Only where it is asked for")


def state_of(readiness: Readiness) -> tuple[str, str, str]:
    """Icon, colour and words for where an engine stands."""
    if readiness.state == "preparing" and readiness.again:
        return NOT_BEGUN
    return ONLY_BY_NAME if readiness.by_name else STATES[readiness.state]


def languages(can: Capabilities) -> str:
    """`English, French and 12 more languages`; those few of us have no name for keep their codes."""
    if "*" in can.languages:
        return "any language"
    named = sorted(map(language_name, can.languages), key=lambda name: (name != "English", name.islower(), name))
    more = len(named) - MOST_NAMED
    return f"{', '.join(named[:MOST_NAMED])} and {more} more languages" if more > 0 else ", ".join(named)


def facts(can: Capabilities) -> list[str]:
    """What an engine is and can do, in words."""
    return [
        *([f"Model: {literal(can.model)}"] if can.model else []),
        "Local: nothing leaves this machine" if can.local else "Cloud: the sound is sent to its maker",
        "Live: words while people speak" if can.partials else "Per utterance: words when it is over",
        f"Hears {languages(can)}" + (", and finds out which" if can.detects_language else ""),
        *(["Learns names and products"] if can.learns else []),
        *(["Writes capitals, marks and figures"] if can.writes else []),
    ]


def sentence(text: str) -> str:
    return literal(f"{text[:1].upper()}{text[1:]}.".replace("..", "."))


def why(configured: str, serving: str, preparing: bool) -> str:
    """Which engine new calls use, and what decides it."""
    if not serving:
        return "No engine is ready: calls go on without words."
    if configured == AUTO:
        return (
            f"New calls use **{title(serving)}**, the best that is ready; where one fails, the next goes on. "
            "Set `STT` to a name to use that one alone."
        )
    if serving == configured:
        return f"New calls use **{title(serving)}**, because `STT` names it. `STT=auto` uses the best that is ready."
    until = "is ready" if preparing else "can serve"
    return f"`STT` names {title(configured)}. Until it {until}, new calls use **{title(serving)}**."


def engine(services: Services, each: Listed, serving: str) -> None:
    """One engine."""
    readiness = each.readiness
    icon, colour, state = state_of(readiness)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{title(each.name)}**")
            st.badge(state, icon=icon, color=colour)
            if each.name == serving:
                st.badge("Used for new calls", icon=":material/graphic_eq:", color="blue")
            if each.rests_s and readiness.state == "ready":
                st.badge(f"Failed; tried again in {each.rests_s:.0f} s", icon=":material/hourglass:", color="red")
        st.caption(" · ".join(facts(each.capabilities)))
        if readiness.progress is not None:
            st.progress(readiness.progress, text=f"{sentence(readiness.message)} {readiness.progress:.0%}")
        elif readiness.state == "failed" or (readiness.state == "ready" and readiness.again):
            st.warning(sentence(readiness.message), icon=":material/warning:")
        elif readiness.message:
            st.write(sentence(readiness.message))
        label = "Get it ready" if readiness.state == "preparing" else "Try again"
        if readiness.again and st.button(label, key=f"again-{each.name}"):
            services.speech.engine(each.name).warm_up()
            st.rerun(scope="fragment")


@st.fragment(run_every=REFRESH_S)
def engines(services: Services) -> None:
    configured, serving, listed = services.speech.configured, services.speech.serving, services.speech.listed()
    preparing = any(each.name == configured and each.readiness.state == "preparing" for each in listed)
    if serving:
        st.write(why(configured, serving, preparing))
    else:
        st.error(why(configured, serving, preparing), icon=":material/error:")
    st.caption(
        "A call may ask for another engine, and for a language. Where it asks for none, the language is found out."
    )
    for each in listed:
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
    engines(services)
    st.subheader("Assistant")
    name = services.assistant.name
    if name == "playbook":
        st.write("The playbook's rules help the agent: no key, no network. Set `OPENAI_API_KEY` to have a model help.")
    else:
        st.write(f"{literal(name)} helps the agent, with the playbook's rules behind it.")
    st.caption("Settings are read from the environment and `.env` when Sidetone starts; `.env.example` explains each.")


page()
