"""The rules of the offline assistant, read from a file a supervisor can edit (`data/playbook.yaml` explains it)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from jinja2 import StrictUndefined, Template, TemplateError, UndefinedError, meta
from jinja2.environment import TemplateExpression
from jinja2.sandbox import SandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.assistant.situation import NAMES, CustomerState, OrderState, Situation
from core.assistant.tools import parameters
from core.assistant.vocabulary import phrase_pattern, plain
from core.calls.events import EntityKind, Party, Priority, SuggestionKind
from core.edited_files import read_edited
from core.errors import RulesError, ToolError

File = TypeVar("File", bound=BaseModel)
_PRIORITIES: tuple[Priority, ...] = ("urgent", "warning", "tip")


class Strict(BaseModel):
    """Part of a rules file; a word it does not know is an error."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class When(Strict):
    """Everything given must hold, in what `speaker` said unless it is about silence or talking over each other."""

    speaker: Party = "customer"
    topics: list[str] | None = None
    phrases: list[str] | None = None
    unless: list[str] = Field(default_factory=list)
    customer: CustomerState | None = None
    order: OrderState | None = None
    tier: list[str] | None = None
    on_file: EntityKind | None = None
    not_on_file: EntityKind | None = None
    sentiment_below: float | None = None
    sentiment_above: float | None = None
    name_differs: bool | None = None
    silence_over_s: float | None = None
    talk_over_above: float | None = None
    digits_over: int | None = None

    def holds(self, now: Situation) -> bool:
        return all(
            (
                self._about_time() or self.speaker == now.speaker,
                self.topics is None or any(topic in now.topics for topic in self.topics),
                self.phrases is None or any(said(phrase, now.text) for phrase in self.phrases),
                not any(said(phrase, now.text) for phrase in self.unless),
                self.customer is None or self.customer == now.customer_state,
                self.order is None or self.order == now.order_state,
                self.tier is None or now.tier in self.tier,
                self.on_file is None or now.on_file(self.on_file),
                self.not_on_file is None or now.not_on_file(self.not_on_file),
                self.sentiment_below is None or now.sentiment < self.sentiment_below,
                self.sentiment_above is None or now.sentiment > self.sentiment_above,
                self.name_differs is None or self.name_differs == now.name_differs,
                self.silence_over_s is None or now.silence_s > self.silence_over_s,
                self.talk_over_above is None or now.talk_over > self.talk_over_above,
                self.digits_over is None or now.longest_number > self.digits_over,
            )
        )

    def _about_time(self) -> bool:
        return self.silence_over_s is not None or self.talk_over_above is not None


class _ToolUse(Strict):
    tool: str
    arguments: dict[str, str] = Field(default_factory=dict, alias="with")
    expect: Literal["found", "missing"] = "found"


class WrittenRule(Strict):
    """A rule as it stands in a file."""

    id: str
    kind: SuggestionKind
    priority: Priority
    when: When | list[When]
    tools: dict[str, _ToolUse] = Field(default_factory=dict)
    only_if: str | None = None
    say: str
    evidence: list[str] = Field(default_factory=list)
    once: bool = False
    at_once: bool = False
    cooldown_s: float = 0.0
    max_per_call: int | None = Field(default=None, ge=1)


class _File(Strict):
    max_cards: int = Field(ge=1)
    rules: list[WrittenRule]


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A question a rule asks, and the answer it needs to go on."""

    tool: str
    arguments: Mapping[str, Template]
    expect_found: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of card: when it is due, what it asks the tools, what it says and on what evidence."""

    id: str
    kind: SuggestionKind
    priority: Priority
    when: tuple[When, ...]
    """One of these must hold."""
    tools: Mapping[str, ToolUse]
    only_if: TemplateExpression | None
    say: Template
    evidence: tuple[TemplateExpression, ...]
    once: bool
    at_once: bool
    """Shown ahead of what a language model has to say, because it waits for nothing but the database."""
    cooldown_s: float
    max_per_call: int | None

    def applies(self, now: Situation) -> bool:
        return any(when.holds(now) for when in self.when)


@dataclass(frozen=True, slots=True)
class Rulebook:
    rules: tuple[Rule, ...]
    """Most pressing first."""
    max_cards: int
    """Per turn; alerts come on top."""

    def at_once(self) -> "Rulebook":
        """Only the rules whose cards need not wait for a model."""
        return Rulebook(tuple(rule for rule in self.rules if rule.at_once), self.max_cards)


def load_rules(path: Path) -> Rulebook:
    """Read a rules file. Raises RulesError naming the file, the rule and what to fix."""
    written = read_rules_file(path, _File)
    return Rulebook(compile_rules(path, written.rules), written.max_cards)


def read_rules_file(path: Path, model: type[File]) -> File:
    """A YAML file with `rules` in it, checked. Raises RulesError."""
    return read_edited(path, model, explain=_explained)


def compile_rules(path: Path, written: Iterable[WrittenRule]) -> tuple[Rule, ...]:
    """The rules of a file, most pressing first. Raises RulesError."""
    rules = []
    for rule in written:
        try:
            rules.append(_compiled(rule))
        except (TemplateError, ToolError, ValueError) as error:
            raise RulesError(f"{path.name}: rule {rule.id!r}: {str(error).splitlines()[0]}") from error
    ids = [rule.id for rule in rules]
    if twice := next((one for one in ids if ids.count(one) > 1), None):
        raise RulesError(f"{path.name}: rule {twice!r} is there twice; give each its own id")
    return tuple(sorted(rules, key=lambda rule: _PRIORITIES.index(rule.priority)))


def said(phrase: str, text: str) -> bool:
    """Whether plain `text` holds a phrase, in which `*` is any ending and `...` up to three words."""
    return _phrase(phrase).search(text) is not None


@cache
def _phrase(phrase: str) -> re.Pattern[str]:
    words = [word if word == "..." else plain(word) + "*" * word.endswith("*") for word in phrase.split()]
    return re.compile(rf"(?<!\S){phrase_pattern(' '.join(words))}(?!\S)")


def _explained(error: ValidationError, raw: Any) -> str:
    first = error.errors()[0]
    where = list(first["loc"])
    if len(where) > 1 and where[0] == "rules" and isinstance(where[1], int):
        named = raw["rules"][where[1]]
        rule_id = named.get("id") if isinstance(named, dict) else None
        where[:2] = [f"rule {rule_id!r}" if rule_id else f"rule number {where[1] + 1}"]
    return f"{': '.join(map(str, where))}: {first['msg']}"


def _compiled(rule: WrittenRule) -> Rule:
    names = NAMES.union(rule.tools)
    return Rule(
        id=rule.id,
        kind=rule.kind,
        priority=rule.priority,
        when=tuple(rule.when if isinstance(rule.when, list) else [rule.when]),
        tools={name: _tool_use(use) for name, use in rule.tools.items()},
        only_if=_expression(rule.only_if, names) if rule.only_if else None,
        say=_template(rule.say, names),
        evidence=tuple(_expression(source, names) for source in rule.evidence),
        once=rule.once,
        at_once=rule.at_once,
        cooldown_s=rule.cooldown_s,
        max_per_call=rule.max_per_call,
    )


def _tool_use(use: _ToolUse) -> ToolUse:
    wanted = parameters(use.tool)
    if set(use.arguments) != set(wanted):
        raise ValueError(f"{use.tool} takes {', '.join(wanted)}, not {', '.join(use.arguments) or 'nothing'}")
    templates = {name: _template(source, NAMES) for name, source in use.arguments.items()}
    return ToolUse(use.tool, templates, use.expect == "found")


def _present(value: Any) -> Any:
    """An empty field is as good as missing: "shipped by None" must never be said."""
    if value is None or value == "":
        raise UndefinedError("a field it needs is empty")
    return value


def _money(amount: str) -> str:
    value = Decimal(amount)
    return f"{'-' if value < 0 else ''}${abs(value):,.2f}"


def _day(iso: str | None) -> str:
    day = date.fromisoformat(_present(iso))
    return f"{day:%b} {day.day}"


def _when(iso: str | None, today: str) -> str:
    day, now = date.fromisoformat(_present(iso)), date.fromisoformat(today)
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    return near.get((day - now) // timedelta(days=1)) or f"on {day:%a}, {_day(iso)}"


def _year(iso: str | None) -> str:
    return str(date.fromisoformat(_present(iso)).year)


def _listed(values: Iterable[str]) -> str:
    parts = list(values)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


_TEXT = SandboxedEnvironment(undefined=StrictUndefined, finalize=_present, autoescape=False)
_TEXT.filters.update(money=_money, day=_day, when=_when, listed=_listed, year=_year)
_COMPILED = 1024
"""Kept: of an edited file, most is as it was."""


@lru_cache(maxsize=_COMPILED)
def _template(source: str, names: frozenset[str]) -> Template:
    _check(source, names)
    return _TEXT.from_string(source)


@lru_cache(maxsize=_COMPILED)
def _expression(source: str, names: frozenset[str]) -> TemplateExpression:
    _check(f"{{{{ {source} }}}}", names)
    return _TEXT.compile_expression(source, undefined_to_none=False)


def _check(source: str, names: frozenset[str]) -> None:
    unknown = meta.find_undeclared_variables(_TEXT.parse(source)) - names
    if unknown:
        raise ValueError(f"{source!r} names {', '.join(sorted(unknown))}; it may use {', '.join(sorted(names))}")
