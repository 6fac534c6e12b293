"""`python -m core train`, with few sentences."""

from pathlib import Path

import pytest

from core.__main__ import main
from core.speech.sentence_network import Network


@pytest.mark.slow
def test_a_network_is_trained_of_the_sentences_there_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "network.npz"
    assert main(["train", "--epochs", "2", "--sentences", "600", "--into", str(path)]) == 0
    first, *epochs = capsys.readouterr().out.splitlines()
    assert first.endswith("sentences at a time")
    perplexities = [float(line.split("perplexity ")[1].split(",")[0]) for line in epochs]
    assert len(perplexities) == 2
    assert perplexities[1] < perplexities[0]
    assert {"the", "order"} <= set(Network.load(path).words)
