"""The acoustic model as a telephone makes it sound.

The model was trained on sound up to 6.8 kHz. Through a telephone the cepstra come from fewer filters; how they follow
from the full ones is close to linear, and was fitted on the same speech with and without a telephone in between
(`python -m data.telephone`). The same map is applied to the means and variances of the model's Gaussians, and what it
cannot explain is added to the variances. Measured, this takes more than half of the errors a telephone causes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import SpeechError
from core.speech.features import CEPSTRA, Array

STREAMS = 3
"""Cepstra, their first and their second differences."""
_END_OF_HEADER = b"endhdr\n"
_BYTE_ORDER = 0x11223344


@dataclass(frozen=True, slots=True)
class Channel:
    """What a telephone does, per stream: `cepstra @ maps[stream]`, with errors of variance `unexplained[stream]`."""

    maps: Array
    unexplained: Array

    def save(self, path: Path) -> None:
        np.savetxt(path, np.vstack([self.maps.reshape(-1, CEPSTRA), self.unexplained]), fmt="%.5g")

    @classmethod
    def load(cls, path: Path) -> "Channel":
        """Raises SpeechError."""
        try:
            rows = np.loadtxt(path)
            return cls(rows[:-STREAMS].reshape(STREAMS, CEPSTRA, CEPSTRA), rows[-STREAMS:])
        except (OSError, ValueError) as error:
            raise SpeechError(f"{path}: cannot be read ({error}); make it with `python -m data.telephone`") from error


def fit(pairs: Sequence[tuple[Array, Array]]) -> Channel:
    """From cepstra of the same utterances without and with a telephone, each pair of one shape (frames, cepstra)."""
    before = np.concatenate([_with_differences(full) for full, _ in pairs])
    after = np.concatenate([_with_differences(narrow) for _, narrow in pairs])
    maps, unexplained = [], []
    for stream in range(STREAMS):
        full, narrow = before[:, stream], after[:, stream]
        found = np.linalg.lstsq(full, narrow, rcond=None)[0]
        maps.append(found)
        unexplained.append(((narrow - full @ found) ** 2).mean(axis=0))
    return Channel(np.stack(maps), np.stack(unexplained))


def adapt(model: Path, channel: Channel, means: Path, variances: Path) -> None:
    """Write the model's Gaussians as heard through the channel. Raises SpeechError for a model of another shape."""
    head, found = gaussians(model / "means")
    moved = np.stack([found[:, stream] @ channel.maps[stream] for stream in range(STREAMS)], axis=1)
    means.write_bytes(head + moved.astype("<f4").tobytes())
    head, found = gaussians(model / "variances")
    spread = [found[:, stream] @ channel.maps[stream] ** 2 + channel.unexplained[stream] for stream in range(STREAMS)]
    variances.write_bytes(head + np.stack(spread, axis=1).astype("<f4").tobytes())


def gaussians(path: Path) -> tuple[bytes, Array]:
    """The file's head, without its check sum, and its values; shape (codebooks, streams, densities, cepstra)."""
    content = path.read_bytes()
    start = content.index(_END_OF_HEADER) + len(_END_OF_HEADER)
    order, codebooks, streams, densities, *sizes = np.frombuffer(content[start : start + 16 + 4 * STREAMS], "<u4")
    if order != _BYTE_ORDER or streams != STREAMS or any(size != CEPSTRA for size in sizes):
        raise SpeechError(f"{path} is not PocketSphinx's own model; the telephone model cannot be made from it")
    begin = start + 16 + 4 * STREAMS + 4
    count = int(codebooks * streams * densities * CEPSTRA)
    values = np.frombuffer(content[begin : begin + 4 * count], "<f4").astype(np.float64)
    # A header without this word promises no check sum.
    head = content[:begin].replace(b"chksum0", b"written")
    return head, values.reshape(codebooks, streams, densities, CEPSTRA)


def _with_differences(cepstra: Array) -> Array:
    """With the mean subtracted, and the differences as PocketSphinx takes them; shape (frames, streams, cepstra)."""
    centred = cepstra - cepstra.mean(axis=0)
    padded = np.pad(centred, ((3, 3), (0, 0)), mode="edge")

    def shifted(frames: int) -> Array:
        return np.asarray(padded[3 + frames : 3 + frames + len(centred)])

    first = shifted(2) - shifted(-2)
    second = (shifted(3) - shifted(-1)) - (shifted(1) - shifted(-3))
    return np.stack([centred, first, second], axis=1)
