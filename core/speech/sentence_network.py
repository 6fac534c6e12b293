"""A recurrent network that tells how a sentence goes on: how likely each of its words is behind all those before it.

One layer of long short-term memory (Hochreiter and Schmidhuber, 1997). A word is the same vector where it is read and
where it is expected. Made by `sentence_training.py`; kept in `data/speech/sentence_network.npz`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from core.errors import SpeechError

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]

EDGE, OTHER, NAME = "<s>", "<other>", "{name}"
"""Where a sentence begins or ends, any word the network does not know, and any name of a person."""
_PARTS = ("vectors", "into", "gate_bias", "recurrent", "down", "down_bias", "expected_bias")


@dataclass(frozen=True, slots=True)
class Network:
    """Weights: `vectors` (words × width), `into` (width × 4 cells), `recurrent` (cells × 4 cells), `down` (cells ×
    width) and three biases. The four gates are those of what comes in, what stays, what goes out, and what is new."""

    words: tuple[str, ...]
    """`EDGE`, `OTHER` and `NAME` among them."""
    vectors: Floats
    into: Floats
    gate_bias: Floats
    recurrent: Floats
    down: Floats
    down_bias: Floats
    expected_bias: Floats

    @classmethod
    def load(cls, path: Path) -> "Network":
        """Raises SpeechError when it cannot be read or is something else."""
        try:
            with path.open("rb") as file, np.load(file) as kept:
                parts = {name: kept[name].astype(np.float32) for name in _PARTS}
                return cls(tuple(str(kept["words"]).split()), **parts)
        except (OSError, EOFError, BadZipFile, ValueError, KeyError) as error:
            raise SpeechError(f"{path}: is no network of sentences ({error}); put the file back") from error

    def save(self, path: Path) -> None:
        """In half the precision, which changes no likelihood by more than a thousandth."""
        parts = {name: getattr(self, name).astype(np.float16) for name in _PARTS}
        np.savez_compressed(path, words=np.array(" ".join(self.words)), **parts)

    def ids(self) -> Mapping[str, int]:
        return {word: number for number, word in enumerate(self.words)}

    def logs(self, sentences: Sequence[Sequence[int]]) -> list[list[Floats]]:
        """Per sentence and each beginning of it, the empty one first, logarithms of every word's probability there.

        Beginnings that sentences share are gone through once.
        """
        beginnings: dict[tuple[int, ...], int] = {(): 0}
        of_sentences: list[list[int]] = [[0] for _ in sentences]
        edge = self.words.index(EDGE)
        cells = self.recurrent.shape[0]
        out, state = self.step(np.zeros((1, cells), np.float32), np.zeros((1, cells), np.float32), np.array([edge]))
        found = [self.expected(out)]
        for depth in range(max(map(len, sentences), default=0)):
            longer: dict[tuple[int, ...], int] = {}
            of_last: list[int] = []
            read: list[int] = []
            for sentence, places in zip(sentences, of_sentences, strict=True):
                if len(sentence) > depth:
                    key = tuple(sentence[: depth + 1])
                    if key not in longer:
                        longer[key] = len(longer)
                        of_last.append(beginnings[key[:-1]])
                        read.append(key[-1])
                    places.append(longer[key])
            out, state = self.step(out[of_last], state[of_last], np.array(read))
            found.append(self.expected(out))
            beginnings = longer
        return [[found[depth][at] for depth, at in enumerate(places)] for places in of_sentences]

    def step(self, out: Floats, state: Floats, read: Ids) -> tuple[Floats, Floats]:
        """What the network has in mind (twice rows × cells) once it has read a word in each row."""
        gates = self.vectors[read] @ self.into + out @ self.recurrent + self.gate_bias
        return remembered(gates, state)[:2]

    def expected(self, out: Floats) -> Floats:
        """Logarithms of the words' probabilities (rows × vocabulary)."""
        down: Floats = out @ self.down + self.down_bias
        return log_softmax((down @ self.vectors.T + self.expected_bias).astype(np.float32))


def remembered(gates: Floats, state: Floats) -> tuple[Floats, Floats, Floats]:
    """What goes out, the state, and the gates as they were set (rows × 4 cells)."""
    cells = state.shape[1]
    opened = np.empty_like(gates)
    opened[:, : 3 * cells] = 0.5 * np.tanh(0.5 * gates[:, : 3 * cells]) + 0.5
    opened[:, 3 * cells :] = np.tanh(gates[:, 3 * cells :])
    comes_in, stays, goes_out, new = np.split(opened, 4, axis=1)
    state = stays * state + comes_in * new
    return goes_out * np.tanh(state), state, opened


def log_softmax(logits: Floats) -> Floats:
    logits = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)), logits.dtype)
