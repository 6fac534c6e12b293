"""Playing a recording into a live call in real time, as if its parties were on the line."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, Pcm, frame_of
from core.calls.events import Party
from core.calls.talker import FRAME_SAMPLES, Offer, OnEnd, Talker
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
