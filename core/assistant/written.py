"""What was said, as people write it: "order seven eight nine zero one" is "order #78901", so is "$129.99".

Pure, and careful: what could be read in two ways stays in words, and what is written already stays as it is.
"""

from collections.abc import Sequence

from core.assistant.addresses import emails
from core.assistant.spoken import Found, Token, cardinal, digit_runs, tokens
from core.languages import ANY_LANGUAGE

_ENGLISH = ("en", ANY_LANGUAGE, "")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
_DOLLARS = {"dollar", "dollars", "bucks"}
_CENTS = {"cent", "cents"}
_CALLED = {"order", "ticket", "invoice", "case"}
_SHORTEST_ID = 3
_SMALL = 10
"""Smaller numbers that stand alone stay words: "one moment", "two boxes"."""
_LAST_DAY = 31


def written(text: str, language: str = "en") -> str:
    """The text with numbers, money, dates and addresses in written form. Words and marks between them stay.

    English only; other languages stay as they are.
    """
    if language not in _ENGLISH:
        return text
    words = tokens(text)
    found: list[Found] = list(emails(text))
    taken = [(one.start, one.end) for one in found]
    at = 0
    while at < len(words):
        read = _read(words, at) if not _within(taken, words[at].start) else None
        if read is None:
            at += 1
            continue
        value, after = read
        found.append(Found(value, words[at].start, words[after - 1].end))
        at = after
    pieces, end = [], 0
    for one in sorted(found, key=lambda one: one.start):
        pieces += [text[end : one.start], one.value]
        end = one.end
    return "".join([*pieces, text[end:]])


def _read(words: Sequence[Token], at: int) -> tuple[str, int] | None:
    for reader in (_money, _percent, _date, _identifier, _number):
        if read := reader(words, at):
            return read
    return None


def _money(words: Sequence[Token], at: int) -> tuple[str, int] | None:
    whole = _said(words, at)
    if whole is None or _text(words, whole[1]) not in _DOLLARS:
        return None
    value, end = whole[0], whole[1] + 1
    rest = end + 1 if _text(words, end) == "and" else end
    cents = _said(words, rest)
    if cents and cents[0] < 100 and _text(words, cents[1]) in _CENTS:
        return f"${value:,}.{cents[0]:02d}", cents[1] + 1
    return f"${value:,}", end


def _percent(words: Sequence[Token], at: int) -> tuple[str, int] | None:
    number = _said(words, at)
    return (f"{number[0]}%", number[1] + 1) if number and _text(words, number[1]) == "percent" else None


def _date(words: Sequence[Token], at: int) -> tuple[str, int] | None:
    """ "march fifteenth", "march the fifteenth", "the ninth of june"; not "may first call", which has another may."""
    start = at + 1 if _text(words, at) == "the" else at
    if (day := _ordinal(words, start)) and _text(words, day[1]) == "of" and _text(words, day[1] + 1) in _MONTHS:
        return f"{_text(words, day[1] + 1).title()} {day[0]}", day[1] + 2
    month = _text(words, at)
    if month not in _MONTHS:
        return None
    day = _ordinal(words, at + 2 if _text(words, at + 1) == "the" else at + 1)
    if day is None or (month in ("may", "march") and _text(words, at - 1) in ("i", "you", "we", "they")):
        return None
    return f"{month.title()} {day[0]}", day[1]


def _ordinal(words: Sequence[Token], at: int) -> tuple[int, int] | None:
    text = _text(words, at)
    if text in _ORDINALS:
        return _ORDINALS[text], at + 1
    tens = cardinal(words, at)
    if tens and tens[1] == at + 1 and tens[0] in (20, 30) and 0 < _ORDINALS.get(_text(words, at + 1), 0) < _SMALL:
        day = tens[0] + _ORDINALS[_text(words, at + 1)]
        return (day, at + 2) if day <= _LAST_DAY else None
    return None


def _identifier(words: Sequence[Token], at: int) -> tuple[str, int] | None:
    """Digits said one by one; "forty nine ninety nine" may be a price and is left."""
    if words[at].kind != "word":
        return None
    said = " ".join(word.text for word in words[at:])
    run = next(iter(digit_runs(said)), None)
    if run is None or run.start != 0 or len(run.value) < _SHORTEST_ID:
        return None
    count = len(tokens(said[: run.end]))
    own = words[at : at + count]
    if any(word.kind != "word" for word in own) or len(run.value) < count:
        return None
    if any((number := cardinal(own, place)) and number[0] >= _SMALL for place in range(count)):
        return None
    before = [word.text for word in words[max(0, at - 3) : at] if word.text not in ("number", "is", "#")]
    return (f"#{run.value}" if before and before[-1] in _CALLED else run.value), at + count


def _number(words: Sequence[Token], at: int) -> tuple[str, int] | None:
    """A number of two digits or more that is no part of a longer row of numbers."""
    number = _said(words, at)
    if number is None or number[0] < _SMALL or _said(words, number[1]) or (at and _said(words, at - 1)):
        return None
    if _text(words, number[1]) in _ORDINALS:
        return None
    return f"{number[0]:,}" if number[0] >= 10_000 else str(number[0]), number[1]


def _said(words: Sequence[Token], at: int) -> tuple[int, int] | None:
    """A number in words."""
    return cardinal(words, at) if at < len(words) and words[at].kind == "word" else None


def _text(words: Sequence[Token], at: int) -> str:
    return words[at].text if 0 <= at < len(words) else ""


def _within(spans: Sequence[tuple[int, int]], start: int) -> bool:
    return any(first <= start < end for first, end in spans)
