"""What is very quiet is amplified, and nothing else."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.audio.gain import ENOUGH_DBFS, FAINTEST_DBFS, MOST_DB, amplified, gain_db_for, loudest_dbfs
from core.audio.levels import SILENCE_DBFS, level_of


@given(st.floats(ENOUGH_DBFS, 0))
def test_ordinary_sound_is_left_alone(dbfs: float) -> None:
    assert gain_db_for(dbfs) == 0.0


@given(st.floats(ENOUGH_DBFS - MOST_DB, ENOUGH_DBFS))
def test_a_quiet_voice_becomes_loud_enough_and_no_louder(dbfs: float) -> None:
    assert abs(dbfs + gain_db_for(dbfs) - ENOUGH_DBFS) < 1e-9


@given(st.floats(FAINTEST_DBFS, ENOUGH_DBFS - MOST_DB))
def test_there_is_a_most(dbfs: float) -> None:
    assert gain_db_for(dbfs) == MOST_DB


@given(st.floats(SILENCE_DBFS, FAINTEST_DBFS, exclude_max=True))
def test_silence_stays_silence(dbfs: float) -> None:
    assert gain_db_for(dbfs) == 0.0


def test_gain_is_what_it_says_and_never_wraps_around() -> None:
    pcm = np.arange(-1000, 1000, dtype=np.int16)
    assert abs(level_of(amplified(pcm, 20.0)).rms_dbfs - level_of(pcm).rms_dbfs - 20.0) < 0.1
    assert np.array_equal(np.sign(amplified(pcm, 60.0)), np.sign(pcm))
    assert amplified(pcm, 0.0) is pcm


def test_the_loudest_frame_counts() -> None:
    pcm = np.concatenate([np.zeros(4800), np.full(480, 328), np.zeros(4800)]).astype(np.int16)
    assert abs(loudest_dbfs(pcm) + 40.0) < 0.1
    assert loudest_dbfs(np.zeros(0, np.int16)) == SILENCE_DBFS
