"""Whisper on this machine: the real library with a model of random weights, fetched from a hub on loopback."""

import importlib.util
import queue
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hub_server import HubServer

from core.audio.frames import Pcm
from core.clock import ManualClock
from core.errors import SpeechError
from core.speech.base import Hypothesis, Known, Readiness, SpeechSession
from core.speech.faster_whisper import FasterWhisperEngine, create
from core.speech.registry import EngineSettings
from core.speech.whisper_decoding import LANGUAGES, Heard, WhisperDecoder, believed, repetitive, spoken
from core.speech.whisper_weights import fetched, folder_of

PATIENCE_S = 60.0
REPO = "somebody/tiny-whisper"
needs_library = pytest.mark.skipif(
    importlib.util.find_spec("faster_whisper") is None,
    reason="faster-whisper is not installed: pip install -r requirements-whisper.txt",
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model for three languages that is sure of every word it makes up."""
    import tiny_whisper

    return tiny_whisper.make(tmp_path_factory.mktemp("tiny"), sharpness=20.0)


@pytest.fixture(scope="module")
def decoder(tiny: Path) -> WhisperDecoder:
    return WhisperDecoder(tiny, threads=1)


@pytest.fixture(scope="module")
def noise() -> Pcm:
    return np.random.default_rng(0).normal(0, 3000, 16_000).astype(np.int16)


class Listener:
    def __init__(self) -> None:
        self.heard: list[Hypothesis] = []
        self.failures: queue.Queue[Exception] = queue.Queue()

    def open(self, engine: FasterWhisperEngine, language: str = "auto") -> SpeechSession:
        return engine.open("customer", self.heard.append, self.failures.put, language)


class Watch:
    """Whoever waits for an engine to be ready, without asking it over and over."""

    def __init__(self, engine: FasterWhisperEngine) -> None:
        self.engine = engine

    def settled(self) -> Readiness:
        preparing = self.engine._preparing
        if preparing is not None:
            preparing.join(PATIENCE_S)
            assert not preparing.is_alive()
        return self.engine.readiness


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., FasterWhisperEngine]]:
    made: list[FasterWhisperEngine] = []

    def build(model: str, endpoint: str | None = None) -> FasterWhisperEngine:
        engine = FasterWhisperEngine(model, tmp_path / "cache", threads=1, clock=ManualClock(), endpoint=endpoint)
        made.append(engine)
        return engine

    yield build
    for engine in made:
        engine.close()


def heard(mean_log: float = -0.3, no_speech: float = 0.1, text: str = "my bill is wrong") -> Heard:
    return Heard(text=text, language="en", mean_log=mean_log, no_speech=no_speech)


def test_silence_and_music_are_not_believed() -> None:
    assert believed(heard())
    assert believed(heard(no_speech=0.9))
    assert believed(heard(mean_log=-1.2))
    assert not believed(heard(no_speech=0.9, mean_log=-1.2))
    assert not believed(heard(mean_log=-2.0))
    assert not believed(heard(text=" Thank you for watching!"))
    assert believed(heard(text="Thank you for calling, I was watching the bill"))


def test_a_model_caught_in_a_loop_is_noticed_and_a_number_is_not() -> None:
    assert repetitive("I don't know. " * 12)
    assert not repetitive("my account number is seven seven seven seven oh oh")
    assert not repetitive("")


def test_a_doubtful_language_is_the_one_spoken_before() -> None:
    assert spoken([("es", 0.9), ("en", 0.1)], "en") == "es"
    assert spoken([("es", 0.5), ("en", 0.4)], "en") == "en"
    assert spoken([("es", 0.5), ("en", 0.4)], "") == "es"


def test_what_is_missing_is_said_and_costs_nothing_to_ask(make: Callable[..., FasterWhisperEngine]) -> None:
    nothing = make("")
    nothing.warm_up()
    assert nothing.readiness.state == "unavailable"
    assert "WHISPER_MODEL" in nothing.readiness.message
    with pytest.raises(SpeechError, match="WHISPER_MODEL"):
        Listener().open(nothing)


def test_without_the_library_it_says_how_to_get_it(
    make: Callable[..., FasterWhisperEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    engine = make("small")
    engine.warm_up()
    assert engine.readiness.state == "unavailable"
    assert "requirements-whisper.txt" in engine.readiness.message
    with pytest.raises(SpeechError, match="pip install"):
        Listener().open(engine)


def test_the_name_of_the_model_tells_the_languages() -> None:
    settings = EngineSettings(whisper_model="small.en")
    assert create(settings).capabilities.languages == ("en",)
    assert not create(settings).capabilities.detects_language
    assert create(EngineSettings(whisper_model="small")).capabilities.languages == LANGUAGES
    with pytest.raises(SpeechError, match="'es'"):
        Listener().open(create(settings), "es")


@needs_library
def test_a_model_of_one_language_serves_a_call_that_says_none(
    make: Callable[..., FasterWhisperEngine], tiny: Path, tmp_path: Path
) -> None:
    session = Listener().open(make(str(shutil.copytree(tiny, tmp_path / "tiny.en"))))
    session.close()


@needs_library
def test_the_languages_are_those_of_the_library() -> None:
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    assert set(_LANGUAGE_CODES) == set(LANGUAGES)


@needs_library
def test_real_decoding_is_the_same_every_time_and_knows_its_language(decoder: WhisperDecoder, noise: Pcm) -> None:
    assert decoder.multilingual
    first, again = (decoder.hear(noise) for _ in range(2))
    assert first == again
    assert first.text.split()
    assert all(word.startswith("word") for word in first.text.split())
    assert first.language in ("en", "es", "fr")
    assert first.mean_log <= 0.0
    assert 0.0 <= first.no_speech <= 1.0
    for language in ("en", "es", "fr"):
        assert decoder.hear(noise, language).language == language
    assert decoder.hear(noise, first.language) == first
    assert len({decoder.hear(noise, language).text for language in ("en", "es", "fr")}) > 1
    assert decoder.hear(noise, "en", "word1 word2").text != decoder.hear(noise, "en").text


@needs_library
@pytest.mark.parametrize("seconds", [0.1, 0.7, 25.0])
def test_no_length_of_sound_is_too_much_and_the_text_is_bounded(decoder: WhisperDecoder, seconds: float) -> None:
    pcm = np.random.default_rng(1).normal(0, 2000, round(seconds * 16_000)).astype(np.int16)
    assert len(decoder.hear(pcm, "en").text.split()) <= 16 + 10 * seconds


@needs_library
def test_a_model_for_english_only_hears_english(tmp_path: Path, noise: Pcm) -> None:
    import tiny_whisper

    decoder = WhisperDecoder(tiny_whisper.make(tmp_path / "tiny.en", sharpness=20.0, multilingual=False), threads=1)
    assert not decoder.multilingual
    assert decoder.hear(noise).language == "en"
    assert decoder.decode(noise, "auto", "", "", final=True).language == ""


@needs_library
def test_a_folder_needs_no_network_and_utterances_settle(
    tiny: Path, noise: Pcm, make: Callable[..., FasterWhisperEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("touched the network"))
    engine = make(str(tiny))
    engine.learn(Known(products=("word1 word2",)))
    listener = Listener()
    session = listener.open(engine)
    for utterance_id in ("one", "two", "silence"):
        session.begin(utterance_id, 0.0)
        for at in range(0, len(noise), 1600):
            session.push(noise[at : at + 1600] if utterance_id != "silence" else np.zeros(1600, np.int16))
        session.end()
    assert session.drain(PATIENCE_S)
    finals = [h for h in listener.heard if h.final]
    assert [h.utterance_id for h in finals] == ["one", "two", "silence"]
    assert finals[0].text == finals[1].text != ""
    assert finals[2].text == ""
    assert finals[0].language in ("en", "es", "fr")
    assert 0.0 < (finals[0].confidence or 0.0) <= 1.0
    assert engine.readiness.state == "ready"
    assert engine.capabilities.speaks("auto")
    assert listener.failures.empty()


@needs_library
@pytest.mark.parametrize(
    ("lost", "advice"), [("tokenizer.json", "missing"), ("model.bin", "missing"), (None, "loaded")]
)
def test_a_folder_that_holds_no_model_says_so(
    tiny: Path, tmp_path: Path, make: Callable[..., FasterWhisperEngine], lost: str | None, advice: str
) -> None:
    shutil.copytree(tiny, tmp_path / "broken")
    if lost:
        (tmp_path / "broken" / lost).unlink()
    else:
        (tmp_path / "broken" / "model.bin").write_bytes(b"no model")
    engine = make(str(tmp_path / "broken"))
    listener = Listener()
    session = listener.open(engine)
    session.begin("one", 0.0)
    session.push(np.full(16_000, 900, np.int16))
    session.end()
    failure = listener.failures.get(timeout=PATIENCE_S)
    assert advice in str(failure)
    assert "\n" not in str(failure)
    assert engine.readiness == Readiness(state="failed", message=str(failure), again=True)


@needs_library
def test_weights_are_fetched_in_the_background_with_progress_and_only_once(
    tiny: Path, tmp_path: Path, make: Callable[..., FasterWhisperEngine], noise: Pcm
) -> None:
    hold = threading.Event()
    with HubServer(REPO, tiny, hold=hold) as hub:
        engine = make(REPO, hub.url)
        assert engine.readiness.state == "preparing"
        engine.warm_up()
        engine.warm_up()
        with pytest.raises(SpeechError, match="being fetched"):
            Listener().open(engine)
        assert engine.readiness.state == "preparing"
        hold.set()
        assert Watch(engine).settled().state == "ready"
        assert fetched(folder_of(REPO, tmp_path / "cache"))
        names = [name for name, _ in hub.requests]
        assert sorted(names) == sorted(path.name for path in tiny.iterdir())
        again = make(REPO, hub.url)
        again.warm_up()
        assert Watch(again).settled().state == "ready"
        assert len(hub.requests) == len(names)
    offline = make(REPO, "http://127.0.0.1:9")
    listener = Listener()
    session = listener.open(offline)
    session.begin("one", 0.0)
    session.push(noise)
    session.end()
    assert session.drain(PATIENCE_S)
    assert listener.heard[-1].text


@needs_library
@pytest.mark.parametrize("ranges", [True, False])
def test_a_fetch_that_breaks_off_goes_on_where_it_stopped(
    tiny: Path, tmp_path: Path, make: Callable[..., FasterWhisperEngine], ranges: bool
) -> None:
    with HubServer(REPO, tiny, breaks=[0.2, 0.5], ranges=ranges) as hub:
        progress: list[float] = []
        engine = make(REPO, hub.url)
        engine._come = lambda share: progress.append(share)  # type: ignore[method-assign]
        engine.warm_up()
        assert Watch(engine).settled().state == "ready"
        asked = [where for name, where in hub.requests if name == "model.bin"]
        assert asked[0] == ""
        assert len(asked) == 3
        assert all(where.startswith("bytes=") for where in asked[1:])
        assert progress[-1] == 1.0
        assert progress == sorted(progress) or not ranges
        assert (folder_of(REPO, tmp_path / "cache") / "model.bin").read_bytes() == (tiny / "model.bin").read_bytes()


@needs_library
def test_a_fetch_that_failed_says_so_and_the_next_one_has_only_the_rest_to_fetch(
    tiny: Path, make: Callable[..., FasterWhisperEngine]
) -> None:
    with HubServer(REPO, tiny, breaks=[0.4], status=200) as hub:
        first = make(REPO, hub.url)
        hub.breaks = [0.4, 0.4, 0.4, 0.4, 0.4, 0.4]
        first.warm_up()
        failed = Watch(first).settled()
        assert failed.state == "failed"
        assert "check the network" in failed.message
        with pytest.raises(SpeechError, match="fetched"):
            Listener().open(first)
        Watch(first).settled()
        hub.breaks = []
        before = len(hub.requests)
        first.warm_up()
        assert Watch(first).settled().state == "ready"
        rest = [where for name, where in hub.requests[before:] if name == "model.bin"]
        assert all(where.startswith("bytes=") for where in rest)


@needs_library
def test_weights_that_arrive_damaged_are_never_loaded_and_can_be_fetched_again(
    tiny: Path, tmp_path: Path, make: Callable[..., FasterWhisperEngine]
) -> None:
    with HubServer(REPO, tiny, damaged=1) as hub:
        engine = make(REPO, hub.url)
        engine.warm_up()
        failed = Watch(engine).settled()
        assert failed.state == "failed"
        assert "damaged" in failed.message
        folder = folder_of(REPO, tmp_path / "cache")
        assert not fetched(folder)
        assert not (folder / "model.bin").exists()
        engine.warm_up()
        assert Watch(engine).settled().state == "ready"
    (folder / "model.bin").write_bytes(b"shorter")
    assert not fetched(folder)


@needs_library
@pytest.mark.parametrize(
    ("model", "status", "advice"),
    [
        ("somebody/else", 200, "no model somebody/else"),
        ("enormous", 200, "one of: tiny"),
        (REPO, 404, "404"),
        (REPO, 500, "500"),
    ],
)
def test_what_cannot_be_fetched_says_why(
    tiny: Path, make: Callable[..., FasterWhisperEngine], model: str, status: int, advice: str
) -> None:
    with HubServer(REPO, tiny, status=status) as hub:
        engine = make(model, hub.url)
        engine.warm_up()
        failed = Watch(engine).settled()
        assert failed.state == "failed"
        assert advice in failed.message


@needs_library
def test_without_a_network_it_says_how_to_do_without(make: Callable[..., FasterWhisperEngine]) -> None:
    engine = make("tiny", "http://127.0.0.1:9")
    engine.warm_up()
    failed = Watch(engine).settled()
    assert failed.state == "failed"
    assert "folder" in failed.message


@needs_library
def test_closing_stops_a_fetch(tiny: Path, make: Callable[..., FasterWhisperEngine]) -> None:
    hold = threading.Event()
    with HubServer(REPO, tiny, hold=hold) as hub:
        engine = make(REPO, hub.url)
        engine.warm_up()
        engine.close()
        hold.set()
        assert Watch(engine).settled().state == "failed"
        engine.warm_up()
        assert engine._preparing is None
        with pytest.raises(SpeechError):
            Listener().open(engine)
