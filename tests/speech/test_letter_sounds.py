from pathlib import Path

import pocketsphinx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from core.speech.letter_sounds import guesses
from core.speech.models import SPEECH_FOLDER
from core.speech.pronunciation import Dictionary
from core.speech.slots import lines

STOCK = Path(pocketsphinx.get_model_path()) / "en-us" / "cmudict-en-us.dict"


@pytest.fixture(scope="module")
def stock() -> dict[str, str]:
    return Dictionary.read(STOCK).entries


@pytest.fixture(scope="module")
def names(stock: dict[str, str]) -> list[str]:
    """Every fifth of those it has."""
    named = [line.split()[0] for file in ("first", "last") for _, line in lines(SPEECH_FOLDER / f"{file}_names.txt")]
    return [name for name in named[::5] if name in stock]


@pytest.fixture(scope="module")
def guessed(stock: dict[str, str], names: list[str]) -> dict[str, list[str]]:
    """By everything but themselves."""
    left_out = {*names, *ALONE, *AMONG_OTHERS}
    return guesses(left_out, {word: phones for word, phones in stock.items() if word not in left_out})


@pytest.mark.slow
def test_names_that_were_never_seen_sound_mostly_right(
    stock: dict[str, str], names: list[str], guessed: dict[str, list[str]]
) -> None:
    wrong = {name: Levenshtein.distance(guessed[name][0].split(), stock[name].split()) for name in names}
    assert len(names) > 1_000
    assert sum(count == 0 for count in wrong.values()) > 0.55 * len(names)
    assert sum(wrong.values()) < 0.13 * sum(len(stock[name].split()) for name in names)


ALONE = {
    "okafor": "OW K AE F AO R",
    "brittney": "B R IH T N IY",
    "mix": "M IH K S",
    "sane": "S EY N",
    "jake": "JH EY K",
}


@pytest.mark.slow
@pytest.mark.parametrize(("word", "phones"), ALONE.items())
def test_the_likeliest_comes_first(guessed: dict[str, list[str]], word: str, phones: str) -> None:
    said = guessed[word]
    assert said[0] == phones
    assert 4 < len(said) == len(set(said)) <= 16


AMONG_OTHERS = {"kaitlin": "K EY T L IH N", "mice": "M AY S", "tamika": "T AH M IY K AH"}


@pytest.mark.slow
@pytest.mark.parametrize(("word", "phones"), AMONG_OTHERS.items())
def test_what_is_less_likely_is_among_the_next(guessed: dict[str, list[str]], word: str, phones: str) -> None:
    assert phones in guessed[word][1:16]


FEW = {
    "cat": "K AE T",
    "cats": "K AE T S",
    "cane": "K EY N",
    "mane": "M EY N",
    "man": "M AE N",
    "tan": "T AE N",
    "six": "S IH K S",
    "miss": "M IH S",
    "ice": "AY S",
}


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", max_size=12))
def test_what_is_guessed_are_phones_of_its_letters(word: str) -> None:
    said = guesses([word], FEW)[word]
    assert len(set(said)) == len(said) <= 16
    assert {phone for phones in said for phone in phones.split()} <= {
        phone for all_ in FEW.values() for phone in all_.split()
    }
    assert all(0 < len(phones.split()) <= 2 * len(word) for phones in said)


def test_letters_it_knows_nothing_of_are_not_guessed() -> None:
    assert guesses(["zoo"], FEW) == {"zoo": []}


def test_what_has_other_signs_teaches_nothing() -> None:
    assert guesses(["cat"], {"cat(2)": "K AA T", "cat's": "K AA T S"}) == {"cat": []}
