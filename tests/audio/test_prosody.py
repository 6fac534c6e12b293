"""How an utterance is spoken, whatever the line and the microphone."""

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_voice import Sound, Voice, amplified, telephone

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.prosody import Prosody, ProsodyStream, prosody_of

SECONDS = np.arange(4 * SPEECH_RATE_HZ) / SPEECH_RATE_HZ
SAID = Voice().says(1)


def heard(pcm: Pcm) -> Prosody:
    prosody = prosody_of(pcm)
    assert prosody is not None
    return prosody


def as_pcm(sound: Sound) -> Pcm:
    """With half a second of silence around it."""
    loud = sound / np.sqrt(np.mean(sound**2)) * 3000
    return np.concatenate([np.zeros(8000), loud, np.zeros(8000)]).clip(-32768, 32767).astype(np.int16)


def semitones(hz: float) -> float:
    return float(12 * np.log2(hz))


@pytest.mark.parametrize("line", [lambda pcm: pcm, telephone], ids=["wide band", "telephone"])
@pytest.mark.parametrize("pitch_hz", [80, 110, 160, 220, 300, 380])
def test_the_pitch_is_the_voices(pitch_hz: float, line: object) -> None:
    """Also above 350 Hz, where a loud voice gets to, and with the fundamental missing."""
    found = [heard(line(Voice(pitch_hz=pitch_hz).says(seed))).pitch_st for seed in range(3)]  # type: ignore[operator]
    assert np.median(found) == pytest.approx(semitones(pitch_hz), abs=0.8)


def test_faster_speech_has_more_syllables() -> None:
    slow, fast = (heard(Voice(syllables_per_s=rate).says(1)).syllables_per_s for rate in (3.0, 6.0))
    assert 1.5 < fast / slow < 2.5


def test_pauses_are_a_share_of_the_time() -> None:
    fluent, halting = (heard(Voice(pause_s=pause_s).says(1)).pause_share for pause_s in (0.0, 1.0))
    assert halting - fluent == pytest.approx(0.2, abs=0.05)


def test_a_brighter_voice_has_more_above_1_khz() -> None:
    calm, loud = (heard(Voice(tilt=tilt).says(1)).brightness_db for tilt in (2.0, 1.4))
    assert loud - calm > 3


@settings(max_examples=15)
@given(gain_db=st.floats(-30, 6))
def test_an_amplifier_changes_loudness_and_nothing_else(gain_db: float) -> None:
    before, after = heard(SAID), heard(amplified(SAID, gain_db))
    assert after.loudness_dbfs - before.loudness_dbfs == pytest.approx(gain_db, abs=0.5)
    assert after.pitch_st == pytest.approx(before.pitch_st, abs=0.1)
    assert after.brightness_db == pytest.approx(before.brightness_db, abs=1.0)
    assert after.syllables_per_s == pytest.approx(before.syllables_per_s, abs=0.7)


@settings(max_examples=15)
@given(cuts=st.lists(st.integers(0, len(SAID)), max_size=30))
def test_it_is_the_same_however_the_sound_is_cut(cuts: list[int]) -> None:
    stream = ProsodyStream()
    for part in np.split(SAID, sorted(cuts)):
        stream.push(part)
    pieces = stream.finish()
    assert pieces is not None
    assert asdict(pieces) == pytest.approx(asdict(heard(SAID)), abs=1e-3)


def test_too_little_voice_tells_nothing() -> None:
    assert prosody_of(Voice().says(1, lasts_s=0.6)) is None
    assert prosody_of(SAID[:100]) is None
    assert prosody_of(SAID[:0]) is None


NOISE = np.random.default_rng(0).normal(0, 1, len(SECONDS))


def melody() -> Sound:
    """Plucked strings, a note every 0.4 s."""
    at = np.arange(round(0.4 * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
    notes = [sum(np.sin(2 * np.pi * hz * n * at) / n for n in range(1, 6)) for hz in (262, 294, 330, 392, 330, 262)]
    return np.concatenate([note * np.exp(-3 * at) for note in notes])


def siren() -> Sound:
    return np.sign(np.sin(2 * np.pi * np.cumsum(250 + 90 * np.sin(2 * np.pi * 0.4 * SECONDS)) / SPEECH_RATE_HZ))


def dialling() -> Sound:
    tone = np.sin(2 * np.pi * 770 * SECONDS) + np.sin(2 * np.pi * 1336 * SECONDS)
    return np.where(SECONDS % 0.2 < 0.1, tone, 0.0)


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(np.zeros(64000) + 1e-6 * NOISE, id="silence"),
        pytest.param(NOISE, id="noise"),
        pytest.param(np.sin(2 * np.pi * 100 * SECONDS) + 0.1 * NOISE, id="hum"),
        pytest.param(np.sin(2 * np.pi * 440 * SECONDS) + np.sin(2 * np.pi * 480 * SECONDS), id="ringing"),
        pytest.param(dialling(), id="dialling"),
        pytest.param(siren(), id="siren"),
        pytest.param(melody(), id="melody"),
    ],
)
def test_what_is_no_voice_tells_nothing(sound: Sound) -> None:
    assert prosody_of(as_pcm(sound)) is None
