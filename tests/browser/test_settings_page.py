"""The settings page, without a browser: what it says of the engines, the real ones where that can be."""

import importlib.util
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from speech.hub_server import HubServer
from streamlit.testing.v1 import AppTest

from core import bootstrap
from core.bootstrap import Services
from core.clock import ManualClock
from core.config import ROOT
from core.speech.base import Known
from core.speech.engines import AUTO, Engines
from core.speech.faster_whisper import FasterWhisperEngine
from core.speech.pocketsphinx import PocketSphinxEngine
from core.speech.registry import EngineSettings

REPO = "somebody/tiny-whisper"
PATIENCE_S = 60.0
KEYS = EngineSettings(
    openai_api_key="sk-a",
    openai_stt_model="gpt-live-transcribe",
    deepgram_api_key="dg-a",
    deepgram_url="wss://api.deepgram.com",
    deepgram_model="nova-3",
)
needs_library = pytest.mark.skipif(
    importlib.util.find_spec("faster_whisper") is None,
    reason="faster-whisper is not installed: pip install -r requirements-whisper.txt",
)


@pytest.fixture
def made() -> Iterator[list[Engines]]:
    made: list[Engines] = []
    yield made
    for engines in made:
        engines.close()


@pytest.fixture
def settings_page(
    services: Services, made: list[Engines], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Engines], AppTest]:
    monkeypatch.setattr("pages.viewers.page_viewer", lambda: None)
    monkeypatch.setattr("core.access.require", lambda viewer, action: None)

    def show(engines: Engines) -> AppTest:
        made.append(engines)
        monkeypatch.setattr(bootstrap, "_running", [replace(services, speech=engines)])
        page = AppTest.from_file(ROOT / "pages" / "settings.py", default_timeout=60).run()
        assert not page.exception
        return page

    return show


def words(page: AppTest) -> str:
    """All it says, without the marks of Markdown."""
    said = (*page.markdown, *page.caption, *page.warning, *page.error)
    return re.sub(r"\\(.)", r"\1", "\n".join(element.value for element in said))


def badges(page: AppTest) -> list[str]:
    """What is said of the engines' states, in the order of the page."""
    found = (re.search(r"-badge\[:material/\w+: (.*)\]", element.value) for element in page.markdown)
    return [match[1] for match in found if match]


def test_with_keys_every_engine_says_its_model_what_it_does_and_where(
    settings_page: Callable[[Engines], AppTest],
) -> None:
    page = settings_page(Engines(KEYS, ManualClock()))
    said = words(page)
    assert badges(page) == ["Ready", "Used for new calls", "Ready", "Not set up", "Ready"]
    assert "New calls use **Deepgram**, the best that is ready" in said
    deepgram, openai, whisper, embedded = [
        line for line in said.splitlines() if "nothing leaves" in line or "sent to" in line
    ]
    assert deepgram.startswith("Model: nova-3 · Cloud: the sound is sent to its maker · Live")
    assert re.search(r"Hears English, .* more languages, and finds out which", deepgram)
    assert openai.startswith("Model: gpt-live-transcribe · Cloud: the sound is sent to its maker · Live")
    assert whisper.startswith("Local: nothing leaves this machine · Live")
    assert embedded.startswith(
        "Local: nothing leaves this machine · Live: words while people speak · Hears English · Learns"
    )
    assert "Set WHISPER_MODEL to a model's name" in said
    assert "The stock language model." in said


def test_without_keys_it_says_what_to_set_and_what_serves(settings_page: Callable[[Engines], AppTest]) -> None:
    page = settings_page(Engines(EngineSettings(whisper_model="/models/small"), ManualClock()))
    said = words(page)
    assert badges(page)[:2] == ["Not set up", "Not set up"]
    assert "Set DEEPGRAM_API_KEY." in said
    assert "Set OPENAI_API_KEY." in said
    assert "New calls use **PocketSphinx, embedded**, the best that is ready" in said
    assert "Model: gpt-transcribe · Cloud: the sound is sent to its maker · Per utterance" in said
    assert "Model: /models/small · Local" in said


def test_one_named_that_cannot_serve_is_an_error_and_one_on_a_server_of_ones_own_serves_by_its_name(
    settings_page: Callable[[Engines], AppTest],
) -> None:
    page = settings_page(Engines(EngineSettings(), ManualClock(), "deepgram"))
    assert page.error[0].value == "No engine is ready: calls go on without words."
    own = EngineSettings(openai_base_url="http://127.0.0.1:9/v1", openai_stt_model="whisper-large")
    page = settings_page(Engines(own, ManualClock(), "openai"))
    assert "New calls use **OpenAI**, because `STT` names it" in words(page)
    assert "Only where it is asked for" in badges(page)


def test_one_that_failed_a_moment_ago_says_when_it_is_tried_again(settings_page: Callable[[Engines], AppTest]) -> None:
    engines = Engines(KEYS, ManualClock())
    engines.chooser()({"deepgram"})
    page = settings_page(engines)
    assert "Failed; tried again in 60 s" in badges(page)
    assert "New calls use **OpenAI**" in words(page)


@needs_library
@pytest.mark.parametrize("configured", ["faster_whisper", AUTO])
def test_weights_on_their_way_show_progress_and_are_no_failure(
    settings_page: Callable[[Engines], AppTest], tmp_path: Path, configured: str
) -> None:
    from speech import tiny_whisper

    hold = threading.Event()
    with HubServer(REPO, tiny_whisper.make(tmp_path / "tiny"), hold=hold) as hub:
        engines = Engines(EngineSettings(), ManualClock(), configured)
        whisper = FasterWhisperEngine(REPO, tmp_path / "cache", clock=ManualClock(), endpoint=hub.url)
        engines._engines["faster_whisper"] = whisper
        page = settings_page(engines)
        assert "Not loaded yet" in badges(page)
        assert "The Whisper model is fetched when a call first asks for it." in words(page)
        next(button for button in page.button if button.label == "Get it ready").click().run()
        # A call that asks for it is passed on, which is no failure of the engine either.
        engines.chooser("faster_whisper")({"faster_whisper"})
        page = settings_page(engines)
        assert [badge for badge in badges(page) if "ailed" in badge] == []
        assert "Getting ready" in badges(page)
        [progress] = page.get("progress")
        assert re.sub(r"\\", "", progress.proto.text).startswith(f"The Whisper model {REPO} is being fetched. ")
        assert not page.button
        if configured != AUTO:
            assert "Until it is ready, new calls use **PocketSphinx, embedded**" in words(page)
        hold.set()
        assert whisper._preparing is None or not whisper._preparing.join(PATIENCE_S)
        page = settings_page(engines)
        assert not page.get("progress")
        assert "New calls use **Whisper on this machine**" in words(page)


@needs_library
def test_a_fetch_that_failed_says_why_and_is_tried_again(
    settings_page: Callable[[Engines], AppTest], tmp_path: Path
) -> None:
    from speech import tiny_whisper

    with HubServer(REPO, tiny_whisper.make(tmp_path / "tiny"), status=404) as hub:
        engines = Engines(EngineSettings(), ManualClock())
        whisper = FasterWhisperEngine(REPO, tmp_path / "cache", clock=ManualClock(), endpoint=hub.url)
        engines._engines["faster_whisper"] = whisper
        whisper.warm_up()
        assert whisper._preparing is None or not whisper._preparing.join(PATIENCE_S)
        page = settings_page(engines)
        assert "Failed" in badges(page)
        assert "404" in page.warning[0].value
        hub.status = 200
        next(button for button in page.button if button.label == "Try again").click().run()
        assert whisper._preparing is None or not whisper._preparing.join(PATIENCE_S)
        assert badges(settings_page(engines))[-3:-1] == ["Ready", "Used for new calls"]


def test_a_language_model_that_could_not_be_made_is_said(
    settings_page: Callable[[Engines], AppTest], tmp_path: Path
) -> None:
    no_folder = tmp_path / "file"
    no_folder.touch()
    engines = Engines(EngineSettings(), ManualClock())
    embedded = PocketSphinxEngine(cache=no_folder)
    engines._engines["pocketsphinx"] = embedded
    embedded.learn(Known(names=("Ada Quill",), products=("USB Hub",)))
    assert not embedded.learned(PATIENCE_S)
    page = settings_page(engines)
    assert "2 names and terms could not be made" in page.warning[0].value
    assert "the stock language model serves" in page.warning[0].value
    assert [button.label for button in page.button] == ["Try again"]
