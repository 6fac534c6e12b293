"""Which of the likeliest sentences is chosen."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from pocketsphinx import Decoder, NGramModel
from speech.steps import outcome

from core.speech.rescoring import Rescoring
from core.speech.sentence_network import EDGE, NAME, OTHER, Network
from core.speech.sentence_training import Size, train
from core.speech.word_lattice import LOG_BASE

LATTICE = """Nodes {count} (NODEID WORD STARTFRAME FIRST-ENDFRAME LAST-ENDFRAME)
{nodes}
Initial 0
Final {last}
Edges (FROM-NODEID TO-NODEID ASCORE)
{edges}
End
"""


class Sausage:
    """A lattice of words that all begin and end together: per place each that may be there, and how it sounds."""

    def __init__(self, places: list[Mapping[str, float]]) -> None:
        told = [{"<s>": 0.0}, *places, {"</s>": 0.0}]
        nodes = [(word, at, sound) for at, place in enumerate(told) for word, sound in place.items()]
        edges = [
            f"{one} {other} {round(sound / LOG_BASE)}"
            for one, (_, at, sound) in enumerate(nodes)
            for other, (_, next_at, _) in enumerate(nodes)
            if next_at == at + 1
        ]
        self._text = LATTICE.format(
            count=len(nodes),
            nodes="\n".join(f"{number} {word} {10 * at} 0 0 ; 0" for number, (word, at, _) in enumerate(nodes)),
            last=len(nodes) - 1,
            edges="\n".join(edges),
        )

    def write(self, path: str) -> None:
        Path(path).write_text(self._text, encoding="utf-8")


class Heard:
    """A decoder that has heard an utterance."""

    config: Mapping[str, float] = {"wip": 0.65, "silprob": 0.005, "fillprob": 1e-8}

    def __init__(self, lattice: Sausage | None) -> None:
        self._lattice = lattice

    def get_lattice(self) -> Sausage | None:
        return self._lattice


class Even:
    """A language model to which all words are as likely."""

    def prob(self, words: list[str]) -> int:
        return round(-3 / LOG_BASE)


def network() -> Network:
    """One that knows two sentences and nothing else."""
    sentences = [["where", "is", "my", "order"], ["i", "want", "my", "money"], ["i", "am", NAME, "here"]] * 400
    words = (EDGE, OTHER, NAME, *dict.fromkeys(word for each in sentences for word in each if word != NAME))
    return list(train([sentences] * 40, words, Size(8, 12, 0.0)))[-1].network


@pytest.fixture(scope="module")
def rescoring() -> Rescoring:
    return Rescoring(network(), {"anna": 2.0, "order": 0.001})


def chosen(rescoring: Rescoring, lattice: Sausage | None) -> str:
    steps = rescoring.best(cast(Decoder, Heard(lattice)), cast(NGramModel, Even()))
    return outcome(steps)


def test_the_whole_sentence_decides_where_the_sound_does_not(rescoring: Rescoring) -> None:
    last = {"order": -10.0, "money": -10.0}
    assert chosen(rescoring, Sausage([{"where": 0.0}, {"is": 0.0}, {"my": 0.0}, last])) == "where is my order"
    assert chosen(rescoring, Sausage([{"i": 0.0}, {"want": 0.0}, {"my": 0.0}, last])) == "i want my money"


def test_the_sound_decides_where_it_tells_enough(rescoring: Rescoring) -> None:
    last = {"order": -60.0, "money": -10.0}
    assert chosen(rescoring, Sausage([{"where": 0.0}, {"is": 0.0}, {"my": 0.0}, last])) == "where is my money"


def test_any_name_is_expected_where_names_are(rescoring: Rescoring) -> None:
    third = {"anna": -10.0, "money": -10.0, "banner": -10.0}
    assert chosen(rescoring, Sausage([{"i": 0.0}, {"am": 0.0}, third, {"here": 0.0}])) == "i am anna here"


def test_a_word_it_does_not_know_can_be_said(rescoring: Rescoring) -> None:
    assert chosen(rescoring, Sausage([{"where": 0.0}, {"is": 0.0}, {"zanzibar": 0.0}])) == "where is zanzibar"


def test_where_nothing_was_considered_nothing_is_chosen(rescoring: Rescoring) -> None:
    assert chosen(rescoring, None) == ""
    assert chosen(rescoring, Sausage([])) == ""


def test_what_it_knows_is_what_it_was_taught(rescoring: Rescoring) -> None:
    ids = rescoring._ids
    (logs,) = rescoring._network.logs([[ids["where"], ids["is"], ids["my"]]])
    assert int(np.argmax(logs[-1])) == ids["order"]
