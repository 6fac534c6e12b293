from pathlib import Path

import numpy as np
import pytest

from core.audio.files import Recording
from core.errors import RulesError
from core.scenarios import Scenario, list_scenarios, load_scenario

FOLDER = Path(__file__).parents[2] / "data" / "scenarios"
SCENARIOS = list_scenarios(FOLDER)


def test_the_demo_calls_are_there() -> None:
    assert [scenario.name for scenario in SCENARIOS] == ["john_doe", "sarah_johnson"]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_audio_is_the_rendered_script(scenario: Scenario) -> None:
    timeline = scenario.timeline()
    assert [(entry.party, entry.text) for entry in timeline] == [(turn.party, turn.spoken) for turn in scenario.turns]
    assert len(set(scenario.voices.values())) == 2
    with Recording.open(scenario.audio_path) as recording:
        assert recording.parties == ("customer", "agent")
        blocks = list(recording)
        assert recording.notes == []
    assert 35 < timeline[-1].end_s < 65
    for entry in timeline:
        for party in recording.parties:
            pcm = np.concatenate([block[party] for block in blocks])
            loudness = np.abs(pcm[round(entry.start_s * 16_000) : round(entry.end_s * 16_000)].astype(float)).mean()
            assert (loudness > 300) == (party == entry.party)


GOOD = "title: A call\nvoices: {customer: slt, agent: rms}\nturns:\n  - {party: customer, text: hello}\n"


def write(folder: Path, content: str) -> Path:
    path = folder / "a_call.yaml"
    path.write_text(content)
    return path


def test_a_scenario_is_named_after_its_file(tmp_path: Path) -> None:
    scenario = load_scenario(write(tmp_path, GOOD))
    assert scenario.name == "a_call"
    assert scenario.audio_path == tmp_path / "a_call.opus"
    with pytest.raises(RulesError, match="cannot be read"):
        scenario.timeline()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (GOOD.replace("title: A call", ""), "title"),
        (GOOD.replace("party: customer", "party: caller"), "turns.0.party"),
        (GOOD.replace("text: hello", "text: hello, pause: 2"), "turns.0.pause"),
        (GOOD.replace("customer: slt, ", ""), "voices names none for the customer"),
        ("[1, 2]", "needs title, voices and turns"),
        ("title: [", "not YAML"),
    ],
)
def test_a_wrong_scenario_is_one_clear_line(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(RulesError, match=says) as caught:
        list_scenarios(write(tmp_path, content).parent)
    assert "\n" not in str(caught.value)
