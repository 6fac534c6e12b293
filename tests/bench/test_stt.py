"""Engines measured side by side on a few seconds of speech."""

import math
from pathlib import Path
from shutil import which

import numpy as np
import pytest

from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.bench import spoken_sets, stt
from core.bench.conditions import Options
from core.bench.hearing import hear
from core.bench.measurement import Measurement
from core.bench.sentences_heard import NAMES_AND_NUMBERS, SENTENCES
from core.bench.spoken_sets import AT_8_KHZ, CLEAR, IN_CALLS, Spoken, framed, in_calls, recorded, synthetic
from core.bench.stock import StockEngine
from core.bench.stt import compare, why_not
from core.clock import ManualClock
from core.config import Settings
from core.errors import SpeechError
from core.scenarios import list_scenarios
from core.speech.base import OnFailure, OnHypothesis, Readiness
from core.speech.evaluation import normalise
from core.speech.scripted import ScriptedEngine, ScriptedSession, TimedText


@pytest.fixture(scope="module")
def turn() -> tuple[Pcm, str]:
    """What is said first in a demo call, and its words."""
    scenario = list_scenarios(Settings().scenarios_path)[0]
    first = scenario.timeline()[0]
    with Recording.open(scenario.audio_path) as recording:
        pcm = np.concatenate([block[first.party or "customer"] for block in recording])
    start, end = (round(at_s * SPEECH_RATE_HZ) for at_s in (first.start_s, first.end_s))
    return pcm[start:end], first.text


def measured(turn: tuple[Pcm, str], *scripts: list[TimedText]) -> dict[tuple[str, str], Measurement]:
    pcm, text = turn
    utterances = [
        Spoken(CLEAR, framed(pcm), text, (text.split()[0],)),
        Spoken(AT_8_KHZ, framed(pcm), text, folder="calls"),
        Spoken(AT_8_KHZ, framed(pcm), text, folder="digits"),
    ]
    scripted = [("scripted", lambda script=script: ScriptedEngine(script)) for script in scripts]
    rows = compare([("stock", StockEngine), *scripted], utterances, Options(settings=Settings()), ManualClock())
    return {(row.what, row.engine): row for row in rows}


@pytest.fixture
def _no_flite(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bad conditions have tests of their own, and take long."""
    monkeypatch.setattr(stt, "which", lambda name: None)


@pytest.mark.slow
@pytest.mark.usefixtures("_no_flite")
def test_engines_are_measured_on_the_same_speech(turn: tuple[Pcm, str]) -> None:
    pcm, text = turn
    said_s = len(pcm) / SPEECH_RATE_HZ
    rows = measured(turn, [TimedText(text=text, start_s=0.3, end_s=0.3 + said_s)])

    def value(what: str, engine: str) -> float:
        return rows[what, engine].statistic("mean")

    assert {what for what, engine in rows if engine == "stock"} == {what for what, engine in rows if engine != "stock"}
    assert value("clear: word error rate", "scripted") == 0
    assert value("clear: names and numbers heard", "scripted") == 100
    assert 0 < value("clear: word error rate", "stock") < 90
    assert value(f"{AT_8_KHZ}, calls (1): word error rate", "scripted") == 0
    assert value(f"{AT_8_KHZ}: errors as a share of stock's", "stock") == 100
    assert value(f"{AT_8_KHZ}: errors as a share of stock's", "scripted") == 0
    assert value("clear: CPU", "stock") > 0
    assert value("in real time: words never shown", "scripted") == 0
    # The script says words when their letters have passed, and a piece of sound is 100 ms: speech is not so regular.
    assert -400 < value("in real time: word spoken → shown", "scripted") < 600
    assert rows["in real time: gap between partials", "scripted"].statistic("p50") > 99
    # No time passes on this clock while an engine decodes.
    assert value("in real time: final asked for → there", "stock") == pytest.approx(0)


class Silent(ScriptedEngine):
    """Breaks off instead of giving a final."""

    def open(
        self, party: str, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ""
    ) -> ScriptedSession:
        on_failure(SpeechError("the key was refused"))
        session = ScriptedSession([], on_hypothesis)
        session.drain = lambda timeout_s: False  # type: ignore[method-assign]
        return session


@pytest.mark.usefixtures("_no_flite")
def test_an_engine_that_fails_says_why_and_the_others_are_measured() -> None:
    spoken = [Spoken(CLEAR, np.zeros(8_000, np.int16), "order seven")]
    engines = [("silent", lambda: Silent([])), ("scripted", lambda: ScriptedEngine([]))]
    rows = compare(engines, spoken, Options(settings=Settings()), ManualClock())
    assert [(row.what, row.not_measured) for row in rows if row.what == "silent"] == [("silent", "the key was refused")]
    assert [row.values for row in rows if row.what == "clear: word error rate"] == [(100.0,)]


class Preparing(ScriptedEngine):
    """Becomes ready some time after it was warmed up, or never."""

    def __init__(self, clock: ManualClock, takes_s: float) -> None:
        super().__init__([])
        self._clock = clock
        self._takes_s = takes_s
        self._ready_s = math.inf

    @property
    def readiness(self) -> Readiness:
        ready = self._clock.monotonic_s() >= self._ready_s
        return Readiness(state="ready" if ready else "preparing", message="" if ready else "being loaded")

    def warm_up(self) -> None:
        self._ready_s = self._clock.monotonic_s() + self._takes_s


def test_engines_are_waited_for_but_not_for_ever() -> None:
    clock = ManualClock()
    assert why_not(Preparing(clock, 20.0), clock) == ""
    assert why_not(Preparing(clock, 2000.0), clock) == "being loaded"
    assert clock.monotonic_s() < 200


def test_engines_that_cannot_be_used_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    spoken = [Spoken(CLEAR, np.zeros(8_000, np.int16), "order seven")]
    monkeypatch.setattr(stt, "_utterances", lambda options: (spoken, []))
    monkeypatch.setattr(stt, "_embedded", lambda options: ScriptedEngine([]))
    monkeypatch.setattr(stt, "which", lambda name: None)
    monkeypatch.setattr(stt, "SystemClock", ManualClock)
    rows = stt.measure(Options(settings=Settings()))
    missing = {row.what: row.not_measured for row in rows if row.not_measured and not row.engine}
    assert missing.keys() == {"faster_whisper", "openai", "deepgram"}
    assert "WHISPER_MODEL" in missing["faster_whisper"]


def test_what_is_heard_is_kept_by_set() -> None:
    engine = ScriptedEngine([TimedText(text="order seven", start_s=0.0, end_s=1.0)])
    sound = np.zeros(32_000, np.int16)
    results = hear(
        engine, [Spoken("clear", sound, "Order 7", ("7",)), Spoken("slower", sound, "order eight", ("eight",))]
    )
    assert results["clear"].pairs() == [("Order 7", "order seven")]
    assert results["slower"].entities() == [("eight", "order seven")]
    assert results["clear"].sound_s == 2.0


class Counting(ScriptedEngine):
    """By its sessions, and those that are closed."""

    def __init__(self) -> None:
        super().__init__([])
        self.opened = self.closed = 0

    def open(
        self, party: str, on_hypothesis: OnHypothesis, on_failure: OnFailure, language: str = ""
    ) -> ScriptedSession:
        self.opened += 1
        session = super().open(party, on_hypothesis, on_failure, language)
        close = session.close

        def counted() -> None:
            self.closed += 1
            close()

        session.close = counted  # type: ignore[method-assign]
        return session


def test_those_in_calls_are_heard_in_one_session_per_voice() -> None:
    clear = [Spoken(CLEAR, np.zeros(8_000, np.int16), str(number)) for number in range(9)]
    said = in_calls([*clear, Spoken("slower", clear[0].pcm, "0")])
    assert sorted(one.reference for one in said) == [one.reference for one in clear]
    assert {one.of_set for one in said} == {IN_CALLS}
    assert [one.reference for one in said] != [one.reference for one in clear]
    assert {one.party for one in said if int(one.reference) % 3 == 0} == {"slt"}
    engine = Counting()
    results = hear(engine, [*clear, *said])
    assert engine.opened == engine.closed == 9 + 3
    assert {of_set: len(result.heard) for of_set, result in results.items()} == {CLEAR: 9, IN_CALLS: 9}


def test_the_stock_engine_answers_once_per_utterance() -> None:
    heard = hear(StockEngine(), [Spoken("silence", np.zeros(8_000, np.int16), "")])
    assert [text for _, text in heard["silence"].pairs()] == [""]


def test_entities_are_words_of_their_sentence() -> None:
    for text, *entities in SENTENCES:
        for entity in entities:
            assert f" {normalise(entity)} " in f" {normalise(text)} "


@pytest.mark.skipif(not which("flite"), reason="flite is not installed")
def test_every_second_sentence_is_spoken_in_every_way() -> None:
    spoken = list(synthetic(SENTENCES[:2], NAMES_AND_NUMBERS[:1]))
    assert [one.of_set for one in spoken] == ["clear", "telephone band", "slower", "faster", "clear", "clear"]
    lengths = {one.of_set: len(one.pcm) for one in spoken[:4]}
    assert lengths["faster"] < lengths["clear"] == lengths["telephone band"] < lengths["slower"]


@pytest.mark.skipif(not which("espeak-ng"), reason="espeak-ng is not installed")
def test_another_synthesiser_speaks_too() -> None:
    spoken = list(spoken_sets.by_other_synthesiser(SENTENCES[:4]))
    assert [one.reference for one in spoken] == [SENTENCES[1][0], SENTENCES[3][0]]
    assert all(len(one.pcm) > SPEECH_RATE_HZ for one in spoken)


def test_only_what_people_wrote_down_is_a_reference(tmp_path: Path) -> None:
    row = '{{"file": "digits/one.raw", "sample_rate": {}, "reference": "{}", "reference_kind": "{}"}}'
    rows = [row.format(16000, "one", "human"), row.format(8000, "one", "label"), row.format(8000, "one", "vendor_stt")]
    (tmp_path / "references.jsonl").write_text("\n".join([*rows, row.format(8000, "", "human")]))
    (tmp_path / "digits").mkdir()
    (tmp_path / "digits" / "one.raw").write_bytes(bytes(3200))
    spoken = list(recorded(tmp_path))
    assert [(one.of_set, one.folder) for one in spoken] == [("recorded", "digits"), (AT_8_KHZ, "digits")]


def test_without_speech_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stt, "which", lambda name: None)
    rows = stt.measure(Options(settings=Settings()))
    assert any("flite is not installed" in row.not_measured for row in rows)
    assert any("espeak-ng is not installed" in row.not_measured for row in rows)
    assert any("--eval" in row.not_measured for row in rows)
