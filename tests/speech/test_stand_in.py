"""What hears a call while the engine asked for is still fetching its model: the real one, from a hub on loopback."""

import importlib.util
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hub_server import HubServer
from speech.listener import MovedClock

from core.audio.endpointing import Endpointer
from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, Pcm
from core.calls.events import Event, ProviderFailed, SpeechEngineChanged, TranscriptFinal
from core.calls.hearing import DEAF_S, SPEECH
from core.calls.leg import Leg
from core.languages import ANY_LANGUAGE
from core.speech import engines as engines_module
from core.speech.base import SpeechToText
from core.speech.deaf import Deaf
from core.speech.deepgram import DeepgramEngine
from core.speech.engines import AUTO, Engines
from core.speech.faster_whisper import FasterWhisperEngine
from core.speech.registry import EngineSettings
from core.speech.scripted import ScriptedEngine, TimedText

PATIENCE_S = 60.0
REPO = "somebody/tiny-whisper"
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("faster_whisper") is None,
    reason="faster-whisper is not installed: pip install -r requirements-whisper.txt",
)
HUSH = np.zeros(SPEECH_RATE_HZ // 10, np.int16)
TALK = np.random.default_rng(0).normal(0, 3000, SPEECH_RATE_HZ // 10).astype(np.int16)


class Embedded(ScriptedEngine):
    name = "pocketsphinx"


class Desk:
    """Engines of which one is fetching its model, and a leg of a call."""

    def __init__(self, folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = MovedClock()
        self.hold = threading.Event()
        self.hub = HubServer(REPO, folder, hold=self.hold)
        self.hub.__enter__()
        self.whisper = FasterWhisperEngine(REPO, cache, threads=1, clock=self.clock, endpoint=self.hub.url)
        embedded = Embedded([TimedText(text="my bill is wrong", start_s=1.0, end_s=2.0)])
        self.made: dict[str, SpeechToText] = {
            "deepgram": DeepgramEngine(api_key="", url="", model="nova-3", clock=self.clock),
            "faster_whisper": self.whisper,
            "pocketsphinx": embedded,
        }
        monkeypatch.setattr(engines_module, "BEST_FIRST", tuple(self.made))
        monkeypatch.setattr(engines_module, "engine_from", lambda name, settings: self.made[name])
        self.events: list[Event] = []

    def engines(self, configured: str) -> Engines:
        return Engines(EngineSettings(), self.clock, configured)

    def leg(self, engines: Engines, asked: str = "", language: str = ANY_LANGUAGE) -> Leg:
        return Leg(
            "customer",
            engines.chooser(asked, language),
            Endpointer(is_speech=lambda frame: bool(frame.any())),
            lambda event, _: self.events.append(event),
            lambda kind: f"{kind}_{len(self.events)}",
            language=language,
            otherwise=Deaf(),
        )

    def arrive(self) -> None:
        """The rest of the model comes, and is loaded."""
        self.hold.set()
        preparing = self.whisper._preparing
        if preparing is not None:
            preparing.join(PATIENCE_S)
        assert self.whisper.readiness.state == "ready"

    def of_type(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import tiny_whisper

    return tiny_whisper.make(tmp_path_factory.mktemp("tiny"), sharpness=20.0)


@pytest.fixture
def desk(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk = Desk(tiny, tmp_path / "cache", monkeypatch)
    yield desk
    desk.hold.set()
    for engine in desk.made.values():
        engine.close()
    desk.hub.__exit__(None, None, None)


def feed(leg: Leg, *blocks: Pcm) -> None:
    for pcm in blocks:
        leg.feed(AudioChunk(pcm, leg.position_s))


SENTENCE = [*[HUSH] * 10, *[TALK] * 10, *[HUSH] * 10]


@pytest.mark.parametrize(
    ("configured", "asked"), [("faster_whisper", ""), (AUTO, "faster_whisper"), ("deepgram", "faster_whisper")]
)
def test_the_embedded_engine_serves_until_the_one_asked_for_is_ready(desk: Desk, configured: str, asked: str) -> None:
    engines = desk.engines(configured)
    leg = desk.leg(engines, asked)
    assert leg.engine_name == "pocketsphinx"
    told = desk.of_type(ProviderFailed)
    assert [event.provider for event in told] == [SPEECH] * len(told)  # type: ignore[union-attr]
    assert told[0].message == (  # type: ignore[union-attr]
        "faster_whisper is not ready yet (the Whisper model is being fetched): "
        f"{'deepgram' if configured == 'deepgram' else 'pocketsphinx'} serves until it is."
    )
    assert all(each.rests_s == 0 for each in engines.listed() if each.name == "faster_whisper"), "it has not failed"
    feed(leg, *SENTENCE)
    desk.arrive()
    feed(leg, *SENTENCE)
    leg.finish()
    [changed] = desk.of_type(SpeechEngineChanged)
    assert (changed.engine, changed.reason) == ("faster_whisper", "it is ready now")  # type: ignore[union-attr]
    finals = desk.of_type(TranscriptFinal)
    assert [final.engine for final in finals] == ["pocketsphinx", "faster_whisper"]  # type: ignore[union-attr]
    assert finals[0].text == "my bill is wrong"  # type: ignore[union-attr]
    assert desk.leg(engines, asked).engine_name == "faster_whisper"


def test_nothing_changes_in_the_middle_of_an_utterance(desk: Desk) -> None:
    leg = desk.leg(desk.engines("faster_whisper"))
    feed(leg, *SENTENCE[:15])
    desk.arrive()
    feed(leg, *SENTENCE[15:])
    leg.finish()
    [final] = desk.of_type(TranscriptFinal)
    assert (final.text, final.engine) == ("my bill is wrong", "pocketsphinx")  # type: ignore[union-attr]


def test_where_the_embedded_engine_does_not_know_the_language_words_come_once_the_other_is_ready(desk: Desk) -> None:
    embedded = desk.made["pocketsphinx"]
    assert isinstance(embedded, Embedded)
    embedded.capabilities = replace(embedded.capabilities, languages=("en",))
    leg = desk.leg(desk.engines("faster_whisper"), language="es")
    assert leg.engine_name == "none"
    [told] = desk.of_type(ProviderFailed)
    assert "being fetched" in told.message  # type: ignore[union-attr]
    assert "Spanish" in told.message  # type: ignore[union-attr]
    feed(leg, *SENTENCE)
    desk.arrive()
    feed(leg, *SENTENCE)
    leg.finish()
    finals = desk.of_type(TranscriptFinal)
    assert [final.engine for final in finals] == ["none", "faster_whisper"]  # type: ignore[union-attr]
    assert len(desk.of_type(ProviderFailed)) == 1


def test_with_auto_the_call_that_begins_after_it_is_ready_gets_it(desk: Desk) -> None:
    engines = desk.engines(AUTO)
    engines.warm_up()
    leg = desk.leg(engines)
    assert (leg.engine_name, engines.serving) == ("pocketsphinx", "pocketsphinx")
    assert not desk.events
    leg.finish()
    desk.arrive()
    assert (desk.leg(engines).engine_name, engines.serving) == ("faster_whisper", "faster_whisper")


def test_an_engine_without_its_key_says_why_and_is_tried_again_when_the_call_goes_on_deaf(desk: Desk) -> None:
    engines = desk.engines("deepgram")
    leg = desk.leg(engines)
    [told] = desk.of_type(ProviderFailed)
    assert "set DEEPGRAM_API_KEY" in told.message  # type: ignore[union-attr]
    feed(leg, *SENTENCE)
    engines.configured = "pocketsphinx"
    feed(leg, *[HUSH] * round(10 * DEAF_S))
    assert leg.engine_name == "pocketsphinx"
    [changed] = desk.of_type(SpeechEngineChanged)
    assert changed.reason == "it is tried again"  # type: ignore[union-attr]
    leg.finish()


def test_a_call_whose_engine_fails_goes_on_with_the_configured_one(desk: Desk) -> None:
    leg = desk.leg(desk.engines("pocketsphinx"), "deepgram")
    assert leg.engine_name == "pocketsphinx"
    [told] = desk.of_type(ProviderFailed)
    assert told.message == (  # type: ignore[union-attr]
        "deepgram cannot serve (set DEEPGRAM_API_KEY): pocketsphinx goes on in its place."
    )
    leg.finish()
