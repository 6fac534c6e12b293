from itertools import islice, product
from pathlib import Path

import pocketsphinx
import pytest

from core.speech.models import SPEECH_FOLDER
from core.speech.pronunciation import Dictionary

STOCK = Path(pocketsphinx.get_model_path()) / "en-us" / "cmudict-en-us.dict"
PHONES = {phone for phones in Dictionary.read(STOCK).entries.values() for phone in phones.split()}


def test_a_compound_sounds_like_its_parts() -> None:
    words = Dictionary({"ear": "IH R", "buds": "B AH D Z", "arbuds": "X"})
    words.learn(["earbuds"])
    assert words.entries["earbuds"] == "IH R B AH D Z"


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("router's", "R AW T ER Z"),
        ("desk's", "D EH S K S"),
        ("price's", "P R AY S IH Z"),
        ("everybody'll", "EH V R IY B AA D IY AH L"),
        ("vpn", "V IY P IY EH N"),
        ("unprice", "AH N P R AY S"),
        ("rerouter's", "R IY R AW T ER Z"),
    ],
)
def test_endings_prefixes_and_initials_are_said_as_they_are(word: str, phones: str) -> None:
    words = Dictionary(
        {
            "router": "R AW T ER",
            "desk": "D EH S K",
            "price": "P R AY S",
            "everybody": "EH V R IY B AA D IY",
            "v": "V IY",
            "p": "P IY",
            "n": "EH N",
        }
    )
    words.learn([word])
    assert words.entries[word] == phones


def test_a_name_is_no_compound_and_ones_own_is_known_in_more_ways() -> None:
    few = {"tam": "T AE M", "ika": "IH K AH", "mika": "M IY K AH", "tama": "T AA M AH", "kita": "K IY T AH"}
    said: dict[str, list[str]] = {}
    for own in ((), ("tamika",)):
        words = Dictionary(dict(few))
        words.learn([], ["tamika"], own)
        said[str(own)] = [phones for word, phones in words.entries.items() if word.startswith("tamika")]
    other, own_name = said.values()
    assert "T AE M IH K AH" != other[0] == own_name[0]
    assert len(other) == 1 < len(own_name) == 16


def test_many_of_ones_own_are_known_in_fewer_ways() -> None:
    names = ["".join(letters) for letters in islice(product("amnitk", repeat=4), 500)]
    words = Dictionary({"mani": "M AE N IY", "kita": "K IY T AA", "tim": "T IH M", "nikt": "N IY K T"})
    words.learn([], names, names)
    assert "anka(4)" in words
    assert "anka(5)" not in words


def test_words_of_the_trade_are_said_with_sounds_the_model_knows() -> None:
    words = Dictionary({"wi": "W IY", "cant": "K AE N T", "can't": "K AE N T"})
    words.add(SPEECH_FOLDER / "pronunciations.txt")
    assert words.entries["wi"] == "W AY"
    assert "cant" not in words
    assert "can't" in words
    assert {phone for phones in words.entries.values() for phone in phones.split()} <= PHONES


def test_what_is_known_or_no_word_stays_as_it_is() -> None:
    words = Dictionary({"hello": "HH AH L OW"})
    words.learn(["hello", "78901", "o'neil", "señor", ""])
    assert words.entries == {"hello": "HH AH L OW"}


def test_what_cannot_be_heard_is_left_out() -> None:
    words = Dictionary({"read": "R IY D", "read(2)": "R EH D", "reader": "R IY D ER", "a": "AH"})
    assert words.only({"read", "a"}).entries == {"read": "R IY D", "read(2)": "R EH D", "a": "AH"}


def test_it_is_written_as_pocketsphinx_reads_it(tmp_path: Path) -> None:
    stock = Dictionary.read(STOCK)
    stock.learn(["earbuds"])
    stock.write(tmp_path / "words.dict")
    again = Dictionary.read(tmp_path / "words.dict")
    assert "earbuds" in again
    assert again.entries == stock.entries
