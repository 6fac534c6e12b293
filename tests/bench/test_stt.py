from shutil import which

import numpy as np
import pytest

from core.bench import stt
from core.bench.conditions import Options
from core.bench.sentences_heard import SENTENCES
from core.bench.stock import StockEngine
from core.bench.stt import Spoken, hear, synthetic
from core.config import Settings
from core.speech.evaluation import entity_recall, normalise
from core.speech.scripted import ScriptedEngine, TimedText


def test_what_is_heard_is_kept_by_set() -> None:
    engine = ScriptedEngine([TimedText(text="order seven", start_s=0.0, end_s=1.0)])
    sound = np.zeros(32_000, np.int16)
    spoken = [Spoken("clear", sound, "Order 7", ("7",)), Spoken("slower", sound, "order eight", ("eight",))]
    results = hear(engine, spoken)
    assert results["clear"].pairs == [("Order 7", "order seven")]
    assert results["slower"].entities == [("eight", "order seven")]
    assert results["clear"].sound_s == 2.0
    assert len(results["clear"].finals_ms) == 1


def test_the_stock_engine_answers_once_per_utterance() -> None:
    heard = hear(StockEngine(), [Spoken("silence", np.zeros(8_000, np.int16), "")])
    assert [text for _, text in heard["silence"].pairs] == [""]


def test_entities_are_words_of_their_sentence() -> None:
    for text, *entities in SENTENCES:
        for entity in entities:
            assert f" {normalise(entity)} " in f" {normalise(text)} "


def test_an_entity_counts_when_it_was_heard_whole() -> None:
    assert entity_recall([("78901", "my order is seven eight nine zero one"), ("John Doe", "john though")]) == 0.5
    assert np.isnan(entity_recall([]))


@pytest.mark.skipif(not which("flite"), reason="flite is not installed")
def test_every_sentence_is_spoken_in_every_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stt, "SENTENCES", SENTENCES[:1])
    spoken = list(synthetic())
    assert [one.of_set for one in spoken] == ["clear", "telephone band", "slower", "faster"]
    lengths = {one.of_set: len(one.pcm) for one in spoken}
    assert lengths["faster"] < lengths["clear"] == lengths["telephone band"] < lengths["slower"]


def test_without_flite_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stt, "which", lambda name: None)
    monkeypatch.setattr(stt, "_domain", StockEngine)
    rows = stt.measure(Options(settings=Settings()))
    assert any("flite is not installed" in row.not_measured for row in rows)
    assert any("--eval" in row.not_measured for row in rows)
