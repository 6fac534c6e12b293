"""Tones and music are told from voices, and no voice is taken for them."""

import numpy as np
import pytest
from sounds import key_tone, music
from synthetic_voice import Voice, telephone

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.tonality import is_key_tone, is_tonal, steadiness
from core.audio.tones import waiting_tone

FRAME = 480


@pytest.mark.parametrize("note_s", [0.2, 0.3, 0.5])
@pytest.mark.parametrize("on_the_phone", [False, True])
def test_music_holds_its_pitch(note_s: float, on_the_phone: bool) -> None:
    sound = music(note_s=note_s)
    assert is_tonal(telephone(sound) if on_the_phone else sound)


def test_our_own_tone_on_hold_is_known() -> None:
    assert is_tonal(waiting_tone(0, 48_000 * 6)[::3])


@pytest.mark.parametrize("voice", [Voice(), Voice().louder(), Voice(pitch_hz=230.0), Voice(syllables_per_s=2.5)])
@pytest.mark.parametrize("seed", range(4))
def test_a_voice_glides(voice: Voice, seed: int) -> None:
    for sound in (voice.says(seed), telephone(voice.says(seed)), voice.says(seed, 0.8)):
        assert not is_tonal(sound)


def test_music_with_a_voice_after_it_is_kept() -> None:
    assert not is_tonal(np.concatenate([music(4.0), Voice(level_db=-15).says(1, 3.0)]))


def test_too_little_sound_and_silence_tell_nothing() -> None:
    assert not is_tonal(music(0.5, note_s=0.1))
    assert not is_tonal(np.zeros(2 * SPEECH_RATE_HZ, np.int16))
    assert steadiness(np.zeros(0, np.int16)) == 0.0


def test_noise_is_not_steady() -> None:
    assert steadiness(np.random.default_rng(1).normal(0, 2000, SPEECH_RATE_HZ).astype(np.int16)) < 0.4


@pytest.mark.parametrize("key", "123A456B789C*0#D")
def test_every_key_is_known_in_every_frame(key: str) -> None:
    assert all(is_key_tone(frame) for frame in frames(key_tone(key, 0.3, gap_s=0.0)))


def test_no_frame_of_a_voice_is_a_key() -> None:
    voiced = [frame for seed in range(10) for frame in frames(Voice(pitch_hz=100 + 15 * seed).says(seed))]
    assert not any(is_key_tone(frame) for frame in voiced)
    assert not is_key_tone(np.zeros(FRAME, np.int16))


def frames(pcm: Pcm) -> list[Pcm]:
    return [pcm[at : at + FRAME] for at in range(0, len(pcm) - FRAME + 1, FRAME)]
