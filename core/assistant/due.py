"""When something is promised for, as people say it: "by friday", "within five business days", "on the fifteenth"."""

import calendar
from collections.abc import Sequence
from datetime import date, timedelta

from core.assistant.number_words import ORDINALS, Token, cardinal, tokens

_WEEKDAYS = {name.lower(): number for number, name in enumerate(calendar.day_name)}
_MONTHS = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
}
_NEAR = {"today": 0, "tonight": 0, "tomorrow": 1}
_COUNTS = {"a": 1, "an": 1, "couple": 2}
_UNITS = {"hour": "hours", "day": "days", "week": "weeks", "month": "months"}
_WORKING = {"business", "working"}
_FRIDAY, _SATURDAY = 4, 5
_BEFORE_A_COUNT = {"in", "within", "next"}
_SKIPPED = {"the", "next", "about", "around", "of"}


def due_date(text: str, today: date) -> date | None:
    """The latest day the words allow, or None where they name none. "Next week" ends on its Friday."""
    words = [word for word in tokens(text) if word.kind != "mark"]
    for at in range(len(words)):
        if found := _day_at(words, at, today):
            return found
    return None


def _day_at(words: Sequence[Token], at: int, today: date) -> date | None:
    word, before, after = words[at].text, _text(words, at - 1), _text(words, at + 1)
    if word in _NEAR:
        return today + timedelta(days=_NEAR[word] + (word == "tomorrow" and before == "after"))
    if word in _WEEKDAYS:
        return _weekday(_WEEKDAYS[word], today, next_week=before == "next")
    if word == "week" and (before in ("next", "this") or _text(words, at - 3) == "end"):
        return _friday(today) + timedelta(weeks=before == "next")
    if word == "month" and (before == "next" or _text(words, at - 3) == "end"):
        return _end_of_month(today, months_on=before == "next")
    if word in _MONTHS:
        return _day_of_month(words, at, today)
    if word == "the" and before in ("on", "by", "until") and (ordinal := _ordinal(words, at + 1)):
        return None if _text(words, ordinal[1]) in ("of", *_MONTHS) else _coming(ordinal[0], None, today)
    if word in _BEFORE_A_COUNT and after:
        return _counted(words, at + 1, today)
    return None


def _weekday(weekday: int, today: date, *, next_week: bool) -> date:
    if next_week:
        return today + timedelta(days=7 - today.weekday() + weekday)
    return today + timedelta(days=(weekday - today.weekday()) % 7 or 7)


def _friday(today: date) -> date:
    """This week's; at the week-end, the coming one."""
    return today + timedelta(days=(_FRIDAY - today.weekday()) % 7)


def _end_of_month(today: date, *, months_on: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + months_on, 12)
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def _day_of_month(words: Sequence[Token], at: int, today: date) -> date | None:
    """ "October fifth", "Oct 5", "the fifth of October"."""
    month = _MONTHS[words[at].text]
    behind = at - 2 if _text(words, at - 1) == "of" else at - 1
    starts = [at + 2 if _text(words, at + 1) == "the" else at + 1, behind - 1, behind]
    for start in starts:
        day = _ordinal(words, start) if start >= 0 else None
        if day and (start > at or day[1] == behind + 1):
            return _coming(day[0], month, today)
    number = cardinal(words, at + 1)
    return _coming(number[0], month, today) if number else None


def _coming(day: int, month: int | None, today: date) -> date | None:
    """The next such day from today on; None for the thirtieth of February."""
    for months_on in range(13):
        year, index = divmod(today.year * 12 + today.month - 1 + months_on, 12)
        fits = month in (None, index + 1) and 1 <= day <= calendar.monthrange(year, index + 1)[1]
        if fits and date(year, index + 1, day) >= today:
            return date(year, index + 1, day)
    return None


def _ordinal(words: Sequence[Token], at: int) -> tuple[int, int] | None:
    """A day of the month and where it ends: "fifth", "twenty first", "5", "5th"."""
    word = _text(words, at)
    if word in ORDINALS:
        return ORDINALS[word], at + 1
    if word.isdecimal() or (word[:-2].isdecimal() and word[-2:] in ("st", "nd", "rd", "th")):
        return int(word if word.isdecimal() else word[:-2]), at + 1
    unit = ORDINALS.get(_text(words, at + 1), 10)
    if word in ("twenty", "thirty") and unit < 10:
        return (20 if word == "twenty" else 30) + unit, at + 2
    return None


def _counted(words: Sequence[Token], at: int, today: date) -> date | None:
    """ "Three days", "two to three business days", "a couple of weeks"."""
    count: int | None = None
    while at < len(words):
        word = words[at].text
        number = (int(word), at + 1) if word.isdecimal() else cardinal(words, at)
        if number:
            count, at = number
        elif word in _COUNTS:
            count, at = _COUNTS[word], at + 1
        elif word in _SKIPPED or (word in ("to", "or") and count is not None):
            at += 1
        else:
            break
    working = _text(words, at) in _WORKING
    unit = _UNITS.get(_text(words, at + working).removesuffix("s"))
    if count is None or unit is None or count > 366:
        return None
    if working and unit == "days":
        return _working_days(today, count)
    if unit == "months":
        return _months_on(today, count)
    return today + timedelta(**{unit: count})


def _working_days(today: date, count: int) -> date:
    day = today
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < _SATURDAY
    return day


def _months_on(today: date, count: int) -> date:
    last = _end_of_month(today, months_on=count)
    return last.replace(day=min(today.day, last.day))


def _text(words: Sequence[Token], at: int) -> str:
    return words[at].text if 0 <= at < len(words) else ""
