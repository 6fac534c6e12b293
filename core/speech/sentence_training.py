"""Trains the network of `sentence_network.py` on what is likely to be said in calls.

Backpropagation through the words of a sentence, with Adam (Kingma and Ba, 2014) and dropout. It is done by whoever has
changed many sentences, not by those who use them: `python -m core train`.
"""

import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.speech.base import Known
from core.speech.domain import CALLS, WIDER, sentences
from core.speech.sentence_network import (
    EDGE,
    NAME,
    OTHER,
    Floats,
    Ids,
    Network,
    log_softmax,
    remembered,
)
from core.speech.slots import FIRST, LAST, out_of_classes

_BATCH = 96
_RATE = 3e-3
_WARM_UP = 0.03
"""Of all batches, until it learns as fast as that; then slower and slower, to the end."""
_STAYS = 1.0
_LONGEST = 1.0
"""Of the gradient of all weights together."""
_MEAN, _SQUARE, _TINY = 0.9, 0.999, 1e-8
"""Of Adam, as its authors have them."""
Weights = dict[str, Floats]
Sentence = Sequence[str]


class Size(NamedTuple):
    width: int = 192
    cells: int = 320
    dropped: float = 0.3


@dataclass(frozen=True, slots=True)
class Epoch:
    number: int
    perplexity: float
    """Of what was learned, while it was."""
    network: Network


def drawn(folder: Path, count: int, seed: int) -> list[list[str]]:
    """Up to so many sentences from the patterns in `folder`, half of them of what is said in calls, with `NAME` for any
    person: other ones for another seed. Raises RulesError when one of the files is wrong."""
    chance = random.Random(seed)
    said = (each for of in (CALLS, WIDER) for each in sentences(folder, Known(), count // 2, of, seed))
    return [[NAME if word in (FIRST, LAST) else word for word in out_of_classes(each, chance)] for each in said]


def vocabulary(epochs: Sequence[Sequence[Sentence]]) -> tuple[str, ...]:
    """The words that come once an epoch or more, commonest first."""
    seen = Counter(word for sentences in epochs for sentence in sentences for word in sentence)
    seen.pop(NAME, None)
    return (EDGE, OTHER, NAME, *(word for word, often in seen.most_common() if often >= len(epochs)))


def train(epochs: Sequence[Sequence[Sentence]], words: tuple[str, ...], size: Size, seed: int = 1) -> Iterator[Epoch]:
    """Learn each epoch's sentences once, and tell how far it came."""
    training = _Training(words, size, np.random.default_rng(seed))
    batches = [list(_batches(sentences, words, random.Random(seed))) for sentences in epochs]
    every = sum(map(len, batches))
    done = 0
    for number, of_epoch in enumerate(batches):
        lost, told = 0.0, 0
        for batch in of_epoch:
            rate = _RATE * min(1.0, (done + 1) / (_WARM_UP * every)) * 0.5 * (1 + math.cos(math.pi * done / every))
            loss, words_told = training.learn(batch, rate)
            lost, told, done = lost + loss, told + words_told, done + 1
        yield Epoch(number, math.exp(lost / told), training.network())


def _batches(sentences: Sequence[Sentence], words: Sequence[str], chance: random.Random) -> Iterator[Ids]:
    """Sentences of about one length together, as words' numbers; -1 where a shorter one has ended."""
    ids = {word: number for number, word in enumerate(words)}
    edge, other = ids[EDGE], ids[OTHER]
    told = [[edge, *(ids.get(word, other) for word in sentence), edge] for sentence in sentences]
    chance.shuffle(told)
    told.sort(key=len)
    batches = [told[at : at + _BATCH] for at in range(0, len(told), _BATCH)]
    chance.shuffle(batches)
    for batch in batches:
        rows = np.full((len(batch), max(map(len, batch))), -1, np.int64)
        for row, numbers in zip(rows, batch, strict=True):
            row[: len(numbers)] = numbers
        yield rows


class _Training:
    """The weights, and what Adam remembers of their gradients."""

    def __init__(self, words: tuple[str, ...], size: Size, chance: np.random.Generator) -> None:
        self._words = words
        self._dropped = size.dropped
        self._chance = chance
        width, cells = size.width, size.cells
        bound = 1 / math.sqrt(cells)

        def near_zero(*shape: int) -> Floats:
            return chance.uniform(-bound, bound, shape).astype(np.float32)

        self._weights = {
            "vectors": chance.normal(0, 0.05, (len(words), width)).astype(np.float32),
            "into": near_zero(width, 4 * cells),
            "gate_bias": np.zeros(4 * cells, np.float32),
            "recurrent": near_zero(cells, 4 * cells),
            "down": near_zero(cells, width),
            "down_bias": np.zeros(width, np.float32),
            "expected_bias": np.zeros(len(words), np.float32),
        }
        # At first everything stays (Jozefowicz et al., 2015): what came early could not be learned from otherwise.
        self._weights["gate_bias"][cells : 2 * cells] = _STAYS
        self._means = {name: np.zeros_like(part) for name, part in self._weights.items()}
        self._squares = {name: np.zeros_like(part) for name, part in self._weights.items()}
        self._steps = 0

    def network(self) -> Network:
        return Network(self._words, **{name: part.copy() for name, part in self._weights.items()})

    def learn(self, batch: Ids, rate: float) -> tuple[float, int]:
        """The loss of a batch, which is learned, and its words."""
        loss, told, gradients = loss_and_gradients(self._weights, batch, self._dropped, self._chance)
        length = math.sqrt(sum(float(np.square(part).sum()) for part in gradients.values())) / told
        scale = min(1.0, _LONGEST / (length + _TINY)) / told
        self._steps += 1
        rate *= math.sqrt(1 - _SQUARE**self._steps) / (1 - _MEAN**self._steps)
        for name, gradient in gradients.items():
            gradient *= scale
            mean, square = self._means[name], self._squares[name]
            mean += (1 - _MEAN) * (gradient - mean)
            square += (1 - _SQUARE) * (np.square(gradient) - square)
            self._weights[name] -= rate * mean / (np.sqrt(square) + _TINY)
        return loss, told


def loss_and_gradients(
    weights: Mapping[str, Floats], batch: Ids, dropped: float = 0.0, chance: np.random.Generator | None = None
) -> tuple[float, int, Weights]:
    """The negative logarithm of the words' probability, how many words, and how each weight should not have been."""
    read, expected = batch[:, :-1], batch[:, 1:]
    rows, places = read.shape
    cells = weights["recurrent"].shape[0]

    def kept(*shape: int) -> Floats:
        if not (dropped and chance):
            return np.ones((1,) * len(shape), np.float32)
        return (chance.random(shape, np.float32) >= dropped).astype(np.float32) / np.float32(1 - dropped)

    kept_in = kept(rows, places, weights["vectors"].shape[1])
    vectors = weights["vectors"][np.maximum(read, 0)] * kept_in
    gates = vectors @ weights["into"] + weights["gate_bias"]
    out = state = np.zeros((rows, cells), np.float32)
    outs, states, opened = [out], [state], []
    for place in range(places):
        out, state, gate = remembered(gates[:, place] + out @ weights["recurrent"], state)
        outs.append(out)
        states.append(state)
        opened.append(gate)

    told = expected >= 0
    kept_out, kept_down = kept(int(told.sum()), cells), kept(int(told.sum()), weights["down"].shape[1])
    all_out = np.stack(outs[1:], axis=1)[told] * kept_out
    down = (all_out @ weights["down"] + weights["down_bias"]) * kept_down
    logs = log_softmax(np.asarray(down @ weights["vectors"].T + weights["expected_bias"], down.dtype))
    at = (np.arange(len(logs)), expected[told])
    loss = -float(logs[at].sum())

    off = np.exp(logs)
    off[at] -= 1
    off_down = (off @ weights["vectors"]) * kept_down
    gradients = {
        "vectors": off.T @ down,
        "expected_bias": off.sum(axis=0),
        "down": all_out.T @ off_down,
        "down_bias": off_down.sum(axis=0),
    }
    off_outs = np.zeros((rows, places, cells), np.float32)
    off_outs[told] = (off_down @ weights["down"].T) * kept_out
    off_gates = np.empty((rows, places, 4 * cells), np.float32)
    off_out = off_state = np.zeros((rows, cells), np.float32)
    for place in reversed(range(places)):
        off_gates[:, place], off_state = _back(
            off_outs[:, place] + off_out, off_state, opened[place], states[place], states[place + 1]
        )
        off_out = off_gates[:, place] @ weights["recurrent"].T
    flat = off_gates.reshape(-1, 4 * cells)
    gradients["recurrent"] = np.stack(outs[:-1], axis=1).reshape(-1, cells).T @ flat
    gradients["into"] = vectors.reshape(len(flat), -1).T @ flat
    gradients["gate_bias"] = flat.sum(axis=0)
    off_vectors = (off_gates @ weights["into"].T) * kept_in
    np.add.at(gradients["vectors"], read[read >= 0], off_vectors[read >= 0])
    return loss, int(told.sum()), gradients


def _back(off_out: Floats, off_state: Floats, opened: Floats, before: Floats, state: Floats) -> tuple[Floats, Floats]:
    """From what goes out and the state to the gates and the state before."""
    comes_in, stays, goes_out, new = np.split(opened, 4, axis=1)
    held = np.tanh(state)
    off_state = off_state + off_out * goes_out * (1 - held * held)
    off_gates = np.concatenate(
        [
            off_state * new * comes_in * (1 - comes_in),
            off_state * before * stays * (1 - stays),
            off_out * held * goes_out * (1 - goes_out),
            off_state * comes_in * (1 - new * new),
        ],
        axis=1,
    )
    return off_gates, off_state * stays
