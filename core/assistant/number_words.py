"""A text as words, and what number words among them are worth."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
}  # fmt: skip
TEENS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
SIZES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_TOKEN = re.compile(
    r"(?P<amount>[$€£]\s?\d+(?:,\d{3})*(?:\.\d+)?|\d{1,3}(?:,\d{3})+\.\d+|\d+[.:/]\d+(?:[.:/]\d+)*|\d+\s?%)"
    r"|(?P<word>\d*[^\W\d_]+(?:['’][^\W\d_]+)*\w*)"
    r"|(?P<grouped>\d{1,3}(?:,\d{3})+(?!\d))"
    r"|(?P<digits>\d+)"
    r"|(?P<mark>[^\w\s]|_)"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a written number or a mark, in lower case."""

    text: str
    start: int
    end: int
    kind: str
    """word, digits, amount or mark."""


@dataclass(frozen=True, slots=True)
class Found:
    """A written form and where it was said."""

    value: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    found = []
    # A few capitals are two letters in lower case, and positions are those of the text given.
    plain = "".join(lower if len(lower := letter.lower()) == 1 else letter for letter in text)
    for match in _TOKEN.finditer(plain):
        kind, word = match.lastgroup or "", match.group().replace("’", "'")
        if kind == "grouped":
            kind, word = "digits", word.replace(",", "")
        found.append(Token(word, match.start(), match.end(), kind))
    return found


def cardinal(words: Sequence[Token], at: int) -> tuple[int, int] | None:
    """Such as "seventy eight thousand nine hundred and one" or "a hundred": its value, and where it ends."""
    total, end = 0, at
    for scale, size in (("million", SIZES["million"]), ("thousand", SIZES["thousand"]), ("", 1)):
        head = _below_thousand(words, _past_and(words, end) if total else at)
        if head is None:
            break
        value, after = head
        if not scale and not (total and (not value or word_at(words, after) in SIZES)):
            return total + value, after
        if scale and value and word_at(words, after) == scale:
            total, end = total + value * size, after + 1
    return (total, end) if total else None


def _below_thousand(words: Sequence[Token], at: int) -> tuple[int, int] | None:
    head = _below_hundred(words, at)
    if head is None:
        return None
    value, end = head
    if value and word_at(words, end) == "hundred":
        value, end = value * 100, end + 1
        rest = _below_hundred(words, _past_and(words, end))
        # "One hundred and two hundred" are two numbers, and so are "two hundred and a thousand".
        if rest and rest[0] and word_at(words, rest[1]) != "hundred" and words[rest[1] - 1].text != "a":
            return value + rest[0], rest[1]
    return value, end


def _below_hundred(words: Sequence[Token], at: int) -> tuple[int, int] | None:
    word = word_at(words, at)
    if word in TENS:
        after = at + 2 if word_at(words, at + 1) == "-" else at + 1
        unit = UNITS.get(word_at(words, after), 0)
        return (TENS[word] + unit, after + 1) if unit else (TENS[word], at + 1)
    if word in TEENS:
        return TEENS[word], at + 1
    if word == "a" and word_at(words, at + 1) in SIZES and word_at(words, at - 1) != "half":
        return 1, at + 1
    return (UNITS[word], at + 1) if word in UNITS else None


def _past_and(words: Sequence[Token], at: int) -> int:
    return at + 1 if word_at(words, at) == "and" else at


def word_at(words: Sequence[Token], at: int) -> str:
    """The word or mark there, empty outside the text."""
    return words[at].text if 0 <= at < len(words) else ""
