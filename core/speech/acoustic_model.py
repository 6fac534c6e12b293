"""PocketSphinx's acoustic model as its files have it: per phone a codebook of Gaussians, in three streams."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from core.errors import SpeechError
from core.speech.features import CEPSTRA, Array

STREAMS = 3
"""Cepstra, their first and their second differences."""
LEAST_VARIANCE = 1e-4
_END_OF_HEADER = b"endhdr\n"
_BYTE_ORDER = 0x11223344
_DEFINITION_MARK = b"BMDF"
_COUNTS = struct.Struct("<10i")
_MEND = "reinstall it: pip install --force-reinstall pocketsphinx"


@dataclass(frozen=True, slots=True)
class AcousticModel:
    """Its Gaussians. Arrays are of shape (phones, streams, densities, cepstra)."""

    phones: list[str]
    """In the order of the codebooks."""
    head: bytes
    """Of a file of means."""
    means: Array
    variances: Array

    @classmethod
    def read(cls, definition: Path, means: Path, variances: Path) -> Self:
        """Raises SpeechError when the model is not of the expected shape."""
        head, found = gaussians(means)
        names = phones(definition)
        if len(names) != len(found):
            raise SpeechError(f"{means} has {len(found)} codebooks, {definition} names {len(names)} phones; {_MEND}")
        return cls(names, head, found, np.maximum(gaussians(variances)[1], LEAST_VARIANCE))

    def write_means(self, means: Array, path: Path) -> None:
        """Others in their place, as PocketSphinx reads them."""
        write_gaussians(path, self.head, means)


def gaussians(path: Path) -> tuple[bytes, Array]:
    """The file's head, without its check sum, and its values; shape (codebooks, streams, densities, cepstra)."""
    content = path.read_bytes()
    start = content.index(_END_OF_HEADER) + len(_END_OF_HEADER)
    order, codebooks, streams, densities, *sizes = np.frombuffer(content[start : start + 16 + 4 * STREAMS], "<u4")
    if order != _BYTE_ORDER or streams != STREAMS or any(size != CEPSTRA for size in sizes):
        raise SpeechError(f"{path} is not PocketSphinx's own model; {_MEND}")
    begin = start + 16 + 4 * STREAMS + 4
    count = int(codebooks * streams * densities * CEPSTRA)
    values = np.frombuffer(content[begin : begin + 4 * count], "<f4").astype(np.float64)
    # A header without this word promises no check sum.
    head = content[:begin].replace(b"chksum0", b"written")
    return head, values.reshape(codebooks, streams, densities, CEPSTRA)


def write_gaussians(path: Path, head: bytes, values: Array) -> None:
    """What `gaussians` reads."""
    path.write_bytes(head + values.astype("<f4").tobytes())


def quadratic_form(means: Array, variances: Array) -> tuple[Array, Array]:
    """Weights and offsets: the logarithm of a Gaussian's likelihood is `with_squares(frame) @ weights + offset`."""
    precisions = 1 / variances
    weights = np.concatenate([means * precisions, -0.5 * precisions], axis=-1)
    return weights, -0.5 * (np.log(variances) + means**2 * precisions).sum(axis=-1)


def with_squares(frames: Array) -> Array:
    return np.concatenate([frames, frames**2], axis=-1)


def phones(path: Path) -> list[str]:
    """The names of a model definition's phones, without their contexts. Raises SpeechError."""
    content = path.read_bytes()
    if not content.startswith(_DEFINITION_MARK):
        raise SpeechError(f"{path} is no binary model definition; {_MEND}")
    _, description = struct.unpack_from("<2i", content, len(_DEFINITION_MARK))
    begin = len(_DEFINITION_MARK) + 8 + description
    count, *_ = _COUNTS.unpack_from(content, begin)
    return [name.decode() for name in content[begin + _COUNTS.size :].split(b"\0", count)[:count]]


def with_differences(cepstra: Array) -> Array:
    """With the mean subtracted, and the differences as PocketSphinx takes them; shape (frames, streams, cepstra)."""
    centred = cepstra - cepstra.mean(axis=0)
    padded = np.pad(centred, ((3, 3), (0, 0)), mode="edge")

    def shifted(frames: int) -> Array:
        return np.asarray(padded[3 + frames : 3 + frames + len(centred)])

    first = shifted(2) - shifted(-2)
    second = (shifted(3) - shifted(-1)) - (shifted(1) - shifted(-3))
    return np.stack([centred, first, second], axis=1)
