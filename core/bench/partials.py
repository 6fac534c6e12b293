"""How far what is shown lags behind somebody who speaks. All times are seconds of one clock."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

Words = list[str]
Line = tuple[float, Words]
"""When a partial or the final arrived, and its words."""
LONGEST_GAP_MS = 300.0
GAP_NOTE = "from the end of an utterance's first word to the end of its last"
CHANGE_NOTE = f"{GAP_NOTE}, between partials that say something else; words end every 300 to 400 ms"
_LOOKS_EVERY_S = 0.1


def seen_s(words: Words, lines: Sequence[Line]) -> dict[int, float]:
    """For each of the words, by its place, when a line first had it. Words no line had are left out.

    Lines are compared with them word by word, so that a word misheard, missing or too many does not count against
    those after it.
    """
    seen: dict[int, float] = {}
    for arrived_s, line in lines:
        for block in SequenceMatcher(None, line, words, autojunk=False).get_matching_blocks():
            for place in range(block.b, block.b + block.size):
                seen.setdefault(place, arrived_s)
    return seen


def gaps_s(ends_s: Sequence[float], arrivals_s: Sequence[float]) -> list[float]:
    """The times without a partial between the end of the first word and that of the last; both count as one."""
    first_s, last_s = ends_s[0], ends_s[-1]
    within = [arrived_s for arrived_s in arrivals_s if first_s < arrived_s < last_s]
    return [later - earlier for earlier, later in pairwise([first_s, *within, last_s])] if last_s > first_s else []


def arrivals_s(lines: Sequence[Line]) -> list[float]:
    """When lines with words came, whether they said something new or the same again."""
    return [arrived_s for arrived_s, words in lines if words]


def changes_s(lines: Sequence[Line]) -> list[float]:
    """When lines came that differ from the one before."""
    before: Words = []
    changed = []
    for arrived_s, words in lines:
        if words != before:
            changed.append(arrived_s)
        before = words
    return changed


def ages_s(ends_s: Sequence[float], seen: dict[int, float]) -> Iterator[float]:
    """How long ago the newest word shown was spoken, for one who looks ten times a second while speech lasts.

    Before any is shown, how long the first has been waited for.
    """
    for step in range(round((ends_s[-1] - ends_s[0]) / _LOOKS_EVERY_S) + 1):
        now_s = ends_s[0] + step * _LOOKS_EVERY_S
        newest = max((place for place, at_s in seen.items() if at_s <= now_s), default=0)
        yield now_s - min(now_s, ends_s[newest])
