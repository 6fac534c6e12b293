"""Beginning a call with an engine and a language of one's own, without a browser."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core import bootstrap
from core.access import Viewer
from core.bootstrap import Services
from core.config import ROOT

AGENT = "Alex Morgan"


@pytest.fixture
def desk_page(services: Services, monkeypatch: pytest.MonkeyPatch) -> Callable[[], AppTest]:
    monkeypatch.setattr(bootstrap, "_running", [services])
    monkeypatch.setattr("pages.viewers.page_viewer", lambda: Viewer(AGENT, "agent"))
    monkeypatch.setattr("pages.desk_bar.desk_bar", lambda *parts: None)
    monkeypatch.setattr("pages.components.call_view", lambda *parts, **others: None)
    monkeypatch.setattr("pages.components.microphone.microphone", lambda *parts, **others: None)
    return lambda: AppTest.from_file(ROOT / "pages" / "live.py", default_timeout=60).run()


def test_a_call_begins_with_what_was_chosen(services: Services, desk_page: Callable[[], AppTest]) -> None:
    page = desk_page()
    assert not page.exception
    engine, language = page.selectbox(key="start-engine"), page.selectbox(key="start-language")
    assert (engine.value, language.value) == ("", "auto")
    assert engine.options[0] == "As configured: Scripted"
    assert "Deepgram, not set up" in engine.options
    engine.set_value("pocketsphinx")
    language.set_value("fr")
    next(button for button in page.button if "microphone" in button.label).click().run()
    [call] = services.desk.live_calls()
    assert (call.agent, call.engine, call.language) == (AGENT, "pocketsphinx", "fr")


def test_a_demo_is_in_its_own_language_unless_another_is_chosen(
    services: Services, desk_page: Callable[[], AppTest]
) -> None:
    page = desk_page()
    page.button(key="demo-maria_alvarez").click().run()
    [call] = services.desk.live_calls()
    assert (call.engine, call.language) == ("", "es")
