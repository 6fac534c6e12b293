"""Numbers in words, as people say them."""

import random
from collections.abc import Sequence

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_OH = 0.5
"""How often a zero among digits is one."""
_A_HUNDRED = 0.4
"""How often one hundred, or one thousand, dollars are a hundred."""
_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip


def cardinal(number: int, *, joined_by_and: bool = False) -> str:
    """0 to 999,999: 129 is `one hundred twenty nine`."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f" {_ONES[number % 10]}" if number % 10 else "")
    size, name = (100, "hundred") if number < 1000 else (1000, "thousand")
    head, rest = divmod(number, size)
    between = " and " if joined_by_and and rest < 100 else " "
    return f"{cardinal(head)} {name}" + (between + cardinal(rest, joined_by_and=joined_by_and) if rest else "")


def ordinal(number: int) -> str:
    """1 to 99: 21 is `twenty first`."""
    *before, last = cardinal(number).split()
    regular = f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"
    return " ".join([*before, _ORDINALS.get(last, regular)])


def year(number: int) -> str:
    """1987 is `nineteen eighty seven`, 2024 `twenty twenty four`, 2005 `two thousand five`."""
    head, rest = divmod(number, 100)
    if number % 1000 < 10:
        return cardinal(number)
    if not rest:
        return f"{cardinal(head)} hundred"
    return f"{cardinal(head)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"


def digit_by_digit(digits: str, chance: random.Random) -> str:
    """As most people say an identifier: single digits, sometimes in pairs, sometimes with `oh` and `double`."""
    style = chance.random()
    if style < 0.12 and len(digits) > 3:
        head = [digits[0]] if len(digits) % 2 else []
        pairs = [digits[at : at + 2] for at in range(len(head), len(digits), 2)]
        return " ".join([*map(_digit, head), *map(_pair, pairs)])
    zero = "oh" if chance.random() < _OH else "zero"
    words = [zero if digit == "0" else _digit(digit) for digit in digits]
    if style > 0.95:
        words = _doubled(words)
    return " ".join(words)


def money(whole: int, cents: int, chance: random.Random) -> str:
    """Dollars and cents: in full, or short as in `forty nine ninety nine`; 1840 also as eighteen hundred and forty."""
    joined_by_and = chance.random() < 0.3
    amount = cardinal(whole, joined_by_and=joined_by_and)
    hundreds, rest = divmod(whole, 100)
    if 11 <= hundreds <= 99 and hundreds % 10 and chance.random() < 0.3:
        between = " and " if joined_by_and and rest else " "
        amount = f"{cardinal(hundreds)} hundred{between}{cardinal(rest) if rest else ''}".strip()
    if amount.startswith("one ") and hundreds and chance.random() < _A_HUNDRED:
        amount = f"a {amount.removeprefix('one ')}"
    if not cents:
        return f"{amount} {'dollar' if whole == 1 else 'dollars'}"
    if cents > 9 and chance.random() < 0.2:
        return f"{amount} {cardinal(cents)}"
    joint = "and " if chance.random() < 0.8 else ""
    return (
        f"{amount} {'dollar' if whole == 1 else 'dollars'} {joint}{cardinal(cents)} {'cent' if cents == 1 else 'cents'}"
    )


def _digit(digit: str) -> str:
    return _ONES[int(digit)]


def _pair(pair: str) -> str:
    if pair[0] == "0":
        return f"oh {_digit(pair[1])}" if pair[1] != "0" else "zero zero"
    return cardinal(int(pair))


def _doubled(words: Sequence[str]) -> list[str]:
    said: list[str] = []
    at = 0
    while at < len(words):
        twice = words[at : at + 2] == [words[at]] * 2
        said += ["double", words[at]] if twice else [words[at]]
        at += 2 if twice else 1
    return said
