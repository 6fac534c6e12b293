"""Classes in counted sentences become the words they stand for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from speech.test_language_model import next_words

from core.speech.language_model import END, ID_BITS, START, Model, count
from core.speech.word_classes import expanded

WORDS = ["my", "name", "is", "will", "sarah", "ann", "late"]
NAME, DIGIT = "{name}", "{digit}"
NAMES = {"sarah": 3.0, "will": 1.0}
MANY = {f"name{number}": 1.0 for number in range(300)}
CLASSES = {NAME: NAMES, DIGIT: {"one": 1.0, "two": 1.0}}
VOCABULARY = [START, END, *WORDS, "unsaid", "one", "two", NAME, DIGIT]
sentences = st.lists(st.lists(st.sampled_from([*WORDS, NAME, DIGIT]), min_size=1, max_size=6), min_size=1, max_size=12)


def likely(model: Model, *words: str) -> float:
    """The probability of the last of two or three words after those before."""
    key = 0
    for word in words:
        key = key << ID_BITS | model.words.index(word)
    keys = np.array([key], np.int64)
    return float(np.exp(model.trigram(keys) if len(words) == 3 else model.bigram(keys))[0])


@given(sentences)
def test_what_follows_adds_up_to_one(said: list[list[str]]) -> None:
    model = expanded(count(said, VOCABULARY), CLASSES)
    start, name, sarah, will, one = (model.words.index(word) for word in (START, "name", "sarah", "will", "one"))
    for first, second in ((start, sarah), (name, will), (sarah, sarah), (one, one), (will, name)):
        assert next_words(model, first, second) == pytest.approx(1, abs=1e-3)


@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6), min_size=1, max_size=12))
def test_what_no_class_has_to_do_with_stays(said: list[list[str]]) -> None:
    plain = count(said, [START, END, *WORDS, "unsaid", "one", "two"])
    model = expanded(count(said, VOCABULARY), {NAME: {"one": 1.0}, DIGIT: {"two": 1.0}})
    for sentence in said:
        assert model.sentence(sentence) == pytest.approx(plain.sentence(sentence), abs=0.01 * len(sentence))


def test_a_member_comes_where_its_class_does_by_its_share() -> None:
    counted = count([["my", "name", "is", NAME], ["name", "is", "late"]], VOCABULARY)
    model = expanded(counted, CLASSES)
    after = likely(counted, "name", "is", NAME)
    assert likely(model, "name", "is", "sarah") == pytest.approx(after * 0.75, rel=0.1)
    assert likely(model, "name", "is", "will") > likely(model, "name", "is", "ann")
    assert NAME not in model.words


def test_what_follows_a_class_follows_its_members() -> None:
    counted = count([["is", NAME, "late"]] * 3 + [["my", "name"]], VOCABULARY)
    model = expanded(counted, CLASSES)
    assert likely(model, "is", "sarah", "late") == pytest.approx(likely(counted, "is", NAME, "late"), rel=0.1)


def test_a_word_that_is_a_member_too_keeps_what_it_is_otherwise_used_for() -> None:
    counted = count([["will", "late"]] * 9 + [["is", NAME, "ann"]], VOCABULARY)
    model = expanded(counted, CLASSES)
    assert likely(model, "will", "late") > 0.5 > likely(model, "will", "ann") > 0
    assert likely(model, "sarah", "ann") > 2 * likely(model, "will", "ann")


def test_of_a_large_class_bigrams_tell_what_follows() -> None:
    counted = count([["is", NAME, "late"]] * 3 + [["ann", NAME]], [*VOCABULARY[:-2], *MANY, NAME])
    model = expanded(counted, {NAME: MANY})
    name, late, ann = (model.words.index(word) for word in ("name7", "late", "ann"))
    assert ann << ID_BITS | name in model.bigrams
    assert name << ID_BITS | late in model.bigrams
    assert not np.isin(model.trigrams >> ID_BITS & ((1 << ID_BITS) - 1), name).any()
    assert likely(model, "is", "name7", "late") == pytest.approx(likely(model, "name7", "late"))


def test_of_too_many_pairs_the_rarest_are_left_to_single_words() -> None:
    shares = {name: 1.0 + (name == "name7") for name in MANY}
    counted = count([["is", NAME, NAME, "late"]], [START, END, *WORDS, *MANY, NAME])
    whole, short = (expanded(counted, {NAME: shares}, most_pairs=most) for most in (100_000, 1_500))
    assert len(whole.bigrams) > 300 * 300 > 2_000 > len(short.bigrams)
    assert likely(short, "name8", "name7") == pytest.approx(likely(whole, "name8", "name7"))
    name7, name8 = (short.words.index(name) for name in ("name7", "name8"))
    assert next_words(short, name8, name7) == pytest.approx(1, abs=1e-3)


def test_what_a_rare_member_makes_is_left_out_before_it_is_made() -> None:
    shares = {name: 1e-12 if name == "name7" else 1.0 for name in MANY}
    counted = count([["is", NAME, "late"]], [START, END, *WORDS, *MANY, NAME])
    model = expanded(counted, {NAME: shares})
    rare, usual, late, after = (model.words.index(word) for word in ("name7", "name8", "late", "is"))
    assert after << ID_BITS | usual in model.bigrams
    assert after << ID_BITS | rare not in model.bigrams
    assert 0 < likely(model, "is", "name7") < likely(model, "is", "name8")
    assert next_words(model, after, rare) == pytest.approx(1, abs=1e-3)
    assert next_words(model, usual, late) == pytest.approx(1, abs=1e-3)


def test_a_member_nobody_knows_is_refused() -> None:
    with pytest.raises(KeyError, match="nobody"):
        expanded(count([["my", NAME]], VOCABULARY), {NAME: {"nobody": 1.0}, DIGIT: {"one": 1.0}})
