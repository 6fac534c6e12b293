"""Telling two voices apart, on voices made of pulses through resonances and on the demo's."""

from itertools import pairwise

import numpy as np
import pytest

from core.audio.diarization import Diarization, DiarizerConfig, diarize
from core.audio.diarization_error import Turn, diarization_error
from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.voice_features import CEPSTRA, FeatureStream, VoiceFeatures
from core.config import ROOT
from core.scenarios import list_scenarios

SCENARIOS = ROOT / "data" / "scenarios"


def features_of(pcm: Pcm, piece: int = 1_600) -> VoiceFeatures:
    stream = FeatureStream()
    for start in range(0, len(pcm), piece):
        stream.push(pcm[start : start + piece])
    return stream.finish()


def demo(*parties: str) -> Pcm:
    """A demo call's parties in one channel."""
    with Recording.open(SCENARIOS / "sarah_johnson.opus") as recording:
        blocks = [sum(pcm.astype(np.int32) for party, pcm in block.items() if party in parties) for block in recording]
    return np.clip(np.concatenate(blocks), -32768, 32767).astype(np.int16)


def as_turns(found: Diarization) -> list[Turn]:
    return [Turn(turn.start_s, turn.end_s, str(turn.voice)) for turn in found.turns]


def test_two_voices_in_one_channel_are_told_apart() -> None:
    scenario = next(one for one in list_scenarios(SCENARIOS) if one.name == "sarah_johnson")
    reference = [Turn(line.start_s, line.end_s, line.party) for line in scenario.timeline()]
    found = diarize(features_of(demo("customer", "agent")))
    assert found.voices == 2
    error = diarization_error(reference, as_turns(found), collar_s=0.25)
    assert error.confused_s / error.speech_s < 0.02


def test_the_first_to_speak_is_voice_0_and_turns_do_not_overlap() -> None:
    turns = diarize(features_of(demo("customer", "agent"))).turns
    assert turns[0].voice == 0
    assert all(before.end_s <= after.start_s for before, after in pairwise(turns))
    assert all(turn.start_s < turn.end_s for turn in turns)


def test_one_voice_stays_one() -> None:
    found = diarize(features_of(demo("agent")))
    assert found.voices == 1
    assert found.separation < DiarizerConfig().two_voices_from


def test_the_same_sound_gives_the_same_turns_however_it_is_cut() -> None:
    pcm = demo("customer", "agent")
    assert diarize(features_of(pcm, 1_600)) == diarize(features_of(pcm, 7_777))


@pytest.mark.parametrize("pcm", [np.zeros(0, np.int16), np.zeros(100, np.int16), np.zeros(48_000, np.int16)])
def test_without_speech_there_are_no_turns(pcm: Pcm) -> None:
    assert diarize(features_of(pcm)).turns == ()


def test_pitch_is_found_and_features_come_every_10_ms() -> None:
    seconds = np.arange(2 * SPEECH_RATE_HZ) / SPEECH_RATE_HZ
    for hz in (95.0, 210.0):
        tone = sum(np.sin(2 * np.pi * hz * number * seconds) / number for number in range(1, 15))
        features = features_of((4_000 * tone).astype(np.int16))
        assert 2 ** float(np.nanmedian(features.pitch)) == pytest.approx(hz, rel=0.03)
        assert features.cepstra.shape[1] == CEPSTRA
        assert len(features.cepstra) == len(features.pitch) == len(features.speech)
        assert len(features.pitch) == pytest.approx(200, abs=5)
