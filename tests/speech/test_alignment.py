"""Which phone was said when, by frames that say so themselves."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.speech.alignment import Alignment, Segment

PAUSE, A, B, C = range(4)


def frames_of(phones: Sequence[int], sure: float = 10.0) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Likeliest under these phones, in turn."""
    return sure * np.eye(4)[list(phones)]


def around(words: Sequence[Sequence[int]]) -> list[Segment]:
    segments = [Segment(PAUSE, optional=True)]
    for word in words:
        segments += [*map(Segment, word), Segment(PAUSE, optional=True)]
    return segments


def aligned(words: Sequence[Sequence[int]], said: Sequence[int], chunk: int = 100) -> list[int] | None:
    alignment = Alignment(around(words))
    frames = frames_of(said)
    for begin in range(0, len(frames), chunk):
        alignment.push(frames[begin : begin + chunk])
    found = alignment.phones()
    return None if found is None else found.tolist()


@pytest.mark.parametrize(
    "said",
    [
        [*[PAUSE] * 5, *[A] * 4, *[B] * 3, *[PAUSE] * 6, *[C] * 9, *[PAUSE] * 3],
        [*[A] * 4, *[B] * 3, *[C] * 9],
        [*[PAUSE] * 3, *[A] * 4, *[B] * 30, *[C] * 3],
    ],
    ids=["with pauses", "without", "with one"],
)
def test_pauses_are_found_and_left_out(said: list[int]) -> None:
    assert aligned([[A, B], [C]], said) == said


def test_an_utterance_too_short_for_its_words_is_not_aligned() -> None:
    assert aligned([[A, B], [C]], [*[A] * 3, *[B] * 3, *[C] * 2]) is None
    assert Alignment(around([[A]])).phones() is None


def test_words_decide_where_the_sound_does_not() -> None:
    found = aligned([[A], [B]], [*[A] * 5, *[C] * 2, *[B] * 5])
    assert found is not None
    assert found[:5] == [A] * 5
    assert found[-5:] == [B] * 5
    assert C not in found


@given(
    words=st.lists(st.lists(st.sampled_from([A, B, C]), min_size=1, max_size=3), min_size=1, max_size=4),
    lengths=st.lists(st.integers(3, 8), min_size=20, max_size=20),
    chunk=st.integers(1, 30),
)
def test_what_is_said_in_the_order_of_the_words_is_found_however_it_comes(
    words: list[list[int]], lengths: list[int], chunk: int
) -> None:
    phones = [segment.phone for segment in around(words)]
    said = [phone for phone, length in zip(phones, lengths, strict=False) for _ in range(length)]
    assert aligned(words, said, chunk) == said
