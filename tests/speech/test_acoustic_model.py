"""PocketSphinx's own model files, and what is refused in their place."""

from pathlib import Path

import numpy as np
import pocketsphinx
import pytest

from core.errors import SpeechError
from core.speech.acoustic_model import STREAMS, gaussians, phones, with_differences
from core.speech.features import CEPSTRA
from core.speech.models import Models

STOCK = Path(pocketsphinx.get_model_path()) / "en-us" / "en-us"


def test_every_phone_of_the_dictionary_has_a_codebook() -> None:
    model = Models(Path("nowhere")).acoustic("wide")
    lines = (STOCK.parent / "cmudict-en-us.dict").read_text().splitlines()
    assert {phone for line in lines for phone in line.split()[1:]} <= set(model.phones)
    assert "SIL" in model.phones
    assert model.means.shape == model.variances.shape == (len(model.phones), STREAMS, 128, CEPSTRA)


def test_other_means_are_read_back_and_change_nothing_where_they_are_the_same(tmp_path: Path) -> None:
    model = Models(Path("nowhere")).acoustic("wide")
    model.write_means(model.means, tmp_path / "means")
    # The check sum at the end of the file is not written.
    assert (STOCK / "means").read_bytes()[-5_000:-4] == (tmp_path / "means").read_bytes()[-4_996:]
    model.write_means(model.means + 1, tmp_path / "means")
    assert gaussians(tmp_path / "means")[1] == pytest.approx(model.means + 1, abs=1e-4)


def test_a_file_that_is_no_definition_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mdef").write_bytes(b"# text\n")
    with pytest.raises(SpeechError, match="pip install"):
        phones(tmp_path / "mdef")


def test_a_mean_makes_no_difference_and_a_slope_is_one() -> None:
    frames = np.outer(np.arange(20.0), np.ones(CEPSTRA))
    found = with_differences(frames + 7)
    assert found == pytest.approx(with_differences(frames))
    assert found.shape == (20, STREAMS, CEPSTRA)
    # Four frames apart, away from the ends.
    assert found[5:-5, 1] == pytest.approx(4.0)
    assert found[5:-5, 2] == pytest.approx(0.0)
