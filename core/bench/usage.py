"""What processes cost, as Linux counts it: this one and those it has started.

Without /proc, children count only when they have ended, and memory is not known (NaN).
"""

import contextlib
import os
import resource
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PEAK_ONLY = "5"


def cpu_s() -> float:
    """CPU time of this process and its children, those that run and those that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used) + cpu_of_s(children())


def children() -> list[int]:
    """Process ids of the children that run."""
    return [pid for thread in sorted((_PROC / "self" / "task").glob("*")) for pid in _started_by(thread)]


def _started_by(thread: Path) -> list[int]:
    """One that has ended meanwhile has none: its children are another's."""
    try:
        return [int(pid) for pid in (thread / "children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def cpu_of_s(pids: Iterable[int]) -> float:
    """CPU time of these processes; one that is gone has none."""
    used_s = 0.0
    for pid in pids:
        with contextlib.suppress(OSError):
            # The name, in brackets, may hold anything; then state is the first field.
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            used_s += (int(fields[11]) + int(fields[12])) * _TICK_S
    return used_s


def peak_memory_bytes(pid: int) -> float:
    """The most memory the process has held at a time, since its start or since `forget_peak`."""
    try:
        lines = (_PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return float("nan")
    return next((1024 * float(line.split()[1]) for line in lines if line.startswith("VmHWM")), float("nan"))


def forget_peak() -> None:
    """From now on the peak of this process is that of what follows."""
    with contextlib.suppress(OSError):
        (_PROC / "self" / "clear_refs").write_text(_PEAK_ONLY)
