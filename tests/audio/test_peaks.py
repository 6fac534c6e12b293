"""The waveform of a recording: as loud as it is, where it is, computed once."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.audio import peaks
from core.audio.frames import SPEECH_RATE_HZ
from core.audio.peaks import PER_S, Peaks, peaks_of, stored_peaks
from core.audio.recorder import StereoRecorder
from core.errors import AudioError


def tone(loudness: float, seconds: float) -> np.ndarray:
    at_s = np.arange(round(seconds * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
    return (loudness * 32767 * np.sin(2 * np.pi * 440 * at_s)).astype(np.int16)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * SPEECH_RATE_HZ), np.int16)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """The customer speaks in second 1, half as loud as can be; the agent in second 2, a tenth as loud."""
    path = tmp_path / "call.opus"
    recorder = StereoRecorder(path)
    customer = np.concatenate([silence(1), tone(0.5, 1), silence(1.02)])
    agent = np.concatenate([silence(2), tone(0.1, 1), silence(0.02)])
    recorder.write(customer, agent)
    recorder.close()
    return path


def test_each_party_is_as_loud_as_it_was_and_when_it_was(recording: Path) -> None:
    found = peaks_of(recording)
    assert set(found.parties) == {"customer", "agent"}
    assert found.duration_s == pytest.approx(3.02, abs=2 / PER_S)
    customer, agent = (np.frombuffer(found.parties[party], np.uint8) / 255 for party in ("customer", "agent"))
    spoken = slice(PER_S + 1, 2 * PER_S - 1), slice(2 * PER_S + 1, 3 * PER_S - 1)
    assert customer[spoken[0]] == pytest.approx(0.5, abs=0.06)
    assert agent[spoken[1]] == pytest.approx(0.1, abs=0.03)
    assert customer[: PER_S - 1].max() < 0.02
    assert agent[: 2 * PER_S - 1].max() < 0.02


def test_they_are_computed_once(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = stored_peaks(recording)
    assert sorted(path.name for path in recording.parent.iterdir()) == ["call.opus", "call.peaks"]

    def never(path: Path) -> Peaks:
        raise AssertionError("computed again")

    monkeypatch.setattr(peaks, "peaks_of", never)
    assert stored_peaks(recording) == first


@pytest.mark.parametrize("kept", ["", "no json", "[]", "{}", '{"source": [], "per_s": 20, "parties": {}}'])
def test_what_is_kept_of_another_file_or_damaged_is_made_again(recording: Path, kept: str) -> None:
    expected = peaks_of(recording)
    recording.with_suffix(".peaks").write_text(kept)
    assert stored_peaks(recording) == expected
    assert json.loads(recording.with_suffix(".peaks").read_text())["per_s"] == PER_S


def test_the_lowest_sample_is_full_scale(tmp_path: Path) -> None:
    assert peaks._loudest(np.array([-32768, 0], np.int16)).tolist() == [255]
    assert peaks._loudest(np.zeros(3, np.int16)).tolist() == [0]


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="no such file"):
        stored_peaks(tmp_path / "missing.opus")
    assert list(tmp_path.iterdir()) == []
