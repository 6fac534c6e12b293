from pathlib import Path

import numpy as np
import pytest

from core.audio.files import Recording
from core.bootstrap import Services
from core.errors import RulesError
from core.routing.rules import load_routing_rules
from core.scenarios import Scenario, list_scenarios, load_scenario

FOLDER = Path(__file__).parents[2] / "data" / "scenarios"
SCENARIOS = list_scenarios(FOLDER)


def test_the_scripted_calls_are_there() -> None:
    assert [scenario.name for scenario in SCENARIOS] == [
        "john_doe",
        "john_doe_router",
        "maria_alvarez",
        "michael_turner",
        "nancy_edwards",
        "paul_barnett",
        "peter_savage",
        "robert_sherman",
        "sarah_johnson",
        "sarah_johnson_address",
    ]
    assert len({scenario.title for scenario in SCENARIOS}) == len(SCENARIOS)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_audio_is_the_rendered_script(scenario: Scenario) -> None:
    timeline = scenario.timeline()
    assert [(entry.party, entry.text) for entry in timeline] == [(turn.party, turn.spoken) for turn in scenario.turns]
    assert len(set(scenario.voices.values())) == 2
    with Recording.open(scenario.audio_path) as recording:
        assert recording.parties == ("customer", "agent")
        blocks = list(recording)
        assert recording.notes == []
    sound = {party: np.concatenate([block[party] for block in blocks]) for party in recording.parties}
    assert 35 < scenario.duration_s < 120
    assert len(sound["customer"]) / 16_000 == pytest.approx(scenario.duration_s + 1.0, abs=0.1)
    assert scenario.audio_path.stat().st_size < 300_000
    for entry in timeline:
        for party, pcm in sound.items():
            loudness = np.abs(pcm[round(entry.start_s * 16_000) : round(entry.end_s * 16_000)].astype(float)).mean()
            assert (loudness > 300) == (party == entry.party)


def test_callers_and_what_they_name_are_in_the_demo_world(services: Services) -> None:
    directory = services.customers.directory()
    for scenario in SCENARIOS:
        told, expected = scenario.caller, scenario.expected
        if told.name or told.account_number:
            customer_id = services.understanding.look_up(told.name, told.account_number)
            assert customer_id is not None, scenario.name
            assert services.understanding.profile(customer_id)["name"] == expected["name"]
        for kind, value in expected.items():
            assert kind in ("name", "account", "order", "phone")
            assert [person.name for person in directory.exactly(kind, value)] == [expected["name"]]


def test_callers_ask_for_a_language_the_queue_offers(services: Services) -> None:
    offered = load_routing_rules(services.settings.routing_path).languages
    assert {scenario.caller.language for scenario in SCENARIOS} == {"en", "es"} <= set(offered)


GOOD = "title: A call\nvoices: {customer: slt, agent: rms}\nturns:\n  - {party: customer, text: hello}\n"


def write(folder: Path, content: str) -> Path:
    path = folder / "a_call.yaml"
    path.write_text(content)
    return path


def test_a_scenario_is_named_after_its_file(tmp_path: Path) -> None:
    scenario = load_scenario(write(tmp_path, GOOD))
    assert scenario.name == "a_call"
    assert scenario.audio_path == tmp_path / "a_call.opus"
    assert (scenario.caller.reason, scenario.caller.language) == ("", "en")
    with pytest.raises(RulesError, match="cannot be read"):
        scenario.timeline()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (GOOD.replace("title: A call", ""), "title"),
        (GOOD.replace("party: customer", "party: caller"), "turns.0.party"),
        (GOOD.replace("text: hello", "text: hello, pause: 2"), "turns.0.pause"),
        (GOOD.replace("customer: slt, ", ""), "voices names none for the customer"),
        (GOOD + "caller: {account: 1}\n", "caller.account"),
        (GOOD + "caller: {language: Spanish}\n", "caller.language"),
        ("[1, 2]", "needs title, voices and turns"),
        ("title: [", "not YAML"),
    ],
)
def test_a_wrong_scenario_is_one_clear_line(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(RulesError, match=says) as caught:
        list_scenarios(write(tmp_path, content).parent)
    assert "\n" not in str(caught.value)
