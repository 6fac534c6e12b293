"""N-gram language models: read and write PocketSphinx's binary form, count sentences, mix two models into one.

PocketSphinx searches with a single model, so a general and a domain model are mixed beforehand. Probabilities are
natural logarithms; an n-gram is one 64-bit key made of its word ids, the first word highest.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.errors import SpeechError

START, END = "<s>", "</s>"
_MAGIC = b"Trie Language Model"
_LOG_BASE = math.log(1.0001)
_TABLE = 1 << 16
"""Entries of the tables that logarithms of bigrams and trigrams are looked up in."""
ID_BITS = 21
ID_MASK = (1 << ID_BITS) - 1
LAST_TWO = (1 << 2 * ID_BITS) - 1
"""The part of a trigram's key that is its last bigram's."""
_PADDING_BYTES = 8
_BLOCK = 1 << 16
"""N-grams packed at a time; a multiple of eight, so that each block ends on a byte."""
NEVER = -99.0 * math.log(10)

Keys = NDArray[np.int64]
Logs = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Model:
    """A trigram model with back-off. Keys are sorted."""

    words: list[str]
    unigrams: Logs
    unigram_backoffs: Logs
    bigrams: Keys
    bigram_logs: Logs
    bigram_backoffs: Logs
    trigrams: Keys
    trigram_logs: Logs

    def bigram(self, keys: Keys) -> Logs:
        """Logarithm of P(second | first) of each key, backed off where the bigram is not listed."""
        first, second = keys >> ID_BITS, keys & ID_MASK
        at, known = find(self.bigrams, keys)
        return np.where(known, self.bigram_logs[at], self.unigram_backoffs[first] + self.unigrams[second])

    def trigram(self, keys: Keys) -> Logs:
        """Logarithm of P(third | first, second) of each key."""
        at, known = find(self.trigrams, keys)
        head, had = find(self.bigrams, keys >> ID_BITS)
        backed_off = np.where(had, self.bigram_backoffs[head], 0.0) + self.bigram(keys & LAST_TWO)
        return np.where(known, self.trigram_logs[at], backed_off)

    def sentence(self, words: Sequence[str]) -> float:
        """Logarithm of a sentence's probability, its end included. Raises KeyError for a word it does not know."""
        ids = {word: number for number, word in enumerate(self.words)}
        path = [ids[word] for word in (START, *words, END)]
        first = self.bigram(np.array([_key(path[:2])], np.int64))
        rest = np.array([_key(path[at : at + 3]) for at in range(len(path) - 2)], np.int64)
        return float(first.sum() + self.trigram(rest).sum())


def count(sentences: Iterable[Sequence[str]], vocabulary: Sequence[str]) -> Model:
    """A model of sentences, smoothed after Witten and Bell, over `vocabulary` (which must hold every word).

    A word of the vocabulary that no sentence has shares what is left for the unseen.
    """
    ids = {word: number for number, word in enumerate(vocabulary)}
    stream: list[int] = []
    for sentence in sentences:
        stream += (ids[START], *(ids[word] for word in sentence), ids[END])
    words = np.array(stream, np.int64)
    starts = words == ids[START]
    singles = np.bincount(words[~starts], minlength=len(vocabulary)).astype(np.float64)
    unseen = int((singles == 0).sum()) - 1
    total, kinds = singles.sum(), float((singles > 0).sum())
    share = singles / (total + kinds) + np.where(singles == 0, kinds / (total + kinds) / max(1, unseen), 0.0)
    unigrams = np.log(share)
    unigrams[ids[START]] = NEVER

    pairs, pair_counts = np.unique((words[:-1] << ID_BITS | words[1:])[~starts[1:]], return_counts=True)
    triples, triple_counts = np.unique(
        (words[:-2] << 2 * ID_BITS | words[1:-1] << ID_BITS | words[2:])[~starts[1:-1] & ~starts[2:]],
        return_counts=True,
    )
    pair_logs = np.log(_witten_bell(pairs, pair_counts, np.exp(unigrams)[pairs & ID_MASK]))
    backoffs = _unigram_backoffs(pairs, pair_logs, unigrams)
    lower = Model(
        list(vocabulary), unigrams, backoffs, pairs, pair_logs, np.zeros(len(pairs)), triples[:0], unigrams[:0]
    )
    tails = lower.bigram(triples & LAST_TWO)
    triple_logs = np.log(_witten_bell(triples, triple_counts, np.exp(tails)))
    pair_backoffs = _bigram_backoffs(pairs, triples, triple_logs, tails)
    return Model(list(vocabulary), unigrams, backoffs, pairs, pair_logs, pair_backoffs, triples, triple_logs)


def with_vocabulary(model: Model, words: Iterable[str], log: float) -> Model:
    """The same model knowing further words, each as a unigram of that logarithm."""
    known = set(model.words)
    more = [word for word in dict.fromkeys(words) if word not in known]
    return Model(
        [*model.words, *more],
        np.append(model.unigrams, np.full(len(more), log)),
        np.append(model.unigram_backoffs, np.zeros(len(more))),
        model.bigrams,
        model.bigram_logs,
        model.bigram_backoffs,
        model.trigrams,
        model.trigram_logs,
    )


def mix(one: Model, other: Model, weight: float) -> Model:
    """`weight` × `one` + (1 - `weight`) × `other`: of every n-gram either lists, with back-off weights to fit.

    Both must have the same words in the same order.
    """
    if one.words != other.words:
        raise ValueError("models can be mixed only over the same words")

    def mixed(left: Logs, right: Logs) -> Logs:
        return np.logaddexp(left + math.log(weight), right + math.log1p(-weight))

    unigrams = mixed(one.unigrams, other.unigrams)
    bigrams = _union(one.bigrams, other.bigrams)
    bigram_logs = mixed(one.bigram(bigrams), other.bigram(bigrams))
    trigrams = _union(one.trigrams, other.trigrams)
    trigram_logs = mixed(one.trigram(trigrams), other.trigram(trigrams))
    return backed_off(one.words, unigrams, bigrams, bigram_logs, trigrams, trigram_logs)


def favouring(words: Iterable[str], model: Model, factor: float) -> Model:
    """The same model with every listed bigram and trigram that ends in one of these words so many times as likely.

    Its probabilities no longer add up to one: it is for a search where some words matter more than they are frequent.
    """
    wanted = np.isin(np.array(model.words), list(words))
    more = math.log(factor)
    return replace(
        model,
        bigram_logs=model.bigram_logs + more * wanted[model.bigrams & ID_MASK],
        trigram_logs=model.trigram_logs + more * wanted[model.trigrams & ID_MASK],
    )


def backed_off(
    words: list[str], unigrams: Logs, bigrams: Keys, bigram_logs: Logs, trigrams: Keys, trigram_logs: Logs
) -> Model:
    """A model of these n-grams, with back-off weights to fit."""
    backoffs = _unigram_backoffs(bigrams, bigram_logs, unigrams)
    lower = Model(words, unigrams, backoffs, bigrams, bigram_logs, bigram_logs, trigrams[:0], unigrams[:0])
    tails = lower.bigram(trigrams & LAST_TWO)
    bigram_backoffs = _bigram_backoffs(bigrams, trigrams, trigram_logs, tails)
    return Model(words, unigrams, backoffs, bigrams, bigram_logs, bigram_backoffs, trigrams, trigram_logs)


def read(path: Path) -> Model:
    """A trigram model in PocketSphinx's binary form. Raises SpeechError when it is something else."""
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC or file.read(1) != b"\x03":
            raise SpeechError(f"{path.name} is no binary trigram model; use the one that comes with PocketSphinx")
        count1, count2, count3, _ = (int(value) for value in np.frombuffer(file.read(16), "<u4"))
        tables = np.frombuffer(file.read(4 * 3 * _TABLE), "<f4").reshape(3, _TABLE).astype(np.float64) * _LOG_BASE
        unigram_rows = np.frombuffer(
            file.read(12 * (count1 + 1)), np.dtype([("log", "<f4"), ("backoff", "<f4"), ("next", "<u4")])
        )
        id_bits, next_bits = count1.bit_length(), count3.bit_length()
        last2, backoff2, log2, next2 = _unpack(file, count2 + 1, (id_bits, 16, 16, next_bits))
        last3, log3 = _unpack(file, count3 + 1, (id_bits, 16))
        size = int(np.frombuffer(file.read(4), "<u4")[0])
        words = file.read(size).decode().split("\0")[:-1]
    if len(words) != count1:
        raise SpeechError(f"{path.name} is damaged; install PocketSphinx again")
    # Its counts may promise a few more than there are; the links tell.
    next1 = unigram_rows["next"].astype(np.int64)
    count2 = int(next1[-1])
    count3 = int(next2[count2])
    next2 = next2[: count2 + 1]
    # The file is a tree from the last word of an n-gram to its first.
    second = np.repeat(np.arange(count1), next1[1:] - next1[:-1])
    first = last2[:count2]
    parents = np.repeat(np.arange(count2), next2[1:] - next2[:-1])
    bigrams = first << ID_BITS | second
    trigrams = last3[:count3] << 2 * ID_BITS | first[parents] << ID_BITS | second[parents]
    order2, order3 = np.argsort(bigrams), np.argsort(trigrams)
    return Model(
        words,
        unigram_rows["log"][:count1].astype(np.float64) * _LOG_BASE,
        unigram_rows["backoff"][:count1].astype(np.float64) * _LOG_BASE,
        bigrams[order2],
        tables[0][log2[:count2]][order2],
        tables[1][backoff2[:count2]][order2],
        trigrams[order3],
        tables[2][log3[:count3]][order3],
    )


def write(model: Model, path: Path) -> None:
    """Write the binary form. Every trigram's last two words must be listed as a bigram."""
    order2 = np.argsort(_reversed(model.bigrams, 2))
    order3 = np.argsort(_reversed(model.trigrams, 3))
    bigrams, trigrams = model.bigrams[order2], model.trigrams[order3]
    count1, count2, count3 = len(model.words), len(bigrams), len(trigrams)
    log2_table, log2 = _quantised(model.bigram_logs[order2] / _LOG_BASE)
    backoff_table, backoff2 = _quantised(model.bigram_backoffs[order2] / _LOG_BASE)
    log3_table, log3 = _quantised(model.trigram_logs[order3] / _LOG_BASE)
    parents, known = find(_reversed(bigrams, 2), _reversed(trigrams & LAST_TWO, 2))
    if not known.all():
        raise ValueError("a trigram's last two words are not listed as a bigram")
    unigram_rows = np.zeros(count1 + 1, np.dtype([("log", "<f4"), ("backoff", "<f4"), ("next", "<u4")]))
    unigram_rows["log"][:count1] = model.unigrams / _LOG_BASE
    unigram_rows["backoff"][:count1] = model.unigram_backoffs / _LOG_BASE
    unigram_rows["next"] = np.searchsorted(bigrams & ID_MASK, np.arange(count1 + 1))
    next2 = np.searchsorted(parents, np.arange(count2 + 1))
    id_bits, next_bits = count1.bit_length(), count3.bit_length()
    with path.open("wb") as file:
        file.write(_MAGIC + b"\x03")
        file.write(np.array([count1, count2, count3, 1], "<u4").tobytes())
        for table in (log2_table, backoff_table, log3_table):
            file.write(table.astype("<f4").tobytes())
        file.write(unigram_rows.tobytes())
        _pack(file, [(bigrams >> ID_BITS, id_bits), (backoff2, 16), (log2, 16), (next2, next_bits)], count2 + 1)
        _pack(file, [(trigrams >> 2 * ID_BITS, id_bits), (log3, 16)], count3 + 1)
        strings = "".join(f"{word}\0" for word in model.words).encode()
        file.write(np.array([len(strings)], "<u4").tobytes() + strings)


def _key(ids: Sequence[int]) -> int:
    key = 0
    for number in ids:
        key = key << ID_BITS | number
    return key


def _reversed(keys: Keys, order: int) -> Keys:
    """The keys of the n-grams read backwards."""
    backwards = np.zeros_like(keys)
    for place in range(order):
        backwards = backwards << ID_BITS | (keys >> ID_BITS * place) & ID_MASK
    return backwards


def find(sorted_keys: Keys, keys: Keys) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where each key is, and whether it is there at all. (`np.isin` hashes, which takes many times as long.)"""
    if not len(sorted_keys):
        return np.zeros(len(keys), np.intp), np.zeros(len(keys), np.bool_)
    at = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    return at, sorted_keys[at] == keys


def _union(one: Keys, other: Keys) -> Keys:
    """The keys of both, which are sorted, once each. `np.union1d` hashes them and takes a hundred times as long."""
    both = np.sort(np.concatenate([one, other]), kind="stable")
    return np.asarray(both[np.diff(both, prepend=-1) != 0])


def _witten_bell(keys: Keys, counts: NDArray[np.int64], lower: Logs) -> Logs:
    """Probabilities: (count + kinds × lower order) ÷ (total + kinds), per history."""
    _, history, kinds = np.unique(keys >> ID_BITS, return_inverse=True, return_counts=True)
    total = np.bincount(history, counts)
    return np.asarray((counts + kinds[history] * lower) / (total + kinds)[history])


def _unigram_backoffs(bigrams: Keys, logs: Logs, unigrams: Logs) -> Logs:
    first = bigrams >> ID_BITS
    return _left_over(first, logs, unigrams[bigrams & ID_MASK], len(unigrams))


def _bigram_backoffs(bigrams: Keys, trigrams: Keys, logs: Logs, tails: Logs) -> Logs:
    at, known = find(bigrams, trigrams >> ID_BITS)
    return _left_over(at[known], logs[known], tails[known], len(bigrams))


def _left_over(history: NDArray[np.int64], logs: Logs, lower: Logs, size: int) -> Logs:
    """What each history leaves to words it does not list, by what the lower order leaves them; as a logarithm."""
    free = 1 - np.bincount(history, np.exp(logs), minlength=size)
    lower_free = 1 - np.bincount(history, np.exp(lower), minlength=size)
    return np.log(np.clip(free, 1e-6, None) / np.clip(lower_free, 1e-6, None))


def _quantised(values: Logs) -> tuple[Logs, NDArray[np.int64]]:
    """A table of at most 65,536 values, and for each value its place there."""
    kinds = np.unique(values)
    if len(kinds) > _TABLE:
        kinds = np.unique(np.quantile(values, np.linspace(0, 1, _TABLE)))
    table = np.full(_TABLE, kinds[-1] if len(kinds) else 0.0)
    table[: len(kinds)] = kinds
    if not len(values):
        return table, np.zeros(0, np.int64)
    above = np.clip(np.searchsorted(kinds, values), 1, max(1, len(kinds) - 1))
    below = above - 1
    above = np.minimum(above, len(kinds) - 1)
    nearer = np.abs(kinds[above] - values) < np.abs(values - kinds[below])
    return table, np.where(nearer, above, below)


def _pack(file: BinaryIO, columns: list[tuple[NDArray[np.int64], int]], rows: int) -> None:
    """Rows of bit fields, lowest bit first; a column may lack the last row, which then holds zeros."""
    for begin in range(0, rows, _BLOCK):
        size = min(_BLOCK, rows - begin)
        bits = []
        for values, width in columns:
            part = np.zeros(size, "<u8")
            found = values[begin : begin + size]
            part[: len(found)] = found
            bits.append(np.unpackbits(part.view(np.uint8).reshape(size, 8), axis=1, bitorder="little")[:, :width])
        file.write(np.packbits(np.concatenate(bits, axis=1).ravel(), bitorder="little").tobytes())
    file.write(bytes(_PADDING_BYTES))


def _unpack(file: BinaryIO, rows: int, widths: Sequence[int]) -> list[Keys]:
    total = sum(widths)
    columns: list[list[Keys]] = [[] for _ in widths]
    for begin in range(0, rows, _BLOCK):
        size = min(_BLOCK, rows - begin)
        packed = np.frombuffer(file.read((size * total + 7) // 8), np.uint8)
        bits = np.unpackbits(packed, bitorder="little")[: size * total].reshape(size, total)
        at = 0
        for column, width in zip(columns, widths, strict=True):
            weights = np.int64(1) << np.arange(width, dtype=np.int64)
            column.append(bits[:, at : at + width].astype(np.int64) @ weights)
            at += width
    file.read(_PADDING_BYTES)
    return [np.concatenate(column) for column in columns]
