"""Written forms out of speech: numbers and phone numbers as people say them (`addresses.py` does e-mail).

Works on transcripts with or without punctuation and capitals. Positions are characters of the text given.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import phonenumbers

_UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
}  # fmt: skip
_TEENS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_ZEROS = {"oh", "o", "nought", "naught"}
_TIMES = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}
# What a recogniser writes for a digit; believed only between two digits said one by one.
_HOMOPHONES = {"to": "2", "too": "2", "for": "4", "won": "1", "ate": "8"}
_BETWEEN = {",", "-", "–", "(", ")", "uh", "um", "er", "erm", "dash", "hyphen"}
_MEASURES = {
    "dollar", "dollars", "buck", "bucks", "cent", "cents", "euro", "euros", "pound", "pounds", "percent", "second",
    "seconds", "minute", "minutes", "hour", "hours", "day", "days", "week", "weeks", "month", "months", "year", "years",
    "time", "times", "gigabyte", "gigabytes", "gig", "gigs", "megabyte", "megabytes", "am", "pm", "o'clock",
}  # fmt: skip
_TOKEN = re.compile(
    r"(?P<amount>[$€£]\s?\d[\d,]*(?:\.\d+)?|\d+[.:/]\d+(?:[.:/]\d+)*|\d+\s?%)"
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
    for match in _TOKEN.finditer(text.lower()):
        kind, word = match.lastgroup or "", match.group().replace("’", "'")
        if kind == "grouped":
            kind, word = "digits", word.replace(",", "")
        found.append(Token(word, match.start(), match.end(), kind))
    return found


def digit_runs(text: str) -> list[Found]:
    """Every number said or written as an identifier, as digits; amounts, times and durations are left out."""
    return list(_runs(tokens(text)))


def phone_number(digits: str, region: str = "US") -> str | None:
    """E.164 for a run of digits that is long enough to be a phone number with its area code."""
    if not 10 <= len(digits) <= 15:
        return None
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@dataclass(slots=True)
class _Run:
    digits: list[str] = field(default_factory=list)
    start: int = 0
    end: int = 0
    one_by_one: bool = False
    """The last digit was a single spoken word."""


def _runs(words: Sequence[Token]) -> Iterator[Found]:
    at = 0
    while at < len(words):
        run, at = _run_at(words, at)
        if run is None:
            at += 1
        elif not (at < len(words) and words[at].text in _MEASURES):
            yield Found("".join(run.digits), run.start, run.end)


def _run_at(words: Sequence[Token], at: int) -> tuple[_Run | None, int]:
    """The run beginning exactly here, and where it ends."""
    run: _Run | None = None
    end = at
    while at < len(words):
        group = _group_at(words, at, inside=run is not None and run.one_by_one, started=run is not None)
        if group is None:
            if run is None or words[at].text not in _BETWEEN:
                break
            at += 1
            continue
        digits, after = group
        run = run or _Run(start=words[at].start)
        run.digits.append(digits)
        run.one_by_one = len(digits) == 1 and words[at].kind == "word"
        run.end = words[after - 1].end
        at = end = after
    return run, end


def _group_at(words: Sequence[Token], at: int, *, inside: bool, started: bool) -> tuple[str, int] | None:
    """Digits said in one breath ("seven", "seventy eight", "double oh", "nine hundred") and where they end."""
    word = words[at]
    if word.kind == "digits":
        return word.text, at + 1
    if word.text in _TIMES and (digit := _digit(words, at + 1)):
        return digit * _TIMES[word.text], at + 2
    if word.text in _ZEROS:
        return ("0", at + 1) if started or _begins_number(words, at + 1) else None
    if word.text in _HOMOPHONES and inside and word.text not in _UNITS and _digit(words, at + 1):
        return _HOMOPHONES[word.text], at + 1
    number = cardinal(words, at)
    return (str(number[0]), number[1]) if number else None


def _digit(words: Sequence[Token], at: int) -> str | None:
    """A single digit, said or written."""
    if at >= len(words):
        return None
    word = words[at].text
    if word in _ZEROS:
        return "0"
    return str(_UNITS[word]) if word in _UNITS else word if len(word) == 1 and word.isdecimal() else None


def _begins_number(words: Sequence[Token], at: int) -> bool:
    while at < len(words) and words[at].text in _BETWEEN:
        at += 1
    if at >= len(words):
        return False
    word = words[at]
    return word.kind == "digits" or word.text in _UNITS | _TEENS | _TENS | _TIMES.keys() or word.text in _ZEROS


def cardinal(words: Sequence[Token], at: int) -> tuple[int, int] | None:
    """Such as "seventy eight thousand nine hundred and one"."""
    head = _below_thousand(words, at)
    if head is None:
        return None
    value, end = head
    if end < len(words) and words[end].text == "thousand":
        value, end = value * 1000, end + 1
        rest = _below_thousand(words, _past_and(words, end))
        if rest:
            return value + rest[0], rest[1]
    return value, end


def _below_thousand(words: Sequence[Token], at: int) -> tuple[int, int] | None:
    head = _below_hundred(words, at)
    if head is None:
        return None
    value, end = head
    if value and end < len(words) and words[end].text == "hundred":
        value, end = value * 100, end + 1
        rest = _below_hundred(words, _past_and(words, end))
        if rest and rest[0]:
            return value + rest[0], rest[1]
    return value, end


def _below_hundred(words: Sequence[Token], at: int) -> tuple[int, int] | None:
    if at >= len(words):
        return None
    word = words[at].text
    if word in _TENS:
        after = at + 2 if at + 1 < len(words) and words[at + 1].text == "-" else at + 1
        unit = _UNITS.get(words[after].text, 0) if after < len(words) else 0
        return (_TENS[word] + unit, after + 1) if unit else (_TENS[word], at + 1)
    if word in _TEENS:
        return _TEENS[word], at + 1
    return (_UNITS[word], at + 1) if word in _UNITS else None


def _past_and(words: Sequence[Token], at: int) -> int:
    return at + 1 if at < len(words) and words[at].text == "and" else at
