from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pocketsphinx import Decoder

from core.audio.files import Recording
from core.audio.frames import Pcm
from core.audio.telephone_line import through_telephone
from core.speech.features import CEPSTRA, FrontEnd, band_of, cepstra

SCENARIOS = Path(__file__).parents[2] / "data" / "scenarios"


@pytest.fixture(scope="module")
def voice() -> Pcm:
    """Some seconds of a demo call's customer."""
    with Recording.open(SCENARIOS / "john_doe.opus") as recording:
        customer = np.concatenate([block["customer"] for block in recording])
    loud = int(np.argmax(np.abs(customer) > 2_000))
    return customer[loud - 8_000 : loud + 72_000]


def test_they_are_the_cepstra_pocketsphinx_makes(voice: Pcm, tmp_path: Path) -> None:
    decoder = Decoder(loglevel="FATAL", lm=None, mfclogdir=str(tmp_path))
    decoder.add_fsg("one", decoder.create_fsg("one", 0, 1, [(0, 1, 1.0, "oh")]))
    decoder.activate_search("one")
    decoder.start_utt()
    decoder.process_raw(voice.tobytes(), no_search=True)
    decoder.end_utt()
    (log,) = tmp_path.iterdir()
    theirs = np.fromfile(log, ">f4", offset=4).reshape(-1, CEPSTRA)
    ours = cepstra(FrontEnd().push(voice))
    assert len(ours) in (len(theirs), len(theirs) - 1)
    assert np.abs(ours - theirs[: len(ours)]).max() < 1e-3


@settings(max_examples=20)
@given(st.lists(st.integers(0, 3_000), max_size=12), st.sampled_from([128, 160, 216]))
def test_it_does_not_matter_how_the_sound_is_cut(sizes: list[int], shift: int) -> None:
    sound = np.random.default_rng(1).normal(0, 1_000, 16_000).astype(np.int16)
    whole, pieces = FrontEnd(), FrontEnd()
    whole.begin(shift)
    pieces.begin(shift)
    cuts = np.clip(np.cumsum(sizes), 0, len(sound)).astype(int)
    made = np.concatenate([pieces.push(piece) for piece in np.split(sound, cuts)])
    assert made == pytest.approx(whole.push(sound))


def test_a_longer_shift_makes_fewer_frames(voice: Pcm) -> None:
    slow = FrontEnd()
    slow.begin(320)
    assert len(slow.push(voice)) == pytest.approx(len(FrontEnd().push(voice)) / 2, abs=2)


def test_a_telephone_is_recognised(voice: Pcm) -> None:
    assert band_of(FrontEnd().push(voice)) == "wide"
    assert band_of(FrontEnd().push(through_telephone(voice))) == "telephone"
    assert band_of(FrontEnd().push(voice[:100]), "telephone") == "telephone"


def test_a_constant_channel_goes_with_the_mean(voice: Pcm) -> None:
    logs = FrontEnd().push(voice)
    coloured = logs + np.linspace(-2, 2, logs.shape[1])
    for band in ("wide", "telephone"):
        plain, changed = cepstra(logs, band), cepstra(coloured, band)
        assert plain - plain.mean(axis=0) == pytest.approx(changed - changed.mean(axis=0))
    assert cepstra(logs.mean(axis=0)) == pytest.approx(cepstra(logs).mean(axis=0))
