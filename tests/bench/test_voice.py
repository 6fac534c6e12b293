"""The voice measurement's own parts: what it sends, how it times, what it takes for a backlog."""

import av
import numpy as np
import pytest

from core.bench.suite import NAMES
from core.bench.voice import BURST_EVERY, Bursts, _less, backlog_s
from core.calls.bridge import MOST_SAMPLES, RATE_HZ, silence


def loud() -> av.AudioFrame:
    frame = silence()
    frame.planes[0].update(np.full(frame.samples, 9000, np.int16).tobytes())
    return frame


def test_it_is_among_the_measurements() -> None:
    assert {"voice", "voice_cpu"} <= set(NAMES)


def test_a_burst_is_sent_every_so_many_frames() -> None:
    bursts = Bursts()
    loudness = [int(np.abs(bursts.pull().to_ndarray()).max()) for _ in range(2 * BURST_EVERY)]
    assert [number for number, peak in enumerate(loudness) if peak] == [0, BURST_EVERY]
    assert len(bursts.sent_s) == 2


def test_a_burst_that_arrives_in_two_frames_is_timed_once() -> None:
    bursts = Bursts()
    bursts.pull()
    for frame in (silence(), loud(), loud(), silence()):
        bursts.take(frame)
    assert [sent_s for sent_s, _ in bursts.arrivals] == bursts.sent_s
    assert bursts.arrivals[0][1] >= 0


def test_what_is_added_is_what_the_longer_way_took_more_in_that_time() -> None:
    through = Bursts(arrivals=[(1.0, 0.25), (2.0, 0.30), (9.0, 5.0)])
    direct = Bursts(arrivals=[(1.0, 0.10), (2.0, 0.10), (9.0, 0.90)])
    assert _less(through, direct, 0.5, 3.0) == pytest.approx([0.15, 0.20])
    assert _less(through, Bursts(), 0.5, 3.0) == []


def test_stalls_leave_no_backlog() -> None:
    waiting = backlog_s(lasting_s=20, stall_every_s=5)
    assert len(waiting) == 20
    assert max(waiting) <= MOST_SAMPLES / RATE_HZ
