import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.bench.sentences_heard import NAMES_AND_NUMBERS, SENTENCES
from core.errors import RulesError
from core.speech.base import Known
from core.speech.domain import (
    CALLS,
    OFTEN,
    WIDER,
    Speaker,
    parse,
    sentences,
    short_answers,
    with_articles,
)
from core.speech.evaluation import normalise
from core.speech.models import SENTENCES as SAID
from core.speech.models import SPEECH_FOLDER
from core.speech.slots import FIRST, LAST, classes, in_classes, spoken

KNOWN = Known(names=("Zsófia Ňovák", "Okafor Bright"), products=("Mesh Wi-Fi Router",))


def said(pattern: str, seed: int = 1) -> str:
    return " ".join(Speaker({"name": lambda chance: "john doe"}, random.Random(seed)).say(parse(pattern)))


def test_a_pattern_says_one_of_its_alternatives() -> None:
    assert {said("(hello|hi) [there] i am {name}", seed) for seed in range(50)} == {
        "hello i am john doe",
        "hello there i am john doe",
        "hi i am john doe",
        "hi there i am john doe",
    }


@pytest.mark.parametrize("pattern", ["(a|b", "a]", "[a (b]", "a)"])
def test_a_missing_bracket_is_reported(pattern: str) -> None:
    with pytest.raises(RulesError, match="brackets"):
        parse(pattern)


def test_names_and_numbers_are_written_as_they_are_said() -> None:
    assert spoken("Mesh Wi-Fi Router 12") == "mesh wi fi router twelve"
    assert spoken("O'Neil") == "o'neil"
    assert spoken("Zoë Núñez") == "zoe nunez"


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("a order", "an order"),
        ("an package", "a package"),
        ("a hour", "an hour"),
        ("an one", "a one"),
        ("an unit", "a unit"),
        ("a upgrade", "an upgrade"),
        ("an used phone", "a used phone"),
        ("that is a", "that is a"),
    ],
)
def test_articles_fit_the_next_word(words: str, right: str) -> None:
    assert with_articles(words.split()) == right.split()


def test_the_same_seed_says_the_same() -> None:
    assert sentences(SPEECH_FOLDER, KNOWN, 200) == sentences(SPEECH_FOLDER, KNOWN, 200)


def test_customers_and_products_are_talked_about() -> None:
    words = {word for sentence in sentences(SPEECH_FOLDER, KNOWN, 5_000) for word in sentence}
    assert {"okafor", "bright", "mesh", "router"} <= words


@pytest.mark.parametrize("of", [CALLS, WIDER])
def test_nothing_but_words_is_said(of: str) -> None:
    made = {word for sentence in sentences(SPEECH_FOLDER, KNOWN, 20_000, of) for word in sentence}
    stand_ins = classes(SPEECH_FOLDER, KNOWN)
    words = (made - stand_ins.keys()).union(*stand_ins.values())
    assert made & stand_ins.keys() == stand_ins.keys()
    assert not [word for word in words if not word.replace("'", "").isalpha() or word != word.lower()]


def test_a_sentence_counts_once_unless_it_is_said_often(tmp_path: Path) -> None:
    (tmp_path / "sentences").mkdir()
    (tmp_path / "sentences" / "shop.txt").write_text("where is (my|the) order\n")
    (tmp_path / "sentences" / OFTEN[0]).write_text("(yes|no)\n")
    (tmp_path / "slots.txt").write_text("item = phone\n")
    made = Counter(" ".join(sentence) for sentence in sentences(tmp_path, KNOWN, 1_000))
    assert made["where is my order"] == made["where is the order"] == 1
    assert made["yes"] + made["no"] == 50


def test_the_sentences_of_the_benchmark_are_not_among_them() -> None:
    made = {" ".join(words) for of, count in SAID.items() for words in sentences(SPEECH_FOLDER, Known(), count, of)}
    names = classes(SPEECH_FOLDER, Known())

    def counted(text: str) -> str:
        words = in_classes(normalise(text)).split()
        for place, word in enumerate(words[1:], start=1):
            if words[place - 1] in names[FIRST] and word in names[LAST]:
                words[place - 1 : place + 1] = FIRST, LAST
        return " ".join(words)

    assert counted("Hello, this is Sarah Johnson.") == "hello this is {first} {last}"
    assert not [
        text for text, *_ in (*SENTENCES, *NAMES_AND_NUMBERS) if len(text.split()) > 4 and counted(text) in made
    ]


def test_a_wrong_file_of_names_is_reported(tmp_path: Path) -> None:
    (tmp_path / "first_names.txt").write_text("# of nobody\nmary often\n")
    with pytest.raises(RulesError, match=r"first_names.txt: has to be lines .* 'often'"):
        classes(tmp_path, KNOWN)


def test_an_unknown_slot_is_reported(tmp_path: Path) -> None:
    (tmp_path / "sentences").mkdir()
    (tmp_path / "sentences" / "shop.txt").write_text("hello {nobody}\n")
    (tmp_path / "slots.txt").write_text("item = phone\n")
    with pytest.raises(RulesError, match="nobody"):
        sentences(tmp_path, KNOWN, 1)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="there are no sentences"):
        sentences(tmp_path, KNOWN, 1)


@given(st.lists(st.sampled_from(["a", "(", ")", "[", "]", "|", " "]), max_size=20).map("".join))
def test_a_pattern_is_either_read_or_refused(pattern: str) -> None:
    try:
        parts = parse(pattern)
    except RulesError:
        return
    assert set(" ".join(Speaker({}).say(parts))) <= set("a ")


def test_plans_and_what_policies_say_are_expected() -> None:
    known = Known(
        plans=("Zebra Max",), policies=("Ninety-day returns",), sayings=("You can return it within 90 days.",)
    )
    heard = {" ".join(sentence) for sentence in sentences(SPEECH_FOLDER, known, 20_000)}
    assert "you can return it within ninety days" in heard
    assert "ninety day returns" in heard
    assert any("zebra max" in sentence for sentence in heard)
    assert any("premium" in sentence for sentence in heard)


def test_short_answers_are_short_and_come_as_often_as_they_are_given() -> None:
    answers = Counter(" ".join(words) for words in short_answers(SPEECH_FOLDER, 3_000))
    assert sum(answers.values()) == 3_000
    assert max(len(answer.split()) for answer in answers) <= 5
    assert answers["yes"] > answers["sure"] > 0
    assert {"seven", "no thank you"} <= answers.keys()


def test_names_of_customers_come_as_often_as_all_others_together() -> None:
    found = classes(SPEECH_FOLDER, KNOWN)
    assert {"zsofia", "okafor", "mary"} <= found[FIRST].keys()
    lasts = found[LAST]
    assert lasts["novak"] + lasts["bright"] == pytest.approx(sum(lasts.values()) / 2, rel=0.01)


def test_words_of_numbers_stand_for_their_kind() -> None:
    assert in_classes("two hundred twelve dollars and fifty oh nine") == (
        "{ones} hundred {teens} dollars and {tens} oh {ones}"
    )
    assert in_classes("the twenty second of june") == "the {tens} {first_to_ninth} of {month}"
