"""Rows that answers rest on: found by their `ref` wherever they stand in what a tool returned."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.calls.events import Evidence

LONGEST = 160


def rows_in(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every row with a `ref`, at any depth."""
    if isinstance(value, Mapping):
        if isinstance(value.get("ref"), str):
            yield value
        for inner in value.values():
            yield from rows_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from rows_in(inner)


def evidence_of(row: Mapping[str, Any]) -> Evidence:
    """A row as a person reads it."""
    ref = row["ref"]
    if "excerpt" in row:
        return Evidence(kind=_kind(ref), ref=ref, text=str(row["excerpt"])[:LONGEST])
    if _kind(ref) == "policy":
        return Evidence(kind="policy", ref=ref, text=str(row.get("summary", ""))[:LONGEST])
    fields = (f"{name.replace('_', ' ')} {value}" for name, value in row.items() if name != "ref" and _plain(value))
    return Evidence(kind="row", ref=ref, text=", ".join(fields)[:LONGEST])


def _kind(ref: str) -> Any:
    return "policy" if ref.startswith("policies/") else "row"


def _plain(value: Any) -> bool:
    return isinstance(value, str | int) and value != ""
