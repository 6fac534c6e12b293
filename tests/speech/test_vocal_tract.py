"""Whether a longer or shorter vocal tract is told from the sound."""

from pathlib import Path

import av
import numpy as np
import pytest
from speech.steps import outcome

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.bench.talk import speech_of
from core.scenarios import load_scenario
from core.speech.features import WARPS
from core.speech.models import Models
from core.speech.vocal_tract import NO_FIT, Fit, VocalTract, best, together

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def vocal_tract() -> VocalTract:
    return VocalTract(Models(Path("nowhere")).acoustic("wide"), "wide")


@pytest.fixture(scope="module")
def voice() -> Pcm:
    scenario = load_scenario(PROJECT / "data" / "scenarios" / "john_doe.yaml")
    turn = next(turn for turn in scenario.timeline() if turn.party == "customer")
    customer = speech_of(scenario.audio_path, "customer")
    return customer[round(turn.start_s * SPEECH_RATE_HZ) : round(turn.end_s * SPEECH_RATE_HZ)]


def as_if(voice: Pcm, shorter: float) -> Pcm:
    """The same voice with all its frequencies times `shorter`, as a vocal tract so much shorter would have it."""
    resampler = av.AudioResampler("s16", "mono", round(SPEECH_RATE_HZ / shorter))
    frame = av.AudioFrame.from_ndarray(voice[None, :], "s16", "mono")
    frame.sample_rate = SPEECH_RATE_HZ
    parts = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([part.to_ndarray()[0] for part in parts])


def fitted(vocal_tract: VocalTract, pcm: Pcm) -> Fit:
    return outcome(vocal_tract.fit(pcm))


def test_a_shorter_vocal_tract_wants_the_filters_higher(vocal_tract: VocalTract, voice: Pcm) -> None:
    warps = [best(fitted(vocal_tract, as_if(voice, shorter))) for shorter in (0.9, 1.0, 1.1)]
    assert warps == sorted(warps)
    assert warps[0] < warps[-1]


def test_how_loud_somebody_speaks_makes_no_difference(vocal_tract: VocalTract, voice: Pcm) -> None:
    assert best(fitted(vocal_tract, voice // 4)) == best(fitted(vocal_tract, voice))


def test_what_tells_nothing_leaves_the_filters_as_they_are(vocal_tract: VocalTract) -> None:
    assert best(NO_FIT) == 1.0
    assert best(fitted(vocal_tract, np.zeros(100, np.int16))) == 1.0


def test_sounds_of_one_speaker_add_up() -> None:
    one, other = NO_FIT | {WARPS[0]: 2.0}, NO_FIT | {WARPS[-1]: 5.0}
    assert best(together(one, other)) == WARPS[-1]
    assert best(together(together(one, other), {warp: 4 * one[warp] for warp in WARPS})) == WARPS[0]
