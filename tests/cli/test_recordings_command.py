"""`recordings`: what is old goes, and nothing else."""

import argparse
import os
from datetime import timedelta
from pathlib import Path

import pytest

from core.cli import recordings
from core.cli.recordings import age
from core.clock import SystemClock


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECORDINGS", str(tmp_path))
    now_s = SystemClock().now().timestamp()
    for name, days in (("old.opus", 40), ("older.opus", 50), ("young.opus", 20), ("notes.txt", 90)):
        (tmp_path / name).write_bytes(bytes(500_000))
        os.utime(tmp_path / name, (now_s - days * 86_400,) * 2)
    return tmp_path


def run(*arguments: str) -> None:
    parser = argparse.ArgumentParser()
    recordings.add(parser.add_subparsers())
    chosen = parser.parse_args(["recordings", *arguments])
    chosen.run(chosen)


def test_old_recordings_are_deleted_and_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("--older-than", "30d", "--delete")
    assert {path.name for path in folder.iterdir()} == {"young.opus", "notes.txt"}
    assert capsys.readouterr().out.splitlines() == [
        str(folder / "older.opus"),
        str(folder / "old.opus"),
        "2 recordings, 1.0 MB, deleted",
    ]


def test_without_being_told_to_nothing_is_deleted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("--older-than", "30d")
    run()
    assert len(list(folder.iterdir())) == 4
    assert "2 recordings, 1.0 MB\n" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        run("--delete")
    assert "--older-than" in capsys.readouterr().err


def test_a_folder_that_does_not_exist_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECORDINGS", str(tmp_path / "missing"))
    run()
    assert capsys.readouterr().out == "0 recordings, 0.0 MB\n"


@pytest.mark.parametrize(("text", "expected"), [("12h", timedelta(hours=12)), ("4w", timedelta(weeks=4))])
def test_an_age_is_hours_days_or_weeks(text: str, expected: timedelta) -> None:
    assert age(text) == expected


@pytest.mark.parametrize("text", ["", "0d", "30", "d", "-1d", "1.5d", "30 days", "999999d"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="30d"):
        age(text)
