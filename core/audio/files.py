"""Recordings: decoded as a stream, in bounded memory, into aligned blocks per party."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.container
import numpy as np

from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.resample import PlanarResampler, Planes
from core.calls.events import Party
from core.errors import AudioError

BLOCK_SAMPLES = SPEECH_RATE_HZ // 10
STEREO_PARTIES: tuple[Party, Party] = ("customer", "agent")
"""Left and right channel, unless told otherwise."""

# Containers a recording comes in. Without this list FFmpeg would also follow playlists to other files and hosts.
_CONTAINERS = "wav,mp3,ogg,flac,aiff,aac,mov,matroska,s16le"
_READABLE = "WAV, MP3, OGG, Opus or FLAC"
_BEGINNING_SAMPLES = 30 * SPEECH_RATE_HZ
_TRUNCATED_S = 1.0


class Recording:
    """A recording being read once, from start to end: iterate it for blocks of about 100 ms.

    Each block holds the same number of mono s16 samples at `SPEECH_RATE_HZ` for every party.
    `notes` says what the reader should know; notes about damage come only once the iteration reaches it.
    """

    def __init__(self, path: Path, container: av.container.InputContainer, parties: Sequence[Party] | None) -> None:
        self._path = path
        self._container = container
        self._read_samples = 0
        self.notes: list[str] = []
        stream = container.streams.audio[0]
        self.duration_s: float | None = container.duration / av.time_base if container.duration else None
        """As the file declares it; None where it does not."""
        self.parties, self._planes = self._assign(stream.codec_context.channels, parties)

    @classmethod
    def open(cls, path: Path | str, parties: Sequence[Party] | None = None) -> Self:
        """Open a recording and read its beginning. `parties` names who is on each channel, left first.

        One channel is the customer unless `parties` names one; two channels that are the same count as one.
        A `.raw` file is taken as headerless mono s16le at 16 kHz. Raises AudioError.
        """
        path = Path(path)
        if not path.is_file():
            raise AudioError(f"{path}: there is no such file; check the path")
        if path.stat().st_size == 0:
            raise AudioError(f"{path.name} is empty (0 bytes); record or copy it again")
        options = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
        raw = path.suffix.lower() == ".raw"
        if raw:
            options |= {"sample_rate": str(SPEECH_RATE_HZ), "ch_layout": "mono"}
        try:
            container = av.open(f"file:{path}", format="s16le" if raw else None, options=options)
        except (av.FFmpegError, OSError) as error:
            raise AudioError(f"{path.name} is not a recording that can be read; convert it to {_READABLE}") from error
        try:
            if not container.streams.audio:
                raise AudioError(f"{path.name} has no audio in it; choose a file with sound")
            return cls(path, container, parties)
        except BaseException:
            container.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back. May be called twice."""
        self._container.close()

    def __iter__(self) -> Iterator[dict[Party, Pcm]]:
        for block in _blocks(self._planes):
            yield dict(zip(self.parties, block, strict=True))

    def _assign(self, channels: int, parties: Sequence[Party] | None) -> tuple[tuple[Party, ...], Iterator[Planes]]:
        """Who is on which row of the planes, and the planes, their beginning already decoded."""
        name = self._path.name
        if parties is not None and (len(parties) not in (1, 2) or len(set(parties)) != len(parties)):
            raise AudioError("name one party, or two different ones: customer, agent")
        if channels > 2:
            raise AudioError(f"{name} has {channels} channels; mix it down to two, one per party, or to one")
        if channels == 1 and parties is not None and len(parties) == 2:
            raise AudioError(f"{name} has one channel, so it cannot be split into two parties; name one of them")
        if channels == 1 or (parties is not None and len(parties) == 1):
            return tuple(parties or ("customer",)), self._beginning(self._decode(1))[1]
        head, planes = self._beginning(self._decode(2))
        if _same(head):
            self.notes.append("both channels are the same, so the recording is taken as mono: customer")
            return ("customer",), (rows[:1] for rows in planes)
        return tuple(parties or STEREO_PARTIES), planes

    def _beginning(self, planes: Iterator[Planes]) -> tuple[Planes, Iterator[Planes]]:
        """Enough of the start to tell whether there is sound and whether two channels are one; and all planes."""
        head: list[Planes] = []
        for rows in planes:
            head.append(rows)
            if len(rows) == 1 or self._read_samples >= _BEGINNING_SAMPLES:
                break
        if not head:
            detail = f": {self.notes[-1]}" if self.notes else ""
            raise AudioError(f"{self._path.name} holds no sound{detail}; record or copy it again")

        def all_planes() -> Iterator[Planes]:
            yield from head
            yield from planes

        return np.concatenate(head, axis=1), all_planes()

    def _decode(self, channels: int) -> Iterator[Planes]:
        resampler = PlanarResampler(1 if channels == 1 else 2)
        for frame in self._frames():
            yield from self._counted(resampler.push(frame))
        yield from self._counted(resampler.flush())
        if not self.notes and self.duration_s is not None and self._read_s < self.duration_s - _TRUNCATED_S:
            self.notes.append(f"the file ends after {self._read_s:.1f} s of {self.duration_s:.1f} s; it was cut off")

    def _frames(self) -> Iterator[av.AudioFrame]:
        """What can be decoded; damaged packets are left out and noted."""
        damaged_at_s: list[float] = []
        try:
            for packet in self._container.demux(audio=0):
                try:
                    yield from packet.decode()
                except av.FFmpegError:
                    damaged_at_s.append(self._read_s)
        except av.FFmpegError:
            self.notes.append(f"the file cannot be read beyond {self._read_s:.1f} s; the rest was left out")
        if damaged_at_s:
            self.notes.append(f"{len(damaged_at_s)} damaged pieces were left out, the first at {damaged_at_s[0]:.1f} s")

    def _counted(self, rows: Planes) -> Iterator[Planes]:
        if rows.size:
            self._read_samples += rows.shape[1]
            yield rows

    @property
    def _read_s(self) -> float:
        return self._read_samples / SPEECH_RATE_HZ


def _same(planes: Planes) -> bool:
    """Whether two channels carry one sound: what differs is 20 dB weaker than what they share.

    Two parties on a line are nowhere near that, even with crosstalk; two silent channels are not one.
    """
    left, right = planes.astype(np.float64)
    return bool(np.sum((left - right) ** 2) < 0.01 * np.sum((left + right) ** 2))


def _blocks(planes: Iterator[Planes]) -> Iterator[Planes]:
    """The same samples in blocks of `BLOCK_SAMPLES`, the last one shorter."""
    pending: Planes | None = None
    for rows in planes:
        pending = rows if pending is None else np.concatenate([pending, rows], axis=1)
        while pending.shape[1] >= BLOCK_SAMPLES:
            yield pending[:, :BLOCK_SAMPLES]
            pending = pending[:, BLOCK_SAMPLES:]
    if pending is not None and pending.size:
        yield pending
