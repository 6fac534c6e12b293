"""What is likely to be said in a call: sentences made from patterns, filled with names, products and numbers.

Nobody hears these sentences; the embedded engine's language model counts their words. Patterns are lines such as
`(hello|hi) [there] my name is {name}`: either of the alternatives, a part that may be left out, a slot. Slots are
filled from `slots.txt`, from the database, and by the makers of spoken numbers below.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from core.errors import RulesError
from core.letters import without_accents
from core.speech.base import Known
from core.speech.spoken_numbers import MONTHS, cardinal, digit_by_digit, money, ordinal, year

_TOKEN = re.compile(r"\{\w+\}|[()\[\]|]|[^\s()\[\]|{}]+")
_VOWEL = re.compile(r"(?!one\b|once\b|uni|us[eiu]|eu)[aeiou]|hour|honest|[fhlmnrsx]\b")
_NOT_SPOKEN = re.compile(r"[^a-z' ]+")
_LAST_DAY = 31
SHORT = "short.txt"
OFTEN = ("often.txt", SHORT)
_SHARE_OFTEN = 0.05
_LEFT_OUT = 0.45
"""How often a part in brackets is left out."""


Fill = Callable[[random.Random], str]


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


def sentences(folder: Path, known: Known, count: int, seed: int = 7) -> list[list[str]]:
    """The different ones among `count` sentences from the files in `folder`, and what is said often.

    Every pattern of `sentences/` is said about equally often per choice, with what `slots.txt` and the data fill in.
    None of them stands twice, however often it was chosen: how often something was *not* seen twice tells the model how
    much there is that it has not seen at all. Those of `OFTEN` stand as often as they were chosen, each pattern as
    often as any other. Raises RulesError when one of the files is wrong.
    """
    files = pattern_files(folder)
    slots = dict(number_slots()) | known_slots(known)
    speaker = Speaker(slots, random.Random(seed))
    for where, line in _lines(folder / "slots.txt"):
        name, _, values = line.partition("=")
        slots[name.strip()] = _said_by(speaker, parse(values, where))
    if "plan" in slots:
        slots["plan"] = _either(slots["plan"], [spoken(plan) for plan in known.plans])
    often: list[tuple[Part, ...]] = []
    patterns: list[tuple[Part, ...]] = [(spoken(saying),) for saying in (*known.sayings, *known.policies)]
    for path in files:
        found = [parse(line, where) for where, line in _lines(path)]
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
    patterns = [parse(line, where) for where, line in _lines(folder / "sentences" / SHORT)]
    return [_sentence(speaker, speaker.chance.choice(patterns)) for _ in range(count)] if patterns else []


def _sentence(speaker: Speaker, pattern: Sequence[Part]) -> list[str]:
    # A pattern's `i 'll` is `i'll`.
    return with_articles(" ".join(speaker.say(pattern)).replace(" '", "'").split())


def pattern_files(folder: Path) -> list[Path]:
    """Raises RulesError when there is none."""
    found = sorted((folder / "sentences").glob("*.txt"))
    if not found:
        raise RulesError(f"{folder / 'sentences'}: there are no sentences; put the files back")
    return found


def spoken(text: str) -> str:
    """A written name as words to be said: `Mesh Wi-Fi Router` is `mesh wi fi router`, `Zoë 12` is `zoe twelve`."""
    plain = without_accents(text).lower().replace("’", "'")
    said = re.sub(r"\d+", lambda number: f" {cardinal(int(number[0]))} ", plain)
    return " ".join(_NOT_SPOKEN.sub(" ", said).split())


def with_articles(words: Sequence[str]) -> list[str]:
    """`a` or `an` as the next word wants it, whichever a pattern had: `a order` is `an order`."""
    before = ["an" if _VOWEL.match(word) else "a" for word in [*words[1:], ""]]
    return [article if word in ("a", "an") else word for word, article in zip(words, before, strict=True)]


def number_slots() -> Iterator[tuple[str, Fill]]:
    """Numbers as people say them."""
    yield "digit", lambda chance: cardinal(chance.randint(2, 9))
    yield "number", lambda chance: cardinal(chance.choice((*range(1, 13), 14, 15, 20, 24, 25, 30, 45, 48, 60, 72, 90)))
    yield (
        "housenumber",
        lambda chance: chance.choice(
            (
                cardinal(chance.randint(1, 999)),
                digit_by_digit(_digits(chance, 3), chance),
                year(chance.randint(1100, 9999)),
            )
        ),
    )
    for name, sizes in {"digits": (3, 4, 5, 5, 5, 6, 6, 7, 8), "digits3": (3,), "digits4": (4,), "zip": (5,)}.items():
        yield name, _identifier(sizes)
    yield "tracking", lambda chance: digit_by_digit(_digits(chance, chance.choice((8, 10, 12))), chance)
    yield (
        "phone",
        lambda chance: digit_by_digit(
            _digits(chance, 3) + chance.choice(("555", _digits(chance, 3))) + _digits(chance, 4), chance
        ),
    )
    yield "money", _money
    yield (
        "percent",
        lambda chance: f"{cardinal(chance.choice((*range(5, 55, 5), 12, 100, chance.randint(1, 99))))} percent",
    )
    yield "range", lambda chance: " ".join(_range(chance))
    yield "letters", lambda chance: " ".join(chance.choices("abcdefghijklmnoprstuvwy", k=chance.randint(3, 7)))
    yield "year", lambda chance: year(chance.randint(1990, 2029))
    yield "time", _time
    yield "date", _date
    yield "birth", lambda chance: f"{_date(chance)} {year(chance.randint(1940, 2008))}"


def known_slots(known: Known) -> dict[str, Fill]:
    """Names, half of them of customers and half common ones; products; and e-mail addresses of those names."""
    from faker.providers.person.en_US import Provider

    firsts, first_weights = list(Provider.first_names), list(accumulate(Provider.first_names.values()))
    lasts, last_weights = list(Provider.last_names), list(accumulate(Provider.last_names.values()))
    people = _people(known)
    products = [spoken(product) for product in known.products] or ["phone"]
    shorter = products + [" ".join(product.split()[-2:]) for product in products]

    def person(chance: random.Random) -> list[str]:
        if people and chance.random() < 0.5:
            return chance.choice(people)
        first = chance.choices(firsts, cum_weights=first_weights)[0]
        return [spoken(first), spoken(chance.choices(lasts, cum_weights=last_weights)[0])]

    def email(chance: random.Random) -> str:
        name = person(chance)
        user = chance.choice(
            (" dot ".join((name[0], name[-1])), name[0], " ".join(name), f"{name[0]} {cardinal(chance.randint(1, 99))}")
        )
        host = chance.choice(("example", "gmail", "yahoo", "hotmail", "outlook"))
        return f"{user} at {host} dot {chance.choice(('com', 'com', 'net', 'org'))}"

    return {
        "name": lambda chance: " ".join(person(chance)),
        "first": lambda chance: person(chance)[0],
        "last": lambda chance: person(chance)[-1],
        "product": lambda chance: chance.choice(shorter),
        "email": email,
    }


def first_and_last_names(known: Known) -> tuple[set[str], dict[str, float]]:
    """First names, and how often each last name follows one: half of them of customers and half common ones."""
    from faker.providers.person.en_US import Provider

    people = _people(known)
    lasts = {spoken(name): share for name, share in Provider.last_names.items()}
    of_a_customer = sum(lasts.values()) / max(1, len(people))
    for name in people:
        lasts[name[-1]] = lasts.get(name[-1], 0.0) + of_a_customer
    return {*(name[0] for name in people), *map(spoken, Provider.first_names)}, lasts


def _people(known: Known) -> list[list[str]]:
    return [words for name in known.names if (words := spoken(name).split())]


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Each line that says something, and where it is."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise RulesError(f"{path}: cannot be read ({error.strerror}); put the file back") from error
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            yield f"{path.name}, line {number}", line


def _said_by(speaker: Speaker, pattern: tuple[Part, ...]) -> Fill:
    return lambda _: " ".join(speaker.say(pattern))


def _either(usual: Fill, own: Sequence[str]) -> Fill:
    """Half of the time one's own, where there are any."""
    return lambda chance: chance.choice(own) if own and chance.random() < 0.5 else usual(chance)


def _identifier(sizes: Sequence[int]) -> Fill:
    return lambda chance: digit_by_digit(_digits(chance, chance.choice(sizes)), chance)


def _digits(chance: random.Random, size: int) -> str:
    return "".join(chance.choices("0123456789", k=size))


def _money(chance: random.Random) -> str:
    whole = chance.choice(
        (
            chance.randint(1, 20),
            chance.randint(10, 99),
            chance.randint(20, 400),
            chance.choice((100, 200, 500, 50, 25, 1000, 1500)),
        )
    )
    cents = chance.choice((0, 0, 0, 99, 50, 95, chance.randint(1, 98)))
    return money(whole, cents, chance)


def _range(chance: random.Random) -> tuple[str, str, str]:
    low = chance.randint(2, 7)
    return cardinal(low), chance.choice(("to", "or")), cardinal(low + chance.choice((1, 2, 3, 5)))


def _time(chance: random.Random) -> str:
    hour = cardinal(chance.randint(1, 12))
    return chance.choice(
        (
            hour,
            f"{hour} o'clock",
            f"{hour} {chance.choice(('fifteen', 'thirty', 'forty five'))}",
            f"{hour} p m",
            f"{hour} a m",
            "noon",
        )
    )


def _date(chance: random.Random) -> str:
    month, day = chance.choice(MONTHS), ordinal(chance.randint(1, _LAST_DAY))
    return chance.choice((f"{month} {day}", f"the {day} of {month}", f"the {day}", f"{month} the {day}"))


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
