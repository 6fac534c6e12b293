"""What the company has in writing, policies and products, found by the words of a question."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

from rapidfuzz import fuzz

from core.customers.store import CustomerStore
from core.customers.views import View

HITS = 5
"""Most passages one question is answered with."""
_WORD = re.compile(r"[a-z]{3,}|\d+")
_SENTENCE = re.compile(r"(?<=[.!?]) +")
_ALIKE = 86
"""How alike two words must be (0–100), so that "returned" is found by "return" and misheard words by the right ones."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A document to cite: where it is, and its sentences."""

    ref: str
    title: str
    sentences: tuple[str, ...]

    @property
    def words(self) -> set[str]:
        return words(f"{self.title} {' '.join(self.sentences)}")


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that answers, with the sentence that fits best."""

    ref: str
    title: str
    excerpt: str
    score: float


def passages(store: CustomerStore) -> list[Passage]:
    """All policies and products, as they are now."""
    return [*map(_of_policy, store.policies()), *map(_of_product, store.products())]


def search(question: str, documents: Sequence[Passage]) -> list[Hit]:
    """The passages that share the question's rarer words, best first."""
    asked = words(question)
    vocabularies = [document.words for document in documents]
    weights = {word: _rarity(word, vocabularies) for word in asked}
    hits = []
    for document, vocabulary in zip(documents, vocabularies, strict=True):
        score = _shared(weights, vocabulary)
        if score > 0:
            # A passage that is about the word says more than one that mentions it.
            score += _shared(weights, words(document.title))
            excerpt = max(document.sentences, key=lambda sentence: _shared(weights, words(sentence)))
            hits.append(Hit(document.ref, document.title, excerpt, round(score, 3)))
    return sorted(hits, key=lambda hit: -hit.score)[:HITS]


def words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def alike(word: str, known: Iterable[str]) -> bool:
    """Whether a word, or one spelled much like it, is among those known."""
    return any(word == other or _similar(word, other) for other in known)


def _similar(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    stem = len(shorter) >= 4 and longer.startswith(shorter) and len(longer) - len(shorter) <= 3
    return stem or (len(shorter) >= 5 and fuzz.ratio(one, other) >= _ALIKE)


def _rarity(word: str, vocabularies: Sequence[set[str]]) -> float:
    holding = sum(alike(word, vocabulary) for vocabulary in vocabularies)
    return log((len(vocabularies) + 1) / (holding + 0.5)) if holding else 0.0


def _shared(weights: dict[str, float], vocabulary: set[str]) -> float:
    return sum(weight for word, weight in weights.items() if weight > 0 and alike(word, vocabulary))


def _of_policy(policy: View) -> Passage:
    said = _SENTENCE.split(f"{policy['summary']} {policy['text']}")
    return Passage(policy["ref"], policy["title"], tuple(dict.fromkeys(said)))


def _of_product(product: View) -> Passage:
    days, months = product["return_days"], product["warranty_months"]
    returns = f"It can be returned within {days} days of the order." if days else "It cannot be returned."
    warranty = f"Its warranty lasts {months} months." if months else "It has no warranty."
    price = f"It costs ${product['price']} ({product['category']})."
    return Passage(product["ref"], product["name"], (price, returns, warranty))
