from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.calls.events import Party
from core.errors import RulesError
from core.speech.base import Hypothesis, SpeechToText
from core.speech.scripted import ScriptedEngine, TimedText, load_timeline

TIMELINE = [
    TimedText(party="customer", text="my name is sarah", start_s=1.0, end_s=3.0),
    TimedText(party="agent", text="hello", start_s=3.5, end_s=4.0),
    TimedText(party="customer", text="where is it", start_s=5.0, end_s=6.0),
]


def sound(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * 16_000), np.int16)


def say(party: Party, spans: list[tuple[float, float]], step_s: float = 0.1) -> list[Hypothesis]:
    engine: SpeechToText = ScriptedEngine(TIMELINE)
    heard: list[Hypothesis] = []
    session = engine.open(party, heard.append, lambda error: pytest.fail(str(error)))
    for index, (start_s, end_s) in enumerate(spans):
        session.begin(f"u{index}", start_s)
        pcm = sound(end_s - start_s)
        for at in range(0, len(pcm), round(step_s * 16_000)):
            session.push(pcm[at : at + round(step_s * 16_000)])
        session.end()
    assert session.drain(0)
    session.close()
    session.close()
    return heard


def finals(heard: list[Hypothesis]) -> list[str]:
    return [hypothesis.text for hypothesis in heard if hypothesis.final]


def test_words_come_one_by_one_and_then_the_final() -> None:
    heard = say("customer", [(0.7, 3.5)])
    partials = [hypothesis.text for hypothesis in heard if not hypothesis.final]
    assert partials == ["my", "my name", "my name is", "my name is sarah"]
    assert finals(heard) == ["my name is sarah"]
    assert {hypothesis.utterance_id for hypothesis in heard} == {"u0"}


def test_each_party_hears_its_own_lines() -> None:
    assert finals(say("agent", [(0.7, 3.2), (3.3, 4.4)])) == ["", "hello"]


def test_an_utterance_that_was_missed_is_not_said_later() -> None:
    assert finals(say("customer", [(4.8, 6.4)])) == ["where is it"]


def test_an_empty_utterance_gets_its_final_too() -> None:
    assert finals(say("customer", [(8.0, 9.0)])) == [""]


@example(0.1, [6.0])
@given(st.floats(0.02, 1.0), st.lists(st.floats(0.1, 7.9), max_size=4, unique=True))
def test_every_word_is_said_once_wherever_the_utterances_are_cut(step_s: float, cuts: list[float]) -> None:
    edges = [0.0, *sorted(cuts), 8.0]
    said = " ".join(finals(say("customer", list(pairwise(edges)), step_s)))
    assert said.split() == ["my", "name", "is", "sarah", "where", "is", "it"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("- {party: nobody, text: hi, start_s: 0, end_s: 1}", "party"),
        ("- {party: agent, start_s: 0, end_s: 1}", "text"),
        ("- {party: agent, text: hi, start_s: 2, end_s: 1}", "before it starts"),
        ("text: [", "not YAML"),
        ("just words", "list"),
    ],
)
def test_a_wrong_timeline_is_one_clear_line(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "a.timeline.yaml"
    path.write_text(content)
    with pytest.raises(RulesError, match=says) as caught:
        load_timeline(path)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)


def test_a_missing_timeline_says_so(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="cannot be read"):
        load_timeline(tmp_path / "none.yaml")
