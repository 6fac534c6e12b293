"""A click that waits for a script run, as Streamlit takes it with the project's configuration."""

import asyncio
import threading
from pathlib import Path

import pytest
from app_sessions import FOREVER_S, sent_until, session_of, write_script
from streamlit.proto.ClientState_pb2 import ClientState

SCRIPT = """
import streamlit as st
from test_lost_clicks import carried_out, go_on, under_way

@st.fragment
def controls():
    st.button("Stop", on_click=carried_out.append, args=("stop",))

controls()
under_way.set()
go_on.wait()
"""
carried_out: list[str] = []
under_way, go_on = threading.Event(), threading.Event()


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page with a button in a fragment."""
    return write_script(tmp_path, SCRIPT, monkeypatch)


async def clicked_during_a_run(script: Path) -> None:
    session = session_of(script)
    go_on.set()
    session.request_rerun(None)
    drawn = await sent_until(session, lambda sent: True)
    (button,) = [one.delta.new_element.button.id for one in drawn if one.delta.new_element.button.id]
    (fragment_id,) = session._fragment_storage._fragments

    go_on.clear()
    under_way.clear()
    session.request_rerun(ClientState())
    await asyncio.to_thread(under_way.wait, FOREVER_S)
    click = ClientState(fragment_id=fragment_id)
    click.widget_states.widgets.add(id=button, trigger_value=True)
    session.request_rerun(click)
    # As when the microphone's connection comes about.
    session.request_rerun(ClientState())
    go_on.set()
    await sent_until(session, lambda sent: True)
    session.shutdown()


def test_what_comes_behind_a_click_does_not_throw_it_away(script: Path) -> None:
    carried_out.clear()
    asyncio.run(clicked_during_a_run(script))
    assert carried_out == ["stop"]
