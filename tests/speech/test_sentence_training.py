"""How the network of sentences is trained."""

from pathlib import Path

import numpy as np
import pytest

from core.speech.domain import CALLS, WIDER
from core.speech.sentence_network import EDGE, NAME, OTHER, Network
from core.speech.sentence_training import Size, _Training, drawn, loss_and_gradients, train, vocabulary
from core.speech.spoken_numbers import MONTHS

WORDS = (EDGE, OTHER, NAME, "yes", "no")
BATCH = np.array([[0, 3, 4, 3, 0], [0, 4, 0, -1, -1], [0, 3, 3, 0, -1]])


def weights() -> dict[str, np.ndarray]:
    begun = _Training(WORDS, Size(5, 4, 0.0), np.random.default_rng(3))
    return {name: 3 * part.astype(np.float64) for name, part in begun._weights.items()}


@pytest.mark.parametrize("name", list(weights()))
def test_each_weight_is_changed_as_the_loss_says(name: str) -> None:
    exact = weights()
    part = exact[name]
    _, _, gradients = loss_and_gradients(exact, BATCH)
    for at in np.ndindex(part.shape):
        losses = []
        for off in (1e-5, -1e-5):
            before = part[at]
            part[at] += off
            losses.append(loss_and_gradients(exact, BATCH)[0])
            part[at] = before
        assert gradients[name][at] == pytest.approx((losses[0] - losses[1]) / 2e-5, abs=1e-4)


def test_words_and_ends_are_told_and_what_is_behind_them_is_not() -> None:
    _, told, _ = loss_and_gradients(weights(), BATCH)
    assert told == 4 + 2 + 3


def test_a_sentence_s_loss_does_not_depend_on_longer_ones_beside_it() -> None:
    losses = [loss_and_gradients(weights(), rows)[0] for rows in (BATCH[1:2, :3], BATCH[2:, :4], BATCH[:1])]
    assert loss_and_gradients(weights(), BATCH)[0] == pytest.approx(sum(losses))


def test_what_is_dropped_leaves_the_mean_as_it_is() -> None:
    exact = weights()
    whole = loss_and_gradients(exact, BATCH)[0]
    chance = np.random.default_rng(5)
    losses = [loss_and_gradients(exact, BATCH, 0.05, chance)[0] for _ in range(400)]
    assert np.std(losses) > 0
    assert np.mean(losses) == pytest.approx(whole, rel=0.1)


def toy() -> list[list[str]]:
    """What comes last is told by what came first, four words before."""
    return [[first, "and", "so", "on", last] for first, last in (("one", "uno"), ("two", "due"))] * 400


def test_it_learns_what_only_the_whole_sentence_tells() -> None:
    epochs = [toy() for _ in range(60)]
    learned = list(train(epochs, vocabulary(epochs), Size(16, 32, 0.0)))
    assert [epoch.number for epoch in learned] == list(range(60))
    assert learned[0].perplexity > 3
    # Two sentences are 2 choices in 6 places. Whoever has forgotten the first word has 4.
    assert 2 ** (1 / 6) <= learned[-1].perplexity < 3 ** (1 / 6)
    assert last_word(learned[-1].network, "one") == "uno"
    assert last_word(learned[-1].network, "two") == "due"


def last_word(network: Network, first: str) -> str:
    ids = network.ids()
    (logs,) = network.logs([[ids[word] for word in (first, "and", "so", "on")]])
    return network.words[int(np.argmax(logs[-1]))]


def test_the_same_seed_trains_the_same_network() -> None:
    one, other = (list(train([toy()], vocabulary([toy()]), Size(4, 4)))[-1].network for _ in range(2))
    np.testing.assert_array_equal(one.vectors, other.vectors)
    different = list(train([toy()], vocabulary([toy()]), Size(4, 4), seed=2))[-1].network
    assert not np.array_equal(one.vectors, different.vectors)


def test_words_worth_knowing_come_once_in_each_epoch() -> None:
    epochs = [[["yes", NAME], ["yes", "please"]], [["no", "yes"], ["no"]]]
    assert vocabulary(epochs) == (EDGE, OTHER, NAME, "yes", "no")


def test_sentences_are_drawn_with_any_person_and_numbers_in_words(tmp_path: Path) -> None:
    for of, line in ((CALLS, "i am {name} [and i live in {city}]"), (WIDER, "that was on {date}")):
        (tmp_path / of).mkdir()
        (tmp_path / of / "lines.txt").write_text(f"{line}\n", encoding="utf-8")
    (tmp_path / "slots.txt").write_text("city = austin|reno\n", encoding="utf-8")
    one, other = (drawn(tmp_path, 40, seed) for seed in (1, 2))
    assert one == drawn(tmp_path, 40, 1)
    assert one != other
    seen = {word for sentence in one for word in sentence}
    assert {NAME, "austin", "reno", "that"} <= seen
    assert seen & set(MONTHS)
    assert [word for word in seen if word.startswith("{")] == [NAME]
