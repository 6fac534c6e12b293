"""Whether the amounts, dates and numbers of a message are on record.

Amounts and dates count only when a field of a row holds them or the company wrote them into a policy: what a customer
claims, or what somebody wrote into a ticket, a note or a description, is not a fact. Order, account and tracking
numbers may also have been said in the call.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from core.assistant.spoken import digit_runs

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"  # noqa: E501
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+(?P<year>\d{4}))?"
_DATES = (
    re.compile(r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b"),
    re.compile(rf"\b{_MONTH}\s+(?:the\s+)?{_DAY}\b{_YEAR}", re.IGNORECASE),
    re.compile(rf"\b{_DAY}\s+(?:of\s+)?{_MONTH}\b{_YEAR}", re.IGNORECASE),
    re.compile(r"\b(?P<month>[01]?\d)/(?P<day>[0-3]?\d)(?:/(?P<year>\d{4}))?\b"),
)
_FIGURE = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
_AMOUNT = re.compile(
    rf"[$€£]\s?(?P<signed>{_FIGURE}(?:\.\d+)?)"
    rf"|\b(?P<worded>{_FIGURE}(?:\.\d+)?)\s?(?:dollars?|bucks|usd|euros?|pounds?)\b"
    r"|\b(?P<percent>\d+(?:\.\d+)?)\s?(?:%|percent\b)"
    rf"|(?<![\w.])(?P<bare>{_FIGURE}\.\d\d)(?![\w.]*\d)",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w-])\+?\(?\d[\d ().-]{7,}\d(?![\w-])")
_NUMBER = re.compile(r"#\d+|\b(?=[A-Z-]*\d)[A-Z\d]+(?:-[A-Z\d]+)*\b", re.IGNORECASE)
_SHORTEST_NUMBER = 4
_COMPANYS_WORDS = {"summary", "text"}
_FIELD = re.compile(r"-?\d+(?:\.\d+)?|\d{4}-\d\d-\d\d")
Kind = Literal["date", "amount", "number"]


@dataclass(frozen=True, slots=True)
class Claim:
    """Something in a text that is right or wrong."""

    kind: Kind
    written: str
    value: str
    """`10-15` or `2026-10-15`; `129.99`; digits and letters in lower case."""


@dataclass
class Facts:
    """What is on record."""

    values: dict[Kind, set[str]] = field(default_factory=lambda: {"date": set(), "amount": set(), "number": set()})

    def add(self, rows: Any) -> None:
        """Take in what a tool returned, or a record; an answer that found nothing only repeats the question."""
        if isinstance(rows, Mapping):
            if rows.get("found") is False or "error" in rows:
                return
            for key, value in rows.items():
                official = key == "excerpt" or (key in _COMPANYS_WORDS and "policy_type" in rows)
                if isinstance(value, str) and official:
                    self.add_official(value)
                else:
                    self.add(value)
        elif isinstance(rows, list | tuple):
            for row in rows:
                self.add(row)
        elif isinstance(rows, str | int | float) and not isinstance(rows, bool):
            self._add_field(str(rows))

    def add_official(self, text: str) -> None:
        """Take in everything a text claims that can be relied on."""
        for claim in claims(text):
            self._add(claim)

    def add_spoken(self, text: str) -> None:
        """Take in numbers somebody said."""
        self._add_text(text)
        self.values["number"].update(found.value for found in digit_runs(text))

    def has(self, claim: Claim) -> bool:
        return claim.value in self.values[claim.kind]

    def _add_field(self, text: str) -> None:
        if _FIELD.fullmatch(text):
            self.add_official(text)
            if text.count("-") < 2:
                self._add(Claim("amount", text, _amount(text.lstrip("-"))))
                self._add(Claim("number", text, text))
        else:
            self._add_text(text)

    def _add_text(self, text: str) -> None:
        self.values["number"].update(claim.value for claim in claims(text) if claim.kind == "number")

    def _add(self, claim: Claim) -> None:
        self.values[claim.kind].add(claim.value)
        if claim.kind == "date" and claim.value.count("-") == 2:
            year, _, day = claim.value.partition("-")
            self.values["date"].add(day)
            self.values["number"].add(year)


def unverified(message: str, facts: Facts) -> list[str]:
    """What the message claims and no fact bears out, as it is written there."""
    return list(dict.fromkeys(claim.written for claim in claims(message) if not facts.has(claim)))


def claims(text: str) -> Iterator[Claim]:
    """Every date, amount and number in a text; each stretch of it counts once."""
    for pattern in _DATES:
        for match in pattern.finditer(text):
            if value := _date(match):
                yield Claim("date", match.group().strip(), value)
        text = pattern.sub(lambda match: " | " if _date(match) else match.group(), text)
    for match in _AMOUNT.finditer(text):
        figure = next(group for group in match.groups() if group)
        yield Claim("amount", match.group().strip(), _amount(figure))
    text = _AMOUNT.sub(" | ", text)
    for match in _PHONE.finditer(text):
        yield Claim("number", match.group().strip(), re.sub(r"\D", "", match.group()))
    for match in _NUMBER.finditer(_PHONE.sub(" | ", text)):
        value = match.group().lstrip("#").lower()
        if match.group().startswith("#") or sum(map(str.isdigit, value)) >= _SHORTEST_NUMBER:
            yield Claim("number", match.group(), value)


def facts_of(rows: Iterable[Any], spoken: Iterable[str], today: date) -> Facts:
    """Facts of rows, of what was said, and of what day it is."""
    facts = Facts()
    for row in (*rows, today.isoformat()):
        facts.add(row)
    for text in spoken:
        facts.add_spoken(text)
    return facts


def _date(match: re.Match[str]) -> str | None:
    month, year = match["month"], match["year"]
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
    try:
        day = date(int(year) if year else 2000, number, int(match["day"]))
    except ValueError:
        return None
    return day.isoformat() if year else f"{day:%m-%d}"


def _amount(figure: str) -> str:
    return f"{Decimal(figure.replace(',', '')).normalize():f}"
