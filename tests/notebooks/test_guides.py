"""What docs/students.md tells students to write does what it says."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

import core.speech
from core.__main__ import main
from core.bootstrap import Services, build
from core.config import Settings
from core.scenarios import load_scenario
from core.speech.base import SpeechToText
from core.speech.registry import engine_from
from core.speech.scripted import ScriptedEngine
from core.web.routes import api_routes

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "students.md").read_text(encoding="utf-8")
RECORDING = ROOT / "data" / "scenarios" / "sarah_johnson.opus"


def example(exercise: int, language: str) -> str:
    """The first block in `language` of an exercise."""
    section = re.split(r"^## ", GUIDE, flags=re.MULTILINE)
    text = next(part for part in section if part.startswith(f"{exercise} ·"))
    found = re.search(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)
    assert found is not None
    return found[1]


@contextmanager
def hearing_the_script(folder: Path, **settings: Any) -> Iterator[Services]:
    """Services on a database of their own that hear the recording's script word for word."""
    timeline = load_scenario(RECORDING.with_suffix(".yaml")).timeline()
    configured = Settings(database_url=f"duckdb:///{folder / 'lab.duckdb'}", **settings)
    services = build(configured, speech=ScriptedEngine(timeline))
    try:
        yield services
    finally:
        services.close()


@contextmanager
def served(routes: list[BaseRoute]) -> Iterator[str]:
    """The routes behind a real server on a free port of this machine; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), ws="none", log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Services]:
    with hearing_the_script(tmp_path) as services:
        yield services


def test_the_rule_gives_its_card_when_the_order_is_asked_for(tmp_path: Path) -> None:
    playbook = tmp_path / "my-playbook.yaml"
    own = Settings().playbook_path.read_text(encoding="utf-8")
    playbook.write_text(f"{own.rstrip()}\n\n{example(1, 'yaml')}", encoding="utf-8")
    with hearing_the_script(tmp_path, playbook_path=playbook) as services:
        call = services.recorded_call().run(RECORDING)
    (card,) = (card for card in call.suggestions.values() if card.rule == "delivery-wish")
    assert card.message == "Delivery wish on file: leave at the front desk."
    assert "Where is it now?" in call.utterances[card.triggered_by[-1]].text


def test_the_call_is_a_scenario(tmp_path: Path) -> None:
    path = tmp_path / "delivery.yaml"
    path.write_text(example(2, "yaml"), encoding="utf-8")
    scenario = load_scenario(path)
    assert [turn.party for turn in scenario.turns] == ["agent", "customer", "agent", "customer"]
    assert scenario.turns[1].spoken == "My order number is seven, eight, nine, zero, one."


def test_the_engine_is_found_and_transcribes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "stopwatch.py").write_text(example(3, "python"), encoding="utf-8")
    monkeypatch.setattr(core.speech, "__path__", [*core.speech.__path__, str(tmp_path)])
    monkeypatch.setenv("STT", "stopwatch")
    engine: SpeechToText = engine_from("stopwatch")
    assert engine.name == "stopwatch"

    assert main(["transcribe", str(RECORDING)]) == 0

    lines = capsys.readouterr().out.splitlines()
    turns = load_scenario(RECORDING.with_suffix(".yaml")).turns
    assert len(lines) == len(turns)
    assert all(re.fullmatch(r"\d\d:\d\d  (Agent|Customer)\s+\d+\.\d seconds of sound", line) for line in lines)


def test_the_client_reads_a_stored_call(heard: Services, capsys: pytest.CaptureFixture[str]) -> None:
    call = heard.recorded_call().run(RECORDING)
    code = example(4, "python")
    with served(api_routes(lambda: heard)) as address:
        exec(code.replace("http://localhost:8501", address), {})
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == "sarah_johnson.opus · Sarah Johnson"
    assert [line[18:] for line in lines] == [line.text for line in call.transcript]


def test_paths_named_in_the_guides_exist() -> None:
    guides = [GUIDE, (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")]
    named = {
        path for text in guides for path in re.findall(r"\b(?:core|data|pages|notebooks|tests)/[\w./-]*\w/?", text)
    }
    made = {
        "data/sidetone.duckdb",
        "data/scenarios/delivery.yaml",
        "data/scenarios/delivery.opus",
        "core/speech/stopwatch.py",
    }
    assert sorted(path for path in named - made if not (ROOT / path).exists()) == []
