"""A recording's waveform, small enough to draw: the loudest sample of each stretch of each party's sound."""

import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
from numpy.typing import NDArray

from core.audio.files import Recording
from core.audio.frames import SPEECH_RATE_HZ, Pcm
from core.calls.events import Party

PER_S = 20
"""A minute fills a wide screen, an hour is 72 kB per party."""
_STRETCH = SPEECH_RATE_HZ // PER_S
_FULL_SCALE = 255


@dataclass(frozen=True, slots=True)
class Peaks:
    """Byte k is the loudest sample of a party from second `k / PER_S` on, 255 being full scale."""

    parties: Mapping[Party, bytes]

    @property
    def duration_s(self) -> float:
        return max((len(levels) for levels in self.parties.values()), default=0) / PER_S


def peaks_of(path: Path) -> Peaks:
    """Read a whole recording. Raises AudioError."""
    found: dict[Party, list[bytes]] = {}
    with Recording.open(path) as recording:
        # Blocks hold a whole number of stretches; only the last one may be cut.
        for block in recording:
            for party, pcm in block.items():
                found.setdefault(party, []).append(_loudest(pcm).tobytes())
    return Peaks({party: b"".join(pieces) for party, pieces in found.items()})


def stored_peaks(path: Path) -> Peaks:
    """The peaks of a recording, computed once: they are kept beside it. Raises AudioError."""
    kept = path.with_suffix(".peaks")
    source = _identity(path)
    if (peaks := _read(kept, source)) is not None:
        return peaks
    peaks = peaks_of(path)
    _write(kept, source, peaks)
    return peaks


def _loudest(pcm: Pcm) -> NDArray[np.uint8]:
    # In 32 bits: the lowest sample of 16 has no positive counterpart.
    loud = np.abs(pcm.astype(np.int32))
    padded = np.pad(loud, (0, -len(loud) % _STRETCH))
    portion: NDArray[np.float64] = padded.reshape(-1, _STRETCH).max(axis=1) / 32768
    return np.ceil(portion * _FULL_SCALE).astype(np.uint8)


def _identity(path: Path) -> list[int]:
    """Tells a file from another one that has taken its place."""
    if not path.is_file():
        return []
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _read(kept: Path, source: list[int]) -> Peaks | None:
    """None when there is nothing, or nothing that is of this recording."""
    try:
        content = json.loads(kept.read_text(encoding="utf-8"))
        if content["source"] != source or content["per_s"] != PER_S:
            return None
        return Peaks({party: b64decode(levels, validate=True) for party, levels in content["parties"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, NotBase64):
        # Whatever was wrong with it, it is made again.
        return None


def _write(kept: Path, source: list[int], peaks: Peaks) -> None:
    parties = {party: b64encode(levels).decode() for party, levels in peaks.parties.items()}
    content = json.dumps({"source": source, "per_s": PER_S, "parties": parties})
    # Moved into place whole: several may ask for it at once, and one may be killed.
    with NamedTemporaryFile("w", dir=kept.parent, prefix=kept.name, delete=False, encoding="utf-8") as file:
        file.write(content)
    Path(file.name).replace(kept)
