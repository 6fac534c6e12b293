"""What was said, as people write it: "order seven eight nine zero one" is "order #78901", so is "Order 7 8 9 0 1".

Pure, and careful: what could be read in two ways stays in words, and what is written already stays as it is. A number
is read as a whole, or not at all: never the end of a longer one.
"""

from collections.abc import Sequence

from core.assistant.addresses import emails
from core.assistant.number_words import Found, Token, tokens
from core.assistant.spelling import spelled_with_names
from core.assistant.spoken import runs
from core.assistant.written_amounts import decimal, money, percent
from core.assistant.written_dates import date, time_of_day
from core.assistant.written_numbers import Read, Runs, identifier, numbers
from core.languages import ANY_LANGUAGE

_ENGLISH = ("en", ANY_LANGUAGE, "")


def written(text: str, language: str = "en") -> str:
    """The text with numbers, money, dates and addresses in written form. Words and marks between them stay.

    Takes lower-case words as well as what an engine has partly written itself. English only; other languages stay as
    they are.
    """
    if language not in _ENGLISH:
        return text
    found = _spelled(text)
    words = [_hidden(word, found) for word in tokens(text)]
    starting = {run.first: run for run in runs(words)}
    at = 0
    while at < len(words):
        if read := _read(words, at, starting):
            if read.value is not None:
                found.append(Found(read.value, words[at].start, words[read.after - 1].end))
            at = read.after
        elif at in starting:
            found += numbers(words, starting[at], starting)
            at = starting[at].after
        else:
            at += 1
    pieces, end = [], 0
    for one in sorted(found, key=lambda one: one.start):
        pieces += [text[end : one.start], one.value]
        end = one.end
    return "".join([*pieces, text[end:]])


def _read(words: Sequence[Token], at: int, starting: Runs) -> Read | None:
    for reader in (date, decimal, money, percent, time_of_day, identifier):
        if read := reader(words, at, starting):
            return read
    return None


def _spelled(text: str) -> list[Found]:
    """Addresses, where they are not written already, and names spelled "s as in sam"."""
    addresses = emails(text)
    taken = [(one.start, one.end) for one in addresses]
    letters = [
        one
        for one in spelled_with_names(tokens(text))
        if not any(start < one.end and one.start < end for start, end in taken)
    ]
    return letters + [
        Found(text[one.start : one.end], one.start, one.end)
        if text[one.start : one.end].lower().rstrip(".") == one.value
        else one
        for one in addresses
    ]


def _hidden(word: Token, found: Sequence[Found]) -> Token:
    """A mark in place of what is part of an address."""
    inside = any(one.start <= word.start < one.end for one in found)
    return Token("@", word.start, word.end, "mark") if inside else word
