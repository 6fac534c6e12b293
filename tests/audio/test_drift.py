"""The sample clock against sound cards that are fast or slow, and networks that delay."""

import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audio.drift import RESYNC_S, SampleClock

PIECE_S = 0.02
NETWORK_S = 0.03
"""Delay of the promptest packet; no receiver can tell it from the sound card's own."""
SETTLED_S = 10.0


def bursts(chance: random.Random) -> float:
    """Most packets are prompt, a few up to 200 ms late."""
    return min(0.2, chance.expovariate(100) if chance.random() > 0.02 else chance.uniform(0, 0.2))


def steady(chance: random.Random) -> float:
    return 0.0


def errors_s(
    seed: int,
    *,
    ppm: float,
    lasting_s: float,
    jitter_s: Callable[[random.Random], float] = bursts,
    loss: float = 0.002,
    stall_every_s: float = 120.0,
    quiet: float = 0.3,
) -> Iterator[tuple[float, float]]:
    """When a piece was said, and how far from there it is placed."""
    chance = random.Random(seed)
    clock = SampleClock()
    arrived_s = until_s = 0.0
    for number in range(round(lasting_s / PIECE_S)):
        said_s = number * PIECE_S / (1 + ppm / 1e6)
        if chance.random() < loss:
            continue
        if chance.random() < PIECE_S / stall_every_s:
            until_s = said_s + chance.uniform(0.3, 5.0)
        arrived_s = max(arrived_s, until_s, said_s + PIECE_S + NETWORK_S + jitter_s(chance))
        place = clock.place(arrived_s, PIECE_S, number * PIECE_S, quiet=chance.random() < quiet)
        if not place.dropped:
            yield said_s, place.start_s - said_s - NETWORK_S


@pytest.mark.parametrize("ppm", [-300, 0, 300])
def test_an_hour_stays_within_50_ms(ppm: float) -> None:
    worst_s = max(abs(error_s) for said_s, error_s in errors_s(1, ppm=ppm, lasting_s=3600) if said_s > SETTLED_S)
    assert worst_s <= 0.05


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32), ppm=st.floats(-300, 300), quiet=st.sampled_from((0.0, 0.3, 1.0)))
def test_any_card_stays_within_50_ms(seed: int, ppm: float, quiet: float) -> None:
    for said_s, error_s in errors_s(seed, ppm=ppm, lasting_s=400, quiet=quiet, stall_every_s=60):
        assert said_s <= SETTLED_S or abs(error_s) <= 0.05


def test_a_steady_stream_is_only_counted() -> None:
    errors = [error_s for _, error_s in errors_s(1, ppm=0, lasting_s=60, jitter_s=steady, loss=0, stall_every_s=1e9)]
    assert len(errors) == 3000
    assert max(map(abs, errors)) < 1e-6


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), ppm=st.floats(-300, 300))
def test_places_never_overlap(seed: int, ppm: float) -> None:
    end_s = 0.0
    for said_s, error_s in errors_s(seed, ppm=ppm, lasting_s=100, stall_every_s=20):
        start_s = said_s + NETWORK_S + error_s
        assert start_s >= end_s - 1e-9
        end_s = start_s + PIECE_S


def test_a_pause_is_mended_in_before_a_word() -> None:
    """15 ms ahead: nothing is cut out of a word, and a piece of silence is."""
    for quiet in (False, True):
        clock = SampleClock()
        clock.place(1.0 + 0.015, PIECE_S, 0.0, quiet=False)
        assert clock.place(1.0 + PIECE_S, PIECE_S, PIECE_S, quiet=quiet).dropped is quiet


def test_a_device_that_was_suspended_goes_on_where_it_belongs() -> None:
    clock = SampleClock()
    for number in range(100):
        clock.place((number + 1) * PIECE_S, PIECE_S, number * PIECE_S, quiet=False)
    places = [
        clock.place((number + 1) * PIECE_S + 60.0, PIECE_S, number * PIECE_S, quiet=False)
        for number in range(100, 2000)
    ]
    assert abs(places[-1].start_s - (1999 * PIECE_S + 60.0)) < 1e-6


def test_sound_from_a_file_is_counted_and_its_gaps_kept() -> None:
    clock = SampleClock()
    burst = [clock.place(5.0, PIECE_S, None, quiet=True) for _ in range(50)]
    assert [round(place.start_s, 6) for place in burst] == [round(4.98 + n * PIECE_S, 6) for n in range(50)]
    assert not any(place.dropped for place in burst)
    after_s = burst[-1].start_s + PIECE_S + RESYNC_S + 1.0
    assert clock.place(after_s, PIECE_S, None, quiet=True).start_s == pytest.approx(after_s - PIECE_S)
