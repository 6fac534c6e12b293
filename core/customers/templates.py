"""Response templates with the customer's data filled in, from a file a supervisor can edit (`data/templates.yaml`)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, UndefinedError, meta
from jinja2.sandbox import SandboxedEnvironment
from pydantic import BaseModel, ConfigDict, ValidationError

from core.edited_files import read_edited
from core.errors import RulesError

NAMES = frozenset({"customer", "first_name", "order", "charge", "ticket"})


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    only_if: str | None = None
    text: str


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    templates: list[_Written]


class Templates:
    """The templates of one file. Raises RulesError naming the file, the template and what to fix."""

    def __init__(self, path: Path) -> None:
        self._templates = {written.name: _compiled(path, written) for written in _read(path)}

    def __call__(self, profile: Mapping[str, Any]) -> list[dict[str, str]]:
        """`[{name, text}]` for the customer of `profile` (see `CustomerStore.profile`), in the file's order.

        A template that needs what the record does not have is left out.
        """
        facts = _facts(profile)
        offered = []
        for name, template in self._templates.items():
            try:
                text = template.render(facts)
            except UndefinedError:
                continue
            if text:
                offered.append({"name": name, "text": text})
        return offered


def _facts(profile: Mapping[str, Any]) -> dict[str, Any]:
    """Names for a template; what is not on file is not there at all."""
    charges = [charge for charge in profile.get("charges", ()) if Decimal(charge["amount"]) > 0]
    tickets = [ticket for ticket in profile.get("tickets", ()) if ticket["status"] != "closed"]
    latest = {"order": profile.get("orders", ()), "charge": charges, "ticket": tickets}
    facts: dict[str, Any] = {name: rows[0] for name, rows in latest.items() if rows}
    if profile:
        facts |= {"customer": profile, "first_name": profile["name"].split()[0]}
    return facts


def _read(path: Path) -> list[_Written]:
    return read_edited(path, _File, explain=_explained).templates


def _explained(error: ValidationError, raw: Any) -> str:
    first = error.errors()[0]
    return ": ".join([*map(str, first["loc"]), first["msg"]])


def _compiled(path: Path, written: _Written) -> Template:
    source = f"{{% if {written.only_if} %}}{written.text}{{% endif %}}" if written.only_if else written.text
    try:
        unknown = meta.find_undeclared_variables(_TEXT.parse(source)) - NAMES
        if unknown:
            raise ValueError(f"names {', '.join(sorted(unknown))}; it may use {', '.join(sorted(NAMES))}")
        return _TEXT.from_string(source)
    except (TemplateError, ValueError) as error:
        raise RulesError(f"{path.name}: template {written.name!r}: {str(error).splitlines()[0]}") from error


def _present(value: Any) -> Any:
    """An empty field is as good as missing: "arrives on None" must never be offered."""
    if value is None or value == "":
        raise UndefinedError("a field it needs is empty")
    return value


def _money(amount: Any) -> str:
    return f"${Decimal(_present(amount)):,.2f}"


def _day(iso: Any) -> str:
    day = date.fromisoformat(_present(iso))
    return f"{day:%b} {day.day}"


_TEXT = SandboxedEnvironment(undefined=StrictUndefined, finalize=_present, autoescape=False)
_TEXT.filters.update(money=_money, day=_day)
