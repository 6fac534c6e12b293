"""Who is calling, judged from everything heard so far.

An order or account number, an e-mail address or a phone number that is on file names a customer. So does a full name
that is on file once and sounds like nobody else's. Everything weaker (a misheard name, a first name, a number one digit
off) and everything contradictory only yields candidates: a person picks, never this module.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from jellyfish import metaphone
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from core.calls.events import Candidate, EntityKind

CLEAR = 0.9
"""A full name scoring this or more was said, or one that sounds just like it."""
LIKELY = 0.65
"""Below this a name is somebody else's."""
CANDIDATES = 5
_NUMBERS: tuple[EntityKind, ...] = ("order", "account", "email", "phone")
_NEAR_MISS = 0.5
_SHORTEST_NEAR_MISS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a customer can be recognised by."""

    customer_id: str
    account_number: str
    name: str
    email: str
    phone: str
    order_ids: tuple[str, ...] = ()

    def values(self, kind: EntityKind) -> tuple[str, ...]:
        match kind:
            case "order":
                return self.order_ids
            case "account":
                return (self.account_number,)
            case "email":
                return (self.email,)
            case "phone":
                return (self.phone,)
            case "name":
                return (self.name,)


class Directory:
    """Everybody, found by what they can be recognised by."""

    def __init__(self, people: Iterable[Person]) -> None:
        self.people = tuple(people)
        self._by_value: defaultdict[tuple[EntityKind, str], list[Person]] = defaultdict(list)
        for person in self.people:
            for kind in (*_NUMBERS, "name"):
                for value in person.values(kind):
                    self._by_value[kind, value.lower()].append(person)

    def exactly(self, kind: EntityKind, value: str) -> tuple[Person, ...]:
        return tuple(self._by_value.get((kind, value.lower()), ()))

    def nearly(self, kind: EntityKind, value: str) -> tuple[Person, ...]:
        """People with such a number or address one slip away: a digit wrong, missing, doubled or swapped."""
        if kind == "name" or len(value) < _SHORTEST_NEAR_MISS:
            return ()
        return tuple(p for p in self.people if any(_near(kind, value.lower(), known) for known in p.values(kind)))

    def named(self, heard: str, at_least: float = LIKELY) -> list[tuple[float, Person]]:
        """People whose name is like what was heard, best first."""
        scored = [(score, person) for person in self.people if (score := name_score(heard, person.name)) >= at_least]
        return sorted(scored, key=lambda found: (-found[0], found[1].customer_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One thing somebody said that may tell who is calling."""

    kind: EntityKind
    value: str
    read_back: bool = False
    """Said by the agent, reading it back."""


@dataclass(frozen=True, slots=True)
class Identified:
    person: Person
    matched_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ambiguous:
    heard: str
    candidates: tuple[Candidate, ...]


def match(heard: Sequence[Heard], directory: Directory) -> Identified | Ambiguous | None:
    """Weigh everything heard; None when it fits nobody."""
    names = [one.value for one in heard if one.kind == "name"]
    numbers = [one for one in heard if one.kind != "name"]
    named = {p.customer_id: p for one in numbers for p in directory.exactly(one.kind, one.value)}
    clear = _clearly_named(names, directory)
    if len(named) == 1:
        person = next(iter(named.values()))
        fits = any(name_score(name, person.name) >= LIKELY for name in names)
        if fits or not clear or person in clear:
            return Identified(person, _matched_on(person, heard, directory))
    elif not named and len(clear) == 1 and _said_exactly(clear[0].name, names):
        return Identified(clear[0], _matched_on(clear[0], heard, directory))
    candidates = _candidates(heard, directory)
    return Ambiguous(_summary(heard), candidates) if candidates else None


def name_score(heard: str, name: str) -> float:
    """0–1, how likely `name` was said when `heard` was understood. A first or last name alone stays below 0.8."""
    return _name_score(" ".join(heard.lower().split()), name.lower())


@lru_cache(maxsize=65_536)
def _name_score(heard: str, name: str) -> float:
    if heard == name:
        return 1.0
    words, parts = heard.split(), name.split()
    if not words or not parts:
        return 0.0
    if len(words) == 1 or len(parts) == 1:
        best = max(_alike(words[0], part) for part in parts) if len(words) == 1 else _alike("".join(words), parts[0])
        return 0.75 * best if best >= 0.85 else 0.0
    first, last = parts[0], "".join(parts[1:])
    # A recogniser breaks names at the wrong place ("john send" for Johnson): every split is tried.
    splits = (("".join(words[:cut]), "".join(words[cut:])) for cut in range(1, len(words)))
    return max(_both(_alike(a, first), _alike(b, last)) for a, b in splits)


def _both(first: float, last: float) -> float:
    """One half of a name cannot make up for the other."""
    return (first + last + 2 * min(first, last)) / 4


def _alike(heard: str, part: str) -> float:
    spelled = fuzz.ratio(heard, part) / 100
    sounded = fuzz.ratio(metaphone(heard), metaphone(part)) / 100
    return max(spelled, (spelled + sounded) / 2)


def _clearly_named(names: Sequence[str], directory: Directory) -> list[Person]:
    """Everyone one of the full names clearly fits; two people named alike are both in it."""
    found = {p.customer_id: p for name in names if " " in name for _, p in directory.named(name, CLEAR)}
    return list(found.values())


def _said_exactly(name: str, names: Sequence[str]) -> bool:
    return any(" " in said and name_score(said, name) == 1.0 for said in names)


def _candidates(heard: Sequence[Heard], directory: Directory) -> tuple[Candidate, ...]:
    doubt: defaultdict[str, float] = defaultdict(lambda: 1.0)
    people = {person.customer_id: person for person in directory.people}
    for one in _distinct(heard):
        for weight, person in _suspects(one, directory):
            doubt[person.customer_id] *= 1 - 0.95 * weight
    ranked = sorted(doubt, key=lambda customer_id: (doubt[customer_id], customer_id))
    return tuple(
        Candidate(
            customer_id=customer_id,
            account_number=people[customer_id].account_number,
            name=people[customer_id].name,
            score=round(1 - doubt[customer_id], 2),
        )
        for customer_id in ranked[:CANDIDATES]
    )


def _suspects(one: Heard, directory: Directory) -> list[tuple[float, Person]]:
    if one.kind == "name":
        return directory.named(one.value)
    if exact := directory.exactly(one.kind, one.value):
        return [(1.0, person) for person in exact]
    return [(_NEAR_MISS, person) for person in directory.nearly(one.kind, one.value)]


def _matched_on(person: Person, heard: Sequence[Heard], directory: Directory) -> tuple[str, ...]:
    reasons = []
    for one in _distinct(heard):
        if one.kind == "name":
            if name_score(one.value, person.name) >= LIKELY:
                reasons.append(f'name "{one.value.lower()}"')
        elif person in directory.exactly(one.kind, one.value):
            reasons.append(f"{one.kind} {one.value}" + (" (read back by agent)" if one.read_back else ""))
    return tuple(reasons)


def _near(kind: EntityKind, heard: str, known: str) -> bool:
    if kind == "email":
        return fuzz.ratio(heard, known) >= 90
    return OSA.distance(heard, known, score_cutoff=1) <= 1


def _distinct(heard: Sequence[Heard]) -> list[Heard]:
    """Saying a thing twice does not make it truer."""
    return list({(one.kind, one.value.lower()): one for one in heard}.values())


def _summary(heard: Sequence[Heard]) -> str:
    return ", ".join(f"{one.kind} {one.value}" for one in _distinct(heard))
