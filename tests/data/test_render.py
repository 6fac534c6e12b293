"""Scenarios become sound: turns where the timeline says, each party on its own channel."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.errors import RulesError
from core.scenarios import load_scenario
from data import render

SCRIPT = """
title: A call
voices: {customer: slt, agent: "espeak-ng:es"}
turns:
  - {party: agent, text: Buenos días, pause_s: 0.5}
  - {party: customer, text: "12", say: one two, pause_s: 0.25}
"""
SAID_S = 0.5


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What was asked of the voices, which all say half a second of noise."""
    asked: list[tuple[str, str]] = []

    def synthesise(text: str, voice: str) -> Pcm:
        asked.append((text, voice))
        return np.full(round(SAID_S * SPEECH_RATE_HZ), 8_000, np.int16)

    monkeypatch.setattr(render, "synthesise", synthesise)
    return asked


def test_a_scenario_is_rendered_as_written(tmp_path: Path, spoken: list[tuple[str, str]]) -> None:
    path = tmp_path / "a_call.yaml"
    path.write_text(SCRIPT, encoding="utf-8")
    scenario = load_scenario(path)

    assert render.render(scenario) == pytest.approx(0.5 + SAID_S + 0.25 + SAID_S + 1.0)

    assert spoken == [("Buenos días", "espeak-ng:es"), ("one two", "slt")]
    assert [(entry.party, entry.start_s, entry.end_s) for entry in scenario.timeline()] == [
        ("agent", 0.5, 1.0),
        ("customer", 1.25, 1.75),
    ]
    assert scenario.duration_s == 1.75
    samples, _ = render.arrange(scenario)
    said = {party: np.flatnonzero(samples[:, channel]) for channel, party in enumerate(("customer", "agent"))}
    assert (said["agent"][0], said["customer"][0]) == (0.5 * SPEECH_RATE_HZ, 1.25 * SPEECH_RATE_HZ)


def test_a_voice_nobody_has_is_told_apart_from_a_program_nobody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RulesError, match="is no voice"):
        render.synthesise("hello", "festival:us1")
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(RulesError, match="apt install flite"):
        render.synthesise("hello", "slt")
    with pytest.raises(RulesError, match="apt install espeak-ng"):
        render.synthesise("hola", "espeak-ng:es")


def test_espeak_is_asked_for_its_own_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 1, "", "no such voice")

    monkeypatch.setattr("subprocess.run", run)
    with pytest.raises(RulesError, match="espeak-ng has no voice 'xx'"):
        render.synthesise("hola", "espeak-ng:xx")
    assert commands[0][:3] == ["/usr/bin/espeak-ng", "-v", "xx"]
    assert commands[0][-1] == "hola"


def test_an_unknown_name_lists_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert render.main(["nobody"]) == 1
    assert "john_doe" in capsys.readouterr().err
