"""`python -m core report`."""

import argparse
from pathlib import Path
from shutil import copyfile

import pytest

from core.cli import report
from core.cli.report import machine_zone
from core.errors import ConfigurationError


def run(*arguments: str) -> None:
    parser = argparse.ArgumentParser()
    report.add(parser.add_subparsers(required=True))
    chosen = parser.parse_args(["report", *arguments])
    chosen.run(chosen)


@pytest.fixture
def folder(tmp_path: Path, seeded: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copyfile(seeded, tmp_path / "sidetone.duckdb")
    monkeypatch.setenv("DATABASE_URL", f"duckdb:///{tmp_path / 'sidetone.duckdb'}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_writes_one_file_named_after_its_days(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("--from", "2026-11-01", "--to", "2026-11-08", "--zone", "Europe/Berlin")
    path = folder / "sidetone-report-2026-11-01-2026-11-08.html"
    assert path.name in capsys.readouterr().out
    html = path.read_text(encoding="utf-8")
    assert "Sunday 1 November 2026 to Sunday 8 November 2026" in " ".join(html.rpartition("</style>")[2].split())
    assert "days of Europe/Berlin" in html


def test_it_is_written_where_it_is_asked_for(folder: Path) -> None:
    run("--out", "week.html")
    assert (folder / "week.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.usefixtures("folder")
def test_a_place_that_cannot_be_written_to_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"no/such/folder\.html cannot be written"):
        run("--out", "no/such/folder.html")


@pytest.mark.usefixtures("folder")
def test_days_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="write the earlier day first"):
        run("--from", "2026-11-08", "--to", "2026-11-01")


@pytest.mark.parametrize("wrong", [["--from", "yesterday"], ["--to", "2026-13-01"], ["--zone", "Atlantis"]])
def test_what_is_no_day_and_no_place_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(*wrong)
    assert stopped.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_the_zone_is_this_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    assert machine_zone().key == "America/New_York"
    monkeypatch.setenv("TZ", "nowhere at all")
    assert machine_zone().key == "UTC"
