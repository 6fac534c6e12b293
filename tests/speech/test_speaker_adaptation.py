"""How far the Gaussians go to a voice, in a model of which the test says where they lie."""

from pathlib import Path

import numpy as np
import pytest

from core.speech.acoustic_model import STREAMS, AcousticModel, gaussians
from core.speech.features import CEPSTRA, Array
from core.speech.models import Models
from core.speech.speaker_adaptation import Adaptation

PHONES = ["AA", "IY", "SIL"]
DENSITIES = 2
APART = 20.0


def model() -> AcousticModel:
    """Phones that are far apart, each of two Gaussians that are less so."""
    means = np.zeros((len(PHONES), STREAMS, DENSITIES, CEPSTRA))
    for number in range(len(PHONES)):
        means[number, ..., number] = APART
        means[number, :, 1, -1] = APART / 2
    return AcousticModel(PHONES, b"", means, np.ones_like(means))


def frames(phone: str, count: int, moved: float = 0.0, gaussian: int = 0, seed: int = 0) -> Array:
    """Sounds of a phone's Gaussian, by somebody whose cepstra are all higher by so much."""
    mean = model().means[PHONES.index(phone), :, gaussian]
    return mean + moved + np.random.default_rng(seed).normal(0, 0.1, (count, *mean.shape))


def learned(*utterances: tuple[Array, list[list[str]]]) -> Adaptation:
    adaptation = Adaptation(model())
    for sound, words in utterances:
        for _ in adaptation.learn(sound, words):
            pass
    return adaptation


def said(count: int, moved: float) -> tuple[Array, list[list[str]]]:
    sounds = [frames("SIL", 10), frames("AA", count, moved), frames("SIL", 10)]
    return np.concatenate(sounds), [["AA"]]


def move(adaptation: Adaptation, phone: str, gaussian: int = 0) -> float:
    number = PHONES.index(phone)
    return float((adaptation.means() - model().means)[number, :, gaussian].mean())


def test_nothing_heard_moves_nothing() -> None:
    assert Adaptation(model()).means() == pytest.approx(model().means)


def test_a_phone_goes_further_to_the_voice_the_more_of_it_is_heard() -> None:
    moves = [move(learned(said(count, 1.0)), "AA") for count in (5, 50, 500, 5_000)]
    assert moves == sorted(moves)
    assert 0 < moves[0] < 0.5
    assert moves[-1] == pytest.approx(1.0, abs=0.05)


def test_sound_adds_up_over_utterances() -> None:
    once, twice = learned(said(50, 1.0)), learned(said(50, 1.0), said(50, 1.0))
    assert move(once, "AA") < move(twice, "AA")
    assert twice.frames == 2 * once.frames == 140


def test_a_gaussian_nobody_has_heard_goes_with_its_phone_and_other_phones_stay() -> None:
    adaptation = learned(said(500, 1.0))
    assert move(adaptation, "AA", 1) == pytest.approx(move(adaptation, "AA", 0), rel=0.2)
    assert move(adaptation, "IY") == 0


def test_what_is_too_short_for_its_words_teaches_nothing() -> None:
    adaptation = learned((frames("AA", 4), [["AA", "IY", "AA"]]))
    assert adaptation.frames == 0
    assert adaptation.means() == pytest.approx(model().means)


def test_it_is_done_in_steps_of_a_second() -> None:
    sound, words = said(1_000, 0.5)
    assert len(list(Adaptation(model()).learn(sound, words))) == 11


def test_the_means_of_the_real_model_are_written_as_it_is_read(tmp_path: Path) -> None:
    stock = Models(Path("nowhere")).acoustic("wide")
    Adaptation(stock).write_means(tmp_path / "means")
    assert gaussians(tmp_path / "means")[1] == pytest.approx(stock.means, abs=1e-4)
