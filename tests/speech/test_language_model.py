import math
from pathlib import Path

import numpy as np
import pocketsphinx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SpeechError
from core.speech.language_model import END, START, Model, count, favouring, mix, read, with_vocabulary, write

STOCK = Path(pocketsphinx.get_model_path()) / "en-us" / "en-us.lm.bin"
WORDS = ["order", "my", "is", "seven", "late"]
VOCABULARY = [START, END, *WORDS, "unsaid", "unheard"]
sentences = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6), min_size=1, max_size=12)


def next_words(model: Model, first: int, second: int) -> float:
    """The sum of the probabilities of all that may follow two words."""
    followers = [number for number, word in enumerate(model.words) if word != START]
    keys = np.array([(first << 42) | (second << 21) | third for third in followers], np.int64)
    return float(np.exp(model.trigram(keys)).sum())


@given(sentences)
def test_what_follows_adds_up_to_one(said: list[list[str]]) -> None:
    model = count(said, VOCABULARY)
    start, order, my = (model.words.index(word) for word in (START, "order", "my"))
    for first, second in ((start, order), (order, my), (my, my)):
        assert next_words(model, first, second) == pytest.approx(1, abs=1e-4)


@given(sentences, sentences, st.floats(0.05, 0.95))
def test_a_mixture_adds_up_to_one_too(said: list[list[str]], other: list[list[str]], weight: float) -> None:
    model = mix(count(said, VOCABULARY), count(other, VOCABULARY), weight)
    order, my = model.words.index("order"), model.words.index("my")
    assert next_words(model, order, my) == pytest.approx(1, abs=1e-3)


def test_a_mixture_lies_between_its_parts() -> None:
    one = count([["my", "order", "is", "late"]] * 3, VOCABULARY)
    other = count([["seven", "seven"]] * 3, VOCABULARY)
    sentence = ["my", "order", "is", "late"]
    mixed = mix(one, other, 0.5)
    assert other.sentence(sentence) < mixed.sentence(sentence) < one.sentence(sentence)


def test_a_favoured_word_is_likelier_where_it_was_said_and_nothing_else_is() -> None:
    model = count([["my", "order", "is", "late"], ["my", "order", "is", "seven"]], VOCABULARY)
    favoured = favouring(["seven"], model, 4)
    usual, late, unsaid = (["my", "order", "is", word] for word in ("seven", "late", "unsaid"))
    assert favoured.sentence(usual) == pytest.approx(model.sentence(usual) + math.log(4))
    assert favoured.sentence(late) == pytest.approx(model.sentence(late))
    assert favoured.sentence(unsaid) == pytest.approx(model.sentence(unsaid))


def test_models_over_other_words_are_not_mixed() -> None:
    with pytest.raises(ValueError, match="same words"):
        mix(count([["my"]], VOCABULARY), count([["my"]], VOCABULARY[:-1]), 0.5)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    model = count([["my", "order", "is", "late"], ["my", "seven"]], VOCABULARY)
    write(model, tmp_path / "small.lm.bin")
    again = read(tmp_path / "small.lm.bin")
    assert again.words == model.words
    assert (again.trigrams == model.trigrams).all()
    assert again.bigram_logs == pytest.approx(model.bigram_logs, abs=1e-5)
    assert again.sentence(["my", "order"]) == pytest.approx(model.sentence(["my", "order"]), abs=1e-4)


def test_pocketsphinx_reads_it_as_meant(tmp_path: Path) -> None:
    model = count([["my", "order", "is", "late"], ["my", "seven"]], VOCABULARY)
    write(model, tmp_path / "small.lm.bin")
    logmath = pocketsphinx.LogMath()
    theirs = pocketsphinx.NGramModel(pocketsphinx.Config(lm=None), logmath, str(tmp_path / "small.lm.bin"))
    ids = [model.words.index(word) for word in ("my", "order", "is")]
    ours = model.trigram(np.array([ids[0] << 42 | ids[1] << 21 | ids[2]], np.int64))[0]
    assert theirs.prob(["is", "order", "my"]) * math.log(1.0001) == pytest.approx(ours, abs=0.01)


def test_a_new_word_is_rare_and_the_others_stay() -> None:
    model = count([["my", "order"]], VOCABULARY)
    wider = with_vocabulary(model, ["order", "router"], -16.0)
    assert wider.words == [*VOCABULARY, "router"]
    assert wider.sentence(["my", "order"]) == model.sentence(["my", "order"])
    assert wider.unigrams[-1] == -16.0


def test_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.lm").write_text("\\data\\")
    with pytest.raises(SpeechError, match="binary trigram model"):
        read(tmp_path / "text.lm")


@pytest.mark.slow
def test_the_stock_model_is_read_whole() -> None:
    model = read(STOCK)
    assert (len(model.words), len(model.bigrams), len(model.trigrams)) == (72_547, 2_051_541, 1_669_625)
    assert model.sentence(["i", "would", "like", "to", "return", "my", "order"]) > -40
