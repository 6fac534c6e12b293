"""Written figures and the ways in which people say them, the most usual first."""

import re
from collections.abc import Iterator
from itertools import product

from core.speech.spoken_numbers import MONTHS, cardinal, ordinal, year

_MONTHS = "|".join(MONTHS)
_TH = "st|nd|rd|th"
FIGURE = re.compile(
    r"(?P<address>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<currency>[$€£])\s?(?P<amount>\d[\d,]*)(?:\.(?P<cents>\d\d)(?!\d))?"
    r"|(?P<share>\d[\d,]*(?:\.\d+)?)\s?%"
    r"|(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?!\d)"
    rf"|(?P<the>the\s+)?\b(?P<day>\d{{1,2}})(?:{_TH})?\s+(?:of\s+)?(?P<month>{_MONTHS})\b"
    rf"|\b(?P<month_first>{_MONTHS})\s+(?:the\s+)?(?P<day_after>\d{{1,2}})(?:{_TH})?\b(?![:,.]\d)"
    rf"|\b(?P<place>\d{{1,2}})(?:{_TH})\b"
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.(?P<decimals>\d+))?"
)
"""In lower case."""
_CURRENCIES = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny")}
_PLURALS = {"penny": "pence"}
_LARGEST = 999_999
_SHORTEST_ID = 3


def readings(figure: re.Match[str]) -> list[str]:
    """The ways to say what `FIGURE` found; never none."""
    return list(dict.fromkeys(_read(figure)))


def _read(figure: re.Match[str]) -> Iterator[str]:
    found = figure.groupdict()
    if found["address"]:
        yield re.sub(r"([.@_+-])", lambda mark: f" {_MARKS[mark[0]]} ", found["address"])
    elif found["currency"]:
        yield from _money(found["currency"], found["amount"], found["cents"] or "")
    elif found["share"]:
        whole, _, decimals = found["share"].partition(".")
        yield from (f"{way} percent" for way in _decimal(whole, decimals))
    elif found["hour"]:
        yield from _time(int(found["hour"]), int(found["minute"]))
    elif found["month"]:
        yield from _date(int(found["day"]), found["month"], day_first=True, the=found["the"] or "")
    elif found["month_first"]:
        yield from _date(int(found["day_after"]), found["month_first"], day_first=False)
    elif found["place"]:
        yield _ordinal(int(found["place"]))
    else:
        yield from _decimal(found["number"], found["decimals"] or "")


_MARKS = {".": "dot", "@": "at", "_": "underscore", "-": "dash", "+": "plus"}


def _whole(written: str) -> Iterator[str]:
    """Long numbers digit by digit, unless commas or zeros at the end tell that they count something."""
    digits = written.replace(",", "")
    singly = " ".join(cardinal(int(digit)) for digit in digits)
    ways = [singly, singly.replace("zero", "oh")]
    if int(digits) <= _LARGEST and not (digits.startswith("0") and len(digits) > 1):
        counted = [cardinal(int(digits)), cardinal(int(digits), joined_by_and=True)]
        counted += [way.replace("one ", "a ", 1) for way in counted if way.startswith(("one hundred", "one thousand"))]
        if len(digits) == len("1987"):
            counted.append(year(int(digits)))
        identifies = digits == written and len(digits) >= _SHORTEST_ID and not digits.endswith("00")
        ways = [*ways, *counted] if identifies else [*counted, *ways]
    yield from ways


def _counted(written: str) -> list[str]:
    """As a count: not digit by digit, unless it cannot be said otherwise."""
    digits = written.replace(",", "")
    return list(_whole(f"{int(digits):,}" if int(digits) <= _LARGEST else digits))


def _decimal(whole: str, decimals: str) -> Iterator[str]:
    if not decimals:
        yield from _whole(whole)
        return
    after = " ".join(cardinal(int(digit)) for digit in decimals)
    yield from (f"{way} point {after}" for way in _counted(whole))
    yield from (f"{way} {after}" for way in _whole(whole))


def _money(sign: str, amount: str, cents: str) -> Iterator[str]:
    one, one_cent = _CURRENCIES[sign]
    unit = _of(int(amount.replace(",", "")), one)
    if not int(cents or 0):
        for whole in _counted(amount):
            yield f"{whole} {unit}"
            # Some engines write the sign where nobody named the currency.
            yield whole
        return
    part = cardinal(int(cents))
    small = _of(int(cents), one_cent)
    endings = (
        f" {unit} and {part} {small}",
        f" {unit} {part} {small}",
        f" {unit} and {part}",
        f" {unit} {part}",
        f" {'oh ' if int(cents) < 10 else ''}{part}",
    )
    yield from (whole + ending for whole, ending in product(_counted(amount), endings))


def _of(count: int, one: str) -> str:
    return one if count == 1 else _PLURALS.get(one, f"{one}s")


def _time(hour: int, minute: int) -> Iterator[str]:
    said = cardinal(hour)
    if not minute:
        yield from (f"{said} o'clock", said, f"{said} hundred")
        return
    yield f"{said} {'oh ' if minute < 10 else ''}{cardinal(minute)}"
    if minute in (15, 30):
        past = "quarter past" if minute == 15 else "half past"
        yield from (f"{past} {said}", f"a {past} {said}")
    if minute == 45:
        following = cardinal(hour % 12 + 1)
        yield from (f"quarter to {following}", f"a quarter to {following}")


def _date(day: int, month: str, *, day_first: bool, the: str = "") -> Iterator[str]:
    nth = _ordinal(day)
    of_month = f"{the}{nth} of {month}"
    yield from (of_month, f"{month} {nth}") if day_first else (f"{month} {nth}", of_month)
    yield from (f"the {nth} of {month}", f"{month} the {nth}", f"{month} {cardinal(day)}", f"{nth} {month}")


def _ordinal(number: int) -> str:
    return ordinal(number) if number else "zeroth"
