"""Names and products as a text an engine can be given, and noticing when it only reads that text back."""

import re
from collections.abc import Iterator

from core.speech.base import Known

OURSELVES = "Sidetone"
"""What agents call when they want something done."""
_MARKS = re.compile(r"[\W_]+")
_READ_BACK = 3
"""So many entries in their order nobody says by chance."""


def entries(known: Known, most_characters: int) -> list[str]:
    """What to expect, as much as fits. Any call may be about the catalogue and the policies, which are few; of the
    customers only one calls, and whoever was in contact last is the likeliest to come back."""
    taken: list[str] = []
    length = 0
    for entry in _once([*known.plans, *known.products, *known.policies, OURSELVES, *known.recent, *known.names]):
        length += len(entry) + len(", ")
        if length > most_characters:
            break
        taken.append(entry)
    return taken


def reads_back(text: str, given: list[str]) -> bool:
    """The text is the list that was given and not speech: models do that when they hear silence or noise."""
    said = f" {_plain(text)} "
    runs = (given[at : at + _READ_BACK] for at in range(len(given) - _READ_BACK + 1))
    return any(f" {' '.join(map(_plain, run))} " in said for run in runs)


def _once(texts: list[str]) -> Iterator[str]:
    seen: set[str] = set()
    for text in texts:
        plain = _plain(text)
        if plain and plain not in seen:
            seen.add(plain)
            yield " ".join(text.split())


def _plain(text: str) -> str:
    return " ".join(_MARKS.sub(" ", text).casefold().split())
