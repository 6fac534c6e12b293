"""Words that may stay on screen: what two decodes of a growing utterance agreed on does not change any more."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_MARKS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is believed of an utterance that still grows."""

    committed: tuple[str, ...] = ()
    """Words that two decodes in a row agreed on; only ever added to."""
    open: tuple[str, ...] = ()
    """Words that the latest decode put behind them."""

    @property
    def text(self) -> str:
        return " ".join((*self.committed, *self.open))


def agree(before: Agreement, text: str) -> Agreement:
    """What is believed once the longer sound was decoded to `text`. Capitals and punctuation tell no words apart."""
    words = tuple(text.split())
    rest = words[_reach(_plain(before.committed), _plain(words)) :]
    agreed = _common(_plain(before.open), _plain(rest))
    return Agreement((*before.committed, *rest[:agreed]), rest[agreed:])


def beyond(before: Agreement, text: str) -> Agreement:
    """What is left of it once its first sound was settled to `text`."""
    words = (*before.committed, *before.open)
    gone = _reach(_plain(text.split()), _plain(words))
    kept = max(gone, len(before.committed))
    return Agreement(words[gone:kept], words[kept:])


def _plain(words: Sequence[str]) -> list[str]:
    return [_MARKS.sub("", word).casefold() or word for word in words]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _reach(committed: Sequence[str], words: Sequence[str]) -> int:
    """How many of `words` stand for what is committed: the beginning with the fewest edits to it."""
    if list(words[: len(committed)]) == list(committed):
        return len(committed)
    edits = list(range(len(words) + 1))
    for row, wanted in enumerate(committed, start=1):
        diagonal, edits[0] = edits[0], row
        for column, word in enumerate(words, start=1):
            diagonal, edits[column] = (
                edits[column],
                min(diagonal + (word != wanted), edits[column] + 1, edits[column - 1] + 1),
            )
    return min(range(len(edits)), key=lambda length: (edits[length], abs(length - len(committed))))
