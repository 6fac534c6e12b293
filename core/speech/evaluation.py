"""How well an engine hears: word error rate against a reference."""

import re
from collections.abc import Iterable

import jiwer

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SPELLED = {"mr": "mister", "mrs": "missus", "dr": "doctor", "ok": "okay"}


def normalise(text: str) -> str:
    """Lower case, no punctuation, digits as single words: `Order 78901!` is `order seven eight nine zero one`."""
    text = re.sub(r"\d", lambda digit: f" {_DIGITS[int(digit[0])]} ", text.lower().replace("’", "'"))
    words = re.sub(r"[^\w' ]|_", " ", text).split()
    return " ".join(_SPELLED.get(word, word) for word in words)


def word_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """Words wrong, missing or too many ÷ words in the references, over all (reference, heard) pairs.

    NaN when the references hold no word. Texts are normalised first.
    """
    references, heard = [], []
    for reference, text in pairs:
        # What is heard where nothing was said is no rate; see the words invented.
        if expected := normalise(reference):
            references.append(expected)
            heard.append(normalise(text))
    return float(jiwer.wer(references, heard)) if references else float("nan")


def entity_recall(pairs: Iterable[tuple[str, str]]) -> float:
    """The part of (entity, heard) pairs in which every word of the entity was heard, together and in order.

    NaN without a pair.
    """
    found = [f" {normalise(entity)} " in f" {normalise(heard)} " for entity, heard in pairs]
    return sum(found) / len(found) if found else float("nan")
