"""Playing a recording into a live call in real time, as if its parties were on the line."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import av

from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, Pcm, frame_of
from core.calls.events import Party
from core.clock import Clock

log = logging.getLogger(__name__)
FRAME_SAMPLES = SPEECH_RATE_HZ // 50
"""20 ms, as a browser sends them."""
Offer = Callable[[av.AudioFrame], None]
"""Where a party's sound goes."""


class Playback:
    """Feeds a recording to the parties of a call, 20 ms every 20 ms. Owns one thread."""

    def __init__(
        self, path: Path, offers: Mapping[Party, Offer], clock: Clock, on_end: Callable[[Exception | None], None]
    ) -> None:
        self._path = path
        self._offers = offers
        self._clock = clock
        self._on_end = on_end
        self._stopping = threading.Event()
        self._worker = threading.Thread(target=self._run, name=f"playback-{path.stem}", daemon=True)

    def start(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        """Stop playing. Never waits."""
        self._stopping.set()

    def _run(self) -> None:
        failure: Exception | None = None
        try:
            with Recording.open(self._path) as recording:
                self._play(recording)
        except Exception as error:
            log.exception("playback of %s failed", self._path.name)
            failure = error
        self._on_end(failure)

    def _play(self, recording: Recording) -> None:
        begun_s = self._clock.monotonic_s()
        played = 0
        for block in recording:
            for frames in _in_frames(block):
                due_s = begun_s + played / SPEECH_RATE_HZ
                if self._clock.wait(self._stopping, due_s - self._clock.monotonic_s()):
                    return
                for party, pcm in frames.items():
                    self._offers[party](frame_of(pcm))
                played += FRAME_SAMPLES


def _in_frames(block: Mapping[Party, Pcm]) -> Iterator[dict[Party, Pcm]]:
    length = max(len(pcm) for pcm in block.values())
    for start in range(0, length, FRAME_SAMPLES):
        yield {party: pcm[start : start + FRAME_SAMPLES] for party, pcm in block.items()}
