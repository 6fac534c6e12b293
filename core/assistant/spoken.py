"""Numbers and phone numbers as people say them and as engines write them (`addresses.py` does e-mail).

Works on transcripts with or without punctuation and capitals. Positions are characters of the text given.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import phonenumbers

from core.assistant.number_words import (
    MONTHS,
    ORDINALS,
    SIZES,
    TEENS,
    TENS,
    UNITS,
    Found,
    Token,
    cardinal,
    tokens,
    word_at,
)

LAST_DAY = 31
ZEROS = {"oh", "o", "nought", "naught"}
_TIMES = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}
# What a recogniser writes for a digit; believed only between two digits said one by one.
_HOMOPHONES = {"to": "2", "too": "2", "for": "4", "won": "1", "ate": "8"}
_BETWEEN = {",", "-", "–", "(", ")", "uh", "um", "er", "erm", "dash", "hyphen"}
_MEASURES = {
    "dollar", "dollars", "buck", "bucks", "cent", "cents", "euro", "euros", "pound", "pounds", "percent", "second",
    "seconds", "minute", "minutes", "hour", "hours", "day", "days", "week", "weeks", "month", "months", "year", "years",
    "time", "times", "gigabyte", "gigabytes", "gig", "gigs", "megabyte", "megabytes", "am", "pm", "o'clock",
}  # fmt: skip


def digit_runs(text: str) -> list[Found]:
    """Every number said or written as an identifier, as digits; amounts, times, dates and durations are left out."""
    words = tokens(text)
    return [
        Found(run.digits, words[run.first].start, words[run.after - 1].end)
        for run in runs(words)
        if not measured(words, run.after) and not _in_a_date(words, run)
    ]


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


@dataclass(frozen=True, slots=True)
class Group:
    """Digits said in one breath, "seven", "seventy eight", "double oh", "nine hundred", or written together."""

    digits: str
    first: int
    after: int
    kind: Literal["single", "number", "written", "sounds"]
    """single: digits by name, such as "double oh" · sounds: a word that sounds like a digit, "for"."""


@dataclass(frozen=True, slots=True)
class Run:
    """Groups with nothing but commas, hyphens and hesitation between them. Places are those of tokens."""

    groups: tuple[Group, ...]

    @property
    def first(self) -> int:
        return self.groups[0].first

    @property
    def after(self) -> int:
        return self.groups[-1].after

    @property
    def digits(self) -> str:
        return "".join(group.digits for group in self.groups)


def runs(words: Sequence[Token]) -> list[Run]:
    """All numbers, in order; none begins behind another one that belongs to it, unless that one is measured."""
    found: list[Run] = []
    at = 0
    while at < len(words):
        groups = _groups_from(words, at)
        if not groups:
            at += 1
            continue
        found += _cut(words, groups)
        at = groups[-1].after
    return found


def measured(words: Sequence[Token], at: int) -> bool:
    """What stands here makes an amount, a time or a duration of the number before."""
    if word_at(words, at) == "-":
        at += 1
    word, behind = word_at(words, at), word_at(words, at + 1)
    if word in ("a", "p"):
        return (behind if behind != "." else word_at(words, at + 2)) == "m"
    return word in _MEASURES and not (word == "am" and behind == "i")


def year(groups: Sequence[Group]) -> int | None:
    """1900 to 2099, as in "twenty twenty four", "nineteen oh five", "two thousand and five" or "2024"."""
    digits = "".join(group.digits for group in groups)
    said_like_one = len(groups) == 1 or len(groups[0].digits) == 2
    return int(digits) if said_like_one and len(digits) == 4 and 1900 <= int(digits) < 2100 else None


def _in_a_date(words: Sequence[Token], run: Run) -> bool:
    """As in "march fifteenth twenty twenty four", "March 15, 2024", "june twelve"."""
    before = run.first - 1
    while word_at(words, before) in (",", "the"):
        before -= 1
    day = re.sub("(?<=[0-9])(?:st|nd|rd|th)$", "", word_at(words, before))
    if day in ORDINALS or (day.isdecimal() and day != word_at(words, before)):
        around = {word_at(words, before - 1), word_at(words, before - 2)}
        return year(run.groups) is not None and not around.isdisjoint(MONTHS)
    if word_at(words, before) not in MONTHS:
        return False
    first, *rest = run.groups
    is_day = first.kind != "sounds" and 0 < int(first.digits) <= LAST_DAY
    return (is_day and (not rest or year(rest) is not None)) or year(run.groups) is not None


def _groups_from(words: Sequence[Token], at: int) -> list[Group]:
    """The groups of the run beginning exactly here."""
    groups: list[Group] = []
    comma = False
    while at < len(words):
        inside = bool(groups) and groups[-1].kind in ("single", "sounds")
        group = _group_at(words, at, inside=inside, started=bool(groups))
        if group is None:
            begun = groups and (words[at].text in _BETWEEN or (words[at].text == "and" and _goes_on(words, groups[-1])))
            if not begun:
                break
            comma = comma or words[at].text == ","
            at += 1
            continue
        # "Orders 78901, 78902": digits by the thousand are a whole number.
        if comma and groups and (_whole(groups[-1]) or _whole(group)):
            break
        groups.append(group)
        at, comma = group.after, False
    return groups


def _goes_on(words: Sequence[Token], group: Group) -> bool:
    """ "A hundred, and" with a smaller number after it is one number, if an unclear one."""
    written = group.kind == "written" and not _whole(group) and group.digits.endswith("00")
    size = SIZES["hundred"] if written else SIZES.get(words[group.after - 1].text, 0)
    at = group.after
    while word_at(words, at) in _BETWEEN or word_at(words, at) == "and":
        at += 1
    rest = cardinal(words, at)
    value = rest[0] if rest else int(words[at].text) if at < len(words) and words[at].kind == "digits" else 0
    return 0 < value < size


def _whole(group: Group) -> bool:
    return group.kind == "written" and len(group.digits) > 4


def _cut(words: Sequence[Token], groups: Sequence[Group]) -> list[Run]:
    """One run, or two where only what follows the last comma, or "for", is measured: "seven eight nine for $5"."""
    if measured(words, groups[-1].after):
        if len(groups) > 1 and words[groups[0].first].text in ZEROS and groups[1].kind == "number":
            return _cut(words, groups[1:])
        for at in range(len(groups) - 1, 0, -1):
            between = {word.text for word in words[groups[at - 1].after : groups[at].first]}
            if groups[at - 1].kind == "sounds" and at > 1:
                return [Run(tuple(groups[: at - 1])), Run(tuple(groups[at:]))]
            if "," in between and not _goes_on(words, groups[at - 1]):
                return [Run(tuple(groups[:at])), Run(tuple(groups[at:]))]
    return [Run(tuple(groups))]


def _group_at(words: Sequence[Token], at: int, *, inside: bool, started: bool) -> Group | None:
    word = words[at]
    if word.kind == "digits":
        return Group(word.text, at, at + 1, "written")
    if word.text in _TIMES and (digit := _digit(words, at + 1)):
        return Group(digit * _TIMES[word.text], at, at + 2, "single")
    if word.text in ZEROS:
        return Group("0", at, at + 1, "single") if started or _begins_number(words, at + 1) else None
    if word.text in _HOMOPHONES and inside and _digit(words, at + 1):
        return Group(_HOMOPHONES[word.text], at, at + 1, "sounds")
    number = cardinal(words, at)
    if number is None:
        return None
    value, after = number
    # "One eight hundred five five five" is said by the digit after the hundred.
    if value > 99 and word_at(words, after - 2) == "hundred" and value % 10 and _digit(words, after):
        value, after = value - value % 10, after - 1
    return Group(str(value), at, after, "single" if value < 10 else "number")


def _digit(words: Sequence[Token], at: int) -> str | None:
    """A single digit, said or written."""
    if at >= len(words):
        return None
    word = words[at].text
    if word in ZEROS:
        return "0"
    return str(UNITS[word]) if word in UNITS else word if len(word) == 1 and word.isdecimal() else None


def _begins_number(words: Sequence[Token], at: int) -> bool:
    while at < len(words) and words[at].text in _BETWEEN:
        at += 1
    if at >= len(words):
        return False
    word = words[at]
    return word.kind == "digits" or word.text in UNITS | TEENS | TENS | _TIMES.keys() or word.text in ZEROS
