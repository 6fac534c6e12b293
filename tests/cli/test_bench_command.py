"""The `bench` command: what may be asked for, and what is printed."""

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.bench.suite import NAMES


def test_an_unknown_measurement_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["bench", "speed"])
    assert stopped.value.code == 2
    assert "'speed' is none of startup, page" in capsys.readouterr().err


def test_help_names_every_measurement(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["bench", "--help"])
    told = capsys.readouterr().out
    assert [name for name in NAMES if name not in told] == []


@pytest.mark.slow
def test_figures_come_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "spotting", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert "cores" in report["machine"]
    (measured,) = report["measurements"]
    assert measured["budget"] == {"p95": 50}
    assert measured["n"] > 20
    assert 0 < measured["p50"] <= measured["p95"] <= measured["max"]
    assert not measured["not_measured"]


def test_what_cannot_be_measured_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "accuracy", "--eval", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "not measured" in told
    assert "references.jsonl" in told
