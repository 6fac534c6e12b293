"""Diarization error rates worked out by hand."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.audio.diarization_error import Turn, diarization_error, read_rttm
from core.errors import AudioError

REFERENCE = [Turn(0, 10, "Ann"), Turn(10, 20, "Bob")]

turns = st.lists(
    st.builds(
        lambda start, length, who: Turn(start, start + length, who),
        st.integers(0, 40),
        st.integers(1, 10),
        st.sampled_from("abc"),
    ),
    min_size=1,
    max_size=8,
)


def test_labels_do_not_matter() -> None:
    error = diarization_error(REFERENCE, [Turn(0, 10, "2"), Turn(10, 20, "1")])
    assert error.rate == 0
    assert error.speech_s == 20


def test_a_boundary_that_is_off_is_confusion() -> None:
    error = diarization_error(REFERENCE, [Turn(0, 12, "1"), Turn(12, 20, "2")])
    assert (error.confused_s, error.missed_s, error.false_alarm_s) == (2, 0, 0)
    assert error.rate == pytest.approx(0.1)


def test_one_voice_for_two_is_half_wrong() -> None:
    assert diarization_error(REFERENCE, [Turn(0, 20, "1")]).rate == pytest.approx(0.5)


def test_missed_and_false_alarm() -> None:
    error = diarization_error(REFERENCE, [Turn(1, 10, "1"), Turn(10, 23, "2")])
    assert (error.missed_s, error.false_alarm_s, error.confused_s) == (1, 3, 0)
    assert error.rate == pytest.approx(4 / 20)


def test_speech_over_speech_counts_for_each_speaker() -> None:
    both = [Turn(0, 10, "Ann"), Turn(6, 10, "Bob")]
    error = diarization_error(both, [Turn(0, 10, "1")])
    assert (error.speech_s, error.missed_s, error.confused_s) == (14, 4, 0)


def test_within_the_collar_nothing_is_counted() -> None:
    off = [Turn(0, 10.2, "1"), Turn(10.2, 20, "2")]
    error = diarization_error(REFERENCE, off, collar_s=0.25)
    assert error.rate == 0
    assert error.speech_s == pytest.approx(20 - 4 * 0.25)


def test_the_mapping_is_the_best_one_overall_not_the_first_that_fits() -> None:
    reference = [Turn(0, 6, "Ann"), Turn(6, 11, "Bob")]
    found = [Turn(0, 4, "1"), Turn(4, 6, "2"), Turn(6, 11, "1")]
    # "1" agrees with Bob for 5 s and with Ann for 4 s; giving it to Bob and "2" to Ann makes 7 s right.
    assert diarization_error(reference, found).confused_s == pytest.approx(4)


def test_nothing_said_and_nothing_heard_is_no_error() -> None:
    assert diarization_error([], []).rate == 0
    assert diarization_error([], [Turn(0, 1, "1")]).rate == float("inf")


@given(turns)
def test_what_is_right_has_no_error(said: list[Turn]) -> None:
    assert diarization_error(said, said).rate == pytest.approx(0)


@given(turns, turns, st.permutations("xyz"))
def test_new_names_change_nothing(said: list[Turn], found: list[Turn], names: list[str]) -> None:
    renamed = [Turn(turn.start_s, turn.end_s, names["abc".index(turn.speaker)]) for turn in found]
    assert diarization_error(said, renamed).rate == pytest.approx(diarization_error(said, found).rate)


def test_rttm_holds_starts_and_durations(tmp_path: Path) -> None:
    path = tmp_path / "a.rttm"
    path.write_text("SPKR-INFO a 1 <NA>\nSPEAKER a 1 6.690 0.430 <NA> <NA> ann <NA> <NA>\n\n")
    (turn,) = read_rttm(path)
    assert turn == Turn(6.69, pytest.approx(7.12), "ann")  # type: ignore[arg-type]


def test_a_file_that_is_no_rttm_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.rttm"
    path.write_text("SPEAKER a 1 now\n")
    with pytest.raises(AudioError, match="not an RTTM file"):
        read_rttm(path)
