from pathlib import Path

import pytest
from speech.listener import Listener, MovedClock

from core.audio.frames import Pcm
from core.bench.talk import speech_of
from core.scenarios import load_scenario
from core.speech.pocketsphinx_decoders import Decoders

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture(scope="module")
def decoders() -> Decoders:
    """With the stock models. Making some takes longer than most tests."""
    return Decoders(None)


@pytest.fixture(scope="module")
def spoken() -> tuple[Pcm, str]:
    """A customer's turn and its words."""
    scenario = load_scenario(PROJECT / "data" / "scenarios" / "john_doe.yaml")
    turn = next(entry for entry in scenario.timeline() if "frustrating" in entry.text)
    customer = speech_of(scenario.audio_path, "customer")
    return customer[round((turn.start_s - 0.3) * 16_000) : round((turn.end_s + 0.5) * 16_000)], turn.text
