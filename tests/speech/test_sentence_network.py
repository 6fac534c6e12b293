"""The network of sentences: what it expects does not depend on what is asked beside it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SpeechError
from core.speech.models import NETWORK
from core.speech.sentence_network import EDGE, NAME, OTHER, Network

WORDS = (EDGE, OTHER, NAME, "yes", "no", "please")
WIDTH, CELLS = 4, 5
SENTENCES = st.lists(st.lists(st.integers(1, len(WORDS) - 1), max_size=5), max_size=6)


def network(seed: int = 1) -> Network:
    chance = np.random.default_rng(seed)

    def part(*shape: int) -> np.ndarray:
        return chance.normal(size=shape).astype(np.float32)

    return Network(
        WORDS,
        vectors=part(len(WORDS), WIDTH),
        into=part(WIDTH, 4 * CELLS),
        gate_bias=part(4 * CELLS),
        recurrent=part(CELLS, 4 * CELLS),
        down=part(CELLS, WIDTH),
        down_bias=part(WIDTH),
        expected_bias=part(len(WORDS)),
    )


@given(SENTENCES)
def test_a_sentence_is_as_likely_among_others_as_alone(sentences: Sequence[Sequence[int]]) -> None:
    known = network()
    for sentence, logs in zip(sentences, known.logs(sentences), strict=True):
        assert len(logs) == len(sentence) + 1
        np.testing.assert_allclose(logs, known.logs([sentence])[0], rtol=1e-4, atol=1e-5)


@given(SENTENCES)
def test_some_word_comes_or_the_end(sentences: Sequence[Sequence[int]]) -> None:
    for logs in network().logs(sentences):
        np.testing.assert_allclose(np.exp(logs).sum(axis=1), 1, rtol=1e-4)


def test_what_was_said_first_is_not_forgotten() -> None:
    one, other = network().logs([[3, 5, 5, 5], [4, 5, 5, 5]])
    assert not np.allclose(one[-1], other[-1], atol=1e-3)


def test_it_is_kept_and_found_again(tmp_path: Path) -> None:
    known = network()
    known.save(tmp_path / "network.npz")
    found = Network.load(tmp_path / "network.npz")
    assert found.words == WORDS
    assert found.ids()["no"] == 4
    np.testing.assert_allclose(found.logs([[3, 4]])[0], known.logs([[3, 4]])[0], atol=0.02)


@pytest.mark.parametrize("content", [None, b"", b"no network", b"PK\x03\x04"])
def test_what_is_no_network_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "network.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SpeechError, match="put the file back"):
        Network.load(path)


def test_one_that_lacks_a_part_is_told(tmp_path: Path) -> None:
    path = tmp_path / "network.npz"
    np.savez_compressed(path, words=np.array("a b"), vectors=np.zeros((2, 2)))
    with pytest.raises(SpeechError, match="no network of sentences"):
        Network.load(path)


def test_the_one_that_is_used_prefers_what_people_say() -> None:
    known = Network.load(NETWORK)
    ids = known.ids()

    def likelihood(sentence: str) -> float:
        told = [ids[word] for word in sentence.split()]
        (logs,) = known.logs([told])
        return float(sum(row[word] for row, word in zip(logs, [*told, ids[EDGE]], strict=True)))

    assert likelihood("i would like to return my order please") > likelihood("i would like to return my border please")
    assert likelihood(f"my name is {NAME} {NAME}") > likelihood(f"my name is {NAME} the")
    assert likelihood("the package was delivered to the wrong address") > likelihood(
        "the package was delivered two the wrong address"
    )


def test_half_the_precision_changes_little(tmp_path: Path) -> None:
    known = network()
    doubled = replace(known, vectors=known.vectors * 2)
    doubled.save(tmp_path / "network.npz")
    np.testing.assert_allclose(Network.load(tmp_path / "network.npz").vectors, doubled.vectors, rtol=1e-3)
