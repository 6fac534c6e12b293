"""N-grams of classes into n-grams of words: `my name is {first}` once into as many as there are first names.

Sentences made by chance hold few of the names and numbers that could stand in them. Where a class stands in for its
words while sentences are counted (Brown et al., 1992), every word of it is expected wherever one of them was.
"""

from collections.abc import Mapping

import numpy as np

from core.speech.language_model import ID_BITS, ID_MASK, LAST_TWO, NEVER, START, Keys, Logs, Model, backed_off, find

_MANY = 200
"""Members from which on a class stands in trigrams only as their last word; what follows it is told by bigrams."""

_MOST_PAIRS = 2_000_000
"""Of two words. Names make many times as many; the rarest are left to single words."""
_RAREST = 1e-10
"""How often an n-gram comes, at least, to be made of a class at all: all pairs of names would take gigabytes."""

Classes = Mapping[str, Mapping[str, float]]
"""Per class, which is a word of the model, its members and their shares."""


def expanded(model: Model, classes: Classes, most_pairs: int = _MOST_PAIRS) -> Model:
    """The same model with each class's members, by their shares, in its place.

    The classes must be the last words of the model; they are left out. A word can be a member and be used for itself,
    too. Raises KeyError for a member the model does not know.
    """
    members = _Members(model.words, classes)
    start = model.words.index(START)
    # How often each n-gram comes: its words, one after the other.
    alone = np.exp(model.unigrams)
    alone[start] = 1.0
    pairs = alone[model.bigrams >> ID_BITS] * np.exp(model.bigram_logs)
    first, second = model.trigrams >> 2 * ID_BITS, model.trigrams >> ID_BITS & ID_MASK
    told = ~members.many[first] & ~members.many[second]
    triples = pairs[np.searchsorted(model.bigrams, model.trigrams >> ID_BITS)] * np.exp(model.trigram_logs)

    words, of_words = members.put_into(np.arange(len(alone)), alone, 1)
    bigrams, of_bigrams = members.put_into(model.bigrams, pairs, 2, _RAREST)
    trigrams, of_trigrams = members.put_into(model.trigrams[told], triples[told], 3, _RAREST)
    heads, listed = find(bigrams, trigrams >> ID_BITS)
    listed &= find(bigrams, trigrams & LAST_TWO)[1]
    trigrams, of_trigrams, heads = trigrams[listed], of_trigrams[listed], heads[listed]
    unigrams = np.log(of_words)
    unigrams[start] = NEVER
    bigram_logs = np.log(of_bigrams / of_words[np.searchsorted(words, bigrams >> ID_BITS)])
    trigram_logs = np.log(of_trigrams / of_bigrams[heads])
    if len(bigrams) > most_pairs:
        kept = find(trigrams >> ID_BITS, bigrams)[1] | find(np.sort(trigrams & LAST_TWO), bigrams)[1]
        kept[np.argpartition(of_bigrams, -most_pairs)[-most_pairs:]] = True
        bigrams, bigram_logs = bigrams[kept], bigram_logs[kept]
    return backed_off(model.words[: -len(classes)], unigrams, bigrams, bigram_logs, trigrams, trigram_logs)


class _Members:
    """What stands for each word of a model: its members where it is a class, else itself alone."""

    def __init__(self, words: list[str], classes: Classes) -> None:
        ids = {word: number for number, word in enumerate(words)}
        self._sizes = np.ones(len(words), np.int64)
        for name, shares in classes.items():
            self._sizes[ids[name]] = len(shares)
        self.many = self._sizes > _MANY
        self._begins = np.cumsum(self._sizes) - self._sizes
        self._classes = [ids[name] for name in classes]
        plain = [(number, 1.0) for number in range(len(words) - len(classes))]
        members = [
            (ids[word], share / sum(shares.values()))
            for shares in classes.values()
            for word, share in sorted(shares.items(), key=lambda member: -member[1])
        ]
        found, shares_of = zip(*plain, *members, strict=True)
        self._words = np.array(found, np.int64)
        self._shares = np.array(shares_of)

    def put_into(self, keys: Keys, often: Logs, order: int, rarest: float = 0.0) -> tuple[Keys, Logs]:
        """The n-grams with members in place of classes, and how often they come; the same ones add up. Those made of a
        class that would come less often than `rarest` are left out."""
        made = np.zeros(len(keys), np.int64)
        for place in reversed(range(order)):
            words = keys >> place * ID_BITS & ID_MASK
            sizes = self._sizes[words]
            for number in self._classes:
                of_class = words == number
                shares = self._shares[self._begins[number] :][: self._sizes[number]]
                sizes[of_class] = np.searchsorted(-shares, -rarest / often[of_class], side="right")
            rows = np.repeat(np.arange(len(keys)), sizes)
            at = np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + self._begins[words][rows]
            keys, often = keys[rows], often[rows] * self._shares[at]
            made = made[rows] << ID_BITS | self._words[at]
        found, which = np.unique(made, return_inverse=True)
        return found, np.bincount(which, often).astype(np.float64)
