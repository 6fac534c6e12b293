"""What was acknowledged survives the death of the process, whenever it comes."""

import signal
import subprocess
import sys
from pathlib import Path

from core.calls.call import Call, fold
from core.calls.log import EventLog
from core.clock import SystemClock
from core.config import ROOT
from core.database import open_database

WRITER = """
import sys, threading
from core.calls.events import CallStarted, SuggestionDelta
from core.calls.follow import Follower
from core.calls.log import EventLog
from core.clock import SystemClock
from core.database import open_database

clock = SystemClock()
log = EventLog(open_database(sys.argv[1]), clock)

def write(number):
    call_id = f"call_{number}"
    for n in range(100_000):
        log.append(call_id, SuggestionDelta(suggestion_id="s", text=str(n)))

for number in range(3):
    log.open(f"call_{number}", clock.monotonic_s)
    log.append(f"call_{number}", CallStarted(source="demo", agent="a"))
followers = [Follower(log, f"call_{number}") for number in range(3)]
for number in range(3):
    threading.Thread(target=write, args=(number,), daemon=True).start()
while True:
    for follower in followers:
        for recorded in follower.wait(0.01):
            print(recorded.call_id, recorded.seq, flush=True)
"""


def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path / 'killed.duckdb'}"
    command = [sys.executable, "-c", WRITER, url]
    acknowledged: dict[str, int] = {}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as writer:
        assert writer.stdout is not None
        for _ in range(3_000):
            call_id, seq = writer.stdout.readline().split()
            acknowledged[call_id] = int(seq)
        writer.send_signal(signal.SIGKILL)
        complete_lines = writer.stdout.read().split("\n")[:-1]
    for line in complete_lines:
        call_id, seq = line.split()
        acknowledged[call_id] = int(seq)
    assert writer.returncode == -signal.SIGKILL

    database = open_database(url)
    log = EventLog(database, SystemClock())
    for call_id, last in acknowledged.items():
        stored = log.events(call_id)
        assert len(stored) >= last
        assert [recorded.seq for recorded in stored] == list(range(1, len(stored) + 1))
        written = fold(stored, Call(call_id))
        assert written.live
    log.close()
    database.dispose()
