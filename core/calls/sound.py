"""What a recording turns out to hold, and two voices in one channel made two parties."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from core.audio.diarization import Diarization, VoiceTurn, diarize
from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.audio.levels import level_of
from core.audio.voice_features import FeatureStream
from core.calls.events import PARTIES, Party
from core.errors import AudioError

LONGEST_S = 3 * 3600.0
_QUIETEST_DBFS = -60.0
"""A recording whose loudest sample is below this holds nothing that could be understood."""
MonoHolds = Literal["two people", "customer", "agent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """Who is where in a recording, as the person who brings it says."""

    left: Party = "customer"
    mono: MonoHolds = "two people"
    """Who is in a recording with one channel."""

    @property
    def stereo(self) -> tuple[Party, Party]:
        return ("customer", "agent") if self.left == "customer" else ("agent", "customer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What there is in a recording, after reading it once."""

    duration_s: float
    parties: tuple[Party, ...]
    """As they are on its channels."""
    notes: tuple[str, ...]
    voices: Diarization | None = None
    """Of a recording with one channel that may hold two people."""

    @property
    def two_voices(self) -> bool:
        return self.voices is not None and self.voices.voices == 2


class Sound(Protocol):
    """Aligned blocks per party, as `core.audio.files.Recording` gives them."""

    parties: tuple[Party, ...]
    duration_s: float | None

    def __iter__(self) -> Iterator[dict[Party, Pcm]]: ...


def survey(
    path: Path, channels: Channels, on_progress: Callable[[float, float | None], None] = lambda _, __: None
) -> Survey:
    """Read a recording from start to end; `on_progress` is told seconds read, and of how many if the file says.

    Keeps no sound, only features of a channel with two people. Raises AudioError saying what is wrong.
    """
    with open_as(path, channels) as recording:
        _check_length(path.name, recording.duration_s or 0.0)
        features = FeatureStream() if len(recording.parties) == 1 and channels.mono == "two people" else None
        loudest_dbfs, samples = -np.inf, 0
        for block in recording:
            pcms = list(block.values())
            samples += len(pcms[0])
            loudest_dbfs = max(loudest_dbfs, *(level_of(pcm).peak_dbfs for pcm in pcms))
            if features is not None:
                features.push(pcms[0])
            on_progress(samples / SPEECH_RATE_HZ, recording.duration_s)
            _check_length(path.name, samples / SPEECH_RATE_HZ)
        if loudest_dbfs < _QUIETEST_DBFS:
            raise AudioError(f"{path.name} is silent from start to end; check that it was recorded, and what")
        return Survey(
            duration_s=samples / SPEECH_RATE_HZ,
            parties=recording.parties,
            notes=tuple(recording.notes),
            voices=diarize(features.finish()) if features is not None else None,
        )


def open_as(path: Path, channels: Channels) -> Recording:
    """The recording with the parties `channels` names. Raises AudioError."""
    recording = Recording.open(path, channels.stereo) if _is_stereo(path) else Recording.open(path)
    if len(recording.parties) == 1:
        recording.parties = ("agent",) if channels.mono == "agent" else ("customer",)
    return recording


class Separated:
    """One channel as two parties: each has the sound of its own turns, and silence elsewhere."""

    def __init__(
        self, recording: Sound, turns: Sequence[VoiceTurn], agent_voice: int, until_s: float = LONGEST_S
    ) -> None:
        """`turns` are those of the whole recording; what comes after `until_s` is left out."""
        self.parties: tuple[Party, ...] = PARTIES
        self.duration_s = recording.duration_s
        self._recording = recording
        self._until = round(until_s * SPEECH_RATE_HZ)
        voices: tuple[Party, Party] = ("agent", "customer") if agent_voice == 0 else ("customer", "agent")
        self._changes, self._owners = _owners(turns, voices)

    def __iter__(self) -> Iterator[dict[Party, Pcm]]:
        position = 0
        for block in self._recording:
            pcm = next(iter(block.values()))
            samples = np.arange(position, position + len(pcm))
            owner = self._owners[np.searchsorted(self._changes, samples, side="right")]
            yield {party: np.where(owner == party, pcm, 0).astype(np.int16) for party in self.parties}
            position += len(pcm)
            if position >= self._until:
                return


def _owners(turns: Sequence[VoiceTurn], voices: tuple[Party, Party]) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    """At which samples the sound changes hands, and whose it is before, between and after: in the middle of a pause."""
    changes = [
        round((before.end_s + after.start_s) / 2 * SPEECH_RATE_HZ)
        for before, after in pairwise(turns)
        if before.voice != after.voice
    ]
    owners = [turns[0].voice, *(after.voice for before, after in pairwise(turns) if before.voice != after.voice)]
    return np.array(changes, np.int64), np.array([voices[voice] for voice in owners])


def _is_stereo(path: Path) -> bool:
    with Recording.open(path) as recording:
        return len(recording.parties) == 2


def _check_length(name: str, duration_s: float) -> None:
    if duration_s > LONGEST_S:
        raise AudioError(f"{name} is longer than {LONGEST_S / 3600:.0f} hours; cut it into calls first")
