"""Playing a recording into a live call in real time, as if its parties were on the line."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from core.audio.files import Recording
from core.audio.frames import Pcm
from core.calls.events import Party
from core.calls.talker import FRAME_SAMPLES, Offer, OnEnd, Talker, stamped
from core.clock import Clock


class Playback(Talker):
    """Feeds a recording to the parties of a call."""

    def __init__(self, path: Path, offers: Mapping[Party, Offer], clock: Clock, on_end: OnEnd) -> None:
        super().__init__(f"playback-{path.stem}", clock, on_end)
        self._path = path
        self._offers = offers

    def _talk(self) -> None:
        with Recording.open(self._path) as recording:
            self._play(recording)

    def _play(self, recording: Recording) -> None:
        for number, frames in enumerate(_frames(recording)):
            if self._wait_for(number):
                return
            for party, pcm in frames.items():
                self._offers[party](stamped(pcm, number))


def _frames(blocks: Iterable[Mapping[Party, Pcm]]) -> Iterator[dict[Party, Pcm]]:
    for block in blocks:
        length = max(len(pcm) for pcm in block.values())
        for start in range(0, length, FRAME_SAMPLES):
            yield {party: pcm[start : start + FRAME_SAMPLES] for party, pcm in block.items()}
