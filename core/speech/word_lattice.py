"""What else may have been said: the words a decoder considered, when each began, and how they sounded.

PocketSphinx picks one way through them by the two words before each, roughly. This finds the likeliest ways exactly, so
that something which knows more about sentences can choose among them.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from core.errors import SpeechError
from core.speech.language_model import START

LOG_BASE = math.log(1.0001)
"""Of PocketSphinx's logarithms. All others are natural."""
LANGUAGE_WEIGHT = 9.5
"""What the language model says counts so many times as much as what was heard, which tells of each 10 ms as if they did
not depend on each other."""
_WAYS = 20
"""Kept per word and the moment it began. With 10 the right one is lost in a tenth of the utterances that have it."""
_MOST = 100
_BEAM = 80.0
"""Ways less likely by that, as a power of e, are not looked at."""
_PRONUNCIATION = re.compile(r"\(\d+\)$")
_FILLER = re.compile(r"[<\[].*[>\]]|\+\+.*\+\+")
_SILENCE = "<sil>"

LanguageModel = Callable[[tuple[str, ...]], float]
"""Logarithm of the probability of the first of some words behind the others, the one before it first."""


@dataclass(frozen=True, slots=True)
class Penalties:
    """Logarithms of what each word, each silence and each other noise costs."""

    word: float
    silence: float
    noise: float


class Way(NamedTuple):
    """One way through a lattice."""

    words: tuple[str, ...]
    acoustic: float
    """Logarithm of the likelihood of the sound, penalties included."""
    language: tuple[float, ...]
    """Logarithm of each word's probability by the language model, the end's at last."""


@dataclass(frozen=True, slots=True)
class Lattice:
    words: list[str]
    """Per node; The beginning and the end of the sentence are the outermost. Silence and noises are nodes, too."""
    begins: list[int]
    """The frame each node begins with."""
    following: Mapping[int, list[tuple[int, float]]]
    """Nodes that may follow a node, and how well it sounded until then."""
    first: int
    last: int

    @classmethod
    def read(cls, text: str) -> "Lattice":
        """As PocketSphinx writes it. Raises SpeechError for anything else."""
        words: list[str] = []
        begins: list[int] = []
        following: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
        ends: dict[str, int] = {}
        lines = iter(text.splitlines())
        try:
            for line in lines:
                kind, _, rest = line.partition(" ")
                if kind == "Nodes":
                    for _ in range(int(rest.split()[0])):
                        _, word, begin, *_ = next(lines).split()
                        words.append(_PRONUNCIATION.sub("", word))
                        begins.append(int(begin))
                elif kind in ("Initial", "Final"):
                    ends[kind] = int(rest)
                elif kind == "Edges":
                    for node, follower, score in _edges(lines):
                        following[node].append((follower, score * LOG_BASE))
            return cls(words, begins, following, ends["Initial"], ends["Final"])
        except (ValueError, KeyError, StopIteration) as error:
            raise SpeechError(f"this is no word lattice of PocketSphinx 5 ({error}); install that version") from error


def likeliest(lattice: Lattice, language: LanguageModel, penalties: Penalties) -> list[Way]:
    """Ways through the lattice that differ in their words, likeliest first; none where none leads to its end."""
    return _Search(lattice, language, penalties).ways()


def _edges(lines: Iterator[str]) -> Iterator[tuple[int, int, int]]:
    for line in lines:
        if line == "End":
            return
        node, follower, score = map(int, line.split())
        yield node, follower, score
    raise ValueError("it has no end")


class _Search:
    """Forwards through the nodes as they begin, by what is left to the end with only one word before each counted."""

    def __init__(self, lattice: Lattice, language: LanguageModel, penalties: Penalties) -> None:
        self._lattice = lattice
        self._language = language
        self._penalties = penalties
        ends = (lattice.first, lattice.last)
        self._fillers = [
            node not in ends and _FILLER.fullmatch(word) is not None for node, word in enumerate(lattice.words)
        ]
        self._known: dict[tuple[str, ...], float] = {}
        nodes = range(len(lattice.words))
        self._order = sorted(nodes, key=lambda node: (lattice.begins[node], node != lattice.first))

    def ways(self) -> list[Way]:
        lattice = self._lattice
        left = self._left()
        if lattice.first not in left:
            return []
        least = left[lattice.first] - _BEAM
        reached: defaultdict[int, dict[tuple[str, ...], tuple[float, Way]]] = defaultdict(dict)
        reached[lattice.first][()] = (0.0, Way((), 0.0, ()))
        for node in self._order:
            if node == lattice.last:
                continue
            best = sorted(reached.pop(node, {}).values(), key=lambda found: -found[0])[:_WAYS]
            for follower, sound in lattice.following.get(node, ()):
                if best and follower in left:
                    self._extend(
                        best, follower, sound + self._penalty(follower), least - left[follower], reached[follower]
                    )
        found = sorted(reached[lattice.last].values(), key=lambda found: -found[0])
        return [way._replace(words=way.words[:-1]) for _, way in found[:_MOST]]

    def _extend(
        self,
        best: list[tuple[float, Way]],
        node: int,
        acoustic: float,
        least: float,
        reached: dict[tuple[str, ...], tuple[float, Way]],
    ) -> None:
        """Ways and their scores, best first, by a node, as far as that comes to the least it has to."""
        for score, way in best:
            words, language = way.words, way.language
            if not self._fillers[node]:
                log = self._log(node, (START, *words[-2:])[:-3:-1])
                score += LANGUAGE_WEIGHT * log
                words, language = (*words, self._lattice.words[node]), (*language, log)
            score += acoustic
            if score >= least and (words not in reached or reached[words][0] < score):
                reached[words] = (score, Way(words, way.acoustic + acoustic, language))

    def _left(self) -> dict[int, float]:
        """Per node from which the end can be reached, the score of the best way there."""
        left = {self._lattice.last: 0.0}
        for node in reversed(self._order):
            before = () if self._fillers[node] else (self._lattice.words[node],)
            scores = [
                sound + self._step(follower, before) + left[follower]
                for follower, sound in self._lattice.following.get(node, ())
                if follower in left
            ]
            if scores:
                left[node] = max(scores)
        return left

    def _step(self, node: int, before: tuple[str, ...]) -> float:
        penalty = self._penalty(node)
        return penalty if self._fillers[node] else penalty + LANGUAGE_WEIGHT * self._log(node, before)

    def _penalty(self, node: int) -> float:
        if not self._fillers[node]:
            return self._penalties.word
        return self._penalties.silence if self._lattice.words[node] == _SILENCE else self._penalties.noise

    def _log(self, node: int, before: tuple[str, ...]) -> float:
        words = (self._lattice.words[node], *before)
        if words not in self._known:
            self._known[words] = self._language(words)
        return self._known[words]
