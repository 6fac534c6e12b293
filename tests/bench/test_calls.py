"""The parts of the load measurements that can be wrong without anybody noticing."""

from pathlib import Path

from core.audio.frames import SPEECH_RATE_HZ
from core.audio.resample import Resampler
from core.bench.probe import CALL_ID, Probe
from core.bench.talk import BROWSER_RATE_HZ, FRAME_SAMPLES, browser_frames, customer_speech
from core.calls.follow import Follower
from core.calls.log import EventLog
from core.clock import SystemClock
from core.config import Settings
from core.database import open_database
from core.scenarios import list_scenarios


def test_speech_comes_as_a_browser_sends_it() -> None:
    pcm = customer_speech(list_scenarios(Settings().scenarios_path)[0].audio_path)[: 3 * SPEECH_RATE_HZ]
    frames = list(browser_frames(pcm))
    assert {(f.format.name, f.layout.name, f.sample_rate, f.samples) for f in frames} == {
        ("s16", "stereo", BROWSER_RATE_HZ, FRAME_SAMPLES)
    }
    assert abs(len(frames) * FRAME_SAMPLES / BROWSER_RATE_HZ - 3) < 0.1


def test_frames_may_be_given_to_several_lines() -> None:
    """The load shares frames between calls; converting one must not change it."""
    pcm = customer_speech(list_scenarios(Settings().scenarios_path)[0].audio_path)[4 * SPEECH_RATE_HZ :][:8000]
    frames = list(browser_frames(pcm))
    heard = []
    for _ in range(2):
        resampler = Resampler()
        heard.append([resampler.push(frame).tobytes() for frame in frames])
    assert heard[0] == heard[1]
    assert any(any(block) for block in heard[0])


def test_the_probe_notes_a_wait_for_every_event(tmp_path: Path) -> None:
    clock = SystemClock()
    database = open_database(f"duckdb:///{tmp_path / 'probe.duckdb'}")
    event_log = EventLog(database, clock)
    try:
        probe = Probe(event_log, clock)
        probe.start()
        with Follower(event_log, CALL_ID) as follower:
            received = 0
            while received < 4:
                received = max([received, *(recorded.seq for recorded in follower.wait(10))])
        waits_s = probe.stop()
        assert len(waits_s) == event_log.call(CALL_ID).seq - 1
        assert len(waits_s) >= 3
        assert min(waits_s) > 0
    finally:
        event_log.close()
        database.dispose()
