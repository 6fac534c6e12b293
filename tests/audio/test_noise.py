"""How much noise there is behind a voice."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_voice import Voice

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.gain import amplified
from core.audio.noise import speech_to_noise_db
from core.bench.noises import with_noise
from core.bench.talk import speech_of
from core.scenarios import load_scenario

SCENARIO = Path(__file__).parents[2] / "data" / "scenarios" / "john_doe.yaml"
HISS = np.random.default_rng(1).normal(0, 1000, 4 * SPEECH_RATE_HZ).astype(np.int16)


@pytest.fixture(scope="module")
def voice() -> Pcm:
    """Three seconds between half a second of silence and another."""
    silence = np.zeros(SPEECH_RATE_HZ // 2, np.int16)
    return np.concatenate([silence, Voice(level_db=-20.0, room_db=-80.0).says(1, 3.0), silence])


def test_a_voice_in_a_quiet_room_is_far_above_it(voice: Pcm) -> None:
    assert speech_to_noise_db(voice) > 40


def test_so_is_one_that_never_pauses() -> None:
    scenario = load_scenario(SCENARIO)
    customer = speech_of(scenario.audio_path, "customer")
    turns = [turn for turn in scenario.timeline() if turn.party == "customer"]
    said = [customer[round(turn.start_s * SPEECH_RATE_HZ) : round(turn.end_s * SPEECH_RATE_HZ)] for turn in turns]
    assert speech_to_noise_db(np.concatenate(said)) > 38


def test_the_louder_the_noise_the_less_is_a_voice_above_it(voice: Pcm) -> None:
    ratios = [speech_to_noise_db(with_noise(voice, HISS, db)) for db in (60, 50, 40, 30, 20, 10)]
    assert ratios == sorted(ratios, reverse=True)
    assert ratios[1] - ratios[3] == pytest.approx(20, abs=4)


def test_how_loud_both_are_makes_no_difference(voice: Pcm) -> None:
    noisy = with_noise(voice, HISS, 15)
    assert speech_to_noise_db(amplified(noisy, -12.0)) == pytest.approx(speech_to_noise_db(noisy), abs=0.5)


def test_what_is_very_low_hardly_counts(voice: Pcm) -> None:
    hum = (1000 * np.sin(2 * np.pi * 50 * np.arange(len(voice)) / SPEECH_RATE_HZ)).astype(np.int16)
    assert speech_to_noise_db(with_noise(voice, hum, 15)) > speech_to_noise_db(with_noise(voice, HISS, 15)) + 15


@given(st.integers(0, 20_000))
def test_silence_has_no_noise(samples: int) -> None:
    assert speech_to_noise_db(np.zeros(samples, np.int16)) == math.inf


def test_a_click_tells_nothing() -> None:
    assert speech_to_noise_db(HISS[:100]) == math.inf


def test_a_voice_that_is_hardly_louder_than_the_steps_of_the_sound_is_in_no_noise(voice: Pcm) -> None:
    room = np.random.default_rng(2).normal(0, 3, len(voice))
    assert speech_to_noise_db(amplified((voice + room).astype(np.int16), -40.0)) == math.inf
