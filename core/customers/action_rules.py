"""What actions there are, what each asks for and how far each role may go: `data/actions.yaml`, which explains it."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.edited_files import explained, read_yaml
from core.errors import ActionError, RulesError

FieldType = Literal["text", "amount", "percent", "date", "choice"]
Value = str | Decimal | date | None
TEXT_CHARACTERS = 300
_RELATIVE = re.compile(r"today(?P<days>[+-]\d{1,4})?")

TAKES: dict[str, dict[str, FieldType]] = {
    "discount": {"percent": "percent", "of": "text", "reason": "text"},
    "waive_fee": {"charge": "text", "reason": "text"},
    "escalate": {"reason": "text", "priority": "choice"},
    "callback": {"due": "date", "about": "text"},
    "refund": {"of": "text", "amount": "amount", "reason": "text"},
    "ticket": {"subject": "text"},
}
"""Every action there can be, and the arguments it takes."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ActionField(_Strict):
    """One thing the agent fills in."""

    name: str
    label: str
    type: FieldType
    default: str | None = None
    required: bool = False
    choices: tuple[str, ...] = ()


class PolicyNumber(_Strict):
    """A limit that a policy sets: see `Policy.limits`."""

    policy: str
    limit: str


class Limit(_Strict):
    """How far a role may go; None is no limit."""

    percent: Decimal | None = Field(default=None, ge=0, le=100)
    amount: Decimal | PolicyNumber | None = None


class ActionRule(_Strict):
    """One action as the file has it."""

    label: str
    fields: tuple[ActionField, ...]
    limits: dict[Literal["agent", "supervisor"], Limit] = Field(default_factory=dict)
    not_fees: tuple[str, ...] = ()
    within_days: int = Field(default=30, ge=1)


class ActionRules(_Strict):
    actions: dict[str, ActionRule]

    @model_validator(mode="after")
    def _takes_what_it_must(self) -> "ActionRules":
        for name, rule in self.actions.items():
            if name not in TAKES:
                raise ValueError(f"there is no action {name!r}; there are {', '.join(TAKES)}")
            takes = ", ".join(f"{field} ({kind})" for field, kind in TAKES[name].items())
            if {field.name: field.type for field in rule.fields} != TAKES[name]:
                raise ValueError(f"the fields of {name} must be {takes}")
            if any((field.type == "choice") != bool(field.choices) for field in rule.fields):
                raise ValueError(f"{name}: a field of type choice has choices, and no other has")
        return self

    def rule(self, action: str) -> ActionRule:
        """Raises ActionError for an action nobody offers."""
        if action not in self.actions:
            raise ActionError(f"there is no action {action[:40]!r}; choose one of {', '.join(self.actions)}")
        return self.actions[action]

    def read(self, action: str, arguments: Mapping[str, Any], today: date) -> dict[str, Value]:
        """The arguments with their types, defaults filled in. Raises ActionError naming what to correct."""
        rule = self.rule(action)
        known = [field.name for field in rule.fields]
        if unknown := sorted(set(arguments) - set(known)):
            raise ActionError(f"{rule.label} does not take {unknown[0][:40]!r}; it takes {', '.join(known)}")
        return {field.name: _value(rule, field, arguments.get(field.name), today) for field in rule.fields}

    def specs(self, today: date) -> list[dict[str, Any]]:
        """What a page needs to offer the actions, JSON-safe, dates worked out."""
        return [
            {
                "action": action,
                "label": rule.label,
                "fields": [
                    field.model_dump(mode="json") | {"default": _default(field, today)} for field in rule.fields
                ],
            }
            for action, rule in self.actions.items()
        ]


def load_action_rules(path: Path) -> ActionRules:
    """Read an actions file. Raises RulesError naming the file and what to fix."""
    try:
        rules = ActionRules.model_validate(read_yaml(path))
        for rule in rules.actions.values():
            for field in rule.fields:
                if field.default is not None:
                    _value(rule, field, None, date(2000, 1, 1))
    except ValidationError as error:
        raise RulesError(f"{path.name}: {explained(error)}") from error
    except ActionError as error:
        raise RulesError(f"{path.name}: a default does not fit: {error}") from error
    return rules


def _default(field: ActionField, today: date) -> str | None:
    if field.type == "date" and field.default and (match := _RELATIVE.fullmatch(field.default)):
        return (today + timedelta(days=int(match["days"] or 0))).isoformat()
    return field.default


def _value(rule: ActionRule, field: ActionField, given: Any, today: date) -> Value:
    what = f"{rule.label}: {field.name}"
    if given is None or (isinstance(given, str) and not given.strip()):
        given = _default(field, today)
    if given is None:
        if field.required:
            raise ActionError(f"{what} is missing; fill it in")
        return None
    if isinstance(given, bool) or not isinstance(given, str | int | float | Decimal | date):
        raise ActionError(f"{what} must be {field.type}, not {type(given).__name__}")
    text = " ".join(str(given).split())
    match field.type:
        case "amount":
            return _number(what, text.removeprefix("$").replace(",", ""), places=2)
        case "percent":
            percent = _number(what, text.removesuffix("%").strip(), places=1)
            if percent > 100:
                raise ActionError(f"{what} must be at most 100")
            return percent
        case "date":
            try:
                return date.fromisoformat(text)
            except ValueError:
                raise ActionError(f"{what} must be a date such as {today.isoformat()}, not {text[:20]!r}") from None
        case "choice":
            if text not in field.choices:
                raise ActionError(f"{what} must be one of {', '.join(field.choices)}")
            return text
        case "text":
            if len(text) > TEXT_CHARACTERS:
                raise ActionError(f"{what} is too long; use at most {TEXT_CHARACTERS} characters")
            return text


def _number(what: str, text: str, places: int) -> Decimal:
    try:
        number = Decimal(text)
        fits = number.is_finite() and 0 < number < 1_000_000 and number == round(number, places)
    except InvalidOperation:
        fits = False
    if not fits:
        raise ActionError(f"{what} must be a number above 0 with at most {places} decimal places, not {text[:20]!r}")
    return number
