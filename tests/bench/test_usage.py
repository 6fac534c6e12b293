"""What processes cost."""

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.bench import usage

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="there is no /proc")
_WORKS = "import time\nwhile time.process_time() < 0.1: pass\nprint(flush=True)\ninput()"


def test_children_count_while_they_run_and_when_they_have_ended() -> None:
    before_s = usage.cpu_s()
    with subprocess.Popen([sys.executable, "-c", _WORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        assert child.pid in usage.children()
        assert usage.cpu_s() - before_s > 0.05
        assert usage.cpu_of_s([child.pid]) > 0.05
        assert usage.peak_memory_bytes(child.pid) > 1e6
        child.communicate(b"\n")
    assert child.pid not in usage.children()
    assert usage.cpu_s() - before_s > 0.05
    assert usage.cpu_of_s([child.pid]) == 0
    assert math.isnan(usage.peak_memory_bytes(child.pid))


def test_a_peak_can_be_forgotten() -> None:
    big = bytearray(80_000_000)
    high = usage.peak_memory_bytes(os.getpid())
    del big
    usage.forget_peak()
    assert usage.peak_memory_bytes(os.getpid()) < high


def test_a_thread_that_has_ended_meanwhile_has_no_children(tmp_path: Path) -> None:
    assert usage._started_by(tmp_path / "gone") == []
    (tmp_path / "children").write_text("12 345 ")
    assert usage._started_by(tmp_path) == [12, 345]
