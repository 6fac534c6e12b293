"""Which speech engine a call is to use, and which language its customer speaks: the same question on several pages."""

import streamlit as st

from core.bootstrap import Services
from core.languages import ANY_LANGUAGE, NAMES
from core.speech.engines import AUTO as BEST
from core.speech.engines import Listed

TITLES = {
    "deepgram": "Deepgram",
    "openai": "OpenAI",
    "faster_whisper": "Whisper on this machine",
    "pocketsphinx": "PocketSphinx, embedded",
    "scripted": "Scripted",
}
STATES = {"ready": "", "preparing": ", getting ready", "failed": ", failed", "unavailable": ", not set up"}


def title(engine: str) -> str:
    """What people call it."""
    return TITLES.get(engine, engine)


def choose_engine(services: Services, key: str) -> str:
    """The name of an engine; empty is as configured."""
    listed = {each.name: each for each in services.speech.listed()}
    configured = services.speech.configured
    usual = "the best that is ready" if configured == BEST else title(configured)

    def label(name: str) -> str:
        return _label(listed[name]) if name else f"As configured: {usual}"

    return st.selectbox("Speech engine", ["", *listed], format_func=label, key=f"{key}-engine")


def choose_language(key: str, unknown: str = "Find out") -> str:
    """The code of a language, or `auto`, which is called `unknown`."""
    return st.selectbox(
        "The customer speaks",
        [ANY_LANGUAGE, *NAMES],
        format_func=lambda code: NAMES.get(code, unknown),
        key=f"{key}-language",
        help="An engine that is told the language makes fewer mistakes. Settings say which engine knows which.",
    )


def _label(each: Listed) -> str:
    return f"{title(each.name)}{STATES[each.readiness.state]}"
