"""What is likely to be said in a call: sentences made from patterns, filled with names, products and numbers.

Nobody hears these sentences; the embedded engine's language model counts their words. Patterns are lines such as
`(hello|hi) [there] my name is {name}`: either of the alternatives, a part that may be left out, a slot. Slots are
filled from `slots.txt` and by `slots.py`; names and the words of numbers come as classes.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from core.errors import RulesError
from core.speech.base import Known
from core.speech.slots import Fill, in_classes, known_slots, lines, number_slots, spoken

_TOKEN = re.compile(r"\{\w+\}|[()\[\]|]|[^\s()\[\]|{}]+")
_VOWEL = re.compile(r"(?!one\b|once\b|uni|us[eiu]|eu)[aeiou]|hour|honest|[fhlmnrsx]\b")
CALLS, WIDER = "sentences", "wider"
"""Folders of patterns: what is said in calls, and twice as many of everything calls can be about."""
SHORT = "short.txt"
OFTEN = ("often.txt", SHORT)
_SHARE_OFTEN = 0.05
_LEFT_OUT = 0.45
"""How often a part in brackets is left out."""


@dataclass(frozen=True, slots=True)
class Alternatives:
    choices: tuple[tuple["Part", ...], ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    name: str


Part = str | Alternatives | Slot


def parse(pattern: str, where: str = "pattern") -> tuple[Part, ...]:
    """The pattern's parts. Raises RulesError when a bracket is missing."""
    tokens = _TOKEN.findall(pattern)
    parts, at = _choices(tokens, 0, "", where)
    if at != len(tokens):
        raise RulesError(f"{where}: {tokens[at]!r} closes nothing; correct the brackets")
    return parts.choices[0] if len(parts.choices) == 1 else (parts,)


def _choices(tokens: Sequence[str], at: int, closing: str, where: str) -> tuple[Alternatives, int]:
    choices: list[tuple[Part, ...]] = []
    parts: list[Part] = []
    while at < len(tokens) and tokens[at] not in (")", "]"):
        token = tokens[at]
        at += 1
        if token == "|":
            choices.append(tuple(parts))
            parts = []
        elif token in ("(", "["):
            inner, at = _choices(tokens, at, ")" if token == "(" else "]", where)
            parts.append(inner)
        else:
            parts.append(Slot(token[1:-1]) if token.startswith("{") else token)
    if closing:
        if at == len(tokens) or tokens[at] != closing:
            raise RulesError(f"{where}: {closing!r} is missing; correct the brackets")
        at += 1
    return Alternatives((*choices, tuple(parts)), closing == "]"), at


@dataclass(slots=True)
class Speaker:
    """Says patterns, choosing by chance: the same seed says the same."""

    slots: Mapping[str, Fill]
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    def say(self, parts: Sequence[Part]) -> Iterator[str]:
        """The sentence in pieces of one or more words."""
        for part in parts:
            match part:
                case str():
                    yield part
                case Slot(name):
                    yield self.slots[name](self.chance)
                case Alternatives(choices, optional):
                    if not (optional and self.chance.random() < _LEFT_OUT):
                        yield from self.say(self.chance.choice(choices))


def sentences(folder: Path, known: Known, count: int, of: str = CALLS, seed: int = 7) -> list[list[str]]:
    """The different ones among `count` sentences from the patterns of one kind in `folder`, and what is said often.

    Every pattern is said about equally often per choice, with what `slots.txt` and the data fill in.
    None of them stands twice, however often it was chosen: how often something was *not* seen twice tells the model how
    much there is that it has not seen at all. Those of `OFTEN` stand as often as they were chosen, each pattern as
    often as any other. Raises RulesError when one of the files is wrong.
    """
    files = pattern_files(folder, of)
    slots = {name: _in_classes(fill) for name, fill in number_slots()} | known_slots(known)
    speaker = Speaker(slots, random.Random(seed))
    for where, line in lines(folder / "slots.txt"):
        name, _, values = line.partition("=")
        slots[name.strip()] = _said_by(speaker, parse(values, where))
    if "plan" in slots:
        slots["plan"] = _either(slots["plan"], [spoken(plan) for plan in known.plans])
    often: list[tuple[Part, ...]] = []
    patterns: list[tuple[Part, ...]] = [(spoken(saying),) for saying in (*known.sayings, *known.policies)]
    for path in files:
        found = [parse(line, where) for where, line in lines(path)]
        (often if path.name in OFTEN else patterns).extend(found)
    if missing := sorted(set(_slot_names([*patterns, *often])) - slots.keys()):
        raise RulesError(f"sentences: there is no slot {{{missing[0]}}}; add it to slots.txt")
    weights = list(accumulate(_breadth(pattern) ** 0.5 for pattern in patterns))
    chosen = speaker.chance.choices(patterns, cum_weights=weights, k=count) if patterns else []
    different = dict.fromkeys(tuple(_sentence(speaker, pattern)) for pattern in chosen)
    repeated = speaker.chance.choices(often, k=round(count * _SHARE_OFTEN)) if often else []
    return [*map(list, different), *(_sentence(speaker, pattern) for pattern in repeated)]


def short_answers(folder: Path, count: int, seed: int = 7) -> list[list[str]]:
    """So many of what is said in a word or two, as often as it comes up. Raises RulesError when the file is wrong."""
    speaker = Speaker(dict(number_slots()), random.Random(seed))
    patterns = [parse(line, where) for where, line in lines(folder / CALLS / SHORT)]
    return [_sentence(speaker, speaker.chance.choice(patterns)) for _ in range(count)] if patterns else []


def _sentence(speaker: Speaker, pattern: Sequence[Part]) -> list[str]:
    # A pattern's `i 'll` is `i'll`.
    return with_articles(" ".join(speaker.say(pattern)).replace(" '", "'").split())


def pattern_files(folder: Path, of: str) -> list[Path]:
    """Raises RulesError when there is none."""
    found = sorted((folder / of).glob("*.txt"))
    if not found:
        raise RulesError(f"{folder / of}: there are no sentences; put the files back")
    return found


def with_articles(words: Sequence[str]) -> list[str]:
    """`a` or `an` as the next word wants it, whichever a pattern had: `a order` is `an order`."""
    before = ["an" if _VOWEL.match(word) else "a" for word in [*words[1:], ""]]
    return [article if word in ("a", "an") else word for word, article in zip(words, before, strict=True)]


def _in_classes(fill: Fill) -> Fill:
    return lambda chance: in_classes(fill(chance))


def _said_by(speaker: Speaker, pattern: tuple[Part, ...]) -> Fill:
    return lambda _: " ".join(speaker.say(pattern))


def _either(usual: Fill, own: Sequence[str]) -> Fill:
    """Half of the time one's own, where there are any."""
    return lambda chance: chance.choice(own) if own and chance.random() < 0.5 else usual(chance)


def _slot_names(patterns: Sequence[Sequence[Part]]) -> Iterator[str]:
    for pattern in patterns:
        for part in pattern:
            if isinstance(part, Slot):
                yield part.name
            elif isinstance(part, Alternatives):
                yield from _slot_names(part.choices)


def _breadth(parts: Sequence[Part]) -> float:
    """How many things a pattern can say, roughly; a slot counts as ten."""
    breadth = 1.0
    for part in parts:
        if isinstance(part, Slot):
            breadth *= 10
        elif isinstance(part, Alternatives):
            breadth *= sum(_breadth(choice) for choice in part.choices) + part.optional
    return min(breadth, 400.0)
