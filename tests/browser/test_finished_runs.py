"""When streamlit-webrtc closes a connection, as `pages.finished_runs` tells it what has run."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Self

import pytest
from app_sessions import FOREVER_S, write_script
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.script_data import ScriptData
from streamlit_webrtc import WebRtcStreamerContext, component
from streamlit_webrtc.component import WebRtcStreamerState

from pages.finished_runs import count_runs_as_they_end, ended_runs

PROJECT = Path(__file__).parents[2]
SCRIPT = """
import streamlit as st
from streamlit_webrtc import WebRtcMode, webrtc_streamer

page = st.session_state["page"]
if page.with_microphone:
    page.connect(webrtc_streamer(key="microphone", mode=WebRtcMode.SENDONLY))
if page.fails:
    raise RuntimeError("of the page")
"""


class Worker:
    """The server's end of a connection."""

    backend = "aiortc"
    local_description = None

    def __init__(self) -> None:
        self.stopped = False

    def stop(self) -> None:
        self.stopped = True


class Page:
    """What the script draws."""

    def __init__(self) -> None:
        self.with_microphone = True
        self.fails = False
        self.worker = Worker()
        self._connected = False

    def connect(self, context: WebRtcStreamerContext) -> None:
        """As if the browser had offered a connection and got its answer."""
        if not self._connected:
            self._connected = True
            context._set_worker(self.worker)
            context._set_state(WebRtcStreamerState(playing=True, signalling=False))


class Browser:
    """One session, which is sent what there is when the test says so."""

    def __init__(self, script: Path) -> None:
        self.page = Page()
        self.told: list[ForwardMsg] = []
        self._script = script
        self._runtime = Runtime.instance()

    async def __aenter__(self) -> Self:
        await self._runtime.start()
        # Told of the session itself, the runtime would send by itself.
        sessions = self._runtime._session_mgr
        session_id = sessions.connect_session(self, ScriptData(str(self._script)), user_info={})
        found = sessions.get_active_session_info(session_id)
        assert found is not None
        self._info = found
        self._info.session.session_state["page"] = self.page
        return self

    async def __aexit__(self, *_: object) -> None:
        self._runtime.stop()
        await self._runtime.stopped

    def write_forward_msg(self, message: ForwardMsg) -> None:
        self.told.append(message)

    async def run(self) -> None:
        """The script, and hear of it."""
        self.run_unnoticed()
        await self.notice()
        self.hear()

    def run_unnoticed(self) -> None:
        """The script, while the event loop stands still."""
        self._info.session.request_rerun(None)
        runner = self._info.session._scriptrunner
        assert runner is not None
        assert runner._script_thread is not None
        runner._script_thread.join(FOREVER_S)

    async def notice(self) -> None:
        """On the event loop, what has run."""
        async with asyncio.timeout(FOREVER_S):
            while self._info.session._scriptrunner is not None:
                await asyncio.sleep(0)

    def hear(self) -> None:
        for message in self._info.session.flush_browser_queue():
            self._runtime._send_message(self._info, message)

    @property
    def ends(self) -> list[int]:
        """Of the runs it has heard of."""
        return [one.script_finished for one in self.told if one.WhichOneof("type") == "script_finished"]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # Undone with the fixture, whatever is set in between.
    monkeypatch.setattr(AppSession, "_on_scriptrunner_event", AppSession._on_scriptrunner_event)
    monkeypatch.setattr(component, "get_script_run_count", ended_runs)
    count_runs_as_they_end()
    return write_script(tmp_path, SCRIPT, monkeypatch)


async def stopped_by_an_end_sent_late(script: Path) -> bool:
    """The end of a run is sent when the next one has drawn the microphone already; all runs draw it."""
    async with Browser(script) as browser:
        browser.run_unnoticed()
        await browser.notice()
        browser.run_unnoticed()
        browser.hear()
        await browser.notice()
        browser.hear()
        await browser.run()
        assert browser.ends == [ForwardMsg.FINISHED_SUCCESSFULLY] * 3
        return browser.page.worker.stopped


async def stopped_by_another_page(script: Path, *, fails: bool) -> bool:
    async with Browser(script) as browser:
        await browser.run()
        browser.page.with_microphone, browser.page.fails = False, fails
        await browser.run()
        browser.page.with_microphone, browser.page.fails = True, False
        await browser.run()
        return browser.page.worker.stopped


def test_the_app_starts_without_the_streamer_which_needs_a_runtime_to_declare_its_component_to() -> None:
    loaded = "import sys, app; print('streamlit_webrtc' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", loaded], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "False"


def test_a_connection_that_every_run_has_drawn_is_kept_however_late_their_ends_are_sent(script: Path) -> None:
    assert not asyncio.run(stopped_by_an_end_sent_late(script))


@pytest.mark.parametrize("fails", [False, True])
def test_a_connection_that_a_run_has_not_drawn_is_closed_when_it_is_drawn_again(script: Path, *, fails: bool) -> None:
    assert asyncio.run(stopped_by_another_page(script, fails=fails))
