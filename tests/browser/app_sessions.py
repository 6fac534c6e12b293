"""Streamlit's session of one browser, without the browser."""

from pathlib import Path

import pytest
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


def session_of(script: Path) -> AppSession:
    return AppSession(
        ScriptData(str(script)), MemoryUploadedFileManager("/uploads"), ScriptCache(), lambda: None, user_info={}
    )
