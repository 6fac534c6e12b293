"""Playing a recording into a live call in real time, as if its parties were on the line."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from core.audio.files import Recording
from core.audio.frames import Pcm
from core.calls.events import Party
from core.calls.talker import FRAME_S, FRAME_SAMPLES, Offer, OnEnd, Talker, stamped
from core.clock import Clock


class Playback(Talker):
    """Feeds a recording to the parties of a call."""

    def __init__(self, path: Path, offers: Mapping[Party, Offer], clock: Clock, on_end: OnEnd) -> None:
        super().__init__(f"playback-{path.stem}", on_end)
        self._path = path
        self._offers = offers
        self._clock = clock

    def _talk(self) -> None:
        with Recording.open(self._path) as recording:
            self._play(recording)

    def _play(self, recording: Recording) -> None:
        begun_s: float | None = None
        for number, frames in enumerate(_frames(recording)):
            now_s = self._clock.monotonic_s()
            # From when there is something to play: a line takes the first frame to be as prompt as any.
            begun_s = now_s if begun_s is None else begun_s
            if self._clock.wait(self._stopping, begun_s + number * FRAME_S - now_s):
                return
            for party, pcm in frames.items():
                self._offers[party](stamped(pcm, number))


def _frames(blocks: Iterable[Mapping[Party, Pcm]]) -> Iterator[dict[Party, Pcm]]:
    for block in blocks:
        length = max(len(pcm) for pcm in block.values())
        for start in range(0, length, FRAME_SAMPLES):
            yield {party: pcm[start : start + FRAME_SAMPLES] for party, pcm in block.items()}
