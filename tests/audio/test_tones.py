"""What is heard while waiting."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.audio.tones import NOTES_HZ, PERIOD_S, RATE_HZ, waiting_tone

PERIOD = round(PERIOD_S * RATE_HZ)


@given(start=st.integers(0, 10 * PERIOD), cut=st.integers(0, 960))
def test_the_tone_is_the_same_however_it_is_cut(start: int, cut: int) -> None:
    whole = waiting_tone(start, 960)
    assert (whole == np.concatenate([waiting_tone(start, cut), waiting_tone(start + cut, 960 - cut)])).all()
    assert (whole == waiting_tone(start + PERIOD, 960)).all()


def test_it_is_soft_has_both_notes_and_leaves_most_of_the_time_silent() -> None:
    tone = waiting_tone(0, PERIOD).astype(float)
    spectrum = np.abs(np.fft.rfft(tone))
    for note_hz in NOTES_HZ:
        near = slice(round((note_hz - 2) * PERIOD_S), round((note_hz + 2) * PERIOD_S))
        assert spectrum[near].max() > 0.5 * spectrum.max()
    assert 500 < np.abs(tone).max() < 3000
    assert (tone == 0).mean() > 0.6


def test_it_does_not_click() -> None:
    assert np.abs(np.diff(waiting_tone(0, 2 * PERIOD).astype(int))).max() < 200
