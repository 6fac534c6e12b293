"""The order in which Streamlit sends what script runs have drawn, as `pages.run_order` mends it."""

import asyncio
from pathlib import Path

import pytest
from app_sessions import FOREVER_S, sent_until, session_of, texts, write_script
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession

from pages.run_order import send_runs_in_order

SCRIPT = """
import streamlit as st

@st.fragment(run_every=1)
def ticking():
    st.text("of the fragment")

st.text("of the page")
ticking()
"""
FRAGMENT_DONE = ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page with a fragment that runs every second."""
    return write_script(tmp_path, SCRIPT, monkeypatch)


@pytest.fixture
def in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    # Undone with the fixture, whatever is set in between.
    for changed in ("_create_scriptrunner", "_clear_queue"):
        monkeypatch.setattr(AppSession, changed, getattr(AppSession, changed))
    send_runs_in_order()


async def sent(script: Path) -> list[str]:
    """The texts the browser gets when a fragment asks to run and the event loop was busy until the first run ended."""
    session = session_of(script)
    session.request_rerun(None)
    first = session._scriptrunner
    assert first is not None
    assert first._script_thread is not None
    first._script_thread.join(FOREVER_S)
    (fragment_id,) = session._fragment_storage._fragments
    session.request_rerun(ClientState(fragment_id=fragment_id, is_auto_rerun=True))
    messages = await sent_until(session, lambda sent: FRAGMENT_DONE in [one.script_finished for one in sent])
    session.shutdown()
    return texts(messages)


async def sent_at_once(script: Path) -> list[ForwardMsg]:
    """What the browser gets when nothing could be sent until the fragment had run again behind the whole page."""
    session = session_of(script)
    session.request_rerun(None)
    async with asyncio.timeout(FOREVER_S):
        while session._scriptrunner is not None:
            await asyncio.sleep(0)
        (fragment_id,) = session._fragment_storage._fragments
        session.request_rerun(ClientState(fragment_id=fragment_id, is_auto_rerun=True))
        while session._scriptrunner is not None:
            await asyncio.sleep(0)
    messages = session.flush_browser_queue()
    session.shutdown()
    return messages


@pytest.mark.usefixtures("in_order")
def test_a_run_that_is_said_to_be_over_is_sent_whole(script: Path) -> None:
    messages = asyncio.run(sent_at_once(script))
    over = [one.WhichOneof("type") for one in messages].index("script_finished")
    assert messages[over].script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
    assert texts(messages[:over]) == ["of the page", "of the fragment"]
    assert texts(messages[over:]) == ["of the fragment"]


@pytest.mark.usefixtures("in_order")
def test_what_a_run_has_drawn_is_sent_before_a_fragment_runs_again(script: Path) -> None:
    assert asyncio.run(sent(script)) == ["of the page", "of the fragment", "of the fragment"]
