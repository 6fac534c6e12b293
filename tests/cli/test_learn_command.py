"""`python -m core learn`, where there is nothing to do; browser tests begin with what it makes."""

from pathlib import Path

import pytest

from core.__main__ import main
from core.speech import models


@pytest.fixture
def cache(tmp_path: Path, seeded: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPEECH_CACHE", str(tmp_path / "speech"))
    monkeypatch.setenv("DATABASE_URL", f"duckdb:///{seeded}")
    return tmp_path / "speech"


def test_models_of_any_data_will_do_for_a_first_start(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = cache / f"{models._of_sentences()}-0123456789ab"
    there.mkdir(parents=True)
    assert main(["learn", "--if-none"]) == 0
    assert list(cache.iterdir()) == [there]
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("broken_sentences")
def test_a_mistake_in_the_sentences_is_one_line(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "--if-none"]) == 1
    assert capsys.readouterr().err.startswith("error: ")
    assert list(cache.iterdir()) == []
