"""Chooses among the likeliest ways through a lattice by whole sentences; the search knows three words at a time.

The network of `sentence_network.py` and the search's language model count alike.
"""

import math
import tempfile
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from pocketsphinx import Decoder, NGramModel

from core.speech.language_model import END
from core.speech.sentence_network import EDGE, NAME, OTHER, Floats, Network
from core.speech.word_lattice import LANGUAGE_WEIGHT, LOG_BASE, Lattice, Penalties, Way, likeliest

_NETWORK_WEIGHT = 0.5
_SHARE_OF_OTHERS = 0.1
"""How often the search's language model expects a word that the network does not know, of all words."""


class Rescoring:
    """With a network, and how likely a person's name is which of all names."""

    def __init__(self, network: Network, names: Mapping[str, float]) -> None:
        self._network = network
        self._names = names
        self._ids = network.ids()

    def best(self, decoder: Decoder, language: NGramModel) -> Generator[None, None, str]:
        """The words of the utterance the decoder has ended, in steps; none where it found no way through it.

        Raises SpeechError when the lattice is not of the expected form.
        """
        lattice = _lattice(decoder)
        if lattice is None:
            return ""
        ways = likeliest(lattice, lambda words: _log(language, words), _penalties(decoder))
        if len(ways) > 1:
            yield
            sentences = [[self._id(word) for word in way.words] for way in ways]
            scores = [
                way.acoustic + LANGUAGE_WEIGHT * self._log(way, expected, language)
                for way, expected in zip(ways, self._network.logs(sentences), strict=True)
            ]
            ways = [ways[scores.index(max(scores))]]
        return " ".join(ways[0].words) if ways else ""

    def _log(self, way: Way, expected: Sequence[Floats], language: NGramModel) -> float:
        """Logarithm of the words' probability by both."""
        total = 0.0
        for word, logs, by_search in zip((*way.words, END), expected, way.language, strict=True):
            likely = self._likely(word, logs, language)
            total += math.log(_NETWORK_WEIGHT * likely + (1 - _NETWORK_WEIGHT) * math.exp(by_search))
        return total

    def _likely(self, word: str, logs: Floats, language: NGramModel) -> float:
        """By the network alone."""

        def expected(known: str) -> float:
            return math.exp(logs[self._ids[known]])

        if word == END:
            return expected(EDGE)
        likely = expected(word) if word in self._ids else 0.0
        if word in self._names:
            return likely + expected(NAME) * self._names[word]
        return likely or expected(OTHER) * math.exp(_log(language, (word,))) / _SHARE_OF_OTHERS

    def _id(self, word: str) -> int:
        return self._ids.get(word, self._ids[NAME if word in self._names else OTHER])


def _log(language: NGramModel, words: Sequence[str]) -> float:
    return float(language.prob(list(words)) * LOG_BASE)


def _lattice(decoder: Decoder) -> Lattice | None:
    found = decoder.get_lattice()
    if found is None:
        return None
    with tempfile.TemporaryDirectory(prefix="sidetone-lattice-") as folder:
        path = Path(folder) / "lattice"
        found.write(str(path))
        return Lattice.read(path.read_text(encoding="utf-8"))


def _penalties(decoder: Decoder) -> Penalties:
    word, silence, noise = (math.log(decoder.config[name]) for name in ("wip", "silprob", "fillprob"))
    return Penalties(word, word + silence, word + noise)
