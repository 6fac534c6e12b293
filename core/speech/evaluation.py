"""How well an engine hears: word error rate against a reference, in whatever form the engine writes.

`$84.50` and "eighty four dollars and fifty cents" are the same words heard. So figures are read out, and where they can
be read in several ways, the way counts that is nearest to the reference.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import jiwer
from rapidfuzz.distance import Levenshtein

from core.speech.figures import FIGURE, readings

_ONE_FORM = (
    (re.compile(r"[’‘]"), "'"),
    (re.compile(r"&"), " and "),
    (re.compile(r"\bper cent\b"), "percent"),
    (re.compile(r"\b([ap])\.\s?m\b\.?"), r"\1m"),
    (re.compile(r"(?<=\d)(?=[ap]m\b)"), " "),
    (re.compile(r"\bo\.k\b\.?"), "okay"),
    (re.compile(r"\bwi[- ]fi\b"), "wifi"),
    (re.compile(r"\be-mail"), "email"),
    (re.compile(r"\balright\b"), "all right"),
)
_SPELLED = {"mr": "mister", "mrs": "missus", "dr": "doctor", "ok": "okay"}
Words = Sequence[str]


def normalise(text: str, beside: str = "") -> str:
    """Lower case, no punctuation, figures as people say them: `It's $20!` is `it's twenty dollars`.

    Of several ways to say a figure it takes the one that makes the text most like `beside`, which is normalised; else
    the most usual. Identifiers are single digits: `78901` is `seven eight nine zero one`.
    """
    parts = list(_parts(_in_one_form(text)))
    said = [ways[0] for ways in parts]
    if beside:
        wanted = beside.split()
        for place, ways in enumerate(parts):
            if len(ways) > 1:
                said[place] = min(ways, key=lambda way: _distance([*said[:place], way, *said[place + 1 :]], wanted))
    return " ".join(word for words in said for word in words)


def word_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """Words wrong, missing or too many ÷ words in the references, over all (reference, heard) pairs.

    NaN when the references hold no word. Texts are normalised first.
    """
    references, heard = [], []
    for reference, text in pairs:
        # What is heard where nothing was said is no rate; see the words invented.
        if expected := normalise(reference):
            references.append(expected)
            heard.append(normalise(text, expected))
    return float(jiwer.wer(references, heard)) if references else float("nan")


def entity_recall(pairs: Iterable[tuple[str, str]]) -> float:
    """The part of (entity, heard) pairs in which every word of the entity was heard, together and in order.

    NaN without a pair.
    """
    found = [_has(normalise(entity), heard) for entity, heard in pairs]
    return sum(found) / len(found) if found else float("nan")


def _has(entity: str, heard: str) -> bool:
    return f" {entity} " in f" {normalise(heard, entity)} "


def _distance(said: Sequence[Words], wanted: Words) -> int:
    return int(Levenshtein.distance([word for words in said for word in words], wanted))


def _in_one_form(text: str) -> str:
    text = text.lower()
    for pattern, form in _ONE_FORM:
        text = pattern.sub(form, text)
    return text


def _parts(text: str) -> Iterator[list[Words]]:
    """Stretch by stretch, the ways it is said: plain words in one, figures perhaps in several."""
    at = 0
    for figure in FIGURE.finditer(text):
        yield [_words(text[at : figure.start()])]
        yield [_words(way) for way in readings(figure)]
        at = figure.end()
    yield [_words(text[at:])]


def _words(text: str) -> Words:
    stripped = (word.strip("'") for word in re.sub(r"[^\w' ]|_", " ", text).split())
    return [_SPELLED.get(word, word) for word in stripped if word]
