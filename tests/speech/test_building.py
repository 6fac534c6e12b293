"""What the embedded engine says of its language model."""

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from core.speech import pocketsphinx as module
from core.speech.base import Known
from core.speech.building import Building, readiness
from core.speech.models import Models
from core.speech.pocketsphinx import PocketSphinxEngine

KNOWN = Known(names=("Ada Quill", "John Doe"), products=("USB Hub",), plans=("Gold Plan",), policies=("Warranty",))
PATIENCE_S = 60.0


@dataclass
class FakeBuilding:
    known: Known
    cache: Path
    on_models: Any
    under_way: bool = False
    failure: str = ""
    stopped: list[bool] = field(default_factory=list)

    def stop(self) -> None:
        self.stopped.append(True)


@pytest.fixture
def models(tmp_path: Path) -> Models:
    (tmp_path / "words.lm.bin").touch()
    made_s = datetime(2026, 1, 5, 9, 30).timestamp()
    os.utime(tmp_path / "words.lm.bin", (made_s, made_s))
    return Models(tmp_path)


def building(**state: Any) -> Any:
    return FakeBuilding(KNOWN, Path(), None, **state)


def test_it_says_which_language_model_serves_and_what_becomes_of_the_next(models: Models) -> None:
    said = [
        readiness(None, None),
        readiness(None, building(under_way=True)),
        readiness(models, None),
        readiness(models, building(under_way=True)),
        readiness(models, building()),
        readiness(None, building(failure="the disk is full; make room")),
        readiness(models, building(failure="the disk is full; make room")),
    ]
    ours = "the language model made on 05 January at 09:30"
    assert [each.message for each in said] == [
        "the stock language model",
        "the stock language model serves while one with 5 names and terms is made",
        ours,
        f"{ours} serves while one with 5 names and terms is made",
        f"{ours}, with 5 names and terms",
        "a language model with 5 names and terms could not be made (the disk is full; make room); "
        "the stock language model serves",
        f"a language model with 5 names and terms could not be made (the disk is full; make room); {ours} serves",
    ]
    assert {each.state for each in said} == {"ready"}, "it serves all along"
    assert [each.again for each in said] == [False] * 5 + [True] * 2


def test_a_build_that_fails_says_why(tmp_path: Path) -> None:
    no_folder = tmp_path / "file"
    no_folder.touch()
    failing = Building(KNOWN, no_folder, lambda models: pytest.fail("nothing was made"))
    assert not failing.done(PATIENCE_S)
    assert str(no_folder) in failing.failure
    assert not failing.under_way


def test_a_build_that_was_stopped_has_not_failed(tmp_path: Path) -> None:
    stopped = Building(KNOWN, tmp_path, lambda models: pytest.fail("nothing was made"))
    stopped.stop()
    assert not stopped.done(PATIENCE_S)
    assert stopped.failure == ""


def test_a_failed_build_is_tried_again_when_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[FakeBuilding] = []

    def start(known: Known, cache: Path, on_models: Any) -> FakeBuilding:
        made.append(FakeBuilding(known, cache, on_models))
        return made[-1]

    monkeypatch.setattr(module, "Building", start)
    engine = PocketSphinxEngine(cache=tmp_path)
    monkeypatch.setattr(engine, "_alive", lambda slot: None)
    engine.learn(KNOWN)
    engine.warm_up()
    assert len(made) == 1
    made[0].failure = "the disk is full"
    assert engine.readiness.again
    engine.warm_up()
    assert [each.known for each in made] == [KNOWN, KNOWN]
    assert not engine.readiness.again
