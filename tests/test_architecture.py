"""The import rules that keep the picture in ARCHITECTURE.md true."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config import ROOT

MODULES = sorted((ROOT / "core").rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def offenders(folder: str, *forbidden: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in MODULES
        if path.is_relative_to(ROOT / folder)
        for name in imported(path)
        if any(name == part or name.startswith(f"{part}.") for part in forbidden)
    ]


def test_there_is_something_to_check() -> None:
    assert len(MODULES) > 40
    assert "core.calls.events" in set(imported(ROOT / "core" / "calls" / "call.py"))


def test_core_never_imports_streamlit_or_pages() -> None:
    assert offenders("core", "streamlit", "streamlit_webrtc", "pages") == []


@pytest.mark.parametrize(
    ("folder", "outward"),
    [
        ("core/audio", ["core.speech", "core.assistant", "core.customers", "core.insights", "core.web"]),
        ("core/speech", ["core.assistant", "core.customers", "core.insights", "core.web"]),
        ("core/customers", ["core.audio", "core.speech", "core.assistant", "core.insights", "core.web"]),
        ("core/assistant", ["core.audio", "core.speech", "core.insights", "core.web"]),
        ("core/calls", ["core.insights", "core.web", "core.customers", "core.cli", "core.routing"]),
        (
            "core/routing",
            ["core.customers", "core.audio", "core.speech", "core.insights", "core.web", "core.cli", "core.bench"],
        ),
        ("core/insights", ["core.web", "core.cli", "core.speech"]),
    ],
)
def test_imports_point_inward(folder: str, outward: list[str]) -> None:
    assert offenders(folder, *outward) == []


def test_only_bootstrap_and_commands_put_parts_together() -> None:
    knowing = {line.split(" ")[0] for line in offenders("core", "core.bootstrap")}
    assert {path.split("/")[1] for path in knowing} <= {"web", "cli", "bench"}


def test_the_vocabulary_and_the_fold_stand_alone() -> None:
    assert [name for name in imported(ROOT / "core" / "calls" / "events.py") if name.startswith("core")] == []
    inner = {name for name in imported(ROOT / "core" / "calls" / "call.py") if name.startswith("core")}
    assert inner == {"core.calls.events"}


def test_nothing_reads_the_environment_while_it_is_imported() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for path in MODULES
        if any(
            isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
            for statement in ast.parse(path.read_text(encoding="utf-8")).body
            if not isinstance(statement, ast.FunctionDef | ast.ClassDef)
            for node in ast.walk(statement)
        )
    ]
    assert readers == []
