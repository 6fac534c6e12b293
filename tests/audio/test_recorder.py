"""A stereo recording, read back the way every recording is."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.recorder import StereoRecorder
from core.config import ROOT
from core.errors import AudioError

SECOND = SPEECH_RATE_HZ
BLOCK = SECOND // 10


def tone(frequency_hz: float, duration_s: float) -> Pcm:
    seconds = np.arange(round(duration_s * SECOND)) / SECOND
    return (8_000 * np.sin(2 * np.pi * frequency_hz * seconds)).astype(np.int16)


def record(path: Path, customer: Pcm, agent: Pcm) -> None:
    recorder = StereoRecorder(path)
    for start in range(0, len(customer), BLOCK):
        recorder.write(customer[start : start + BLOCK], agent[start : start + BLOCK])
    recorder.close()


def heard(path: Path) -> tuple[Pcm, Pcm]:
    with Recording.open(path) as recording:
        assert recording.parties == ("customer", "agent")
        blocks = list(recording)
        assert recording.notes == []
    return (
        np.concatenate([block["customer"] for block in blocks]),
        np.concatenate([block["agent"] for block in blocks]),
    )


def loudest_hz(pcm: Pcm) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(pcm.astype(float)))) * SECOND / len(pcm))


def test_each_party_is_on_its_own_channel_and_no_sample_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "call_1.opus"
    record(path, tone(440, 3.05), tone(1_000, 3.05))
    customer, agent = heard(path)
    assert len(customer) == len(agent) == round(3.05 * SECOND)
    assert loudest_hz(customer[:SECOND]) == pytest.approx(440, abs=2)
    assert loudest_hz(agent[:SECOND]) == pytest.approx(1_000, abs=2)


def test_a_silent_party_stays_silent(tmp_path: Path) -> None:
    path = tmp_path / "call_1.opus"
    record(path, tone(440, 2), np.zeros(2 * SECOND, np.int16))
    customer, agent = heard(path)
    assert np.abs(customer).max() > 6_000
    assert np.abs(agent).max() <= 3


def test_a_click_is_where_it_was_made(tmp_path: Path) -> None:
    path = tmp_path / "call_1.opus"
    customer, agent = np.zeros((2, 10 * SECOND), np.int16)
    customer[2 * SECOND] = agent[7 * SECOND] = 30_000
    record(path, customer, agent)
    for pcm, expected in zip(heard(path), (2 * SECOND, 7 * SECOND), strict=True):
        assert abs(int(np.argmax(np.abs(pcm.astype(int)))) - expected) <= SECOND // 1000


def test_nobody_need_have_said_anything(tmp_path: Path) -> None:
    recorder = StereoRecorder(tmp_path / "call_1.opus")
    recorder.close()
    assert recorder.duration_s == 0


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="RECORDINGS"):
        StereoRecorder(tmp_path / "missing" / "call_1.opus")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    path = tmp_path / "call_1.opus"
    path.symlink_to("/dev/full")
    with pytest.raises(AudioError, match="free some disk space"):  # noqa: PT012
        recorder = StereoRecorder(path)
        for _ in range(100):
            recorder.write(tone(440, 0.1), tone(440, 0.1))


WRITER = """
import sys
from pathlib import Path
from tests.audio.test_recorder import BLOCK, SECOND, tone
from core.audio.recorder import StereoRecorder

recorder = StereoRecorder(Path(sys.argv[1]))
customer, agent = tone(440, 60), tone(1_000, 60)
for start in range(0, len(customer), BLOCK):
    recorder.write(customer[start : start + BLOCK], agent[start : start + BLOCK])
    print(start + BLOCK, flush=True)
print("all", flush=True)
sys.stdin.read()
"""


def test_kill_9_loses_less_than_a_second(tmp_path: Path) -> None:
    path = tmp_path / "killed.opus"
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(303)]
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.readlines()
    written = max(int(line) for line in lines if line.strip().isdigit() and line.endswith("\n"))
    assert writer.returncode == -signal.SIGKILL
    customer, agent = heard(path)
    assert written - SECOND < len(customer)
    for start in range(0, len(customer) - SECOND, SECOND):
        assert loudest_hz(customer[start : start + SECOND]) == pytest.approx(440, abs=2)
        assert loudest_hz(agent[start : start + SECOND]) == pytest.approx(1_000, abs=2)
