import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.audio.levels import SILENCE, SILENCE_DBFS, LevelMeter, level_of


def test_digital_silence_reads_as_silence() -> None:
    assert level_of(np.zeros(960, np.int16)) == SILENCE
    assert level_of(np.zeros(0, np.int16)) == SILENCE
    assert SILENCE.silent


def test_full_scale_square_is_zero_dbfs_and_a_sine_three_below() -> None:
    square = np.tile(np.array([-32768, 32767], np.int16), 800)
    sine = (32767 * np.sin(2 * np.pi * np.arange(1600) / 16)).astype(np.int16)
    assert level_of(square).rms_dbfs == pytest.approx(0.0, abs=0.01)
    assert level_of(sine).rms_dbfs == pytest.approx(-3.01, abs=0.01)
    assert level_of(sine).peak_dbfs == pytest.approx(0.0, abs=0.01)


@given(arrays(np.int16, st.integers(1, 2000)))
def test_levels_stay_on_the_scale_and_rms_never_exceeds_peak(pcm: np.ndarray) -> None:
    level = level_of(pcm)
    assert SILENCE_DBFS <= level.rms_dbfs <= level.peak_dbfs + 1e-9 <= 1e-6
    assert level.silent == (not pcm.any())


@given(st.lists(st.integers(0, 3000), max_size=20))
def test_meter_gives_one_reading_a_window_however_the_stream_is_cut(sizes: list[int]) -> None:
    pcm = np.random.default_rng(3).integers(-3000, 3000, sum(sizes)).astype(np.int16)
    meter, whole = LevelMeter(), LevelMeter()
    cut = [level for part in np.split(pcm, np.cumsum(sizes)) for level in meter.push(part)]
    assert cut == whole.push(pcm)
    assert len(cut) == len(pcm) // 960


def test_meter_reads_at_least_ten_times_a_second() -> None:
    assert len(LevelMeter().push(np.zeros(16_000, np.int16))) >= 10
