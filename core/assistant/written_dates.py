"""Days and times of day, as people write them."""

from collections.abc import Sequence

from core.assistant.number_words import MONTHS, ORDINALS, Token, cardinal, word_at
from core.assistant.spoken import LAST_DAY, Run, measured, year
from core.assistant.written_amounts import percent_words
from core.assistant.written_numbers import Read, Runs, closes

_SMALL = 10
_HOURS, _MINUTES = 12, 60
_LONG = 3
"""Digits that may be the rest of a number from before a comma."""
_WHO = {"i", "you", "we", "they", "he", "she", "it", "this", "that", "who", "customers", "one"}
"""Whoever may or may not; whoever marches."""
_BEFORE_MAY = {
    "on", "by", "of", "until", "till", "since", "before", "after", "from", "for", "is", "was", "to", "through",
    "around", "and", "in", "between", "or", "due", "dated", "this", "next", "last", ",",
}  # fmt: skip


def date(words: Sequence[Token], at: int, starting: Runs) -> Read | None:
    """ "March fifteenth", "the ninth of june twenty twenty four", "june five"; not "you may first call"."""
    start = at + 1 if word_at(words, at) == "the" else at
    if (day := _ordinal(words, start)) and word_at(words, day[1]) == "of" and word_at(words, day[1] + 1) in MONTHS:
        return _with_year(words, f"{word_at(words, day[1] + 1).title()} {day[0]}", day[1] + 2, starting)
    month = word_at(words, at)
    if month not in MONTHS or not _is_month(words, at):
        return None
    day = _ordinal(words, at + 2 if word_at(words, at + 1) == "the" else at + 1)
    if day:
        return _with_year(words, f"{month.title()} {day[0]}", day[1], starting)
    written_day = word_at(words, at + 1).removesuffix("th").removesuffix("st").removesuffix("nd").removesuffix("rd")
    if written_day.isdecimal() and written_day != word_at(words, at + 1):
        return _with_year(words, f"{month.title()} {written_day}", at + 2, starting, only=True)
    return _by_number(words, at, starting)


def time_of_day(words: Sequence[Token], at: int, starting: Runs) -> Read | None:
    """ "Ten thirty a m" is "10:30 am"."""
    run = starting.get(at)
    if run is None:
        return None
    half = word_at(words, run.after)
    if not measured(words, run.after) or half not in ("am", "pm", "a", "p"):
        return None
    apart = half in ("a", "p")
    dotted = apart and word_at(words, run.after + 1) == "."
    hour, *rest = run.groups
    minutes = "".join(group.digits for group in rest)
    fits = 0 < int(hour.digits) <= _HOURS and (not rest or (len(minutes) == 2 and int(minutes) < _MINUTES))
    if not fits:
        return Read(None, run.after)
    value = f"{hour.digits}:{minutes}" if rest else hour.digits
    return Read(value, run.after) if dotted else Read(f"{value} {half[0]}m", run.after + 1 + apart)


def _is_month(words: Sequence[Token], at: int) -> bool:
    month, before = word_at(words, at), word_at(words, at - 1)
    if month == "may":
        return before in _BEFORE_MAY or (not before and word_at(words, at + 1) not in ("first", "second"))
    return month != "march" or before not in _WHO


def _by_number(words: Sequence[Token], at: int, starting: Runs) -> Read | None:
    """ "June five", "march twenty twenty four", "July four nineteen eighty seven"."""
    run = starting.get(at + 1)
    if run is None or measured(words, run.after) or all(group.kind == "written" for group in run.groups):
        return None
    month = word_at(words, at).title()
    if (only := year(run.groups)) is not None and not _goes_on(words, run.after, starting):
        return Read(f"{month} {only}", run.after)
    day, *rest = run.groups
    if day.kind == "sounds" or not 0 < int(day.digits) <= LAST_DAY:
        return None
    if rest:
        after = year(rest)
        return Read(f"{month} {int(day.digits)}, {after}", run.after) if after is not None else None
    if not closes(words, run.after) or _is_unit(words, run.after):
        return None
    is_range = word_at(words, run.after) in ("to", "or") and run.after + 1 in starting
    return None if is_range else Read(f"{month} {day.digits}", run.after)


def _with_year(words: Sequence[Token], day: str, at: int, starting: Runs, *, only: bool = False) -> Read | None:
    """With the year that follows; with `only` nothing without one."""
    run: Run | None = starting.get(at + 1 if word_at(words, at) == "," else at)
    named = year(run.groups) if run and not measured(words, run.after) else None
    if run is not None and named is not None and not (only and run.groups[0].kind == "written"):
        return Read(f"{day}, {named}", run.after)
    return None if only or _goes_on(words, at, starting) else Read(day, at)


def _goes_on(words: Sequence[Token], at: int, starting: Runs) -> bool:
    """What stands here would make another number of the figure before: "June first percent"."""
    behind_comma = word_at(words, at) == ","
    number = starting.get(at + behind_comma)
    if number is None or (behind_comma and len(number.digits) < _LONG):
        return _is_unit(words, at)
    return not _is_unit(words, number.after)


def _is_unit(words: Sequence[Token], at: int) -> bool:
    return word_at(words, at) == "point" or percent_words(words, at) > 0 or measured(words, at)


def _ordinal(words: Sequence[Token], at: int) -> tuple[int, int] | None:
    text = word_at(words, at)
    if text in ORDINALS:
        return ORDINALS[text], at + 1
    tens = cardinal(words, at) if at < len(words) else None
    after = at + 2 if word_at(words, at + 1) == "-" else at + 1
    if tens and tens[1] == at + 1 and tens[0] in (20, 30) and 0 < ORDINALS.get(word_at(words, after), 0) < _SMALL:
        day = tens[0] + ORDINALS[word_at(words, after)]
        return (day, after + 1) if day <= LAST_DAY else None
    return None
