from pathlib import Path

import numpy as np
import pocketsphinx
import pytest

from core.errors import SpeechError
from core.speech.acoustic_model import STREAMS
from core.speech.features import CEPSTRA
from core.speech.models import SPEECH_FOLDER
from core.speech.telephone import Channel, adapt, fit

MODEL = Path(pocketsphinx.get_model_path()) / "en-us" / "en-us"


def test_a_linear_channel_is_found() -> None:
    chance = np.random.default_rng(3)
    full = chance.normal(0, 1, (2_000, CEPSTRA))
    through = np.eye(CEPSTRA) + chance.normal(0, 0.1, (CEPSTRA, CEPSTRA))
    channel = fit([(full, full @ through + 5.0)])
    for stream in range(STREAMS):
        assert channel.maps[stream] == pytest.approx(through, abs=1e-6)
    assert channel.unexplained == pytest.approx(0, abs=1e-6)


def test_what_the_channel_does_not_explain_is_kept() -> None:
    chance = np.random.default_rng(3)
    full = chance.normal(0, 1, (20_000, CEPSTRA))
    channel = fit([(full, full + chance.normal(0, 0.5, full.shape))])
    assert channel.unexplained[0] == pytest.approx(0.25, rel=0.1)


def test_a_channel_is_kept_in_a_file(tmp_path: Path) -> None:
    channel = Channel.load(SPEECH_FOLDER / "telephone.txt")
    channel.save(tmp_path / "again.txt")
    again = Channel.load(tmp_path / "again.txt")
    assert again.maps == pytest.approx(channel.maps)
    assert again.unexplained == pytest.approx(channel.unexplained)
    with pytest.raises(SpeechError, match=r"python -m data\.telephone"):
        Channel.load(tmp_path / "none.txt")


def test_a_channel_that_does_nothing_leaves_the_model_as_it_is(tmp_path: Path) -> None:
    nothing = Channel(np.stack([np.eye(CEPSTRA)] * STREAMS), np.zeros((STREAMS, CEPSTRA)))
    adapt(MODEL, nothing, tmp_path / "means", tmp_path / "variances")
    for name in ("means", "variances"):
        # The check sum at the end of the file is not written.
        assert (MODEL / name).read_bytes()[-5_000:-4] == (tmp_path / name).read_bytes()[-4_996:]
    decoder = pocketsphinx.Decoder(
        loglevel="FATAL", lm=None, mean=str(tmp_path / "means"), var=str(tmp_path / "variances")
    )
    assert decoder.lookup_word("hello")


def test_another_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "means").write_bytes(b"s3\nendhdr\n" + b"\1" * 100)
    channel = Channel.load(SPEECH_FOLDER / "telephone.txt")
    with pytest.raises(SpeechError, match="PocketSphinx's own model"):
        adapt(tmp_path, channel, tmp_path / "new", tmp_path / "newer")
