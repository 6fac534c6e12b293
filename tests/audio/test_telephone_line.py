import numpy as np
import pytest

from core.audio.telephone_line import through_telephone


def tone(hz: float) -> np.ndarray:
    return (8_000 * np.sin(2 * np.pi * hz * np.arange(16_000) / 16_000)).astype(np.int16)


@pytest.mark.parametrize(("hz", "passes"), [(100, False), (1_000, True), (3_000, True), (5_000, False)])
def test_only_the_telephone_band_comes_through(hz: float, passes: bool) -> None:
    heard = through_telephone(tone(hz)).astype(np.float64)
    assert (np.abs(heard).mean() > 0.8 * np.abs(tone(hz)).mean()) == passes
    assert len(heard) == 16_000


def test_without_band_pass_low_tones_stay() -> None:
    heard = through_telephone(tone(100), band_pass=False).astype(np.float64)
    assert np.abs(heard - tone(100)).mean() < 50
