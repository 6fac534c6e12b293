"""The settings page, without a browser: what it says of the engines."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core import bootstrap
from core.bootstrap import Services
from core.config import ROOT
from core.speech.base import Capabilities, Readiness, SpeechToText
from pages.literal import literal


class Downloading(SpeechToText):
    """Stands for an engine whose weights are on their way, or did not come."""

    name = "pocketsphinx"
    capabilities = Capabilities(partials=True, local=True, languages=("en",))
    state = Readiness(state="preparing", message="Fetching the model small: 40 %", progress=0.4)
    tries = 0

    @property
    def readiness(self) -> Readiness:
        return self.state

    def warm_up(self) -> None:
        self.tries += 1


@pytest.fixture
def settings_page(services: Services, monkeypatch: pytest.MonkeyPatch) -> Callable[[], AppTest]:
    monkeypatch.setattr(bootstrap, "_running", [services])
    monkeypatch.setattr("pages.viewers.page_viewer", lambda: None)
    monkeypatch.setattr("core.access.require", lambda viewer, action: None)
    return lambda: AppTest.from_file(ROOT / "pages" / "settings.py", default_timeout=60).run()


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in (*page.markdown, *page.caption, *page.error))


def test_every_engine_is_listed_with_what_it_can_do_and_what_it_lacks(
    services: Services, settings_page: Callable[[], AppTest]
) -> None:
    page = settings_page()
    assert not page.exception
    said = words(page)
    for each in services.speech.listed():
        assert literal(each.readiness.message) in said
    assert "Used for new calls" in said
    assert "nothing leaves this machine" in said
    assert "sends the sound to its maker" in said


def test_weights_on_their_way_show_progress_and_a_failed_fetch_is_tried_again(
    services: Services, settings_page: Callable[[], AppTest]
) -> None:
    downloading = Downloading()
    services.speech._engines["pocketsphinx"] = downloading
    page = settings_page()
    (progress,) = page.get("progress")
    assert (progress.proto.value, progress.proto.text) == (40, r"Fetching the model small\: 40 \%")
    downloading.state = Readiness(state="unavailable", message="The model did not come: no network.", again=True)
    page = settings_page()
    assert "did not come" in words(page)
    next(button for button in page.button if button.label == "Try again").click().run()
    assert downloading.tries == 1
