"""Beginning a call with an engine and a language of one's own, wherever that can be done, without a browser."""

import io
import threading
import wave
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from waiting import wait_for

from core import bootstrap
from core.access import Viewer
from core.audio.frames import SPEECH_RATE_HZ, frame_of
from core.bootstrap import Services
from core.calls.events import CallEnded, Party, PartyJoined
from core.config import ROOT
from core.languages import ANY_LANGUAGE
from core.speech.base import OnFailure, OnHypothesis, SpeechSession
from core.speech.scripted import ScriptedEngine

AGENT = "Alex Morgan"


@dataclass
class Other(ScriptedEngine):
    """An engine nobody has configured, which keeps what it was opened for."""

    name: str = "other"
    opened: list[tuple[Party, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__([])

    def open(
        self, party: Party, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ANY_LANGUAGE
    ) -> SpeechSession:
        self.opened.append((party, language))
        return super().open(party, on_hypothesis, on_failure, language)


@pytest.fixture
def other(services: Services) -> Other:
    engine = Other()
    services.speech._engines[engine.name] = engine
    return engine


@pytest.fixture
def open_page(services: Services, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], AppTest]:
    monkeypatch.setattr(bootstrap, "_running", [services])
    monkeypatch.setattr("pages.viewers.page_viewer", lambda: Viewer(AGENT, "agent"))
    monkeypatch.setattr("pages.desk_bar.desk_bar", lambda *parts: None)
    monkeypatch.setattr("pages.components.call_view", lambda *parts, **others: None)
    monkeypatch.setattr("pages.components.customer_view", lambda *parts, **others: None)
    monkeypatch.setattr("pages.components.microphone_permission", lambda key: "granted")
    monkeypatch.setattr("pages.components.microphone.microphone", lambda *parts, **others: None)
    monkeypatch.setattr("core.access.require", lambda viewer, action: None)

    def open_page(name: str) -> AppTest:
        page = AppTest.from_file(ROOT / "pages" / f"{name}.py", default_timeout=60).run()
        assert not page.exception
        return page

    return open_page


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if label in button.label).click().run()


def test_a_call_begins_with_what_was_chosen(services: Services, open_page: Callable[[str], AppTest]) -> None:
    page = open_page("live")
    engine, language = page.selectbox(key="start-engine"), page.selectbox(key="start-language")
    assert (engine.value, language.value) == ("", "auto")
    assert engine.options[0] == "As configured: Scripted"
    assert "Deepgram, not set up" in engine.options
    engine.set_value("pocketsphinx")
    language.set_value("fr")
    press(page, "microphone")
    [call] = services.desk.live_calls()
    assert (call.agent, call.engine, call.language) == (AGENT, "pocketsphinx", "fr")


def test_a_demo_is_in_its_own_language_unless_another_is_chosen(
    services: Services, open_page: Callable[[str], AppTest]
) -> None:
    page = open_page("live")
    page.button(key="demo-maria_alvarez").click().run()
    [call] = services.desk.live_calls()
    assert (call.engine, call.language) == ("", "es")


def test_an_upload_is_heard_by_the_engine_chosen_in_the_language_chosen(
    services: Services, other: Other, open_page: Callable[[str], AppTest]
) -> None:
    page = open_page("upload")
    page.file_uploader(key="upload-file-0").set_value(("call.wav", quiet_call(), "audio/wav"))
    page.selectbox(key="upload-0-engine").set_value("other")
    page.selectbox(key="upload-0-language").set_value("es")
    press(page, "Analyse")
    [analysis] = services.analyses.all()
    over = threading.Event()
    while not services.analyses.all()[0].over:
        over.wait(0.01)
    done = services.analyses.get(analysis.analysis_id)
    assert done is not None
    assert done.state == "done", done.message
    call = services.log.call(done.call_id)
    assert (call.engine, call.language) == ("other", "es")
    assert sorted(other.opened) == [("agent", "es"), ("customer", "es")]


def test_the_callers_of_a_class_are_heard_by_the_engine_chosen_in_their_own_language(
    services: Services, other: Other, open_page: Callable[[str], AppTest]
) -> None:
    page = open_page("classroom")
    spanish = next(scenario for scenario in services.scenarios() if scenario.caller.language == "es")
    page.multiselect(key="classroom-who").set_value([spanish.title]).run()
    page.selectbox(key="classroom-engine").set_value("other")
    press(page, "Start callers")
    [call] = services.desk.live_calls()
    assert (call.engine, call.language) == ("other", "es")
    answered(services, call.call_id)
    assert ("agent", "es") in other.opened


@pytest.mark.parametrize("language", ["fr", ANY_LANGUAGE])
def test_a_customer_chooses_the_language_they_are_heard_in(
    services: Services, open_page: Callable[[str], AppTest], language: str
) -> None:
    other = Other()
    services.speech.use(other)
    page = open_page("customer")
    chosen = page.selectbox(key="customer-language-True")
    assert chosen.options[:2] == ["English", "Spanish"]
    assert "Japanese" in chosen.options
    assert chosen.options[-1] == "Another, or several"
    chosen.set_value(language)
    press(page, "Call")
    [call] = services.desk.live_calls()
    assert (call.language, call.queued and call.queued.language) == (language, language)
    heard(services, call.call_id, "customer")
    assert other.opened == [("customer", language)]


def test_a_customer_is_offered_no_language_that_nobody_hears_or_speaks(
    services: Services, open_page: Callable[[str], AppTest]
) -> None:
    services.speech.configured = "pocketsphinx"
    page = open_page("customer")
    assert page.selectbox(key="customer-language-True").options == ["English", "Spanish", "Another, or several"]
    page.segmented_control[0].set_value("Write").run()
    assert page.selectbox(key="customer-language-False").options == ["English", "Spanish"]


def quiet_call() -> bytes:
    """Two different channels, of noise that is no speech."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SPEECH_RATE_HZ)
        file.writeframes(np.random.default_rng(0).integers(-300, 301, 4 * SPEECH_RATE_HZ).astype("<i2").tobytes())
    return content.getvalue()


def answered(services: Services, call_id: str) -> None:
    speaks = next(one.name for one in services.switchboard.agents() if "es" in one.languages)
    services.switchboard.set_availability(speaks, "available")
    services.switchboard.accept(call_id, speaks)
    heard(services, call_id, "agent")


def heard(services: Services, call_id: str, party: Party) -> None:
    """Let a party's microphone send something, and wait until there is a leg for it."""
    place = services.desk.microphone(call_id, party)
    place.offered("browser")
    place.frame("browser", frame_of(np.zeros(SPEECH_RATE_HZ // 50, np.int16)))
    wait_for(services, call_id, PartyJoined)
    services.desk.end(call_id)
    wait_for(services, call_id, CallEnded)
