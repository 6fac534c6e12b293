"""Streamlit's session of one browser, without the browser."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.runtime import Runtime, RuntimeConfig
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache

FOREVER_S = 30.0


def write_script(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page, and what Streamlit needs to run it."""
    path = folder / "script.py"
    path.write_text(script, encoding="utf-8")
    monkeypatch.setattr(Runtime, "_instance", None)
    Runtime(RuntimeConfig(str(path), MemoryMediaFileStorage("/media"), MemoryUploadedFileManager("/uploads")))
    return path


async def sent_until(session: AppSession, over: Callable[[list[ForwardMsg]], bool]) -> list[ForwardMsg]:
    """What the browser gets until the script runs have ended and it is over."""
    messages: list[ForwardMsg] = []
    async with asyncio.timeout(FOREVER_S):
        while session._scriptrunner is not None or not over(messages):
            await asyncio.sleep(0)
            messages += session.flush_browser_queue()
    return messages


def texts(messages: Sequence[ForwardMsg]) -> list[str]:
    return [text for one in messages if (text := one.delta.new_element.text.body)]


def session_of(script: Path) -> AppSession:
    return AppSession(
        ScriptData(str(script)), MemoryUploadedFileManager("/uploads"), ScriptCache(), lambda: None, user_info={}
    )
