"""What fills the slots of the sentences in `data/speech`: names, products and numbers, as people say them."""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path

from core.errors import RulesError
from core.letters import without_accents
from core.speech.base import Known
from core.speech.spoken_numbers import MONTHS, cardinal, digit_by_digit, money, ordinal, year

Fill = Callable[[random.Random], str]

FIRST, LAST = "{first}", "{last}"
"""Any first name, any last name: while sentences are counted a class stands for its words, see `word_classes.py`."""
_NUMBER_CLASSES = {
    "{ones}": tuple(map(cardinal, range(1, 10))),
    "{teens}": tuple(map(cardinal, range(10, 20))),
    "{tens}": tuple(map(cardinal, range(20, 100, 10))),
    "{first_to_ninth}": tuple(map(ordinal, range(1, 10))),
    "{tenth_to_nineteenth}": tuple(map(ordinal, range(10, 20))),
    "{month}": MONTHS,
}
_NUMBER_CLASS = {word: name for name, words in _NUMBER_CLASSES.items() for word in words}
_HOME = "en_US"
_FROM = {_HOME: 0.85, "es_MX": 0.06, "en_IN": 0.05, "en_GB": 0.04}
"""Where names come from, and how often: those of the first from `first_names.txt` and `last_names.txt`, because Faker
has no more than the commonest."""
_NOT_SPOKEN = re.compile(r"[^a-z' ]+")
_LAST_DAY = 31
_PARTS_OF_DAY = ("p m", "a m", "in the morning", "in the afternoon", "in the evening", "at night")


def spoken(text: str) -> str:
    """A written name as words to be said: `Mesh Wi-Fi Router` is `mesh wi fi router`, `Zoë 12` is `zoe twelve`."""
    plain = without_accents(text).lower().replace("’", "'")
    said = re.sub(r"\d+", lambda number: f" {cardinal(int(number[0]))} ", plain)
    return " ".join(_NOT_SPOKEN.sub(" ", said).split())


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
    yield "percent", _percent
    yield "range", lambda chance: " ".join(_range(chance))
    yield "letters", lambda chance: " ".join(chance.choices("abcdefghijklmnoprstuvwy", k=chance.randint(3, 7)))
    yield "year", lambda chance: year(chance.randint(1990, 2029))
    yield "time", _time
    yield "date", _date
    yield "birth", lambda chance: f"{_date(chance)} {year(chance.randint(1940, 2008))}"


def classes(folder: Path, known: Known) -> dict[str, dict[str, float]]:
    """The words of each class and their shares: half of all names are a customer's, where there are any. Raises
    RulesError when a file of names is wrong."""
    people = _people(known)
    found = {name: dict.fromkeys(words, 1.0) for name, words in _NUMBER_CLASSES.items()}
    for name_class, kind, place in ((FIRST, "first_names", 0), (LAST, "last_names", -1)):
        shares: defaultdict[str, float] = defaultdict(float)
        for locale, weight in _FROM.items():
            named = counted(folder / f"{kind}.txt") if locale == _HOME else _names(locale, kind)
            total = sum(named.values())
            for written, share in named.items():
                if " " not in (name := spoken(written)):
                    shares[name] += weight * share / total
        for words in people:
            shares[words[place]] += 1 / len(people)
        found[name_class] = dict(shares)
    return found


def counted(path: Path) -> dict[str, float]:
    """Names and how common they are."""
    try:
        return {name: float(share) for name, share in (line.split() for _, line in lines(path))}
    except ValueError as error:
        raise RulesError(f"{path}: has to be lines of a name and how common it is ({error}); correct it") from error


def lines(path: Path) -> Iterator[tuple[str, str]]:
    """Each line of a file that says something, and where it is. Raises RulesError when it cannot be read."""
    try:
        found = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise RulesError(f"{path}: cannot be read ({error.strerror}); put the file back") from error
    for number, line in enumerate(found, start=1):
        if line.strip() and not line.startswith("#"):
            yield f"{path.name}, line {number}", line


def _names(locale: str, kind: str) -> Mapping[str, float]:
    """First or last names as Faker has them, with how common they are where it knows."""
    provider = import_module(f"faker.providers.person.{locale}").Provider
    named = getattr(provider, kind, None) or (*provider.first_names_male, *provider.first_names_female)
    return named if isinstance(named, Mapping) else dict.fromkeys(named, 1.0)


def in_classes(words: str) -> str:
    """The words with those of numbers as classes: `order one twenty` is `order {ones} {tens}`."""
    return " ".join(_NUMBER_CLASS.get(word, word) for word in words.split())


def out_of_classes(words: Iterable[str], chance: random.Random) -> list[str]:
    """The words with any of their class in place of those of numbers."""
    return [chance.choice(_NUMBER_CLASSES[word]) if word in _NUMBER_CLASSES else word for word in words]


def known_slots(known: Known) -> dict[str, Fill]:
    """Names, half of them of customers and half any; products; and e-mail addresses of those names."""
    people = _people(known)
    products = [spoken(product) for product in known.products] or ["phone"]
    shorter = products + [" ".join(product.split()[-2:]) for product in products]

    def person(chance: random.Random) -> list[str]:
        return chance.choice(people) if people and chance.random() < 0.5 else [FIRST, LAST]

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


def _people(known: Known) -> list[list[str]]:
    return [words for name in known.names if (words := spoken(name).split())]


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
            chance.randint(400, 5_000),
            chance.choice((100, 200, 500, 50, 25, 1000, 1500)),
        )
    )
    cents = chance.choice((0, 0, 0, 99, 50, 95, chance.randint(1, 98)))
    return money(whole, cents, chance)


def _range(chance: random.Random) -> tuple[str, str, str]:
    low = chance.randint(2, 7)
    return cardinal(low), chance.choice(("to", "or")), cardinal(low + chance.choice((1, 2, 3, 5)))


def _percent(chance: random.Random) -> str:
    whole = cardinal(chance.choice((*range(5, 55, 5), 12, 100, chance.randint(1, 99))))
    tenths = f" point {cardinal(chance.randint(1, 9))}" if chance.random() < 0.15 else ""
    return f"{whole}{tenths} percent"


def _minutes(chance: random.Random) -> str:
    minutes = chance.choice((chance.randrange(5, 60, 5), chance.randint(1, 59)))
    return f"{'oh ' if minutes < 10 else ''}{cardinal(minutes)}"


def _time(chance: random.Random) -> str:
    hour = cardinal(chance.randint(1, 12))
    return chance.choice(
        (
            hour,
            f"{hour} o'clock",
            f"{hour} {chance.choice(('fifteen', 'thirty', 'forty five'))}",
            f"{hour} {_minutes(chance)}",
            f"{hour} {_minutes(chance)} {chance.choice(_PARTS_OF_DAY)}",
            f"{hour} p m",
            f"{hour} a m",
            f"half past {hour}",
            f"{chance.choice(('quarter', 'a quarter'))} {chance.choice(('past', 'to'))} {hour}",
            "noon",
        )
    )


def _date(chance: random.Random) -> str:
    month, day = chance.choice(MONTHS), ordinal(chance.randint(1, _LAST_DAY))
    return chance.choice((f"{month} {day}", f"the {day} of {month}", f"the {day}", f"{month} the {day}"))
