"""Letters said one by one: "s a r a h", "S-A-R-A-H", "s as in sam, a as in apple", "m i double l e r"."""

from collections.abc import Sequence
from dataclasses import replace

from core.assistant.number_words import Found, Token, word_at

_FEWEST = 3
_FEWEST_NAMED = 2
_TIMES = {"double": 2, "triple": 3}
_VOWELS = "aeiou"


def letters_joined(words: Sequence[Token]) -> list[Token]:
    """The words with each letter of what was spelled as one token: without "as in sam", without hyphens between."""
    joined: list[Token] = []
    at = 0
    while at < len(words):
        letters, after = _spelled_at(words, at)
        if letters:
            joined += letters
            at = after
        else:
            joined.append(words[at])
            at += 1
    return joined


def spelled_with_names(words: Sequence[Token]) -> list[Found]:
    """What was spelled as in "s as in sam", written "S-A-R-A-H"."""
    found = []
    at = 0
    while at < len(words):
        letters, after = _spelled_at(words, at)
        if letters and any(word.text == "as" for word in words[at:after]):
            found.append(Found("-".join(one.text.upper() for one in letters), letters[0].start, letters[-1].end))
        at = max(after, at + 1)
    return found


def _spelled_at(words: Sequence[Token], at: int) -> tuple[list[Token], int]:
    """The letters spelled from here on, and where they end; none where they may be anything else."""
    letters: list[Token] = []
    named = 0
    end = at
    while found := _letter_at(words, at, sure=named > 0):
        some, end = found
        named += end - at > 2
        letters += some
        at = end + 1 if word_at(words, end) in ("-", ",") and _letter_at(words, end + 1, sure=False) else end
    enough = len(letters) >= _FEWEST or (named >= _FEWEST_NAMED)
    return (letters, end) if enough else ([], end)


def _letter_at(words: Sequence[Token], at: int, *, sure: bool) -> tuple[list[Token], int] | None:
    word = word_at(words, at)
    if word in _TIMES and _is_letter(word_at(words, at + 1)):
        return [replace(words[at + 1], start=words[at].start)] * _TIMES[word], at + 2
    if not _is_letter(word):
        return None
    after = at + 3 if word_at(words, at + 1) == "as" and word_at(words, at + 2) == "in" else at + 2
    # "I like ice cream" spells nothing.
    joint = after == at + 3 or (word_at(words, at + 1) in ("for", "like") and (sure or word not in _VOWELS))
    named = word_at(words, after)
    if joint and len(named) > 1 and named.startswith(word):
        return [replace(words[at], end=words[after].end)], after + 1
    return [words[at]], at + 1


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word.isalpha()
